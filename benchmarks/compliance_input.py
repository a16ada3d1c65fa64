"""A screened company as columns: buyers of every kind, cards that meet, refunds, three levels.

The network is that of `benchmarks.engine_input`, its joinings spread up to the last day. Half of
the sales go to customers, one in fifty of them on a card of a distributor; the rest are purchases
of distributors, some of kits and fees. Same seed, same columns; kept as a snapshot, so that what
is measured maps them as a night does.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.snapshot
import benchmarks.engine_input
from analytics.columns import SCHEMAS, Columns
from graph.model import (
    BUYER_KIND,
    DAY_MS,
    DISTRIBUTOR_STATUS,
    ENTRY_KIND,
    IDENTIFIER_KIND,
    NOBODY,
    ORDER_KIND,
    ORDER_STATUS,
    OWNER_KIND,
    PRODUCT_KIND,
)

Ints = npt.NDArray[np.int64]

AS_OF = "2026-10-31"
UNTIL_MS = 1_793_491_199_999
"""The last millisecond of AS_OF, UTC."""
SELLING_DAYS, JOINING_DAYS = 540, 2_000
CUSTOMERS = 2
"""Per distributor."""
BY_CUSTOMERS, ON_OUR_CARD, REFUNDED = 0.5, 0.02, 0.03
PRODUCTS, KITS, FEES = 200, 4, 2
RATES = (10, 5, 3)
"""Percent of the base by level."""
SKEW = 2.0
FILES = frozenset({*SCHEMAS, "order_lines"} - {"payouts", "entries", "frozen", "frozen_paths"})


class Sales(NamedTuple):
    """Orders by time, two lines for most."""

    seller: Ints
    at: Ints
    by_customer: npt.NDArray[np.bool_]
    buyer: Ints
    order: Ints  # of each line
    base: Ints  # of each line, minor units


def keep(folder: Path, distributors: int, orders: int, seed: int) -> None:
    """Draw a company and keep it as the snapshot `folder`."""
    analytics.snapshot.keep(drawn(distributors, orders, seed), folder, seq=1, as_of=AS_OF)


def drawn(distributors: int, orders: int, seed: int) -> Columns:
    """All columns of a company."""
    people = benchmarks.engine_input.people(distributors, seed)
    days = np.arange(distributors, dtype=np.int64) * (JOINING_DAYS * DAY_MS) // distributors
    joined = UNTIL_MS - JOINING_DAYS * DAY_MS + days
    network = benchmarks.engine_input.columns(people.sponsor, joined)
    sales = _sales(distributors, orders, joined, seed)
    active = DISTRIBUTOR_STATUS.index("active")
    accounts = network.distributors.with_columns(pl.lit(active, pl.UInt8).alias("status"))
    lines = _lines(sales, seed)
    return Columns(
        distributors=accounts,
        sponsor_edges=network.sponsor_edges,
        customers=_customers(distributors),
        products=_products(),
        orders=_orders(sales),
        lines=lines,
        refunds=_refunds(sales, lines, seed),
        identifiers=_identifiers(distributors, seed),
        entries=_entries(sales, people.sponsor),
        files=FILES,
    )


def _sales(distributors: int, count: int, joined: Ints, seed: int) -> Sales:
    rng = np.random.default_rng([seed, 3])
    begin = UNTIL_MS - SELLING_DAYS * DAY_MS
    at = begin + np.arange(count, dtype=np.int64) * (SELLING_DAYS * DAY_MS) // count
    there = np.searchsorted(joined, at, side="right")
    seller = (there * rng.random(count) ** SKEW).astype(np.int64)
    by_customer = rng.random(count) < BY_CUSTOMERS
    buyer = (there * rng.random(count)).astype(np.int64)
    buyer = np.where(by_customer, CUSTOMERS * seller + rng.integers(0, CUSTOMERS, count), buyer)
    order = np.repeat(np.arange(count), rng.integers(1, 3, count) + (rng.random(count) < 0.1))
    base = (rng.standard_exponential(len(order)) * 20_000).astype(np.int64) + 100
    return Sales(seller, at, by_customer, buyer, order, base)


def _frame(noun: str, given: dict[str, object]) -> pl.DataFrame:
    """A whole frame of a noun: its other columns are unknown."""
    made = pl.select([_column(value).alias(name) for name, value in given.items()])
    return made.select(
        (pl.col(name) if name in made.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in SCHEMAS[noun].items()
    )


def _column(value: Any) -> pl.Expr:
    return pl.lit(pl.Series(value) if isinstance(value, np.ndarray) else value)


def _ids(letter: str, rows: Ints) -> pl.Series:
    return pl.Series(rows).cast(pl.String).str.replace("^", letter)


def _customers(distributors: int) -> pl.DataFrame:
    rows = np.arange(CUSTOMERS * distributors, dtype=np.int64)
    owner = rows // CUSTOMERS
    return _frame("customers", {"key": rows, "id": _ids("C", rows), "distributor_row": owner})


def _products() -> pl.DataFrame:
    rows = np.arange(PRODUCTS, dtype=np.int64)
    kind = np.where(rows < KITS, PRODUCT_KIND.index("kit"), PRODUCT_KIND.index("product"))
    kind[KITS : KITS + FEES] = PRODUCT_KIND.index("fee")
    told = {"key": rows, "id": _ids("P", rows), "kind": kind, "commissionable": True}
    prices = {"list_price": 30_000, "reference_price": 25_000, "currency": "CNY"}
    return _frame("products", {**told, **prices, "mandatory_to_join": False})


def _orders(sales: Sales) -> pl.DataFrame:
    rows = np.arange(len(sales.seller), dtype=np.int64)
    kinds = [BUYER_KIND.index(word) for word in ("customer", "distributor")]
    customers, people = (_ids(letter, sales.buyer) for letter in ("C", "D"))
    return _frame(
        "orders",
        {
            "id": _ids("O", rows),
            "key": rows,
            "seller_row": sales.seller,
            "buyer_kind": np.where(sales.by_customer, *kinds),
            "buyer_row": sales.buyer,
            "buyer_id": customers.zip_with(pl.Series(sales.by_customer), people),
            "ordered_at": sales.at,
            "paid_at": sales.at,
            "received_at": sales.at,
            "status": ORDER_STATUS.index("received"),
            "kind": ORDER_KIND.index("sale"),
            "currency": "CNY",
            "cancels_row": NOBODY,
            "seq": 1,
        },
    )


def _lines(sales: Sales, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng([seed, 4])
    first = np.searchsorted(sales.order, np.arange(len(sales.seller)))
    return _frame(
        "lines",
        {
            "order_row": sales.order,
            "line_no": np.arange(len(sales.order)) - first[sales.order] + 1,
            "product_row": (PRODUCTS * rng.random(len(sales.order)) ** 0.5).astype(np.int64),
            "quantity_milli": 1_000,
            "unit_price": sales.base,
            "discount": 0,
            "tax": 0,
            "commissionable": True,
            "seq": 1,
        },
    )


def _refunds(sales: Sales, lines: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Some first lines, half of what they cost, twenty days later; what is later is left out."""
    rng = np.random.default_rng([seed, 5])
    at = sales.at + 20 * DAY_MS
    taken = np.flatnonzero((rng.random(len(at)) < REFUNDED) & (at <= UNTIL_MS))
    first = np.searchsorted(sales.order, taken)
    told = {"id": _ids("R", taken), "order_row": taken, "line_no": 1, "currency": "CNY"}
    money = {"amount": sales.base[first] // 2, "refunded_at": at[taken], "seq": 1}
    return _frame("refunds", {**told, **money}).sort("refunded_at", "id")


def _identifiers(distributors: int, seed: int) -> pl.DataFrame:
    """A card and a person for every distributor, a card for every customer: some of them his."""
    rng = np.random.default_rng([seed, 6])
    people, customers = np.arange(distributors), np.arange(CUSTOMERS * distributors)
    ours = rng.random(len(customers)) < ON_OUR_CARD
    cards = np.where(ours, customers // CUSTOMERS, distributors + customers)
    owner = np.concatenate([people, people, customers])
    kind = np.repeat([IDENTIFIER_KIND.index(word) for word in ("card", "person", "card")],
                     [len(people), len(people), len(customers)])  # fmt: skip
    whose = np.repeat([OWNER_KIND.index(word) for word in ("distributor", "customer")],
                      [2 * len(people), len(customers)])  # fmt: skip
    rows = np.arange(len(owner), dtype=np.int64)
    told = {"owner_kind": whose, "owner_row": owner, "kind": kind, "id": _ids("I", rows)}
    value = np.concatenate([people, people, cards])
    return _frame(
        "identifiers",
        {**told, "value": value, "hashed": False, "shared": False, "key": rows, "seq": 1},
    )


def _entries(sales: Sales, sponsor: npt.NDArray[np.int32]) -> pl.DataFrame:
    """Three levels from the seller up, rounded down."""
    base = np.bincount(sales.order, sales.base.astype(np.float64)).astype(np.int64)
    order, who, level, amount = [], [], [], []
    above = np.append(sponsor, NOBODY).astype(np.int64)
    earner = sales.seller
    for number, rate in enumerate(RATES, 1):
        rows = np.flatnonzero(earner >= 0)
        order.append(rows)
        who.append(earner[rows])
        level.append(np.full(len(rows), number))
        amount.append(base[rows] * rate // 100)
        earner = above[earner]
    rows, levels = np.concatenate(order), np.concatenate(level)
    by_order = np.lexsort((levels, rows))
    rows = rows[by_order]
    return _frame(
        "entries",
        {
            "order_row": rows,
            "beneficiary_row": np.concatenate(who)[by_order],
            "level": levels[by_order],
            "kind": ENTRY_KIND.index("accrual"),
            "cause": "O",
            "amount": np.concatenate(amount)[by_order],
            "currency": "CNY",
            "booked_at": sales.at[rows],
            "plan": "three@1",
        },
    )
