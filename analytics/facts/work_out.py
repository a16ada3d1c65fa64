"""Columns in, facts out: the one way from what is known at as-of to what every rule reads.

    known -> days, members, persons, identities -> buyers -> remains -> classes, allowance
          -> ORDERS and PIECES -> commission -> Facts

Pure, and linear in orders, lines and entries; strings are compared only among ids of people.
"""

from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.facts.allowance
import analytics.facts.buyers
import analytics.facts.classes
import analytics.facts.commission
import analytics.facts.days
import analytics.facts.given
import analytics.facts.identities
import analytics.facts.known
import analytics.facts.people
import analytics.facts.persons
import analytics.facts.remains
import analytics.network
from analytics.columns import Columns
from analytics.facts.allowance import Purchases, Retail
from analytics.facts.buyers import Buyers
from analytics.facts.classes import Split
from analytics.facts.days import NEVER, Calendar, Days
from analytics.facts.frames import (
    ACCOUNTS,
    IDENTIFIERS,
    ORDERS,
    PIECES,
    Facts,
    R,
)
from analytics.facts.identities import Asked, World
from analytics.facts.known import Moment
from analytics.facts.people import Members, People
from analytics.facts.persons import Owned
from analytics.facts.remains import Lines
from analytics.network import QUARANTINED, Network
from analytics.plan import Plan
from graph.model import NOBODY, ORDER_KIND

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

CANCELLATION = ORDER_KIND.index("cancellation")


def work_out(
    columns: Columns,
    *,
    as_of_ms: int,
    zone: ZoneInfo,
    currency: str,
    entries: pl.DataFrame | None,
    plan: Plan | None,
    allowance: Mapping[str, int] = analytics.facts.allowance.DEFAULT,
    salt: bytes | None = None,
    rejected_in_cycles: Mapping[str, int] | None = None,
) -> Facts:
    """The facts at `as_of_ms`. `currency` is the company's, for rows without one. `entries`: the
    ledger as columns.ENTRIES, all causes, by rows of `columns`; None where payouts are given or
    there is no commission. `allowance`: the setting by currency, minor units a person and month.
    """
    moment = Moment(as_of_ms, analytics.facts.days.calendar(zone))
    columns, entries = analytics.facts.known.as_of(columns, entries, moment)
    network = analytics.network.at(columns, as_of_ms)
    people = _people(columns, moment, salt)
    currencies = _currencies(columns, entries, currency)
    numbers = {code: at for at, code in enumerate(currencies)}
    released = analytics.facts.commission.release_ms(columns, entries, plan)
    money = _money(columns, moment, people, numbers, released, currency)
    limits = _limits(money, currencies, allowance)
    pieces = _pieces(columns, money, people, limits)
    orders = _orders(money, pieces)
    return Facts(
        as_of_ms=as_of_ms,
        as_of_day=moment.day,
        as_of_month=moment.month,
        zone=zone.key,
        columns=columns,
        network=network,
        currencies=currencies,
        accounts=_accounts(columns, network, moment, people),
        orders=orders,
        pieces=pieces,
        commission=_commission(columns, entries, money, network, numbers, moment, plan),
        identifiers=_identifiers(people, moment),
        given=analytics.facts.given.of_columns(columns),
        allowance=limits,
        freeze_days=analytics.facts.commission.freeze_days(plan),
        own_purchase=analytics.facts.given.own_purchase(plan),
        plan_levels=analytics.facts.given.plan_levels(plan),
        rejected_in_cycles=dict(rejected_in_cycles or {}),
    )


class Known(NamedTuple):
    """Who is who, and when."""

    members: Members
    people: People
    owned: Owned
    joined: Flags
    joined_day: Days


def _people(columns: Columns, moment: Moment, salt: bytes | None) -> Known:
    identities, days = analytics.facts.identities, moment.calendar
    members = analytics.facts.people.members(columns, days, moment.ms)
    joined_at = columns.distributors["joined_at"]
    joined = (joined_at <= moment.ms).fill_null(False).to_numpy()
    codes = analytics.facts.persons.codes(columns, salt)
    owned = Owned(
        identities.with_persons(identities.held(columns, days, identities.DISTRIBUTOR), codes),
        identities.held(columns, days, identities.CUSTOMER),
    )
    people = analytics.facts.persons.of(columns, owned, joined)
    joined_day = days.of(joined_at).fill_null(NEVER).to_numpy()
    return Known(members, people, owned, joined, np.where(joined, joined_day, NEVER))


def _currencies(columns: Columns, entries: pl.DataFrame | None, company: str) -> tuple[str, ...]:
    """Every currency that money has here, in order of its code."""
    frames = [columns.orders, columns.payouts, *([] if entries is None else [entries])]
    codes = {code for frame in frames for code in frame["currency"].unique().drop_nulls()}
    return tuple(sorted(codes | {company}))


class Money(NamedTuple):
    """Everything about the money orders that is worked out line by line."""

    rows: Rows  # of columns.orders
    ordered_at: Ints
    day: Days
    month: Rows
    currency: Bytes
    seller: Rows
    place: Rows
    buyers: Buyers
    linked: Bytes
    prejoin: Flags
    identified: Flags
    release_ms: Ints
    release_day: Days
    lines: Lines
    taken: Ints
    late: Ints
    classes: Bytes  # by line; 0 where only the allowance tells
    ids: pl.Series


def _money(
    columns: Columns,
    moment: Moment,
    known: Known,
    numbers: Mapping[str, int],
    released: Ints,
    company: str,
) -> Money:
    remains, days = analytics.facts.remains, moment.calendar
    rows = remains.money_rows(columns.orders)
    whole = len(rows) == columns.orders.height
    orders = columns.orders if whole else columns.orders[rows]
    ordered_at = orders["ordered_at"].to_numpy()
    day = days.days(ordered_at)
    buyers = analytics.facts.buyers.of(columns, rows, day, known.members, known.people)
    linked, prejoin, identified = _matched(columns, rows, day, known, buyers, days)
    of_lines = remains.line_gross(columns)
    lines = remains.lines(columns, rows, of_lines)
    taken, late = remains.taken(columns, rows, lines, of_lines, released[rows])
    unmatched = (orders["kind"] == CANCELLATION).to_numpy()
    sorts = analytics.facts.classes.purchases(buyers.kind, linked, prejoin, unmatched)
    products = analytics.facts.classes.goods(columns.products)
    seller = orders["seller_row"].to_numpy()
    by_member = buyers.kind == analytics.facts.buyers.DISTRIBUTOR
    return Money(
        rows=rows,
        ordered_at=ordered_at,
        day=day,
        month=analytics.facts.days.months(day),
        currency=analytics.facts.commission.coded(
            orders["currency"].fill_null(company), numbers
        ).to_numpy(),
        seller=seller,
        place=np.where(by_member, buyers.account, seller).astype(np.int32),
        buyers=buyers,
        linked=linked,
        prejoin=prejoin,
        identified=identified,
        release_ms=released[rows],
        release_day=days.days(released[rows]),
        lines=lines,
        taken=taken,
        late=late,
        classes=analytics.facts.classes.of_lines(lines, sorts, products),
        ids=orders["id"],
    )


def _matched(
    columns: Columns, rows: Rows, day: Days, known: Known, buyers: Buyers, days: Calendar
) -> tuple[Bytes, Flags, Flags]:
    """What identifiers say about the outside buyers; nothing about all others."""
    identities, people = analytics.facts.identities, known.people
    holders = identities.holders(known.owned.accounts, known.members)
    held = identities.held(columns, days, identities.ORDER)
    world = World(
        holders=holders,
        of_customer=identities.carried(known.owned.customers, columns.customers.height, holders),
        of_account=identities.carried(known.owned.accounts, columns.distributors.height, holders),
        of_order=identities.carried(held, columns.orders.height, holders),
        person=people.of_account,
        joined_day=known.joined_day,
        span_start=known.members.start,
        span_first=known.members.first,
        span_until=known.members.until,
        accounts=people.accounts,
        account_rows=people.account_rows,
        joined=people.joined,
    )
    outside = buyers.kind == analytics.facts.buyers.CUSTOMER
    at = np.flatnonzero(outside)
    asked = Asked(
        day=day[at],
        customer=buyers.customer[at],
        account=buyers.account[at],
        order=rows[at],
        person=buyers.person[at],
        himself=buyers.himself[at],
    )
    found = identities.matched(asked, world)
    linked, prejoin, identified = np.zeros((3, len(rows)), np.uint8)
    linked[at], prejoin[at], identified[at] = found
    return linked, prejoin.astype(np.bool_), identified.astype(np.bool_)


def _limits(
    money: Money, currencies: tuple[str, ...], setting: Mapping[str, int]
) -> dict[str, int | None]:
    """The allowance by currency, from the orders with real retail in them."""
    lines = money.lines
    real = np.where(money.classes == R, lines.gross, 0)
    gross = np.bincount(lines.order, real.astype(np.float64), minlength=len(money.rows))
    retail = Retail(money.currency, money.buyers.person, money.month, gross.astype(np.int64))
    return analytics.facts.allowance.by_currency(retail, currencies, setting)


def _pieces(
    columns: Columns, money: Money, known: Known, limits: Mapping[str, int | None]
) -> pl.DataFrame:
    lines = money.lines
    net = lines.gross - money.taken
    at = np.flatnonzero(money.classes == analytics.facts.classes.BY_ALLOWANCE)
    order = lines.order[at]
    unknown = analytics.facts.allowance.UNKNOWN
    allowance = np.array(
        [unknown if limit is None else limit for limit in limits.values()], np.int64
    )
    bought = Purchases(
        order=order,
        person=money.buyers.person[order],
        month=money.month[order],
        currency=money.currency[order],
        ordered_at=money.ordered_at[order],
        net=net[at],
    )
    own = analytics.facts.allowance.own_use(bought, allowance, money.ids)
    account = money.buyers.account[order]
    joined_day = np.append(known.joined_day, np.int32(0))[account]
    rest = analytics.facts.classes.beyond(money.day[order], joined_day, account >= 0)
    split = Split(at, own, allowance[money.currency[order]] != unknown, rest)
    pieces = analytics.facts.classes.pieces(lines, money.classes, net, split)
    product = pieces["product_row"].to_numpy()
    kinds = np.append(columns.products["kind"].fill_null(0).to_numpy(), np.uint8(0))
    has_file = "products" in columns.files
    return pieces.with_columns(
        pl.Series("product_kind", kinds[product]),
        pl.Series("kind_known", (product >= 0) & has_file),
    ).select(pl.col(name).cast(dtype) for name, dtype in PIECES.items())


def _orders(money: Money, pieces: pl.DataFrame) -> pl.DataFrame:
    lines, buyers, count = money.lines, money.buyers, len(money.rows)
    outside = buyers.kind == analytics.facts.buyers.CUSTOMER
    by_member = buyers.kind == analytics.facts.buyers.DISTRIBUTOR
    found = {
        "order_row": money.rows,
        "day": money.day,
        "month": money.month,
        "currency": money.currency,
        "seller_row": money.seller,
        "place_row": money.place,
        "buyer": buyers.kind,
        "buyer_row": np.where(by_member, buyers.account, buyers.customer),
        "account_row": buyers.account,
        "customer": np.where(outside, buyers.person, NOBODY),
        "linked": money.linked,
        "prejoin": money.prejoin,
        "identified": money.identified,
        "gross": _by_order(lines, lines.gross, count),
        "net": _by_order(lines, lines.gross - money.taken, count),
        "returned_late": money.late,
        "release_day": money.release_day,
    }
    return pl.DataFrame(found).select(pl.col(name).cast(dtype) for name, dtype in ORDERS.items())


def _by_order(lines: Lines, values: Ints, count: int) -> Ints:
    return np.add.reduceat(values, lines.start[:-1]) if count else np.empty(0, np.int64)


def _accounts(columns: Columns, network: Network, moment: Moment, known: Known) -> pl.DataFrame:
    days = moment.calendar
    ended = analytics.facts.people.ended(
        known.members, days.of(columns.distributors["joined_at"]).fill_null(NEVER).to_numpy()
    )
    frame = pl.DataFrame(
        {
            "joined_day": days.of(columns.distributors["joined_at"]),
            "left_day": pl.Series(ended).set(pl.Series(ended == NEVER), None),
            "is_root": (network.parent < 0) & (network.depth == 0),
            "joined": known.joined,
            "person": known.people.of_account,
            "sanctioned_day": days.of(columns.distributors["sanctioned_at"]),
            "orders_in_cycle": network.depth == QUARANTINED,
        }
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in ACCOUNTS.items())


def _commission(
    columns: Columns,
    entries: pl.DataFrame | None,
    money: Money,
    network: Network,
    numbers: Mapping[str, int],
    moment: Moment,
    plan: Plan | None,
) -> pl.DataFrame:
    commission, days = analytics.facts.commission, moment.calendar
    count = columns.orders.height
    at, place = np.full(count, NOBODY, np.int32), np.full(count, NOBODY, np.int32)
    at[money.rows] = np.arange(len(money.rows), dtype=np.int32)
    place[money.rows] = money.place
    month = analytics.facts.days.months(days.days(columns.orders["ordered_at"].to_numpy()))
    orders = commission.Orders(at, columns.orders["seller_row"].to_numpy(), place, month)
    if "payouts" in columns.files:
        return commission.of_payouts(columns, orders, network, numbers, days)
    if entries is None:
        return commission.nothing()
    return commission.of_entries(entries, columns, orders, numbers, days, plan)


def _identifiers(known: Known, moment: Moment) -> pl.DataFrame:
    """What accounts and customers hold at as-of; shared ones left out."""
    identities = analytics.facts.identities
    parts = []
    owners = (
        (identities.DISTRIBUTOR, known.owned.accounts),
        (identities.CUSTOMER, known.owned.customers),
    )
    for kind, mine in owners:
        valid = (mine.first <= moment.day) & (moment.day < mine.until)
        key = mine.key[valid]
        parts.append(
            pl.DataFrame(
                {
                    "owner_kind": np.full(len(key), kind, np.uint8),
                    "owner_row": mine.owner[valid],
                    "kind": (key & ((1 << identities.KIND_BITS) - 1)).astype(np.uint8),
                    "value": key >> identities.KIND_BITS,
                },
                IDENTIFIERS,
            )
        )
    return pl.concat(parts)
