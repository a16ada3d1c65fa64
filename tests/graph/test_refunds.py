import pytest

import graph.orders
import graph.refunds
from graph.connection import Database
from graph.errors import Conflict
from graph.keys import Saved


def test_refunds(empty_database: Database) -> None:
    db = empty_database
    graph.orders.save_all(db, [{"id": "O1", "ordered_at_ms": 1}], seq=1)
    money = {"amount_minor": 100, "currency": "CNY", "refunded_at_ms": 5}
    rows = [{"id": "R1", "order_id": "O1", "line_no": 1, **money}, {"id": "R2", **money}]
    assert graph.refunds.save_all(db, rows, seq=1) == Saved(2, 0)
    assert graph.refunds.save_all(db, rows, seq=2) == Saved(0, 0)
    columns = graph.refunds.columns(db, after=-1, upto=graph.refunds.last_key(db), seq_max=1)
    assert columns["order_key"] == [0, -1] and columns["line_no"] == [1, None]
    assert graph.refunds.columns_of(db, [0])["id"] == ["R1"]
    assert [row["id"] for row in graph.refunds.of_orders(db, ["O1"])] == ["R1"]
    assert graph.refunds.save_all(db, [{"id": "R2", "order_id": "O1"}], seq=3) == Saved(0, 1)
    assert [row["order_id"] for row in graph.refunds.by_ids(db, ["R1", "R2"])] == ["O1", "O1"]
    assert graph.refunds.changed(db, since=2, upto=3, first=9) == [1]
    assert graph.refunds.columns_of_keys(db, [1])["id"] == ["R2"]
    with pytest.raises(Conflict):
        graph.refunds.save_all(db, [{"id": "R3", "order_id": "O9", **money}], seq=3)
