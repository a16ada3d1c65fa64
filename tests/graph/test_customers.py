import graph.customers
import graph.distributors
import graph.orders
from graph.connection import Database
from graph.keys import Row, Saved


def test_a_binding_is_kept_and_a_blank_one_filled_in(empty_database: Database) -> None:
    db = empty_database
    sellers = [{"id": "D1", "joined_at_ms": 0}, {"id": "D2", "joined_at_ms": 0}]
    graph.distributors.save_all(db, sellers, seq=1)
    rows: list[Row] = [
        {"id": "C1", "distributor_id": "D1", "bound_at_ms": 5, "name": "n"},
        {"id": "C2"},
    ]
    assert graph.customers.save_all(db, rows, seq=1) == Saved(2, 0)
    assert graph.customers.save_all(db, rows, seq=2) == Saved(0, 0)
    later = [{"id": "C1", "distributor_id": "D2"}, {"id": "C2", "distributor_id": "D2"}]
    assert graph.customers.save_all(db, later, seq=3) == Saved(0, 1)
    found = graph.customers.by_ids(db, ["C1", "C2"])
    assert [row["distributor_id"] for row in found] == ["D1", "D2"]
    assert graph.customers.names_of(db, ["C1", "C2"]) == [{"id": "C1", "name": "n"}]
    assert graph.customers.changed(db, since=2, upto=3, first=9) == [1]
    assert graph.customers.by_keys(db, [1]) == [{"id": "C2", "key": 1}]


def test_columns(empty_database: Database) -> None:
    db = empty_database
    graph.distributors.save_all(db, [{"id": "D1", "joined_at_ms": 0}], seq=1)
    rows = [{"id": "C1"}, {"id": "C2", "distributor_id": "D1", "region": "x"}]
    graph.customers.save_all(db, rows, seq=1)
    columns = graph.customers.columns(db, after=-1, upto=graph.customers.last_key(db), seq_max=1)
    assert columns == {
        "id": ["C1", "C2"],
        "key": [0, 1],
        "distributor_key": [-1, 0],
        "bound_at": [None, None],
        "became_distributor_id": [None, None],
        "region": [None, "x"],
    }
    assert graph.customers.columns_of(db, [0, 1]) == columns


def test_a_customer_finds_the_orders_that_named_him_before(empty_database: Database) -> None:
    db = empty_database
    order = {"buyer_kind": "customer", "ordered_at_ms": 1, "kind": "sale", "currency": "CNY"}
    rows = [
        {"id": "O1", "buyer_id": "C1", **order},
        {"id": "O2", "buyer_id": "C1", **order, "buyer_kind": "distributor"},
    ]
    graph.orders.save_all(db, rows, seq=1)
    assert graph.orders.columns_of(db, [0, 1])["buyer_key"] == [-1, -1]
    graph.customers.save_all(db, [{"id": "C0"}, {"id": "C1"}], seq=2)
    assert graph.orders.columns_of(db, [0, 1])["buyer_key"] == [1, -1]  # the other is no customer
    assert graph.orders.by_ids(db, ["O1"])[0]["seq"] == 1
    assert graph.customers.adopt_orders(db, ["C1"]) == 0
    graph.distributors.save_all(db, [{"id": "C1", "joined_at_ms": 0}], seq=3)
    assert graph.orders.columns_of(db, [0, 1])["buyer_key"] == [1, 0]
