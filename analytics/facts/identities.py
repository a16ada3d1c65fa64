"""Identifiers that customers share with distributors, and which accounts and customers are one.

A *slot* is a kind and a value that some distributor holds; for each slot the days on which anybody
who is a distributor holds it lie side by side, so that an order is one binary search per identifier
of it or of its customer, whoever holds it. Codes are 60 bits of the kept hash (graph.sealing); a
key adds the kind.

Readings: `valid_to` is the last day; the distributor's identifier must be valid that day as well
(one that ended before he joined says nothing of who places an order);
a row marked `shared` links nobody, whichever side it is on. What an account is noted to be (its
person_id, the account that a customer became) is valid always.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.facts.people
from analytics.columns import Columns
from analytics.facts.days import NEVER, Calendar, Days
from analytics.facts.frames import IDENTIFIER_KINDS
from analytics.facts.people import Links, Members
from analytics.kernels import compiled, inner, whole
from graph.model import NOBODY

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

DISTRIBUTOR, CUSTOMER, ORDER = range(3)
PERSON = IDENTIFIER_KINDS.index("person")
KIND_BITS = 3
PREJOIN_DAYS = 30


class Held(NamedTuple):
    """Identifiers of owners, in any order; not the shared ones."""

    owner: Rows
    key: Ints
    first: Days
    until: Days  # exclusive; NEVER


class Holders(NamedTuple):
    """What distributors hold, by slot s: rows start[s] : start[s + 1], spans likewise."""

    key: Ints
    start: Ints
    row: Rows
    first: Days
    until: Days
    span_start: Ints
    span_first: Days
    span_until: Days


class Carried(NamedTuple):
    """What owner o carries: start[o] : start[o + 1]; slot NOBODY: no distributor has it."""

    start: Ints
    slot: Rows
    kind: Bytes
    first: Days
    until: Days


def held(columns: Columns, calendar: Calendar, owner_kind: int) -> Held:
    """The unshared identifiers of the owners of one kind."""
    mine = columns.identifiers.filter(
        pl.col("owner_kind") == owner_kind,
        pl.col("owner_row") >= 0,
        ~pl.col("shared").fill_null(False),
    )
    last = calendar.of(mine["valid_to"]) + 1
    return Held(
        mine["owner_row"].to_numpy(),
        keys(mine["kind"].to_numpy(), mine["value"].to_numpy()),
        calendar.of(mine["valid_from"]).fill_null(-NEVER).to_numpy(),
        last.cast(pl.Int32).fill_null(NEVER).to_numpy(),
    )


def keys(kind: Bytes, code: Ints) -> Ints:
    """One number for a kind and a value."""
    return (code << KIND_BITS) | kind.astype(np.int64)


def with_persons(mine: Held, codes: pl.Series) -> Held:
    """The same with the person codes of the owners (null: none), valid always."""
    has_one = codes.is_not_null().to_numpy()
    rows = np.flatnonzero(has_one).astype(np.int32)
    key = keys(np.full(len(rows), PERSON, np.uint8), codes.filter(pl.Series(has_one)).to_numpy())
    always = np.full(len(rows), NEVER, np.int32)
    return Held(
        np.concatenate([mine.owner, rows]),
        np.concatenate([mine.key, key]),
        np.concatenate([mine.first, -always]),
        np.concatenate([mine.until, always]),
    )


def holders(mine: Held, spans: Members) -> Holders:
    """What distributors hold on days on which they are distributors."""
    times = (spans.start[1:] - spans.start[:-1])[mine.owner]
    at = np.repeat(np.arange(len(mine.owner)), times)
    begin = np.cumsum(times) - times
    span = spans.start[mine.owner][at] + np.arange(len(at)) - begin[at]
    first = np.maximum(mine.first[at], spans.first[span])
    until = np.minimum(mine.until[at], spans.until[span])
    key, row = mine.key[at], mine.owner[at]
    order = np.lexsort((first, key))
    order = order[(first < until)[order]]
    return _by_slot(key[order], row[order], first[order], until[order])


def _by_slot(key: Ints, row: Rows, first: Days, until: Days) -> Holders:
    edges = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else np.empty(0, int)
    start = np.append(edges, len(key)).astype(np.int64)
    spans = _merged(start, first, until)
    return Holders(key[edges], start, row, first, until, *spans)


@compiled
def _merged(start: Ints, first: Days, until: Days) -> tuple[Ints, Days, Days]:
    """The days of each slot, overlapping spans made one."""
    span_start = np.zeros(len(start), np.int64)
    span_first, span_until = np.empty(len(first), np.int32), np.empty(len(first), np.int32)
    count = 0
    for slot in range(len(start) - 1):
        span_start[slot] = count
        for i in range(start[slot], start[slot + 1]):
            if count > span_start[slot] and first[i] <= span_until[count - 1]:
                span_until[count - 1] = max(span_until[count - 1], until[i])
            else:
                span_first[count], span_until[count] = first[i], until[i]
                count += 1
    span_start[-1] = count
    return span_start, span_first[:count], span_until[:count]


def carried(mine: Held, owners: int, known: Holders) -> Carried:
    """By owner what he carries, each with its slot."""
    order = np.argsort(mine.owner, kind="stable")
    start = np.zeros(owners + 1, np.int64)
    np.cumsum(np.bincount(mine.owner, minlength=owners), out=start[1:])
    return Carried(
        start,
        slots(mine.key, known.key)[order],
        (mine.key & ((1 << KIND_BITS) - 1)).astype(np.uint8)[order],
        mine.first[order],
        mine.until[order],
    )


def slots(wanted: Ints, known: Ints) -> Rows:
    """Where each key stands in the ascending `known`; NOBODY where it does not."""
    if not len(known):
        return np.full(len(wanted), NOBODY, np.int32)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, place, NOBODY).astype(np.int32)


class Asked(NamedTuple):
    """Orders of outside buyers: who bought and when."""

    day: Days
    customer: Rows  # row of customers; NOBODY
    account: Rows  # row of distributors, of a former or later one; NOBODY
    order: Rows  # row of columns.orders
    person: Rows  # number of the buyer; NOBODY
    himself: Flags  # by his id or by note one with an account


class World(NamedTuple):
    """Everything that orders are held against."""

    holders: Holders
    of_customer: Carried
    of_account: Carried
    of_order: Carried
    person: Rows  # by account
    joined_day: Days  # by account; NEVER where he joins after as-of
    span_start: Ints  # of Members
    span_first: Days
    span_until: Days
    accounts: Ints  # by person number, into account_rows
    account_rows: Rows
    joined: int  # persons with an account; they have the first numbers


@compiled
def matched(asked: Asked, world: World) -> tuple[Bytes, Flags, Flags]:
    """By order: bits of the kinds that equal a distributor's of that day, whether its buyer joins 0
    to 30 days later, and whether it or its buyer carries an identifier that could have told.
    """
    count = len(asked.day)
    linked = np.zeros(count, np.uint8)
    prejoin, identified = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for i in range(count):
        person, day = asked.person[i], asked.day[i]
        joins = _joins(world, person, day)
        prejoin[i] = 0 <= joins <= PREJOIN_DAYS
        bits = 0
        if asked.himself[i]:
            identified[i] = True
            if _is_one_since_before(world, person, day):
                bits |= 1 << PERSON
        today = person if joins == 0 else NOBODY
        if today < 0:
            today = _told_today(world, asked.order[i], day)
        if asked.customer[i] >= 0:
            bits, has_one = _carries(world, world.of_customer, asked.customer[i], day, today, bits)
            identified[i] |= has_one
        if asked.account[i] >= 0:
            bits, has_one = _carries(world, world.of_account, asked.account[i], day, today, bits)
            identified[i] |= has_one
        bits, has_one = _carries(world, world.of_order, asked.order[i], day, today, bits)
        identified[i] |= has_one
        linked[i] = bits
        if not prejoin[i]:
            prejoin[i] = _order_tells(world, asked.order[i], day)
    return linked, prejoin, identified


@inner
def _joins(world: World, person: int, day: int) -> int:
    """In how many days an account of the person joins next; -1: none does."""
    soonest = -1
    if 0 <= person < world.joined:
        for at in range(world.accounts[person], world.accounts[person + 1]):
            days = whole(world.joined_day[world.account_rows[at]]) - day
            if days >= 0 and (soonest < 0 or days < soonest):
                soonest = days
    return soonest


@inner
def _is_one_since_before(world: World, person: int, day: int) -> bool:
    """Whether the person is a distributor on the day by an account that joined before it."""
    for at in range(world.accounts[person], world.accounts[person + 1]):
        row = world.account_rows[at]
        if world.joined_day[row] < day:
            for span in range(world.span_start[row], world.span_start[row + 1]):
                if world.span_first[span] <= day < world.span_until[span]:
                    return True
    return False


@inner
def _carries(
    world: World, carrier: Carried, owner: int, day: int, today: int, bits: int
) -> tuple[int, bool]:
    """`bits` with the kinds of an owner's identifiers that match, and whether he has any."""
    has_one = False
    for at in range(carrier.start[owner], carrier.start[owner + 1]):
        if carrier.first[at] <= day < carrier.until[at]:
            has_one = True
            bit = 1 << whole(carrier.kind[at])
            slot = carrier.slot[at]
            if slot >= 0 and not bits & bit:
                if carrier.kind[at] == PERSON:
                    matches = _is_person_since_before(world.holders, world.joined_day, slot, day)
                else:
                    matches = _is_held(world, slot, day, today)
                if matches:
                    bits |= bit
    return bits, has_one


@inner
def _is_held(world: World, slot: int, day: int, today: int) -> bool:
    """Whether a distributor of that day holds the slot; `today`: not the person who joins on it."""
    known = world.holders
    low, high = known.span_start[slot], known.span_start[slot + 1]
    while low < high:
        middle = (low + high) >> 1
        if known.span_first[middle] <= day:
            low = middle + 1
        else:
            high = middle
    if low == known.span_start[slot] or known.span_until[low - 1] <= day:
        return False
    if today < 0:
        return True
    for at in range(known.start[slot], known.start[slot + 1]):
        row = known.row[at]
        himself = world.person[row] == today and world.joined_day[row] == day
        if not himself and known.first[at] <= day < known.until[at]:
            return True
    return False


@inner
def _is_person_since_before(known: Holders, joined_day: Days, slot: int, day: int) -> bool:
    """Whether whoever is this person is a distributor that day and joined before it: the value says
    that he is the buyer himself.
    """
    for at in range(known.start[slot], known.start[slot + 1]):
        if joined_day[known.row[at]] < day and known.first[at] <= day < known.until[at]:
            return True
    return False


@inner
def _told_today(world: World, order: int, day: int) -> int:
    """The person who joins on the day, where an identifier of the order says that he bought."""
    carrier, known = world.of_order, world.holders
    for at in range(carrier.start[order], carrier.start[order + 1]):
        slot = carrier.slot[at]
        if slot >= 0 and carrier.kind[at] == PERSON:
            for holder in range(known.start[slot], known.start[slot + 1]):
                if world.joined_day[known.row[holder]] == day:
                    return whole(world.person[known.row[holder]])
    return NOBODY


@inner
def _order_tells(world: World, order: int, day: int) -> bool:
    """Whether the order's own identifier of kind person is somebody's who joins 0-30 days later."""
    carrier, known = world.of_order, world.holders
    for at in range(carrier.start[order], carrier.start[order + 1]):
        slot = carrier.slot[at]
        if slot >= 0 and carrier.kind[at] == PERSON:
            for holder in range(known.start[slot], known.start[slot + 1]):
                days = world.joined_day[known.row[holder]] - day
                if 0 <= days <= PREJOIN_DAYS:
                    return True
    return False


def person_links(accounts: Held, customers: Held, offset: int) -> Links:
    """Accounts and customers (from node `offset` on) with the same identifier of kind person."""
    node = np.concatenate([accounts.owner, customers.owner + np.int32(offset)])
    key = np.concatenate([accounts.key, customers.key])
    is_person = (key & ((1 << KIND_BITS) - 1)) == PERSON
    return analytics.facts.people.same_value(node[is_person].astype(np.int32), key[is_person])
