"""Who is a distributor on a day, and which accounts and customers are one person.

A distributor is one from his joining until he leaves or is terminated, and again from the day on
which a termination is lifted; applied or suspended he is one too. One person: the same person_id,
the same identifier of kind person (not `shared`, at any time), or a customer who is noted to have
become that distributor, or who carries a distributor's very id.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.columns import Columns
from analytics.facts.days import NEVER, Calendar, Days
from analytics.kernels import compiled
from graph.model import DISTRIBUTOR_STATUS, STATUS_UNCHANGED

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
TERMINATED = DISTRIBUTOR_STATUS.index("terminated")


class Members(NamedTuple):
    """The spans of days on which each distributor row r is one: start[r] : start[r + 1]."""

    start: Ints
    row: Rows
    first: Days
    until: Days  # the first day after the span; NEVER while it lasts


class Links(NamedTuple):
    """Pairs of nodes that are one person."""

    one: Rows
    other: Rows


class People(NamedTuple):
    """Numbers of persons. Those of accounts joined by as-of are 0 to `joined` - 1."""

    of_account: Rows
    of_customer: Rows
    joined: int
    numbers: int  # how many there are
    became: Rows  # by customer the account that he is by his id or by note; NOBODY
    same_id: Rows  # by customer the account with his id; NOBODY
    accounts: Ints  # by number, into `account_rows`
    account_rows: Rows


def members(columns: Columns, calendar: Calendar, as_of_ms: int) -> Members:
    """Spans of everybody who joined by as-of; empty ones left out."""
    steps = _steps(columns, calendar)
    rows, first = steps["row"].to_numpy(), steps["day"].to_numpy()
    next_day = np.append(first[1:], NEVER).astype(np.int32)
    last = np.append(rows[1:] != rows[:-1], True)
    next_day[last] = NEVER
    joined = columns.distributors["joined_at"]
    joined_day = calendar.of(joined).fill_null(NEVER).to_numpy()[rows]
    left_day = calendar.of(columns.distributors["left_at"]).fill_null(NEVER).to_numpy()[rows]
    begin, until = np.maximum(first, joined_day), np.minimum(next_day, left_day)
    is_one = steps["status"].ne_missing(TERMINATED).to_numpy() & (begin < until)
    is_one &= (joined <= as_of_ms).fill_null(False).to_numpy()[rows]
    start = np.zeros(columns.distributors.height + 1, np.int64)
    np.cumsum(np.bincount(rows[is_one], minlength=len(start) - 1), out=start[1:])
    return Members(start, rows[is_one], begin[is_one], until[is_one])


def _steps(columns: Columns, calendar: Calendar) -> pl.DataFrame:
    """row, day, status: the status from a day on; the last change of a day stands for the day."""
    always = -NEVER
    begin = columns.distributors.with_row_index("row").select(
        pl.col("row").cast(pl.Int32), pl.lit(always, pl.Int32).alias("day"), "status"
    )
    changes = columns.status_changes.filter(pl.col("status") != STATUS_UNCHANGED)
    if not changes.height:
        return begin
    changed = changes.select(
        pl.col("distributor_row").alias("row"),
        calendar.of(changes["valid_from"]).alias("day"),
        "status",
    ).filter(pl.col("row") >= 0)
    whole = pl.concat([begin, changed]).sort("row", "day", maintain_order=True)
    return whole.unique(["row", "day"], keep="last", maintain_order=True)


@compiled
def on_day(start: Ints, first: Days, until: Days, rows: Rows, days: Days) -> Flags:
    """Whether each row (NOBODY: no) is in one of its spans on a day."""
    found = np.zeros(len(rows), np.bool_)
    for i in range(len(rows)):
        if rows[i] >= 0:
            for span in range(start[rows[i]], start[rows[i] + 1]):
                if first[span] <= days[i] < until[span]:
                    found[i] = True
    return found


def ended(spans: Members, joined_day: Days) -> Days:
    """By row the first day from which he is none; NEVER while he is one, who never was one: his
    day of joining.
    """
    found = joined_day.copy()
    has_one = spans.start[1:] > spans.start[:-1]
    found[has_one] = spans.until[spans.start[1:][has_one] - 1]
    return found


def numbered(nodes: int, accounts: int, joined: Flags, links: Links) -> tuple[Rows, int, int]:
    """Numbers of nodes (accounts, then customers), how many belong to joined accounts, how many
    there are. They go by the first joined account, then accounts still to join, then customers.
    """
    rank = np.full(nodes, 2, np.int8)
    rank[:accounts] = np.where(joined, 0, 1)
    root = _united(nodes, links.one, links.other)
    return _numbers(root, rank)


@compiled
def _united(nodes: int, links: Rows, other: Rows) -> Rows:
    """The smallest node that each one is linked with."""
    above = np.arange(nodes).astype(np.int32)
    for i in range(len(links)):
        one, two = links[i], other[i]
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        while above[two] != two:
            above[two] = above[above[two]]
            two = above[two]
        if one < two:
            above[two] = one
        else:
            above[one] = two
    for node in range(nodes):
        above[node] = above[above[node]]
    return above


@compiled
def _numbers(root: Rows, rank: npt.NDArray[np.int8]) -> tuple[Rows, int, int]:
    """Numbers of the sets, those with a node of rank 0 first, then 1, then 2."""
    number = np.full(len(root), -1, np.int32)
    count, first = 0, 0
    for turn in range(3):
        for node in range(len(root)):
            if rank[node] == turn and number[root[node]] < 0:
                number[root[node]] = count
                count += 1
        if turn == 0:
            first = count
    found = np.empty(len(root), np.int32)
    for node in range(len(root)):
        found[node] = number[root[node]]
    return found, first, count


def same_value(nodes: Rows, values: Ints) -> Links:
    """Nodes with the same value, each linked with the one before."""
    order = np.argsort(values, kind="stable")
    same = values[order][1:] == values[order][:-1]
    return Links(nodes[order][:-1][same], nodes[order][1:][same])


def by_number(numbers: Rows, count: int) -> tuple[Ints, Rows]:
    """Rows by their number: those of number n are rows[start[n] : start[n + 1]]."""
    start = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(numbers, minlength=count), out=start[1:])
    return start, np.argsort(numbers, kind="stable").astype(np.int32)
