"""A sponsor tree as one would draw it, and what the engine makes of an order in it.

    D1 gold
      D2 suspended
        D3

Each line: an id, then words: a status, `verified`, `certified`, else a rank. The sponsor is the
line above with less indentation. Everybody joined at the beginning.
"""

import textwrap
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import analytics.commission
from analytics.commission_schema import Worked
from analytics.plan import Plan, Plans
from graph.model import DAY_MS, DISTRIBUTOR_STATUS, OPEN_MS, OUTCOME
from tests.analytics.worlds import Order, OrderLine, Person, World, columns_of

PAID_AT = 100 * DAY_MS
AS_OF = 1000 * DAY_MS
UTC = ZoneInfo("UTC")


def tree(drawing: str) -> World:
    """The people of a drawing, in its order."""
    people: list[Person] = []
    above: list[tuple[int, int]] = []  # indentation and row
    for line in textwrap.dedent(drawing).strip("\n").splitlines():
        if not line.strip():
            continue
        depth = len(line) - len(line.lstrip())
        above = [one for one in above if one[0] < depth]
        person = _person(*line.split())
        if above:
            person.sponsors = [(0, OPEN_MS, above[-1][1])]
        above.append((depth, len(people)))
        people.append(person)
    return World(people)


def _person(name: str, *words: str) -> Person:
    person = Person(name)
    for word in words:
        if word in DISTRIBUTOR_STATUS:
            person.status = word
        elif word == "verified":
            person.verified_at = 0
        elif word == "certified":
            person.certified_until = OPEN_MS
        else:
            person.rank = word
    return person


def sold(world: World, seller: str | None, amount: int | None = 10_000, **given: Any) -> World:
    """The world with one more order, O1, O2, …, of `seller` to a customer nobody knows."""
    rows = {person.id: row for row, person in enumerate(world.people)}
    if given.get("buyer") in rows:
        given |= {"buyer_kind": "distributor", "buyer_id": given["buyer"]}
        given["buyer"] = rows[given["buyer"]]
    times = {"paid_at": PAID_AT, "ordered_at": PAID_AT, "received_at": PAID_AT}
    number = len(world.orders) + 1
    order = Order(f"O{number}", None if seller is None else rows[seller], **{**times, **given})
    order.amount = None if order.lines else amount
    world.orders.append(order)
    return world


def line(
    number: int, quantity: str, price: int, product: int | None = None, **given: Any
) -> OrderLine:
    """A line with its quantity as a decimal."""
    return OrderLine(number, product, int(Fraction(quantity) * 1000), price, **given)


def plan(**given: Any) -> Plan:
    """10, 5, 3 % unless said otherwise; rates may be given as text."""
    for name in ("rates",):
        if name in given:
            given[name] = tuple(Fraction(rate) for rate in given[name])
            given.setdefault("max_paid_levels", len(given[name]))
    return Plan(name="plan", version="1", **given)


def worked(world: World, terms: Plan, **how: Any) -> Worked:
    """What the engine says of the world."""
    at = how.pop("as_of_ms", AS_OF)
    return analytics.commission.work_out(
        columns_of(world), Plans.always(terms), as_of_ms=at, zone=UTC, **how
    )


def path(world: World, terms: Plan, order: int = 0, **how: Any) -> list[str]:
    """The path of an order as lines: id (- for nobody), level, outcome, amount."""
    rows = worked(world, terms, **how).paths.to_dicts()
    return [
        f"{world.people[row['beneficiary_row']].id if row['beneficiary_row'] >= 0 else '-'} "
        f"{row['level']} {OUTCOME[row['outcome']]} {row['amount']}"
        for row in rows
        if row["order_row"] == order
    ]


def entries(world: World, terms: Plan, **how: Any) -> list[str]:
    """The entries as lines: cause, id, level, amount."""
    return [
        f"{row['cause']} {world.people[row['beneficiary_row']].id} {row['level']} {row['amount']}"
        for row in worked(world, terms, **how).entries.to_dicts()
    ]
