import graph.orders
import graph.products
from graph.connection import Database
from graph.keys import Saved


def test_products_are_saved_once_and_read_as_columns(empty_database: Database) -> None:
    db = empty_database
    rows = [
        {"id": "P1", "name": "tea", "kind": "product", "list_price_minor": 500, "currency": "CNY"},
        {"id": "P2", "kind": "fee", "mandatory_to_join": True, "commissionable": False},
    ]
    assert graph.products.save_all(db, rows, seq=1) == Saved(2, 0)
    assert graph.products.save_all(db, rows, seq=2) == Saved(0, 0)
    columns = graph.products.columns(db, after=-1, upto=graph.products.last_key(db), seq_max=1)
    assert columns["list_price"] == [500, None] and columns["commissionable"] == [None, False]
    assert columns["mandatory_to_join"] == [None, True] and columns["cost"] == [None, None]
    assert graph.products.columns_of(db, [0, 1]) == columns
    assert graph.products.by_ids(db, ["P1"])[0]["name"] == "tea"
    assert graph.products.by_keys(db, [1]) == [{"id": "P2", "key": 1}]
    assert graph.products.changed(db, since=0, upto=1, first=9) == [0, 1]


def test_a_product_finds_the_lines_that_named_it_before(empty_database: Database) -> None:
    db = empty_database
    graph.orders.save_all(db, [{"id": "O1", "ordered_at_ms": 1}], seq=1)
    line = {"order_id": "O1", "line_no": 1, "product_id": "P1", "quantity_milli": 1000}
    graph.orders.save_lines(db, [line], seq=1)
    assert graph.orders.line_columns_of(db, [0])["product_key"] == [-1]
    graph.products.save_all(db, [{"id": "P0"}, {"id": "P1"}], seq=2)
    columns = graph.orders.line_columns_of(db, [0])
    assert (columns["product_key"], columns["seq"]) == ([1], [1])
    assert graph.orders.save_lines(db, [line], seq=3) == Saved(0, 0)
