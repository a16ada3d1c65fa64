"""What is sold in a generated network: products, and orders with lines and refunds, part by part.

Orders are numbered in the order of their times. A part holds ORDERS_PER_PART of them and needs
nothing of the other parts, so that ten million take no more memory than a hundred thousand. Money
is whole minor units.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import graph.money
from loaders.generate_network import (
    DAY_S,
    NEVER,
    REDRAWS_MAX,
    Ints,
    Network,
    Shape,
    share_of,
    slots,
)

ORDERS_PER_PART = 100_000
LINES_MAX = 4
LINES_SHARES = (0.6, 0.25, 0.1, 0.05)
TAX_PERCENT = 13
CREATED, PAID, SHIPPED, RECEIVED, CANCELLED = range(5)  # graph.model.ORDER_STATUS


@dataclass(frozen=True)
class Products:
    """List prices and costs in minor units; currency by position in the shape's currencies."""

    currency: Ints
    price: Ints
    cost: Ints


@dataclass(frozen=True)
class Orders:
    """One part of the orders; rows count from 0 in the part, order numbers from `first`."""

    first: int
    customer: Ints  # -1: a distributor buys
    buyer: Ints  # the distributor who buys; -1: a customer does
    seller: Ints  # -1: the house
    region: Ints
    currency: Ints
    status: Ints
    ordered: Ints
    paid: Ints  # NEVER where it did not happen, as in the next two
    received: Ints
    cancelled: Ints
    cancels: Ints  # the row that a cancellation takes back; -1: a sale
    channel: Ints


@dataclass(frozen=True)
class Lines:
    """The lines of one part; discount and tax are totals of the line, with the quantity's sign."""

    row: Ints
    line_no: Ints
    product: Ints
    quantity: Ints
    price: Ints
    discount: Ints
    tax: Ints


@dataclass(frozen=True)
class Refunds:
    """Refunds of one part; line_no and quantity are 0 where only an amount is known."""

    row: Ints
    line_no: Ints
    quantity: Ints
    amount: Ints
    refunded: Ints


def products(shape: Shape) -> Products:
    """The catalogue: prices from 5.90 to 799.90 (or 5 to 799), costs 25 to 60 per cent of them."""
    random = shape.draw("products")
    currency = np.arange(shape.products, dtype=np.int64) % len(shape.currencies)
    digits = np.array([graph.money.exponent(code) for code in shape.currencies])[currency]
    whole = random.integers(5, 800, shape.products)
    price = whole * 10**digits + np.where(digits > 0, 9 * 10 ** np.maximum(digits - 1, 0), 0)
    return Products(currency, price, price * random.integers(25, 61, shape.products) // 100)


def parts(
    shape: Shape, network: Network, catalogue: Products
) -> Iterator[tuple[Orders, Lines, Refunds]]:
    """All orders, ORDERS_PER_PART at a time; one empty part where there are none."""
    for number, first in enumerate(range(0, max(shape.orders, 1), ORDERS_PER_PART)):
        orders = _orders(shape, network, first, number)
        yield orders, *_lines_and_refunds(shape, catalogue, orders, number)


def _orders(shape: Shape, network: Network, first: int, part: int) -> Orders:
    random = shape.draw("orders", part)
    which = np.arange(first, min(first + ORDERS_PER_PART, shape.orders), dtype=np.int64)
    ordered = slots(random, shape.sales_from_s, shape.until_s, shape.orders, which)
    customer, buyer, seller = _who(random, shape, network, ordered)
    status, paid, received, cancelled = _course(random, shape, ordered)
    cancels = _cancels(random, shape, status)
    back = cancels >= 0
    source = np.where(back, cancels, np.arange(len(which)))
    customer, buyer, seller = customer[source], buyer[source], seller[source]
    region = network.region[buyer]
    region[customer >= 0] = network.customer_region[customer[customer >= 0]]
    return Orders(
        first=first,
        customer=customer,
        buyer=buyer,
        seller=seller,
        region=region,
        currency=region % len(shape.currencies),
        status=np.where(back, RECEIVED, status),
        ordered=ordered,
        paid=np.where(back, NEVER, paid),
        received=np.where(back, NEVER, received),
        cancelled=np.where(back, NEVER, cancelled),
        cancels=cancels,
        channel=random.integers(0, 3, len(which)),
    )


def _who(
    random: np.random.Generator, shape: Shape, network: Network, at: Ints
) -> tuple[Ints, Ints, Ints]:
    """Customer, buying distributor and seller of each order: a customer buys from the one he is
    bound to (from the house once that one has left), a distributor from himself or his sponsor.
    """
    known = np.searchsorted(network.bound, at, "right")
    retail = (random.random(len(at)) < shape.retail) & (known > 0)
    customer = np.where(retail, share_of(known, random.random(len(at))), -1)
    buyer = np.where(retail, -1, _present(random, network, at))
    sponsor = network.sponsor[buyer]
    by_sponsor = (sponsor >= 0) & (network.left[sponsor] > at) & (random.random(len(at)) < 0.2)
    own = np.where(by_sponsor, sponsor, buyer)
    own[retail] = network.bound_to[customer[retail]]
    gone = (own >= 0) & (network.left[own] <= at)
    own[gone] = -1
    return customer, buyer, own


def _present(random: np.random.Generator, network: Network, at: Ints) -> Ints:
    known = np.searchsorted(network.joined, at, "right")
    found = share_of(known, random.random(len(at)))
    for _ in range(REDRAWS_MAX):
        gone = np.flatnonzero(network.left[found] <= at)
        found[gone] = share_of(known[gone], random.random(len(gone)))
    found[network.left[found] <= at] = 0
    return found


def _course(
    random: np.random.Generator, shape: Shape, ordered: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Status and times of sales as they stand at the end: paid within two hours, received after two
    to ten days; a few are never paid, a few are cancelled within five days.
    """
    count, end = len(ordered), shape.until_s
    chance = random.random(count)
    paid = ordered + random.integers(0, 7_200, count)
    received = paid + random.integers(2 * DAY_S, 10 * DAY_S, count)
    cancelled = paid + random.integers(3_600, 2 * DAY_S, count)
    stops = (chance < shape.cancellations / 2) & (cancelled <= end)
    unpaid = (chance > 0.995) | (paid > end) | (stops & (chance < shape.cancellations / 6))
    shipped = paid + DAY_S <= end
    status = np.where(received <= end, RECEIVED, np.where(shipped, SHIPPED, PAID))
    status = np.where(stops, CANCELLED, np.where(unpaid, CREATED, status))
    return (
        status,
        np.where(unpaid, NEVER, paid),
        np.where(status == RECEIVED, received, NEVER),
        np.where(stops, cancelled, NEVER),
    )


def _cancels(random: np.random.Generator, shape: Shape, status: Ints) -> Ints:
    """The earlier row that each row takes back, most rows none; no row is taken back twice."""
    row = np.arange(len(status), dtype=np.int64)
    wanted = random.random(len(row)) < shape.cancellations / 2
    wanted[:1] = False
    target = np.maximum(row - 1 - share_of(np.minimum(row, 5_000), random.random(len(row))), 0)
    wanted &= ~wanted[target] & np.isin(status[target], (PAID, SHIPPED, RECEIVED))
    _, at_first = np.unique(target[wanted], return_index=True)
    chosen = np.flatnonzero(wanted)[at_first]
    found = np.full(len(row), -1, np.int64)
    found[chosen] = target[chosen]
    return found


def _lines_and_refunds(
    shape: Shape, catalogue: Products, orders: Orders, part: int
) -> tuple[Lines, Refunds]:
    random = shape.draw("lines", part)
    count = len(orders.ordered)
    source = np.where(orders.cancels >= 0, orders.cancels, np.arange(count))
    lines_of = 1 + np.searchsorted(np.cumsum(LINES_SHARES)[:-1], random.random(count), "right")
    product = _chosen(random, shape, orders)
    quantity = 1 + (random.random((count, LINES_MAX)) ** 3 * 5).astype(np.int64)
    off = np.where(random.random((count, LINES_MAX)) < 0.15, 10, 0)
    discount = quantity * catalogue.price[product] * off // 100

    row = np.repeat(np.arange(count), lines_of[source])
    starts = np.cumsum(lines_of[source]) - lines_of[source]
    place = np.arange(len(row)) - starts[row]
    at = (source[row], place)
    sign = np.where(orders.cancels[row] >= 0, -1, 1)
    price = catalogue.price[product[at]]
    net = quantity[at] * price - discount[at]
    lines = Lines(
        row=row,
        line_no=place + 1,
        product=product[at],
        quantity=sign * quantity[at],
        price=price,
        discount=sign * discount[at],
        tax=sign * (net * TAX_PERCENT // 100),
    )
    firsts = (quantity[:, 0], catalogue.price[product[:, 0]], discount[:, 0])
    return lines, _refunds(random, shape, orders, firsts)


def _chosen(random: np.random.Generator, shape: Shape, orders: Orders) -> Ints:
    """Products of the order's currency, the first ones of the catalogue more often."""
    kinds = len(shape.currencies)
    bent = random.random((len(orders.ordered), LINES_MAX)) ** 1.6
    place = (bent * (shape.products // kinds)).astype(np.int64)
    return place * kinds + orders.currency[:, None]


def _refunds(
    random: np.random.Generator, shape: Shape, orders: Orders, firsts: tuple[Ints, Ints, Ints]
) -> Refunds:
    """Some pieces of the first line of some received sales that no cancellation takes back; every
    third one names only an amount.
    """
    count = len(orders.ordered)
    quantity, price, discount = firsts
    back = np.zeros(count, bool)
    back[orders.cancels[orders.cancels >= 0]] = True
    at = np.where(orders.received < NEVER, orders.received, 0)
    at = at + random.integers(DAY_S, 20 * DAY_S, count)
    wanted = (orders.received < NEVER) & ~back & (random.random(count) < shape.refunds)
    row = np.flatnonzero(wanted & (at <= shape.until_s))
    pieces = 1 + share_of(quantity[row], random.random(len(row)))
    amount = pieces * price[row] - discount[row] * pieces // quantity[row]
    named = random.random(len(row)) > 1 / 3
    return Refunds(row, np.where(named, 1, 0), np.where(named, pieces, 0), amount, at[row])
