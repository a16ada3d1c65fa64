"""The facts of random small networks are those of the slow reading in plain Python."""

import datetime
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.analytics.facts.oracle as oracle
from tests.analytics.facts.drawing import classes, distributor, facts, identifier, order, product
from tests.analytics.facts.oracle import FAR, Account, Customer, Mark, Order, World
from tests.loaders.trying import Row, line

EPOCH = datetime.date(2025, 1, 1)
KINDS = ("card", "phone", "person")


def date(day: int) -> str:
    return (EPOCH + datetime.timedelta(days=day)).isoformat()


def world_of(seed: int) -> World:
    """Few values and days, so that everything meets."""
    draw = random.Random(seed)
    persons = ["", "N1", "N2", "N3"]

    def marks(chance: float) -> list[Mark]:
        if draw.random() > chance:
            return []
        first = draw.choice([-FAR, draw.randrange(0, 60)])
        last = draw.choice([FAR, draw.randrange(30, 100)])
        value = draw.choice(["N1", "N2", "N3"])
        return [Mark(draw.choice(KINDS), value, first, last, draw.random() < 0.1)]

    accounts = [
        Account(
            f"D{n}",
            draw.randrange(0, 90),
            draw.choice([FAR, FAR, 95]),
            draw.choice(persons),
            marks(0.5),
        )
        for n in range(5)
    ]
    customers = [
        Customer(f"C{n}", draw.choice(["", "", f"D{draw.randrange(5)}"]), marks(0.6))
        for n in range(5)
    ]
    buyers = ["", "X1", *(one.id for one in accounts), *(one.id for one in customers)]
    count = draw.choice([12, 90])
    orders = [
        Order(
            f"O{n:03}",
            draw.randrange(0, 120),
            draw.choice(["", "customer", "distributor"]),
            draw.choice(buyers),
            [
                (draw.choice(["product", "product", "kit", "fee"]), draw.randrange(1, 900))
                for _ in range(draw.choice([1, 2]))
            ],
            marks(0.2),
            [draw.randrange(1, 500) for _ in range(draw.choice([0, 0, 1, 2]))],
        )
        for n in range(count)
    ]
    for one in orders:  # who is a customer by what is said cannot be listed as the other
        if one.buyer.startswith("C") and one.kind == "distributor":
            one.kind = ""
    return World(accounts, customers, orders, 0, 700)


def rows_of(owner: str, id: str, marks: list[Mark]) -> list[Row]:
    return [
        identifier(
            owner,
            id,
            one.kind,
            one.value,
            shared=str(int(one.shared)),
            valid_from="" if one.first == -FAR else date(one.first),
            valid_to="" if one.last == FAR else date(one.last),
        )
        for one in marks
    ]


def tables(world: World) -> dict[str, Any]:
    found: dict[str, Any] = {
        "distributors": [
            distributor(
                a.id,
                joined=date(a.joined),
                left_at="" if a.left == FAR else date(a.left),
                person_id=a.person,
            )
            for a in world.accounts
        ],
        "customers": [
            {"customer_id": c.id, "became_distributor_id": c.became} for c in world.customers
        ],
        "products": [product("product"), product("kit", "kit"), product("fee", "fee")],
        "orders": [order(o.id, "", o.buyer, o.kind, date(o.day)) for o in world.orders],
        "order_lines": [
            line(o.id, n, kind, "1", f"{money / 100:.2f}")
            for o in world.orders
            for n, (kind, money) in enumerate(o.lines, 1)
        ],
        "refunds": [
            {
                "refund_id": f"{o.id}R{n}",
                "order_id": o.id,
                "amount": f"{money / 100:.2f}",
                "refunded_at": date(200 + n),
            }
            for o in world.orders
            for n, money in enumerate(o.refunds)
        ],
        "identifiers": [
            row
            for kind, owners in (
                ("distributor", world.accounts),
                ("customer", world.customers),
                ("order", world.orders),
            )
            for one in owners
            for row in rows_of(kind, one.id, one.marks)
        ],
    }
    return {noun: rows for noun, rows in found.items() if rows}


def check(seed: int) -> None:
    world = world_of(seed)
    found = facts(allowance={"CNY": world.setting}, **tables(world))
    months = {d: int(date(d)[:4]) * 12 + int(date(d)[5:7]) for d in range(130)}

    class Months(int):
        """`day // months` is the calendar month."""

        def __rfloordiv__(self, day: int) -> int:
            return months[day]

    world.month_days = Months(1)
    wanted = oracle.classes(world)
    assert found.allowance["CNY"] == oracle.allowance(world)
    for one in world.orders:
        assert classes(found, one.id) == wanted[one.id], (seed, one)


@pytest.mark.parametrize("seed", range(12))
def test_chosen_networks(seed: int) -> None:
    check(seed)


@settings(max_examples=15, deadline=None)
@given(st.integers(12, 10**6))
def test_any_network(seed: int) -> None:
    check(seed)
