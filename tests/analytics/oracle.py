"""Commissions in plain Python and fractions, written from domain/commission.md and files.md alone.

Who stands on the path, which gate stops him, and what he is entitled to on what is left of the
lines. Nothing here is shared with the engine but the `Plan` and the closed lists; nothing is fast.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

from analytics.plan import Override, Plan
from graph.model import DAY_MS
from graph.money import exponent
from tests.analytics.worlds import Order, OrderLine, Person, Product, World


@dataclass
class Row:
    """One row of a path."""

    order: int
    position: int | None
    person: int | None
    level: int
    outcome: str
    rank: str | None = None
    rate: Fraction | None = None
    source: str | None = None
    base: Fraction = Fraction(0)
    share: Fraction = Fraction(0)
    rounded: int = 0
    amount: int = 0


@dataclass
class Left:
    """A line with what is left of it."""

    line: OrderLine | None
    paid: Fraction
    base: Fraction
    units: Fraction
    earns: bool
    refunded: Fraction = Fraction(0)
    by_amount: Fraction = Fraction(0)
    units_back: Fraction = Fraction(0)
    void: bool = False

    def base_left(self) -> Fraction:
        if self.void:
            return Fraction(0)
        return self.base * (1 - self.refunded / self.paid) if self.paid else self.base

    def units_left(self) -> Fraction:
        if self.void or (self.paid and self.refunded == self.paid):
            return Fraction(0)
        if self.units < 0:
            return self.units
        part = self.units * self.by_amount / self.paid if self.paid else 0
        return max(Fraction(0), self.units - self.units_back - part)


def sponsor_of(person: Person, t: int) -> int | None:
    for since, until, sponsor in person.sponsors:
        if (since <= t or since <= person.joined_at) and t < until:
            return sponsor
    return None


def standing_of(person: Person, t: int) -> tuple[str, str | None]:
    status, rank = person.status, person.rank
    for since, to_status, to_rank in sorted(person.changes, key=lambda change: change[0]):
        if since <= t:
            status, rank = to_status or status, to_rank or rank
    if person.left_at is not None and t > person.left_at:
        status = "terminated"
    return status, rank


def failing(world: World, plan: Plan, who: int, t: int) -> Iterator[str]:
    """The predicates that a distributor fails at a time, in order."""
    person, asks = world.people[who], plan.qualification
    if standing_of(person, t)[0] not in asks.status:
        yield "status"
    if asks.verified and not (person.verified_at is not None and person.verified_at <= t):
        yield "verified"
    if asks.certified and not (person.certified_until is not None and t <= person.certified_until):
        yield "certified"

    def within(order: Order, days: int) -> bool:
        paid = order.paid_at
        return order.kind == "sale" and paid is not None and t - days * DAY_MS < paid <= t

    def reaches(orders: list[Order], amounts: Any) -> bool:
        return any(
            sum(order.paid for order in orders if order.currency == currency) >= least
            for currency, least in amounts.items()
        )

    retail = [o for o in world.orders if o.seller == who and o.buyer_kind != "distributor"]
    bought = [o for o in world.orders if o.buyer == who and o.buyer_kind == "distributor"]
    if (need := asks.own_retail) and not reaches(
        [o for o in retail if within(o, need.days)], need.amount
    ):
        yield "own_retail"
    if count := asks.retail_customers:
        buyers = {(o.buyer_kind, o.buyer_id) for o in retail if o.buyer_id if within(o, count.days)}
        if len(buyers) < count.count:
            yield "retail_customers"
    if (need := asks.own_purchase) and not reaches(
        [o for o in bought if within(o, need.days)], need.amount
    ):
        yield "own_purchase"


def path(world: World, plan: Plan, at: int) -> list[Row]:
    """Who stands on the path of an order, with the gate that stopped each one."""
    order = world.orders[at]
    t, n = order.time, plan.max_paid_levels
    himself = order.buyer_kind == "distributor" and order.buyer == order.seller is not None
    earns_himself = himself and plan.self_purchase == "buyer_earns"
    rows: list[Row] = []
    person, position, level, broken, highest = order.seller, 0, 0, False, Fraction(0)
    while person is not None and level < n:
        rank = standing_of(world.people[person], t)[1]
        failed = list(failing(world, plan, person, t))
        if plan.unlock and plan.unlock.get(rank or "", 0) < level + 1:
            failed.append("unlock")
        takes, outcome = True, "paid"
        if position == 0 and himself and plan.self_purchase == "upline_only":
            outcome = "self_purchase"
            takes = plan.first_level == "seller" and plan.kind == "unilevel"
        elif position == 0 and plan.first_level == "sponsor" and not earns_himself:
            takes, outcome = False, "seller_unpaid"
        elif broken:
            outcome = "path_broken"
        elif plan.kind == "differential":
            own = plan.rank_rates.get(rank or "", Fraction(0))
            if failed:
                takes, outcome = False, f"unqualified:{failed[0]}"
            elif own <= highest:
                takes, outcome = False, "zero_rate"
            else:
                highest = own
        elif failed and plan.compression != "pay_anyway":
            outcome = f"unqualified:{failed[0]}"
            takes = plan.compression != "dynamic"
            broken = plan.compression == "break"
        level += takes
        rows.append(Row(at, position, person, level if takes else 0, outcome, rank))
        person, position = sponsor_of(world.people[person], t), position + 1
    if person is not None:
        rank = standing_of(world.people[person], t)[1]
        rows.append(Row(at, position, person, 0, "beyond_paid_levels", rank))
    elif plan.kind == "unilevel":
        rows += [Row(at, None, None, missing, "no_ancestor") for missing in range(level + 1, n + 1)]
    if himself and plan.self_purchase == "nobody":
        for row in rows:
            row.outcome = "self_purchase"
    return rows


def anchor_of(world: World, order: Order) -> int:
    if order.buyer_kind == "customer" and order.buyer is not None:
        customer = world.customers[order.buyer]
        bound = customer.bound_at
        if customer.bound_to == order.seller and order.seller is not None and bound is not None:
            return bound
    firsts = [
        o.paid_at
        for o in world.orders
        if o.kind == "sale" and o.paid_at is not None and o.buyer_id is not None
        if (o.seller, o.buyer_kind, o.buyer_id) == (order.seller, order.buyer_kind, order.buyer_id)
        if o.seller is not None
    ]
    return min([*firsts, order.time])


def term(world: World, plan: Plan, row: Row, line: OrderLine | None) -> tuple[Fraction, bool, str]:
    """Rate or amount per unit in minor units, whether it is an amount, and its source."""
    order, i = world.orders[row.order], row.level - 1
    product = world.products[line.product] if line and line.product is not None else None
    in_currency = line is not None and ((product and product.currency) or "CNY") == order.currency

    def find(overrides: tuple[Override, ...], key: str | None) -> Override | None:
        for override in overrides:
            if override.key == key and key is not None:
                if i < len(override.rates) or (i < len(override.amounts) and in_currency):
                    return override
        return None

    holder = world.people[row.person].id if row.person is not None else None
    tries = [
        ("distributor", find(plan.distributor_rates, holder)),
        ("product", find(plan.product_rates, product.id if product else None)),
        ("category", find(plan.category_rates, product.category if product else None)),
    ]
    kind, found = next(((kind, one) for kind, one in tries if one), ("plan", None))
    if found and found.amounts:
        return found.amounts[i] * 10 ** exponent(order.currency), True, f"{kind}:{found.key}"
    if not (found and found.ignores_window):
        for window in plan.window:
            late = order.time - anchor_of(world, order) > window.days * DAY_MS
            if window.level == row.level and late:
                return window.then, False, "window"
    if found:
        return found.rates[i], False, f"{kind}:{found.key}"
    return plan.rates[i], False, "plan"


def rounded(value: Fraction, plan: Plan) -> int:
    size = abs(value)
    down = floor(size)
    if plan.rounding == "half_up" and size - down >= Fraction(1, 2):
        down += 1
    if plan.rounding == "half_even":
        down = round(size)
    return down if value >= 0 else -down


def lines_of(world: World, order: Order, plan: Plan) -> list[Left]:
    """The lines of an order before anything happened to it."""
    if not order.lines:
        amount = Fraction(order.amount or 0)
        return [Left(None, amount, amount * (plan.base != "margin"), Fraction(0), True)]
    found = []
    for line in order.lines:
        base = line.paid
        if plan.base == "list":
            base = line.quantity * line.price
        if plan.base == "margin":
            product = world.products[line.product] if line.product is not None else Product("")
            known = product.cost is not None and product.currency in (None, order.currency)
            base = line.paid - line.quantity * (product.cost or 0) if known else Fraction(0)
            base = max(base, Fraction(0)) if line.milli > 0 else min(base, Fraction(0))
        found.append(Left(line, line.paid, base, line.quantity, line.earns))
    return found


def entitle(world: World, plan: Plan, rows: list[Row], lines: list[Left]) -> list[Row]:
    """The rows with their money, on what is left of the lines."""
    earning = [left for left in lines if left.earns]
    base = sum((left.base_left() for left in earning), Fraction(0))
    cap = plan.caps.order
    room = None if cap is None else floor(cap * abs(base))
    highest, result = Fraction(0), []
    for old in rows:
        row = Row(old.order, old.position, old.person, old.level, old.outcome, old.rank, base=base)
        result.append(row)
        if plan.kind == "differential":
            if row.level or row.outcome == "zero_rate":
                rate = plan.rank_rates.get(row.rank or "", Fraction(0))
                row.rate, row.source = max(rate - highest, Fraction(0)), f"rank:{row.rank or ''}"
                highest = max(highest, rate)
            terms = [(row.rate or Fraction(0), False, row.source or "")] * len(earning)
        elif row.level:
            terms = [term(world, plan, row, left.line) for left in earning]
            shown = terms or [term(world, plan, row, None)]
            row.rate, fixed, row.source = shown[0]
            if len(set(shown)) > 1:
                row.rate, row.source = None, "mixed"
            elif fixed:
                row.rate = None
        else:
            continue
        row.share, whole = Fraction(0), 0
        for (number, fixed, _), left in zip(terms, earning, strict=True):
            part = number * (left.units_left() if fixed else left.base_left())
            row.share += part
            units = abs(left.units_left())
            if plan.round_at == "unit" and units:
                whole += rounded(rounded(part / units, plan) * units, plan)
            else:
                whole += rounded(part, plan)
        if plan.round_at == "entry":
            whole = rounded(row.share, plan)
        if row.outcome != "paid":
            continue
        row.rounded = row.amount = whole
        if room is not None:
            row.amount = min(whole, room) if whole >= 0 else max(whole, -room)
            room -= abs(row.amount)
        zero = terms or [(row.rate or Fraction(0), False, "")]
        if all(number == 0 for number, _, _ in zero):
            row.outcome = "zero_rate"
        elif not whole:
            row.outcome = "below_one_minor_unit"
        elif not row.amount:
            row.outcome = "capped"
    return result
