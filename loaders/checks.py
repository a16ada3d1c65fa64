"""What a row names: sellers, buyers, orders, lines, products, owners, by noun.

A name is looked up in the folder first, then in what is known. Each check marks the first fault of
a row; `loaders.tree` does the same for sponsors.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

import loaders.cycles
import loaders.rows
import loaders.times
from graph import model, money
from loaders.faults import Faults
from loaders.index import Index, Positions
from loaders.nouns import Schema
from loaders.references import Known, Referable
from loaders.times import Mask

LINE_BITS = 30
CURRENCIES = pl.Enum(sorted(money.known_currencies()))
OWNERS = {"distributor": "distributors", "customer": "customers", "order": "orders"}


@dataclass
class Named:
    """All nouns that a row may name, as far as they have been read."""

    known: Known
    zone: str
    distributors: Referable
    customers: Referable
    products: Referable
    orders: Referable
    payouts: Referable
    has_products: bool = False
    lines: "Lines" = field(init=False)

    def __post_init__(self) -> None:
        self.lines = Lines(self)

    def of(self, noun: str) -> Referable | None:
        """The referable rows of a noun; None where nothing names it."""
        found = getattr(self, noun, None)
        return found if isinstance(found, Referable) else None


def named(known: Known, zone: str, *, with_regions: bool, with_buyers: bool) -> Named:
    """Nothing read yet. Regions and buyers of orders are kept in memory only where needed."""
    region: Schema = {"region": pl.String} if with_regions else {}
    buyer: Schema = {"buyer_id": pl.String} if with_buyers else {}
    orders: Schema = {"kind": pl.Enum(model.ORDER_KIND), "currency": CURRENCIES}
    return Named(
        known,
        zone,
        Referable({"joined_at": pl.Int64, **region}, known.distributors),
        Referable({"distributor_id": pl.String, **region}, known.customers),
        Referable({}, known.products),
        Referable({**orders, **region, **buyer}, known.orders),
        Referable({}, known.payouts),
        known.has_products(),
    )


def check(noun: str, typed: pl.DataFrame, faults: Faults, at: Named) -> pl.DataFrame:
    """Mark what cannot be resolved; the rows, with what only other rows tell filled in."""
    rule = _CHECKS.get(noun)
    return typed if rule is None else rule(typed, faults, at)


def currency_of(at: Named, order_ids: pl.Series) -> pl.Series:
    """The currency of each order, also of a rejected one; null where nobody knows it."""
    positions = at.orders.find(order_ids)
    currencies = at.orders.good.get(positions, "currency").cast(pl.String)
    if not currencies.null_count():
        return currencies
    bad = at.orders.bad.get(at.orders.bad.find(order_ids), "currency")
    return currencies.zip_with(currencies.is_not_null(), bad)


def regions_of(at: Named, typed: pl.DataFrame) -> pl.Series:
    """The region of the owner of each identifier, null where it is not known."""
    regions = pl.Series([None], dtype=pl.String).new_from_index(0, typed.height)
    for kind, noun in OWNERS.items():
        referable = at.of(noun)
        assert referable is not None
        found = referable.good.get(referable.good.find(typed["owner_id"]), "region")
        regions = found.zip_with(typed["owner_kind"] == kind, regions)
    return regions


class Lines:
    """The good lines of the folder, as (position of the order, line number) in one integer each."""

    def __init__(self, at: Named) -> None:
        self._at = at
        self.given = False
        self._ordered: Positions = np.empty(0, np.int64)
        self._added: list[Positions] = []

    def add(self, typed: pl.DataFrame) -> None:
        """Good lines of the folder."""
        self._added.append(self._packed(typed["order_id"], typed["line_no"]))

    def take_out(self, typed: pl.DataFrame) -> None:
        """Lines that turned out bad."""
        out = np.sort(self._packed(typed["order_id"], typed["line_no"]))
        self._added = [part[~_among(part, out)] for part in (self._ordered, *self._added)]
        self._ordered = np.empty(0, np.int64)

    def mark(self, faults: Faults, typed: pl.DataFrame) -> None:
        """Mark rows that name a line which their order does not have, where lines are known."""
        if typed["line_no"].null_count() == typed.height:
            return
        if self._added:
            self._ordered = np.sort(np.concatenate([self._ordered, *self._added]))
            self._added = []
        ids, numbers = typed["order_id"], typed["line_no"]
        asked = (ids.is_not_null() & numbers.is_not_null()).to_numpy() & ~faults.bad
        missing = asked & ~_among(self._packed(ids, numbers), self._ordered)
        if not missing.any():
            return
        known = self._at.known.lines(ids.filter(pl.Series(missing)).unique())
        pairs = pl.DataFrame({"order_id": ids, "line_no": numbers})
        here = pairs.join(
            known.with_columns(here=True), on=pairs.columns, how="left", maintain_order="left"
        )
        missing &= here["here"].is_null().to_numpy()
        if not self.given:
            missing &= ids.is_in(known["order_id"].implode()).fill_null(False).to_numpy()
        faults.mark(missing, "line_no", "unknown_line", value=numbers.cast(pl.String))

    def _packed(self, ids: pl.Series, numbers: pl.Series) -> Positions:
        positions = self._at.orders.find(ids)
        packed = (positions << LINE_BITS) | numbers.fill_null(0).to_numpy()
        return np.where(positions < 0, -1, packed)


def _among(values: Positions, ordered: Positions) -> Mask:
    """Which of the values stand in the ordered ones."""
    if not len(ordered):
        return np.zeros(len(values), np.bool_)
    at = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return np.asarray(ordered[at] == values)


def _distributor(column: str) -> Callable[[pl.DataFrame, Faults, Named], None]:
    def mark(typed: pl.DataFrame, faults: Faults, at: Named) -> None:
        at.distributors.mark(faults, column, "unknown_distributor", typed[column])

    return mark


def _order(typed: pl.DataFrame, faults: Faults, at: Named) -> Positions:
    return at.orders.mark(faults, "order_id", "unknown_order", typed["order_id"])


def _check_orders(typed: pl.DataFrame, faults: Faults, at: Named) -> pl.DataFrame:
    sellers = typed["seller_id"]
    positions = at.distributors.mark(faults, "seller_id", "unknown_seller", sellers)
    joined = at.distributors.good.get(positions, "joined_at")
    by_day = typed["ordered_at_bare"].to_numpy()
    early = loaders.times.before(typed["ordered_at"], joined, by_day, at.zone)
    faults.mark(early, "ordered_at", "seller_not_joined", value=sellers)
    return _with_buyer_kinds(typed, at)


def _with_buyer_kinds(typed: pl.DataFrame, at: Named) -> pl.DataFrame:
    """A blank kind with a buyer is as found: a distributor, a customer, or blank: an id that is
    listed nowhere may be either (a customer for commission, unknown for compliance).
    """
    unsaid = typed["buyer_kind"].is_null() & typed["buyer_id"].is_not_null()
    if not unsaid.any():
        return typed
    buyers = typed["buyer_id"].set(~unsaid, None)
    kinds = np.select(
        [at.distributors.find(buyers) >= 0, at.customers.find(buyers) >= 0], [2, 1], default=0
    )
    found = pl.Series([None, "customer", "distributor"], dtype=pl.String).gather(kinds)
    return typed.with_columns(buyer_kind=typed["buyer_kind"].zip_with(~unsaid, found))


def _check_lines(typed: pl.DataFrame, faults: Faults, at: Named) -> pl.DataFrame:
    positions = _order(typed, faults, at)
    kind = at.orders.good.get(positions, "kind").cast(pl.String)
    loaders.rows.check_line(typed, faults, kind)
    if at.has_products:
        at.products.mark(faults, "product_id", "unknown_product", typed["product_id"])
    return typed


def _check_refunds(typed: pl.DataFrame, faults: Faults, at: Named) -> pl.DataFrame:
    of_order = at.orders.good.get(_order(typed, faults, at), "currency").cast(pl.String)
    differs = (of_order != typed["currency"]).fill_null(False).to_numpy()
    faults.mark(differs, "currency", "currency_differs", value=typed["currency"], detail=of_order)
    at.lines.mark(faults, typed)
    return typed


def _check_resales(typed: pl.DataFrame, faults: Faults, at: Named) -> pl.DataFrame:
    _distributor("distributor_id")(typed, faults, at)
    _order(typed, faults, at)
    at.lines.mark(faults, typed)
    return typed


def _check_payouts(typed: pl.DataFrame, faults: Faults, at: Named) -> pl.DataFrame:
    _distributor("beneficiary_id")(typed, faults, at)
    _order(typed, faults, at)
    _distributor("recruit_id")(typed, faults, at)
    return typed


def _check_about(column: str) -> Callable[[pl.DataFrame, Faults, Named], pl.DataFrame]:
    """Rows about a distributor and perhaps an order."""

    def rule(typed: pl.DataFrame, faults: Faults, at: Named) -> pl.DataFrame:
        _distributor(column)(typed, faults, at)
        if "order_id" in typed.columns:
            _order(typed, faults, at)
        return typed

    return rule


def _check_identifiers(typed: pl.DataFrame, faults: Faults, at: Named) -> pl.DataFrame:
    for kind, noun in OWNERS.items():
        referable = at.of(noun)
        assert referable is not None
        owners = typed["owner_id"].set((typed["owner_kind"] != kind).fill_null(True), None)
        referable.mark(faults, "owner_id", "unknown_owner", owners)
    return typed


_CHECKS: Mapping[str, Callable[[pl.DataFrame, Faults, Named], pl.DataFrame]] = {
    "status_changes": _check_about("distributor_id"),
    "customers": _check_about("distributor_id"),
    "orders": _check_orders,
    "order_lines": _check_lines,
    "refunds": _check_refunds,
    "resales": _check_resales,
    "payouts": _check_payouts,
    "buybacks": _check_about("distributor_id"),
    "complaints": _check_about("about_distributor_id"),
    "identifiers": _check_identifiers,
}


@dataclass(frozen=True)
class Link:
    """A column by which a row names another row of its own noun."""

    column: str
    code: str
    same_currency: bool


LINKS: Mapping[str, Link] = {
    "orders": Link("cancels_order_id", "unknown_order", True),
    "payouts": Link("reverses", "unknown_payout", False),
}


def check_links(
    rows: pl.DataFrame, key: str, link: Link, referable: Referable, files: Sequence[str]
) -> pl.DataFrame:
    """FAULTS of rows whose link leads nowhere, or to a row that is rejected for that.

    `rows` are the good rows that have a link; `referable` holds all good rows.
    """
    faults = Faults(rows.height)
    target = rows[link.column]
    positions = referable.mark(faults, link.column, link.code, target)
    if link.same_currency:
        currency = referable.good.get(positions, "currency").cast(pl.String)
        differs = (currency != rows["currency"]).fill_null(False).to_numpy()
        faults.mark(
            differs, link.column, "currency_differs", value=rows["currency"], detail=currency
        )
    if faults.bad.any():
        _cascade(rows, key, link, faults, (referable, files))
    return faults.frame(rows["file"], rows["row"])


def _cascade(
    rows: pl.DataFrame,
    key: str,
    link: Link,
    faults: Faults,
    into: tuple[Referable, Sequence[str]],
) -> None:
    """Rows that name a rejected one of these rows, with the first cause."""
    referable, files = into
    own = Index({})
    own.add(rows.select(id=key))
    target = own.find(rows[link.column])
    for cycle in loaders.cycles.standing(target):
        target[cycle.nodes] = -1
    root = loaders.cycles.nearest(target, faults.bad)
    bad = np.flatnonzero(faults.bad)
    first = faults.frame(rows["file"], rows["row"])
    referable.rejected(rows[key].gather(bad), first, files, rows["currency"].gather(bad))
    cause = referable.causes(rows[key].gather(np.maximum(root, 0)))
    faults.mark(root >= 0, link.column, link.code, value=rows[link.column], cause=cause)
