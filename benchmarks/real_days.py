"""Real orders as they come in: a folder of files for each business day, and one of all of them.

`network` is a real tree with real invoices (customers bound to distributors); `shop` is the daily
invoice files of a shop that has no distributors. Both are read from the folders that they lie in.
"""

import tarfile
from pathlib import Path
from typing import NamedTuple

import polars as pl

FIRST = ("distributors", "customers", "products")


class Files(NamedTuple):
    """Folders to be loaded one after the other, each with its business day ("" for none), and the
    folder that holds all of them; `profile` is the form that they are written in (None: told by
    their columns); `nights`: there is somebody who earns.
    """

    days: list[tuple[str, Path]]
    whole: Path
    profile: str | None
    nights: bool


def network(source: Path, out: Path, days: int | None = None) -> Files:
    """Who buys, sells and is sold first, then the orders with their lines by the day, UTC."""
    frames = {
        path.name.removesuffix(".csv.gz"): pl.read_csv(path, infer_schema=False)
        for path in sorted(source.glob("*.csv.gz"))
    }
    orders = frames["orders"].with_columns(day=pl.col("ordered_at").str.head(10))
    wanted = orders["day"].unique().sort().head(days or orders.height).to_list()
    orders = orders.filter(pl.col("day").is_in(wanted))
    lines = frames["order_lines"].join(orders.select("order_id", "day"), on="order_id")
    first = {noun: frames[noun] for noun in FIRST}
    sold = {"orders": orders, "order_lines": lines}
    whole = _written(out / "whole", first | {n: frame.drop("day") for n, frame in sold.items()})
    by_day = {
        noun: frame.partition_by("day", as_dict=True, include_key=False)
        for noun, frame in sold.items()
    }
    each = [
        (day, _written(out / day, {noun: parts[day,] for noun, parts in by_day.items()}))
        for day in wanted
    ]
    return Files(
        [("", _written(out / "first", first)), *each], whole, "combined_or_weibo", nights=True
    )


def _written(folder: Path, frames: dict[str, pl.DataFrame]) -> Path:
    folder.mkdir(parents=True)
    for noun, frame in frames.items():
        frame.write_csv(folder / f"{noun}.csv")
    return folder


def shop(source: Path, out: Path, days: int | None = None) -> Files:
    """The daily files as they are, each in a folder of its own."""
    whole = out / "whole"
    with tarfile.open(source / "by-day.tar.gz") as packed:
        members = sorted((one for one in packed if one.isfile()), key=lambda one: one.name)
        for member in members[:days]:
            member.name = Path(member.name).name
            packed.extract(member, whole, filter="data")
    each = []
    for path in sorted(whole.glob("*.csv")):
        folder = out / path.stem
        folder.mkdir()
        (folder / path.name).hardlink_to(path)
        each.append((path.stem, folder))
    return Files(each, whole, None, nights=False)
