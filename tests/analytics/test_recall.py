"""A frozen order recalled without frames is the order that the engine works out on columns."""

from fractions import Fraction
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings

import analytics.recall
from analytics.columns import Columns
from analytics.commission_schema import PATH_LINES, PATHS, Note
from analytics.plan import Plan
from analytics.recall import Recalled, Version
from graph.keys import Row
from graph.model import BUYER_KIND, NOBODY, ORDER_KIND, ORDER_STATUS
from tests.analytics.test_commission_properties import after, work
from tests.analytics.whiteboard import line, sold, tree
from tests.analytics.whiteboard import plan as terms
from tests.analytics.worlds import World, columns_of
from tests.analytics.worlds_drawn import AS_OF, plans, worlds

LATE = pl.when(pl.col("line_no") == 2).then(2).otherwise(1).cast(pl.Int64).alias("seq")


def night(world: World, plan: Plan) -> Columns:
    """The columns after a night at change 1; second lines have come since."""
    columns = columns_of(world)
    columns = after(columns, work(columns, plan, AS_OF, seq=1))
    return Columns(**{**vars(columns), "lines": columns.lines.with_columns(LATE)})


def frozen_rows(columns: Columns) -> list[Row]:
    """The frozen orders as `graph.around` gives them."""
    orders = columns.orders.to_dicts()
    return [
        _order(columns, orders[one["order_row"]], one)
        for one in columns.frozen.to_dicts()
        if one["plan"]
    ]


def _order(columns: Columns, order: Row, frozen: Row) -> Row:
    at = pl.col("order_row") == frozen["order_row"]
    path = columns.frozen_paths.filter(at)
    return {
        **{name: order[name] for name in ("id", "key", "ordered_at", "paid_at", "currency")},
        "amount": order["amount"],
        "seller_key": order["seller_row"],
        "buyer_key": order["buyer_row"],
        "buyer_kind": BUYER_KIND[order["buyer_kind"]],
        "kind": ORDER_KIND[order["kind"]],
        "status": ORDER_STATUS[order["status"]],
        "cancels_known": order["cancels_row"] != NOBODY,
        "anchor": frozen["anchor"],
        "frozen_seq": frozen["seq"],
        "keys": path["beneficiary_row"].to_list(),
        "levels": path["level"].to_list(),
        "gates": path["gate"].to_list(),
        "ranks": path["rank"].fill_null("").to_list(),
        "people": [[key, columns.distributors["id"][key]] for key in path["beneficiary_row"]],
        "lines": [_line(columns, one) for one in columns.lines.filter(at).to_dicts()],
    }


def _line(columns: Columns, one: Row) -> Row:
    names = ("id", "category", "cost", "currency")
    known = one["product_row"] >= 0
    product = columns.products.row(one["product_row"], named=True) if known else {}
    id, category, cost, currency = (product.get(name) for name in names)
    same = {name: value for name, value in one.items() if not name.endswith("_row")}
    of_product = {"product_id": id, "category": category, "cost": cost}
    return {**same, **of_product, "product_currency": currency}


def expected(columns: Columns, plan: Plan) -> dict[str, Recalled]:
    """What the engine gives on the columns, by order id."""
    worked = work(columns, plan, AS_OF)
    ids = columns.orders["id"].to_list()
    notes = [note for note in worked.notes if note.code in ("no_amount", "no_cost")]

    def of(frame: pl.DataFrame, id: str) -> list[Row]:
        mine = frame.filter(pl.col("order_row") == ids.index(id)).to_dicts()
        return [_shown(one, columns.distributors["id"]) for one in mine]

    return {
        id: Recalled(
            of(worked.paths, id),
            of(worked.path_lines, id),
            [note for note in notes if note.id == id],
        )
        for id in ids
    }


def _shown(one: Row, people: pl.Series) -> Row:
    row = one["beneficiary_row"]
    return {**one, "beneficiary": None if row < 0 else people[row]}


def comparable(found: Recalled) -> tuple[list[Any], list[Any], list[Note]]:
    """Rows with shares as fractions, without what only frames carry."""
    rows = {name: [*names, "beneficiary"] for name, names in (("p", PATHS), ("l", PATH_LINES))}
    left_out = {"order_row", "beneficiary_row", "currency", "share_num", "share_den"}
    paths, lines = (
        [
            [Fraction(one["share_num"], one["share_den"])]
            + [one[name] for name in names if name not in left_out]
            for one in parts
        ]
        for parts, names in ((found.path, rows["p"]), (found.lines, rows["l"]))
    )
    return paths, lines, sorted(found.notes, key=lambda note: note.code)


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(worlds(), plans())
def test_recalled_is_worked_out(world: World, plan: Plan) -> None:
    columns = night(world, plan)
    rows, wanted, version = frozen_rows(columns), expected(columns, plan), Version(plan)
    together = analytics.recall.work_out(rows, version, "CNY")
    for row, found in zip(rows, together, strict=True):
        assert comparable(found) == comparable(wanted[row["id"]]), row
        [alone] = analytics.recall.work_out([row], version, "CNY")
        assert alone == found
    unfrozen = {row["id"] for row in rows} ^ set(columns.orders["id"])
    assert not any(wanted[id].path for id in unfrozen)
    assert analytics.recall.earning(rows, AS_OF) == {row["id"] for row in rows}


def test_numbers_beyond_64_bits() -> None:
    lines = [line(1, "9", 2**61), line(3, "1", 7)]
    plan = terms(rates=["0.1", "0.05"])
    columns = night(sold(tree("A\n B"), "B", lines=lines), plan)
    [row] = frozen_rows(columns)
    [found] = analytics.recall.work_out([row], Version(plan), "CNY")
    assert comparable(found) == comparable(expected(columns, plan)[row["id"]])
    assert found.path[0]["base_milli"] == 9_000 * 2**61 + 7_000
