"""A small network for reports: two organisers, sales, an entry kit, head pay, stock, a couple."""

from functools import cache
from typing import Any

import tests.analytics.facts.drawing as drawing
from analytics.facts.frames import Facts

AS_OF = "2026-06-30"
Row = dict[str, Any]


def tree() -> list[Row]:
    """D0 over D1..D3, each of these over 12; a chain below D1; E0 over E1."""
    rows = [drawing.distributor("D0", joined="2025-01-01")]
    rows += [drawing.distributor(f"D{i}", "D0", f"2025-0{i}-10") for i in (1, 2, 3)]
    rows += [
        drawing.distributor(f"D{i}{n:02}", f"D{i}", f"2026-0{i}-{n + 1:02}")
        for i in (1, 2, 3)
        for n in range(12)
    ]
    rows += [
        drawing.distributor("D1X", "D100", "2026-04-01", person_id="same"),
        drawing.distributor("D1Y", "D1X", "2026-04-02", person_id="same"),
        drawing.distributor("E0", joined="2025-05-01"),
        drawing.distributor("E1", "E0", "2026-02-01", left_at="2026-05-01"),
    ]
    return rows


def sales() -> list[Row]:
    """Customers buy from D1; members buy kits on joining and one buys stock."""
    retail = [
        drawing.order(f"R{n}", "D1", f"C{n}", "customer", f"2026-0{n % 5 + 1}-15", "100.00")
        for n in range(40)
    ]
    kits = [
        drawing.order(f"K{n}", "D2", f"D2{n:02}", "distributor", f"2026-02-{n + 1:02}", "60.00")
        for n in range(12)
    ]
    stock = [drawing.order("S1", "D3", "D3", "distributor", "2026-05-05", "5000.00")]
    unknown = [drawing.order("U1", "D3", "", "", "2026-05-06", "10.00")]
    return [*retail, *kits, *stock, *unknown]


def payouts() -> list[Row]:
    """Commission on retail to D1 and D0, pay for heads to D2, something unexplained to D3."""
    rows = [
        drawing.payout(
            f"P{n}{to}", to, "10.00", f"2026-0{n % 5 + 1}-15", order_id=f"R{n}", level=at
        )
        for n in range(40)
        for at, to in ((1, "D1"), (2, "D0"))
    ]
    rows += [
        drawing.payout(
            f"H{n}", "D2", "30.00", "2026-03-01", basis="recruit_event", recruit_id=f"D2{n:02}"
        )
        for n in range(12)
    ]
    return [*rows, drawing.payout("X1", "D3", "7.00", "2026-04-01", basis="other")]


@cache
def facts() -> Facts:
    """All of it as of AS_OF."""
    return drawing.facts(
        as_of=AS_OF,
        distributors=tree(),
        customers=[{"customer_id": f"C{n}"} for n in range(40)],
        products=[drawing.product("P1"), drawing.product("KIT", "kit")],
        orders=sales(),
        order_lines=[
            {
                "order_id": f"K{n}",
                "line_no": 1,
                "product_id": "KIT",
                "quantity": 1,
                "unit_price": 60,
            }
            for n in range(12)
        ],
        payouts=payouts(),
    )


@cache
def nothing() -> Facts:
    """A company on its first day: one root and nothing else."""
    return drawing.facts(as_of=AS_OF, distributors=[drawing.distributor("D0")])
