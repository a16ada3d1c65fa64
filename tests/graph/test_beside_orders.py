"""The five nouns that stand beside the orders have one form; each is held to it."""

from types import ModuleType
from typing import Any

import pytest

import graph.buybacks
import graph.complaints
import graph.customers
import graph.distributors
import graph.identifiers
import graph.orders
import graph.payouts
import graph.resales
import tests.graph.drawn
from graph.connection import Database
from graph.errors import Misconfigured

NOUNS = [
    graph.buybacks,
    graph.complaints,
    graph.identifiers,
    graph.payouts,
    graph.resales,
]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_saved_once_filled_in_later_read_back(empty_database: Database, noun: ModuleType) -> None:
    db, rows = empty_database, tests.graph.drawn.side_rows(5)[noun]
    assert tuple(noun.save_all(db, rows, seq=1)) == (5, 0)
    assert tuple(noun.save_all(db, rows, seq=2)) == (0, 0)
    [blank] = [name for name in reversed(noun.FACTS) if name not in rows[0]][:1]
    value: Any = 7 if blank.endswith(("_ms", "_minor", "_no")) else "x"
    assert tuple(noun.save_all(db, [{"id": rows[2]["id"], blank: value}], seq=3)) == (0, 1)
    assert noun.changed(db, since=2, upto=3, first=9) == [2]
    assert noun.by_ids(db, [rows[2]["id"]])[0][blank] == value
    assert set(noun.by_ids(db, [rows[0]["id"]])[0]) == {"id", "key", "seq", *noun.FACTS}
    columns = noun.columns(db, after=0, upto=noun.last_key(db), seq_max=9)
    assert columns["key"] == [1, 2, 3, 4]
    facts = {name.removesuffix("_ms").removesuffix("_minor") for name in noun.FACTS}
    stored = {name for name in columns if not name.endswith("_key") and name != "seq"}
    assert stored <= {"id", "key", *facts}
    if noun is not graph.complaints:
        assert noun.columns_of(db, [1, 4])["key"] == [1, 4]


def test_columns_point_at_whom_the_rows_name(empty_database: Database) -> None:
    db, drawn = empty_database, tests.graph.drawn.draw(20)
    tests.graph.drawn.save(db, drawn, seq=1)
    owners = [("distributor", "D3"), ("customer", "C4"), ("order", "O5"), ("order", "nobody")]
    rows = [
        {"id": f"{i}", "owner_kind": kind, "owner_id": id, "kind": "card", "value": "x"}
        for i, (kind, id) in enumerate(owners)
    ]
    graph.identifiers.save_all(db, rows, seq=2)
    found = graph.identifiers.columns(db, after=-1, upto=9, seq_max=2)["owner_key"]
    nouns = (graph.distributors, graph.customers, graph.orders)
    keys = [noun.by_ids(db, [id])[0]["key"] for noun, (_, id) in zip(nouns, owners, strict=False)]
    assert found == [*keys, -1]


def test_identities_of_rows_without_an_id() -> None:
    card = {"owner_kind": "customer", "owner_id": "C1", "kind": "card", "value": "ab"}
    assert graph.identifiers.identity(card) != graph.identifiers.identity({**card, "value": "ac"})
    resale = {"distributor_id": "D1", "period": "2023-11", "amount_minor": 5}
    assert graph.resales.identity(resale) == graph.resales.identity(dict(resale))


def test_another_salt_is_refused(empty_database: Database) -> None:
    graph.identifiers.accept_salt(empty_database, "aa")
    graph.identifiers.accept_salt(empty_database, "aa")
    with pytest.raises(Misconfigured, match="another salt"):
        graph.identifiers.accept_salt(empty_database, "bb")
