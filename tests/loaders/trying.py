"""A folder drawn in a few lines, tried with a plan: for tests of the dry run."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

import loaders.dry_run
import loaders.results
from graph.settings import Settings

Row = dict[str, Any]

JOINED = "2026-01-01T00:00:00Z"
PAID = "2026-03-01T12:00:00Z"
AS_OF = "2026-12-31T00:00:00Z"
CHAIN = """
D1
  D2
    D3
      D4
        D5
"""
D4_SUSPENDED = CHAIN.replace("D4", "D4 suspended")
TO_D3 = [("D5", "1", "10.00", "paid"), ("D4", "2", "5.00", "paid"), ("D3", "3", "3.00", "paid")]
"""What 100.00 sold by D5 gives by the default plan."""
BEYOND_D2 = ("D2", "", "0.00", "beyond_paid_levels")

RATES = """
[[product_rates]]
product_id = "P1"
rates = ["0.20"]
[[product_rates]]
product_id = "P0"
rates = ["0", "0"]
[[category_rates]]
category = "wine"
rates = ["0.04", "0.04"]
[[distributor_rates]]
distributor_id = "D4"
rates = ["0.5", "0.07"]
"""
"""Rates of every source but the plan's."""

STATUSES = ("applied", "active", "suspended", "terminated")


@dataclass(frozen=True)
class Tried:
    """What a dry run gave: the rows of its files as text."""

    code: int
    paths: list[Row]
    path_lines: list[Row] | None
    entries: list[Row]
    conservation: dict[str, dict[str, Any]]
    rejects: list[Row]
    said: str

    def outcomes(self, order: str = "O1") -> list[tuple[str, ...]]:
        """Of one order: (beneficiary, level, amount, outcome) of every row, in order."""
        names = ("beneficiary_id", "level", "amount", "outcome")
        return [
            tuple(row[name] for name in names) for row in self.paths if row["order_id"] == order
        ]

    def paid(self, order: str | None = None) -> dict[str, str]:
        """What each beneficiary was accrued, of one order or of the only one."""
        return {
            row["beneficiary_id"]: row["amount"]
            for row in self.entries
            if row["kind"] == "accrual" and order in (None, row["order_id"])
        }


def tree(drawn: str) -> list[Row]:
    """Distributors from an indented tree: `D2 suspended gold` below its sponsor."""
    above: list[tuple[int, str]] = []
    rows: list[Row] = []
    for line in drawn.splitlines():
        if not line.strip():
            continue
        depth, (name, *words) = len(line) - len(line.lstrip()), line.split()
        while above and above[-1][0] >= depth:
            above.pop()
        status = [word for word in words if word in STATUSES]
        rank = [word for word in words if word not in STATUSES]
        rows.append(
            {
                "distributor_id": name,
                "sponsor_id": above[-1][1] if above else "",
                "joined_at": JOINED,
                "status": "".join(status),
                "rank": "".join(rank),
            }
        )
        above.append((depth, name))
    return rows


def sale(id: str = "O1", seller: str = "", amount: str = "", **more: Any) -> Row:
    """An order that was paid and received; its lines, if any, are a table of their own."""
    return {"order_id": id, "seller_id": seller, "ordered_at": PAID, "amount": amount, **more}


def line(order: str, no: int, product: str, quantity: str, price: str, **more: Any) -> Row:
    """One line of an order."""
    names = ("order_id", "line_no", "product_id", "quantity", "unit_price")
    return dict(zip(names, (order, no, product, quantity, price), strict=True)) | more


def refund(id: str, at: str, amount: str, **more: Any) -> Row:
    """A refund of the order O1."""
    return {"refund_id": id, "order_id": "O1", "amount": amount, "refunded_at": at, **more}


def write(folder: Path, **tables: Iterable[Row]) -> Path:
    """The folder with one CSV file for each table; a table without rows is only its header."""
    folder.mkdir(parents=True, exist_ok=True)
    for noun, rows in tables.items():
        (folder / f"{noun}.csv").write_text(_csv(list(rows)), "utf-8")
    return folder


def _csv(rows: Sequence[Row]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def settings(folder: Path, **more: Any) -> Settings:
    """Settings of a company of its own below `folder`."""
    return Settings(**{"data_folder": folder / "data", **more})


def attempt(
    folder: Path, plan: str | None, out: Path, *, as_of: str = AS_OF, **more: Any
) -> tuple[int, str]:
    """Run the dry run; its exit code and what it said. `more`: pack, profile, settings."""
    file = None
    if plan is not None:
        file = out.parent / "plan.toml"
        file.write_text(plan, "utf-8")
    chosen = more.pop("settings", None) or settings(out.parent)
    trial = loaders.dry_run.Trial(folder, file, as_of, out, **more)
    console = Console(file=io.StringIO(), width=200)
    code = loaders.dry_run.run(trial, chosen, console=console)
    assert isinstance(console.file, io.StringIO)
    return code, console.file.getvalue()


def tried(tmp: Path, plan: str, *, as_of: str = AS_OF, **tables: Any) -> Tried:
    """Draw, write and try: `tree=` an indented tree or rows, every other table its rows."""
    drawn = tables.pop("tree", None)
    options = {key: tables.pop(key) for key in ("pack", "settings") if key in tables}
    if drawn is not None:
        tables["distributors"] = tree(drawn) if isinstance(drawn, str) else drawn
    folder, out = write(tmp / "folder", **tables), tmp / "out"
    code, said = attempt(folder, plan, out, as_of=as_of, **options)
    return read(out, code, said)


def read(out: Path, code: int = 0, said: str = "") -> Tried:
    """The files of a finished run."""
    lines = out / loaders.results.PATH_LINES
    return Tried(
        code=code,
        paths=rows(out / loaders.results.PATHS),
        path_lines=rows(lines) if lines.exists() else None,
        entries=rows(out / loaders.results.ENTRIES),
        conservation=json.loads((out / loaders.results.CONSERVATION).read_text("utf-8")),
        rejects=rows(out / loaders.dry_run.REJECTS),
        said=said,
    )


def rows(path: Path) -> list[Row]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
