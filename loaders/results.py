"""The files of a dry run: `paths.csv`, `path_lines.csv`, `entries.csv`, `conservation.json`.

Forms (files.md): amounts and bases are decimal strings in major units, a share is `n/d` in minor
units, times are UTC with Z, what there is none of is blank. Rows are formatted a slice at a time,
and a file appears whole or not at all.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import polars as pl

from analytics.columns import Columns
from analytics.commission_schema import Conservation, Worked
from graph import money
from graph.model import ENTRY_KIND, ENTRY_STATE, NOBODY, OUTCOME

PATHS, PATH_LINES, ENTRIES = "paths.csv", "path_lines.csv", "entries.csv"
CONSERVATION = "conservation.json"
FILES = (PATHS, PATH_LINES, ENTRIES, CONSERVATION)
SLICE_ROWS = 200_000

Form = Callable[[pl.DataFrame], pl.DataFrame]


def remove(out: Path) -> None:
    """Take away what an earlier run left, so that nothing old is taken for new."""
    for name in FILES:
        (out / name).unlink(missing_ok=True)


def write(worked: Worked, columns: Columns, out: Path) -> None:
    """All files of a run; `path_lines.csv` only where the lines of an order differ."""
    names = _Names(columns)
    _write(out / PATHS, worked.paths, names.paths)
    if worked.path_lines.height:
        _write(out / PATH_LINES, worked.path_lines, names.path_lines)
    _write(out / ENTRIES, names.in_order(worked.entries), names.entries)
    with _whole(out / CONSERVATION) as file:
        file.write(_conservation(worked.conservation))


class _Names:
    """Row numbers back to ids, and each frame in the form of its file."""

    def __init__(self, columns: Columns) -> None:
        self.orders = columns.orders["id"]
        self.distributors = columns.distributors["id"]
        self.currencies = columns.orders["currency"]

    def order(self) -> pl.Expr:
        return _id_of("order_row", self.orders).alias("order_id")

    def beneficiary(self) -> pl.Expr:
        return _id_of("beneficiary_row", self.distributors).alias("beneficiary_id")

    def paths(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.select(
            self.order(),
            "position",
            self.beneficiary(),
            _level(),
            "rate",
            "rate_source",
            major("base_milli", "currency", milli=True).alias("base"),
            _fraction().alias("exact_share"),
            major("amount", "currency").alias("amount"),
            "currency",
            _word("outcome", OUTCOME),
        )

    def path_lines(self, rows: pl.DataFrame) -> pl.DataFrame:
        currency = _id_of("order_row", self.currencies).alias("currency")
        return rows.with_columns(currency).select(
            self.order(),
            "line_no",
            self.beneficiary(),
            _level(),
            "rate",
            "rate_source",
            major("base_milli", "currency", milli=True).alias("base"),
            _fraction().alias("exact_share"),
        )

    @staticmethod
    def in_order(rows: pl.DataFrame) -> pl.DataFrame:
        """By order, time, cause, level, beneficiary: rows are numbered by id (`loaders.book`)."""
        paid = rows.filter(pl.col("amount") != 0)
        return paid.sort("order_row", "booked_at", "cause", "level", "beneficiary_row", "kind")

    def entries(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.select(
            self.order(),
            self.beneficiary(),
            _level(),
            _word("kind", ENTRY_KIND),
            "cause",
            major("amount", "currency").alias("amount"),
            "currency",
            _word("state", ENTRY_STATE),
            utc("available_at"),
            utc("booked_at"),
        )


def _id_of(column: str, ids: pl.Series) -> pl.Expr:
    """The id at each row number; blank for NOBODY."""
    row = pl.col(column)
    return pl.lit(ids).gather(pl.when(row != NOBODY).then(row))


def _level() -> pl.Expr:
    return pl.when(pl.col("level") > 0).then("level").alias("level")


def _word(column: str, words: tuple[str, ...]) -> pl.Expr:
    return pl.col(column).replace_strict(
        list(range(len(words))), list(words), return_dtype=pl.String
    )


def _fraction() -> pl.Expr:
    return pl.concat_str(pl.col("share_num").cast(pl.String), pl.lit("/"), "share_den")


def utc(column: str) -> pl.Expr:
    """ms as `2026-01-31T16:00:00Z`, with milliseconds only where there are some."""
    moment = pl.from_epoch(column, time_unit="ms").dt
    whole = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        pl.when(pl.col(column) % 1000 == 0)
        .then(whole)
        .otherwise(moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
        .alias(column)
    )


def major(column: str, currency: str, *, milli: bool = False) -> pl.Expr:
    """Whole minor units as a decimal string in major units: 1234, CNY gives `12.34`.

    `milli`: the column is in thousandths of a minor unit; their digits follow where not zero.
    """
    value, codes = pl.col(column), sorted(money.known_currencies())
    digits = pl.col(currency).replace_strict(
        codes, [money.exponent(code) for code in codes], return_dtype=pl.UInt32
    )
    size = value.abs() // 1000 if milli else value.abs()
    text = size.cast(pl.String).str.zfill(digits + 1)
    whole = text.str.slice(0, text.str.len_chars() - digits)
    below = text.str.slice(text.str.len_chars() - digits)
    if milli:
        below = below + (value.abs() % 1000).cast(pl.String).str.zfill(3).str.strip_chars_end("0")
    sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    point = pl.when(below.str.len_chars() > 0).then(pl.lit(".")).otherwise(pl.lit(""))
    return sign + whole + point + below


def _write(path: Path, rows: pl.DataFrame, form: Form) -> None:
    with _whole(path) as file:
        file.write(form(rows.clear()).write_csv())
        for part in rows.iter_slices(SLICE_ROWS):
            file.write(form(part).write_csv(include_header=False))


@contextmanager
def _whole(path: Path) -> Iterator[IO[str]]:
    """A text file that takes its name when it is whole."""
    unfinished = path.with_name(f".{path.name}.part")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        yield file
    os.replace(unfinished, path)


def _conservation(found: Mapping[str, Conservation]) -> str:
    said = {
        currency: {
            "promised": money.format_fraction(one.promised),
            "paid": money.format_fraction(money.Exact(one.paid)),
            "breakage": money.format_fraction(one.breakage),
            "capped": money.format_fraction(money.Exact(one.capped)),
            "rounding": money.format_fraction(one.rounding),
            "check": one.check,
        }
        for currency, one in sorted(found.items())
    }
    return json.dumps(said, indent=2) + "\n"
