"""Who bought each money order: outside customer, distributor on the day, or nobody known.

kind given   id                                   he is
any          blank                                unknown
customer     of a distributor on the day          distributor
customer     any other, listed or not             customer
distributor  of a distributor, but not that day   customer
distributor  any other, listed or not             distributor
blank        of a distributor                     as above; not that day: customer
blank        of a customer                        customer
blank        of nobody                            unknown
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.facts.people
import analytics.facts.persons
from analytics.columns import Columns
from analytics.facts.days import Days
from analytics.facts.people import Members, People
from graph.model import BUYER_KIND, NOBODY

Rows = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

UNKNOWN, CUSTOMER, DISTRIBUTOR = (
    BUYER_KIND.index(word) for word in ("unknown", "customer", "distributor")
)


class Buyers(NamedTuple):
    """By money order."""

    kind: Bytes  # BUYER_KIND as found
    account: Rows  # the distributor with the buyer's id, whatever he was that day; NOBODY
    customer: Rows  # row of customers; NOBODY
    person: Rows  # number of the person; beyond People.numbers: ids that are listed nowhere
    himself: Flags  # one with an account by his id or by note


def of(columns: Columns, rows: Rows, day: Days, members: Members, people: People) -> Buyers:
    """The buyers of the orders at `rows`, placed on `day`."""
    orders = columns.orders
    given = orders["buyer_kind"].to_numpy()[rows]
    has_id = orders["buyer_id"].is_not_null().to_numpy()[rows]
    account, customer = _rows(columns, rows, given, has_id, people)
    spans = (members.start, members.first, members.until)
    on_day = analytics.facts.people.on_day(*spans, account, day)
    unlisted = (given == DISTRIBUTOR) & (account < 0)
    known = (given != UNKNOWN) | (account >= 0) | (customer >= 0)
    outside = np.where(known, CUSTOMER, UNKNOWN)
    kind = np.where(on_day | unlisted, DISTRIBUTOR, outside)
    became = _gathered(people.became, customer)
    return Buyers(
        kind=np.where(has_id, kind, UNKNOWN).astype(np.uint8),
        account=account,
        customer=customer,
        person=_persons(orders, rows, account, customer, people),
        himself=((account >= 0) | (became >= 0)) & has_id,
    )


def _rows(
    columns: Columns, rows: Rows, given: Bytes, has_id: Flags, people: People
) -> tuple[Rows, Rows]:
    """The account and the customer with each buyer's id, whichever kind was given."""
    named = columns.orders["buyer_row"].to_numpy()[rows]
    account = np.where(given == DISTRIBUTOR, named, NOBODY)
    customer = np.where(given == CUSTOMER, named, NOBODY)
    lost = np.flatnonzero(has_id & (named < 0) & (given != DISTRIBUTOR))
    if len(lost):
        ids = columns.orders["buyer_id"].gather(rows[lost])
        account[lost] = analytics.facts.persons.rows_of(ids, columns.distributors["id"])
        customer[lost] = analytics.facts.persons.rows_of(ids, columns.customers["id"])
    account = np.where(account < 0, _gathered(people.same_id, customer), account)
    of_account = np.full(columns.distributors.height, NOBODY, np.int32)
    listed = np.flatnonzero(people.same_id >= 0)
    of_account[people.same_id[listed]] = listed
    customer = np.where(customer < 0, _gathered(of_account, account), customer)
    return account.astype(np.int32), customer.astype(np.int32)


def _gathered(values: Rows, rows: Rows) -> Rows:
    """values[rows], NOBODY for NOBODY."""
    found = np.append(values, np.int32(NOBODY))[rows]
    return found.astype(np.int32)


def _persons(
    orders: pl.DataFrame, rows: Rows, account: Rows, customer: Rows, people: People
) -> Rows:
    """Numbers of persons; those of ids listed nowhere go on after all others."""
    of_account, of_customer = people.of_account, people.of_customer
    found = np.where(
        account >= 0, _gathered(of_account, account), _gathered(of_customer, customer)
    ).astype(np.int32)
    nameless = np.flatnonzero(found < 0)
    if len(nameless):
        ids = orders["buyer_id"].gather(rows[nameless])
        first = ids.to_frame("id").with_columns(pl.col("id").rank("dense").alias("number"))
        number = first["number"].cast(pl.Int32).fill_null(0).to_numpy()
        found[nameless] = np.where(number > 0, people.numbers - 1 + number, NOBODY)
    return found
