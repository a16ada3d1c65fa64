"""Folders of files for the tests of the intake, and reading them."""

import csv
from collections.abc import Mapping
from pathlib import Path

import polars as pl

import loaders.intake
from graph.settings import Settings
from loaders.intake import Intake
from loaders.references import Known, NothingKnown

DISTRIBUTORS = """distributor_id,sponsor_id,joined_at,name
D1,,2026-01-01T00:00:00Z,one
D2,D1,2026-01-02T00:00:00Z,two
D3,D2,2026-01-03T00:00:00Z,three
"""
ORDERS = """order_id,seller_id,ordered_at,kind,currency,amount
O1,D1,2026-02-01T00:00:00Z,,CNY,100.00
O2,D3,2026-02-02T00:00:00Z,,CNY,
C1,D3,2026-02-03T00:00:00Z,cancellation,CNY,
"""
PRODUCTS = "product_id,name,list_price,currency\nP1,first,10.00,CNY\nP2,second,20.00,CNY\n"
LINES = """order_id,line_no,product_id,quantity,unit_price,discount,tax
O2,1,P1,2,10.00,1.00,
O2,2,P2,0.5,20.00,,
C1,1,P1,-1,10.00,-1.00,-0.10
"""
GOOD = {
    "distributors.csv": DISTRIBUTORS,
    "orders.csv": ORDERS,
    "products.csv": PRODUCTS,
    "order_lines.csv": LINES,
}


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """The files in a folder, made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    return folder


def settings(tmp_path: Path, **given: str) -> Settings:
    return Settings(data_folder=tmp_path / "data", **given)  # type: ignore[arg-type]


def read(
    tmp_path: Path,
    files: Mapping[str, str | bytes] | Path,
    *,
    known: Known | None = None,
    lang: str = "en",
    profile: str | None = None,
    **company: str,
) -> Intake:
    """Write the files and read them; rejects go to rejects.csv beside them."""
    folder = files if isinstance(files, Path) else write(tmp_path / "in", files)
    return loaders.intake.read(
        folder,
        settings=settings(tmp_path, **company),
        known=known or NothingKnown(),
        profile=profile,
        spool=tmp_path / "spool",
        rejects=tmp_path / "rejects.csv",
        lang=lang,
        progress=None,
    )


def rejects(intake: Intake) -> list[dict[str, str]]:
    with intake.rejects.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes(intake: Intake) -> list[tuple[str, str, str, str]]:
    """(file, row, column, code) of every reject, in order."""
    return [(r["file"], r["row"], r["column"], r["code"]) for r in rejects(intake)]


def ids(intake: Intake, noun: str) -> list[str]:
    """The first column of the good rows."""
    return intake.tables[noun].frame().to_series(2).to_list()


class Frames(NothingKnown):
    """What a graph holds, as given."""

    def __init__(self, **frames: pl.DataFrame) -> None:
        self.frames = frames

    def _of(self, noun: str, ids: pl.Series, empty: pl.DataFrame) -> pl.DataFrame:
        frame = self.frames.get(noun)
        return empty if frame is None else frame.filter(frame.to_series(0).is_in(ids.implode()))

    def distributors(self, ids: pl.Series) -> pl.DataFrame:
        return self._of("distributors", ids, super().distributors(ids))

    def sponsor_edges(self, ids: pl.Series) -> pl.DataFrame:
        return self.frames.get("sponsor_edges", super().sponsor_edges(ids))

    def customers(self, ids: pl.Series) -> pl.DataFrame:
        return self._of("customers", ids, super().customers(ids))

    def has_products(self) -> bool:
        return "products" in self.frames

    def products(self, ids: pl.Series) -> pl.DataFrame:
        return self._of("products", ids, super().products(ids))

    def orders(self, ids: pl.Series) -> pl.DataFrame:
        return self._of("orders", ids, super().orders(ids))

    def lines(self, order_ids: pl.Series) -> pl.DataFrame:
        return self._of("lines", order_ids, super().lines(order_ids))

    def payouts(self, ids: pl.Series) -> pl.DataFrame:
        return self._of("payouts", ids, super().payouts(ids))
