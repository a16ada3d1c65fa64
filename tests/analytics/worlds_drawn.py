"""Random plans and worlds for hypothesis: small, and rich in what can happen."""

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from analytics.plan import (
    COMPRESSIONS,
    SELF_PURCHASES,
    Caps,
    Count,
    Override,
    Plan,
    Qualification,
    Threshold,
    Window,
)
from graph.model import DAY_MS, DISTRIBUTOR_STATUS, OPEN_MS, ORDER_STATUS
from tests.analytics.worlds import Customer, Order, OrderLine, Person, Product, Refund, World

DAYS = 60
AS_OF = 200 * DAY_MS
CURRENCIES = ("CNY", "JPY", "KWD")
NAMED_RANKS: tuple[str, ...] = ("bronze", "silver", "gold")
RANKS = (None, *NAMED_RANKS)

times = st.integers(0, DAYS * 4).map(lambda quarter: quarter * DAY_MS // 4)
maybe_times = st.none() | times
rates = st.sampled_from(
    [Fraction(text) for text in "0 0.1 0.05 0.03 0.025 0.333333333 0.000000001 1 0.5".split()]
)
amounts = st.sampled_from([Fraction(text) for text in "0 1 2.00 0.005 12.3456".split()])


def overrides(keys: list[str], windowed: bool = False) -> st.SearchStrategy[tuple[Override, ...]]:
    def one(key: str) -> st.SearchStrategy[Override]:
        exempt = st.booleans() if windowed else st.just(False)
        by_rate = st.builds(
            Override,
            st.just(key),
            rates=st.lists(rates, min_size=1, max_size=3).map(tuple),
            ignores_window=exempt,
        )
        by_amount = st.builds(
            Override, st.just(key), amounts=st.lists(amounts, min_size=1, max_size=3).map(tuple)
        )
        return by_rate | by_amount

    chosen = st.lists(st.sampled_from(keys), unique=True, max_size=2)
    return chosen.flatmap(lambda names: st.tuples(*(one(name) for name in sorted(names))))


thresholds = st.builds(
    Threshold,
    st.dictionaries(st.sampled_from(CURRENCIES), st.integers(0, 20_000), min_size=1, max_size=2),
    st.integers(1, 40),
)
qualifications = st.builds(
    Qualification,
    status=st.sampled_from([("active",), ("applied", "active"), DISTRIBUTOR_STATUS]),
    verified=st.booleans(),
    certified=st.booleans(),
    own_retail=st.none() | thresholds,
    retail_customers=st.none() | st.builds(Count, st.integers(0, 2), st.integers(1, 40)),
    own_purchase=st.none() | thresholds,
)
easy_qualifications = st.just(Qualification(status=("active", "applied")))


@st.composite
def plans(draw: st.DrawFn, *, period_caps: bool = False) -> Plan:
    levels = draw(st.integers(1, 4))
    given = draw(st.lists(rates, min_size=levels, max_size=levels + 1))
    kind = draw(st.sampled_from(["unilevel", "unilevel", "differential"]))
    return Plan(
        name="plan",
        version="1",
        kind=kind,
        rates=tuple(given),
        max_paid_levels=levels,
        first_level=draw(st.sampled_from(["seller", "sponsor"])),
        base=draw(st.sampled_from(["paid", "list", "margin"])),
        compression=draw(st.sampled_from(COMPRESSIONS)),
        self_purchase=draw(st.sampled_from(SELF_PURCHASES)),
        rounding=draw(st.sampled_from(["half_up", "half_even", "floor"])),
        round_at=draw(st.sampled_from(["entry", "line", "unit"])),
        trigger=draw(st.sampled_from(["received", "paid"])),
        freeze_days=draw(st.sampled_from([0, 7, 150])),
        qualification=draw(easy_qualifications | qualifications),
        product_rates=draw(overrides(["P0", "P1"])),
        category_rates=draw(overrides(["wine", "tea"])),
        distributor_rates=draw(overrides(["D0", "D1", "D2", "D3"], windowed=True)),
        unlock=draw(
            st.just({})
            | st.dictionaries(st.sampled_from(NAMED_RANKS), st.integers(0, 4), min_size=1)
        ),
        window=draw(windows(levels)),
        caps=Caps(
            order=draw(st.none() | rates),
            beneficiary=draw(thresholds).amount if period_caps and draw(st.booleans()) else None,
            company=draw(rates) if period_caps and draw(st.booleans()) else None,
        ),
        rank_rates=draw(st.dictionaries(st.sampled_from(NAMED_RANKS), rates))
        if kind == "differential"
        else {},
    )


def windows(levels: int) -> st.SearchStrategy[tuple[Window, ...]]:
    chosen = st.dictionaries(
        st.integers(1, levels), st.tuples(st.integers(0, 30), rates), max_size=2
    )
    return chosen.map(lambda found: tuple(Window(level, *found[level]) for level in sorted(found)))


@st.composite
def people(draw: st.DrawFn, row: int) -> Person:
    edges: list[tuple[int, int, int]] = []
    joined = draw(st.just(0) | times)
    later = draw(st.lists(times, max_size=3, unique=True))
    cuts = [joined, *sorted(cut for cut in later if cut > joined)]
    for since, until in zip(cuts, [*cuts, OPEN_MS][1:], strict=True):
        if row and draw(st.integers(0, 4)):
            edges.append((since, until, draw(st.integers(0, row - 1))))
    changes = st.tuples(
        times, st.none() | st.sampled_from(DISTRIBUTOR_STATUS), st.sampled_from(RANKS)
    )
    usual = st.just("active")
    return Person(
        id=f"D{row}",
        joined_at=joined,
        left_at=draw(st.none() | st.none() | times),
        status=draw(usual | usual | st.sampled_from(DISTRIBUTOR_STATUS)),
        rank=draw(st.sampled_from(RANKS)),
        verified_at=draw(maybe_times),
        certified_until=draw(maybe_times),
        sponsors=edges,
        changes=draw(st.lists(changes, max_size=2, unique_by=lambda change: change[0])),
    )


@st.composite
def lines(draw: st.DrawFn, number: int, products: int, sign: int = 1) -> OrderLine:
    milli = draw(st.sampled_from([1000, 3000, 500, 333, 1]) | st.integers(1, 9000))
    price = draw(st.integers(0, 3000) | st.just(10**9))
    gross = milli * price // 1000
    return OrderLine(
        line_no=number,
        product=draw(st.none() | st.integers(0, products - 1)) if products else None,
        milli=sign * milli,
        price=price,
        discount=sign * draw(st.just(0) | st.integers(0, gross)),
        earns=draw(st.integers(0, 5)) > 0,
    )


def order_times(draw: st.DrawFn, status: str) -> dict[str, int | None]:
    """The times of an order as loaders derive them."""
    ordered = draw(times)
    paid = ordered + draw(st.sampled_from([0, 0, DAY_MS, 20 * DAY_MS]))
    received = paid + draw(st.sampled_from([0, DAY_MS, 15 * DAY_MS]))
    is_paid = status in ("paid", "shipped", "received") or (
        status == "cancelled" and draw(st.booleans())
    )
    return {
        "ordered_at": ordered,
        "paid_at": paid if is_paid else None,
        "received_at": received if status == "received" else None,
        "cancelled_at": draw(st.none() | st.just(paid + DAY_MS)) if status == "cancelled" else None,
    }


@st.composite
def orders(draw: st.DrawFn, row: int, world: World) -> Order:
    kind = draw(st.sampled_from(["sale"] * 6 + ["cancellation", "adjustment"]))
    common = st.just("received")
    status = draw(common | common | st.sampled_from(ORDER_STATUS))
    sign = -1 if kind == "cancellation" else 1
    seller = draw(st.none() | st.integers(0, len(world.people) - 1))
    buyer_kind = draw(st.sampled_from(["unknown", "customer", "customer", "distributor"]))
    buyer: int | None = None
    if buyer_kind == "customer" and world.customers:
        buyer = draw(st.none() | st.integers(0, len(world.customers) - 1))
    if buyer_kind == "distributor":
        buyer = draw(st.just(seller) | st.none() | st.integers(0, len(world.people) - 1))
    ids: Any = {"customer": world.customers, "distributor": world.people, "unknown": []}
    buyer_id = draw(st.none() | st.just("stranger"))
    sales = [at for at, order in enumerate(world.orders) if order.kind == "sale"]
    count = draw(st.integers(0, 3))
    return Order(
        id=f"O{row}",
        seller=seller,
        buyer_kind=buyer_kind,
        buyer=buyer,
        buyer_id=buyer_id if buyer is None else ids[buyer_kind][buyer].id,
        status=status,
        kind=kind,
        currency=draw(st.sampled_from(["CNY", "CNY", *CURRENCIES])),
        amount=None if count else draw(st.none() | st.integers(0, 10**6).map(lambda a: sign * a)),
        cancels=draw(st.none() | st.sampled_from(sales))
        if kind == "cancellation" and sales
        else None,
        lines=[draw(lines(no + 1, len(world.products), sign)) for no in range(count)],
        **order_times(draw, status),  # type: ignore[arg-type]
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World(people=[draw(people(row)) for row in range(draw(st.integers(1, 7)))])
    bound = st.none() | st.integers(0, len(world.people) - 1)
    world.customers = [
        Customer(f"C{row}", draw(bound), draw(maybe_times))
        for row in range(draw(st.integers(0, 3)))
    ]
    world.products = [
        Product(
            f"P{row}",
            draw(st.sampled_from([None, "wine", "tea"])),
            draw(st.none() | st.integers(0, 2000)),
            draw(st.none() | st.sampled_from(CURRENCIES)),
        )
        for row in range(draw(st.integers(0, 3)))
    ]
    for row in range(draw(st.integers(1, 6))):
        world.orders.append(draw(orders(row, world)))
    for row in range(draw(st.integers(0, 5))):
        world.refunds.append(draw(refunds(row, world)))
    return world


@st.composite
def refunds(draw: st.DrawFn, row: int, world: World) -> Refund:
    at = draw(st.integers(0, len(world.orders) - 1))
    order = world.orders[at]
    whole = int(order.paid) if order.paid > 0 else 100
    return Refund(
        id=f"R{row}",
        order=at,
        amount=draw(st.integers(0, 2 * whole) | st.just(whole) | st.integers(0, 100)),
        refunded_at=order.time + draw(times),
        line_no=draw(st.none() | st.integers(1, 4)),
        milli=draw(st.none() | st.integers(1, 3000)),
    )
