"""networkx for the network, pandas for the orders, twice: one order after another, as the rules
are told (`work`), and column by column, as one does who knows pandas well (`work_columns`).

Both build the graph once and go over it once down and once up, in topological order.
"""

from pathlib import Path
from typing import NamedTuple

import networkx as nx
import numpy as np
import pandas as pd

from benchmarks.engine_input import read_orders, read_people
from benchmarks.peers.figures import LEVELS, PERCENT, Figures
from graph.model import NOBODY

ENTRY = ["order", "beneficiary", "level", "amount"]


class Given(NamedTuple):
    """Two frames."""

    people: pd.DataFrame
    orders: pd.DataFrame


class Result(NamedTuple):
    """Two frames: entries, and everyone by row."""

    entries: pd.DataFrame
    people: pd.DataFrame


class Upline(NamedTuple):
    """Everyone after his sponsor, how deep, and the first active ones from himself upward."""

    order: list[int]
    depth: dict[int, int]
    earners: dict[int, tuple[int, ...]]


def load(folder: Path) -> Given:
    """Frames of the columns."""
    people, orders = read_people(folder), read_orders(folder)
    return Given(pd.DataFrame(people._asdict()), pd.DataFrame(orders._asdict()))


def work(given: Given) -> Result:
    """One order after another."""
    graph, sponsor = _graph(given.people)
    upline = _upline(graph, sponsor, given.people)
    entries: dict[str, list[int]] = {name: [] for name in ENTRY}
    for number, seller, base, himself in given.orders[["seller", "base", "himself"]].itertuples():
        earners = upline.earners[seller]
        first = 1
        if himself:
            first = 2
            earners = upline.earners.get(sponsor.get(seller, NOBODY), ())
        for level, beneficiary in enumerate(earners[: LEVELS + 1 - first], first):
            amount = (base * PERCENT[level - 1] + 50) // 100
            if amount:
                entries["order"].append(number)
                entries["beneficiary"].append(beneficiary)
                entries["level"].append(level)
                entries["amount"].append(amount)
    return _summed(given, graph, sponsor, upline, pd.DataFrame(entries))


def work_columns(given: Given) -> Result:
    """One level after another, all orders at once."""
    graph, sponsor = _graph(given.people)
    upline = _upline(graph, sponsor, given.people)
    own = pd.DataFrame.from_dict(
        {row: (*earners, *[NOBODY] * LEVELS)[:LEVELS] for row, earners in upline.earners.items()},
        orient="index",
        columns=range(LEVELS),
    ).sort_index()
    above = own.reindex(given.people["sponsor"], fill_value=NOBODY).set_axis(own.index)
    seller, base, himself = (given.orders[name] for name in ("seller", "base", "himself"))
    levels = []
    for level, percent in enumerate(PERCENT):
        earner = own[level].to_numpy()[seller]
        passed = above[level - 1].to_numpy()[seller] if level else NOBODY
        entry = pd.DataFrame(
            {
                "order": given.orders.index,
                "beneficiary": np.where(himself, passed, earner),
                "level": level + 1,
                "amount": (base * percent + 50) // 100,
            }
        )
        levels.append(entry[(entry["beneficiary"] != NOBODY) & (entry["amount"] > 0)])
    return _summed(given, graph, sponsor, upline, pd.concat(levels))


def _graph(people: pd.DataFrame) -> tuple[nx.DiGraph, dict[int, int]]:
    placed = people[people["sponsor"] != NOBODY]
    sponsor = dict(zip(placed.index.tolist(), placed["sponsor"].tolist(), strict=True))
    graph = nx.DiGraph()
    graph.add_nodes_from(people.index)
    graph.add_edges_from((above, row) for row, above in sponsor.items())
    return graph, sponsor


def _upline(graph: nx.DiGraph, sponsor: dict[int, int], people: pd.DataFrame) -> Upline:
    upline = Upline(list(nx.topological_sort(graph)), {}, {})
    active = people["active"].tolist()
    for row in upline.order:
        above = sponsor.get(row, NOBODY)
        upline.depth[row] = upline.depth[above] + 1 if above != NOBODY else 0
        earners = upline.earners[above] if above != NOBODY else ()
        upline.earners[row] = (row, *earners[: LEVELS - 1]) if active[row] else earners
    return upline


def _summed(
    given: Given, graph: nx.DiGraph, sponsor: dict[int, int], upline: Upline, entries: pd.DataFrame
) -> Result:
    """Everyone's sums: by pandas for himself, from below upward for his downline."""
    sold = given.orders.groupby("seller")["base"].agg(["size", "sum"])
    people = pd.DataFrame(index=given.people.index)
    people["depth"] = pd.Series(upline.depth)
    people["children"] = pd.Series(dict(graph.out_degree()))
    people["orders"], people["volume"] = sold["size"], sold["sum"]
    people = people.fillna(0).astype("int64")
    downline = dict.fromkeys(upline.order, 0)
    height = dict.fromkeys(upline.order, 0)
    group = dict(zip(people.index.tolist(), people["volume"].tolist(), strict=True))
    for row in reversed(upline.order):
        above = sponsor.get(row, NOBODY)
        if above != NOBODY:
            downline[above] += downline[row] + 1
            height[above] = max(height[above], height[row] + 1)
            group[above] += group[row]
    people["downline"], people["height"] = pd.Series(downline), pd.Series(height)
    people["group_volume"] = pd.Series(group)
    earned = entries.pivot_table("amount", "beneficiary", "level", aggfunc="sum")
    for level in range(1, LEVELS + 1):
        people[f"earned_{level}"] = earned.get(level)
    return Result(entries, people.fillna(0).astype("int64"))


def figures(given: Given, result: Result) -> Figures:
    """Columns of the frames."""
    return Figures(
        {name: result.entries[name].to_numpy() for name in ENTRY},
        {name: result.people[name].to_numpy() for name in result.people},
    )
