"""A plausible network as canonical files, from a seed: for the demo, tests and benchmarks.

People join over three years, the later ones below the earlier ones; everything is sold in the last
year, which ends with the day `until`. The same seed and shape give the same bytes. Nobody is
invented: ids such as D0000001, no names. Orders are written part by part, in bounded memory.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

import graph.money
import loaders.generate_network
import loaders.generate_orders
from graph.errors import Misconfigured
from graph.model import ORDER_STATUS
from loaders.generate_files import FORMS, Writer
from loaders.generate_network import DAY_S, NEVER, REGIONS, Ints, Network, Shape
from loaders.generate_orders import Lines, Orders, Products, Refunds

ROWS_PER_FRAME = 250_000
CATEGORIES = ("tea", "skin_care", "kitchen", "health", "textiles")
KINDS = ("kit", "fee", "training", "sales_aid")  # the last four products; all others are products
CHANNELS = ("app", "store", "web")
RANKS = ("bronze", "silver", "gold")
SUSPENDED_S = 30 * DAY_S
CARDS_BORROWED = 0.01

Progress = Callable[[str, int], None]
"""Told the noun and how many rows of it were just written."""


class Span(NamedTuple):
    """Row numbers start .. stop - 1 of a noun."""

    start: int
    stop: int


def write(folder: Path, shape: Shape, *, form: str = "csv", progress: Progress) -> dict[str, int]:
    """Write all files of a shape into `folder` (made if need be); rows by noun.

    Misconfigured where the shape makes no network or the folder holds another form of a noun.
    """
    _check(shape, form)
    folder.mkdir(parents=True, exist_ok=True)
    network = loaders.generate_network.network(shape)
    catalogue = loaders.generate_orders.products(shape)
    with ExitStack() as stack:
        people = {noun: frames for noun, frames in _PEOPLE.items() if _wanted(shape, noun)}
        files = {
            noun: stack.enter_context(Writer(folder, noun, form))
            for noun in (*people, "orders", "order_lines", "refunds")
        }

        def put(noun: str, frame: pl.DataFrame) -> None:
            files[noun].write(frame)
            progress(noun, frame.height)

        for noun, frames in people.items():
            for frame in frames(shape, network, catalogue):
                put(noun, frame)
        for orders, lines, refunds in loaders.generate_orders.parts(shape, network, catalogue):
            put("orders", _order_frame(shape, orders))
            put("order_lines", _line_frame(shape, orders, lines))
            put("refunds", _refund_frame(shape, orders, refunds))
    return {noun: file.rows for noun, file in files.items()}


def _wanted(shape: Shape, noun: str) -> bool:
    return noun != "identifiers" or shape.identifiers


def _check(shape: Shape, form: str) -> None:
    shares = ("churn", "retail", "refunds", "cancellations", "sponsor_changes", "status_changes")
    for name in shares:
        if not 0 <= getattr(shape, name) <= 1:
            raise Misconfigured(f"{name} is {getattr(shape, name)}; it must be between 0 and 1")
    if form not in FORMS:
        raise Misconfigured(f"the form is {form!r}; it may be {', '.join(FORMS)}")
    if not 1 <= shape.roots <= shape.distributors:
        raise Misconfigured("a network has at least one root, and no more roots than distributors")
    if min(shape.orders, shape.customers) < 0 or shape.seed < 0:
        raise Misconfigured("orders, customers and the seed are not negative")
    if shape.depth <= 0 or shape.products < len(shape.currencies) + len(KINDS):
        raise Misconfigured("the depth must be above 0, and every currency needs products")
    for code in shape.currencies:
        if code not in graph.money.known_currencies():
            raise Misconfigured(f"currency {code!r} is unknown to ISO 4217")


def _spans(count: int) -> Iterator[Span]:
    for start in range(0, max(count, 1), ROWS_PER_FRAME):
        yield Span(start, min(start + ROWS_PER_FRAME, count))


# Text columns ------------------------------------------------------------------------------------


def _ids(letter: str, numbers: Ints, count: int) -> pl.Series:
    """D0000001, ... from numbers that count from 0; null for -1."""
    values = pl.Series(numbers, dtype=pl.Int64)
    digits = (values + 1).cast(pl.String).str.zfill(max(7, len(str(count))))
    return (letter + digits).set(values < 0, None)


def _times(seconds: Ints) -> pl.Series:
    """ISO 8601 with Z; null for NEVER."""
    known = pl.Series(np.where(seconds >= NEVER, 0, seconds) * 1000).cast(pl.Datetime("ms"))
    return known.dt.strftime("%Y-%m-%dT%H:%M:%SZ").set(pl.Series(seconds >= NEVER), None)


def _words(words: Sequence[str], positions: Ints) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(positions)


def _whole(numbers: Ints) -> pl.Series:
    """Whole numbers as text; null for 0."""
    values = pl.Series(numbers, dtype=pl.Int64)
    return values.cast(pl.String).set(values == 0, None)


def _money(shape: Shape, minor: Ints, currency: Ints) -> pl.Series:
    """Minor units as decimal strings, by the digits of each row's currency."""
    digits = [graph.money.exponent(code) for code in shape.currencies]
    frame = pl.DataFrame({"minor": minor, "currency": currency})
    chosen = pl.lit(None, dtype=pl.String)
    for position, places in enumerate(digits):
        chosen = pl.when(pl.col("currency") == position).then(_decimal(places)).otherwise(chosen)
    return frame.select(chosen.alias("money"))["money"]


def _decimal(places: int) -> pl.Expr:
    size = pl.col("minor").abs()
    sign = pl.when(pl.col("minor") < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    unit = int(10**places)
    whole = sign + (size // unit).cast(pl.String)
    if not places:
        return whole
    return whole + "." + (size % unit).cast(pl.String).str.zfill(places)


# People and products -----------------------------------------------------------------------------


def _distributors(shape: Shape, network: Network, _: Products) -> Iterator[pl.DataFrame]:
    for number, (start, stop) in enumerate(_spans(shape.distributors)):
        random = shape.draw("distributors", number)
        count = stop - start
        joined = network.joined[start:stop]
        verified = joined + random.integers(DAY_S, 30 * DAY_S, count)
        certified = shape.until_s + random.integers(-60 * DAY_S, 300 * DAY_S, count)
        known = (random.random(count) < 0.8) & (verified <= shape.until_s)
        rank = np.searchsorted((0.8, 0.95), random.random(count), "right")
        yield pl.DataFrame(
            {
                "distributor_id": _ids("D", np.arange(start, stop), shape.distributors),
                "sponsor_id": _ids("D", network.sponsor[start:stop], shape.distributors),
                "joined_at": _times(joined),
                "left_at": _times(network.left[start:stop]),
                "status": _words(("active",), np.zeros(count, np.int64)),
                "rank": _words(RANKS, rank),
                "region": _words(REGIONS, network.region[start:stop]),
                "verified_at": _times(np.where(known, verified, NEVER)),
                "certified_until": _times(np.where(random.random(count) < 0.6, certified, NEVER)),
            }
        )


def _sponsor_changes(shape: Shape, network: Network, _: Products) -> Iterator[pl.DataFrame]:
    count = len(network.moved)
    yield pl.DataFrame(
        {
            "distributor_id": _ids("D", network.moved, shape.distributors),
            "sponsor_id": _ids("D", network.moved_to, shape.distributors),
            "valid_from": _times(network.moved_at),
            "reason": _words(("moved house", "team closed"), np.arange(count) % 2),
        }
    )


def _status_changes(shape: Shape, network: Network, _: Products) -> Iterator[pl.DataFrame]:
    """Some are suspended for thirty days, some get a higher rank; who left is terminated."""
    random = shape.draw("status changes")
    chance = random.random(shape.distributors)
    at = network.joined + random.integers(DAY_S, 300 * DAY_S, shape.distributors)
    end = np.minimum(network.left, shape.until_s)
    stops = np.flatnonzero((chance < shape.status_changes / 2) & (at + SUSPENDED_S < end))
    climbs = np.flatnonzero(
        (chance >= shape.status_changes / 2) & (chance < shape.status_changes) & (at < end)
    )
    left = np.flatnonzero(network.left < NEVER)
    rows = [
        (stops, at[stops], "suspended", None),
        (stops, at[stops] + SUSPENDED_S, "active", None),
        (climbs, at[climbs], None, "gold"),
        (left, network.left[left], "terminated", None),
    ]
    frame = pl.concat([_status_frame(*each) for each in rows]).sort("who", "at")
    yield frame.select(
        _ids("D", frame["who"].to_numpy(), shape.distributors).alias("distributor_id"),
        _times(frame["at"].to_numpy()).alias("valid_from"),
        "status",
        "rank",
    )


def _status_frame(who: Ints, at: Ints, status: str | None, rank: str | None) -> pl.DataFrame:
    return pl.DataFrame({"who": who, "at": at}).with_columns(
        pl.lit(status, dtype=pl.String).alias("status"), pl.lit(rank, dtype=pl.String).alias("rank")
    )


def _customers(shape: Shape, network: Network, _: Products) -> Iterator[pl.DataFrame]:
    for start, stop in _spans(shape.customers):
        bound_to = network.bound_to[start:stop]
        bound = np.where(bound_to >= 0, network.bound[start:stop], NEVER)
        yield pl.DataFrame(
            {
                "customer_id": _ids("C", np.arange(start, stop), shape.customers),
                "distributor_id": _ids("D", bound_to, shape.distributors),
                "bound_at": _times(bound),
                "region": _words(REGIONS, network.customer_region[start:stop]),
            }
        )


def _identifiers(shape: Shape, network: Network, _: Products) -> Iterator[pl.DataFrame]:
    """A card for everybody; one customer in a hundred pays with that of whom he is bound to."""
    for span in _spans(shape.distributors):
        owner = _ids("D", np.arange(*span), shape.distributors)
        yield _cards("distributor", owner, owner)
    for part, span in enumerate(_spans(shape.customers)):
        borrowed = shape.draw("cards", part).random(span.stop - span.start) < CARDS_BORROWED
        lender = np.where(borrowed, network.bound_to[span.start : span.stop], -1)
        owner = _ids("C", np.arange(*span), shape.customers)
        yield _cards("customer", owner, _ids("D", lender, shape.distributors).fill_null(owner))


def _cards(owner_kind: str, owner: pl.Series, card: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"owner_id": owner, "value": card}).select(
        pl.lit(owner_kind).alias("owner_kind"), "owner_id", pl.lit("card").alias("kind"), "value"
    )


def _products(shape: Shape, _: Network, catalogue: Products) -> Iterator[pl.DataFrame]:
    number = np.arange(shape.products)
    category = _words(CATEGORIES, number % len(CATEGORIES))
    special = np.maximum(number - (shape.products - len(KINDS)), -1) + 1
    yield pl.DataFrame(
        {
            "product_id": _ids("P", number, shape.products),
            "name": category + " " + (number + 1).astype(str),
            "category": category,
            "kind": _words(("product", *KINDS), special),
            "mandatory_to_join": _words(("0",), np.zeros(shape.products, np.int64)),
            "list_price": _money(shape, catalogue.price, catalogue.currency),
            "cost": _money(shape, catalogue.cost, catalogue.currency),
            "currency": _words(shape.currencies, catalogue.currency),
            "commissionable": _words(("0", "1"), (special <= 1).astype(np.int64)),
        }
    )


_PEOPLE: dict[str, Callable[[Shape, Network, Products], Iterator[pl.DataFrame]]] = {
    "distributors": _distributors,
    "sponsor_changes": _sponsor_changes,
    "status_changes": _status_changes,
    "customers": _customers,
    "identifiers": _identifiers,
    "products": _products,
}


# Orders ------------------------------------------------------------------------------------------


def _order_ids(shape: Shape, orders: Orders, rows: Ints) -> pl.Series:
    return _ids("O", np.where(rows >= 0, orders.first + rows, -1), shape.orders)


def _order_frame(shape: Shape, orders: Orders) -> pl.DataFrame:
    rows = np.arange(len(orders.ordered), dtype=np.int64)
    customers = _ids("C", orders.customer, shape.customers)
    return pl.DataFrame(
        {
            "order_id": _order_ids(shape, orders, rows),
            "seller_id": _ids("D", orders.seller, shape.distributors),
            "buyer_kind": _words(
                ("customer", "distributor"), (orders.customer < 0).astype(np.int64)
            ),
            "buyer_id": customers.fill_null(_ids("D", orders.buyer, shape.distributors)),
            "ordered_at": _times(orders.ordered),
            "paid_at": _times(orders.paid),
            "received_at": _times(orders.received),
            "cancelled_at": _times(orders.cancelled),
            "status": _words(ORDER_STATUS, orders.status),
            "kind": _words(("sale", "cancellation"), (orders.cancels >= 0).astype(np.int64)),
            "currency": _words(shape.currencies, orders.currency),
            "region": _words(REGIONS, orders.region),
            "channel": _words(CHANNELS, orders.channel),
            "cancels_order_id": _order_ids(shape, orders, orders.cancels),
        }
    )


def _line_frame(shape: Shape, orders: Orders, lines: Lines) -> pl.DataFrame:
    currency = orders.currency[lines.row]
    return pl.DataFrame(
        {
            "order_id": _order_ids(shape, orders, lines.row),
            "line_no": lines.line_no,
            "product_id": _ids("P", lines.product, shape.products),
            "quantity": lines.quantity,
            "unit_price": _money(shape, lines.price, currency),
            "discount": _money(shape, lines.discount, currency),
            "tax": _money(shape, lines.tax, currency),
        }
    ).with_columns(pl.col("line_no", "quantity").cast(pl.String))


def _refund_frame(shape: Shape, orders: Orders, refunds: Refunds) -> pl.DataFrame:
    currency = orders.currency[refunds.row]
    return pl.DataFrame(
        {
            "refund_id": _ids("R", orders.first + refunds.row, shape.orders),
            "order_id": _order_ids(shape, orders, refunds.row),
            "line_no": _whole(refunds.line_no),
            "quantity": _whole(refunds.quantity),
            "amount": _money(shape, refunds.amount, currency),
            "currency": _words(shape.currencies, currency),
            "refunded_at": _times(refunds.refunded),
            "reason": _words(("damaged", "not as described"), refunds.row % 2),
        }
    )
