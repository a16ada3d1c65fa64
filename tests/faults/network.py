"""A small network in deliveries, each followed by a night: what tests disturb; no test by itself.

The people and the products come first, then the orders of the year in slices with their lines and
refunds. A refund may be later than the night that follows it: a later one takes it in.
"""

from pathlib import Path
from typing import NamedTuple

import polars as pl

import loaders.generate
from loaders.generate_network import Shape

UNTIL_S = 1_793_491_199  # the end of 2026-10-31
PEOPLE = ("distributors", "sponsor_changes", "status_changes", "customers", "products")


class Step(NamedTuple):
    """One command of the story: its name, and what stands behind `plumbline`."""

    name: str
    arguments: tuple[str, ...]


class Story(NamedTuple):
    """The commands in their order, and the ids of all orders that they bring."""

    steps: tuple[Step, ...]
    order_ids: tuple[str, ...]


def write(folder: Path, *, seed: int, orders: int, slices: int) -> Story:
    """Write the deliveries below `folder`: one of people, and `slices` of orders with nights."""
    shape = Shape(
        distributors=max(orders // 10, 20),
        orders=orders,
        seed=seed,
        until_s=UNTIL_S,
        customers=orders // 5,
        refunds=0.1,
    )
    whole = folder / "whole"
    loaders.generate.write(whole, shape, progress=lambda noun, rows: None)
    people = folder / "people"
    people.mkdir()
    for noun in PEOPLE:
        (whole / f"{noun}.csv").rename(people / f"{noun}.csv")
    steps = [Step("load people", ("load", str(people)))]
    sold = _read(whole, "orders").sort("ordered_at", "order_id")
    for number, part in enumerate(sold.iter_slices(-(-sold.height // slices)), 1):
        delivery = _deliver(folder / f"{number:02}", whole, part)
        day = str(part["ordered_at"][-1])[:10]
        steps += [
            Step(f"load {number}", ("load", str(delivery))),
            Step(f"night {number}", ("nightly", "--as-of", day)),
        ]
    return Story(tuple(steps), tuple(sold["order_id"]))


def _deliver(folder: Path, whole: Path, orders: pl.DataFrame) -> Path:
    folder.mkdir()
    orders.write_csv(folder / "orders.csv")
    for noun in ("order_lines", "refunds"):
        theirs = _read(whole, noun).join(orders, on="order_id", how="semi")
        theirs.write_csv(folder / f"{noun}.csv")
    return folder


def _read(folder: Path, noun: str) -> pl.DataFrame:
    return pl.read_csv(folder / f"{noun}.csv", infer_schema=False)
