"""The persons of accounts and customers, worked out from everything that says who is who.

Where identifiers of kind person are given, a person_id in clear is hashed as they are; otherwise
person_ids only have to equal each other, and numbers do.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.facts.identities
import analytics.facts.people
import graph.sealing
from analytics.columns import Columns
from analytics.facts.identities import PERSON, Held
from analytics.facts.people import Links, People
from graph.model import NOBODY

Rows = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


class Owned(NamedTuple):
    """What accounts and customers hold, person_ids included."""

    accounts: Held
    customers: Held


def codes(columns: Columns, salt: bytes | None) -> pl.Series:
    """The person code of every account, null where none is known; equal codes, equal persons."""
    ids = columns.distributors["person_id"]
    hashed = salt is not None and bool((columns.identifiers["kind"] == PERSON).any())
    plain = ids if hashed else _plain(ids)
    given = plain.drop_nulls().unique(maintain_order=True)
    made: list[int] | range = range(len(given))
    if salt is not None and hashed:
        made = [graph.sealing.code(salt, "person", text) for text in given]
    numbers = pl.DataFrame({"id": given, "code": pl.Series(made, dtype=pl.Int64)})
    joined = plain.to_frame("id").join(numbers, on="id", how="left", maintain_order="left")
    return joined["code"]


def _plain(ids: pl.Series) -> pl.Series:
    """In the form that identifiers take before they are hashed."""
    return ids.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s", "")


def of(columns: Columns, owned: Owned, joined: Flags) -> People:
    """Persons as of as-of; an account that is still to join is one with nobody yet."""
    accounts, customers = columns.distributors.height, columns.customers.height
    same_id, became = _accounts_of_customers(columns)
    parts = [
        analytics.facts.identities.person_links(owned.accounts, owned.customers, accounts),
        _noted(same_id, accounts),
        _noted(became, accounts),
    ]
    one = np.concatenate([part.one for part in parts]).astype(np.int32)
    other = np.concatenate([part.other for part in parts]).astype(np.int32)
    known = np.append(joined, np.ones(customers, np.bool_))
    told = known[one] & known[other]
    links = Links(one[told], other[told])
    numbers, first, count = analytics.facts.people.numbered(
        accounts + customers, accounts, joined, links
    )
    himself = np.where(same_id >= 0, same_id, became)
    is_known = (himself >= 0) & joined[himself] if accounts else himself >= 0
    start, rows = analytics.facts.people.by_number(numbers[:accounts], count)
    return People(
        of_account=numbers[:accounts],
        of_customer=numbers[accounts:],
        joined=first,
        numbers=count,
        became=np.where(is_known, himself, NOBODY).astype(np.int32),
        same_id=same_id,
        accounts=start,
        account_rows=rows,
    )


def _noted(account: Rows, accounts: int) -> Links:
    customers = np.flatnonzero(account >= 0).astype(np.int32)
    return Links(account[customers], customers + np.int32(accounts))


def _accounts_of_customers(columns: Columns) -> tuple[Rows, Rows]:
    """By customer: the account with the same id, and the one that he is noted to have become."""
    ids, customers = columns.distributors["id"], columns.customers
    return rows_of(customers["id"], ids), rows_of(customers["became_distributor_id"], ids)


def rows_of(wanted: pl.Series, ids: pl.Series) -> Rows:
    """The row of `ids` that holds each wanted id; NOBODY where none does or it is null."""
    found = np.full(len(wanted), NOBODY, np.int32)
    asked = np.flatnonzero(wanted.is_not_null().to_numpy())
    if not len(asked) or not len(ids):
        return found
    numbers = pl.DataFrame({"id": ids, "row": np.arange(len(ids), dtype=np.int32)})
    joined = (wanted if len(asked) == len(wanted) else wanted.gather(asked)).to_frame("id")
    rows = joined.join(numbers, on="id", how="left", maintain_order="left")["row"]
    found[asked] = rows.fill_null(NOBODY).to_numpy()
    return found
