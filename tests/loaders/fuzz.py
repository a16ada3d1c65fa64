"""A million random rows, good or spoiled by construction, through the intake in all five forms.

    python -m tests.loaders.fuzz --rows 1000000 --seed 1

Of every folder it is checked that nothing crashes, that exactly the good rows are accepted, that
every spoiled row is named with its file, row, column, code and text, and that the five forms give
the same. Torn lines stand between the rows of text forms besides. No database.
"""

import argparse
import csv
import gzip
import io
import json
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

import loaders.intake
from graph.settings import Settings
from loaders.intake import Intake
from loaders.nouns import NOUNS
from loaders.references import NothingKnown
from loaders.source import MASK, printable
from tests.loaders.fuzz_rows import Draw, Drawn

FORMS = ("csv", "csv.gz", "jsonl", "jsonl.gz", "parquet")
FOLDER_ROWS = 20_000
TORN = 0.002
TORN_CSV = ("torn", "a,b", '"open, and never closed', '"closed" badly,x')
TORN_JSON = ("{", "[1]", "17", '{"a": 1', "torn", '{"a": "\\ud800"}', '{"a": 1, "a": 2}')
TORN_CODES = {
    *("wrong_field_count", "open_quote", "bad_csv"),
    *("bad_json", "not_an_object", "key_twice"),
}

Found = dict[str, tuple[str, str]]
"""What became of the rows of one noun by their marks: column and code; blank where accepted."""


@dataclass(frozen=True)
class Written:
    """A file as written: its columns, and per row the row that was drawn, None for a torn line."""

    names: Sequence[str]
    rows: Sequence[Drawn | None]


def folder(rows: int, seed: str) -> dict[str, list[Drawn]]:
    """A drawn folder."""
    return Draw(random.Random(seed), rows).folder()  # noqa: S311


def write(
    place: Path, tables: Mapping[str, list[Drawn]], form: str, seed: str
) -> dict[str, Written]:
    """All nouns in one form."""
    place.mkdir()
    chance = random.Random(f"{seed} {form}")  # noqa: S311
    return {noun: _write(place, noun, rows, form, chance) for noun, rows in tables.items()}


def _write(place: Path, noun: str, rows: list[Drawn], form: str, chance: random.Random) -> Written:
    names = list(NOUNS[noun].names)
    chance.shuffle(names)
    path = place / f"{noun}.{form}"
    if form == "parquet":
        columns = {name: [one.row[name] for one in rows] for name in names}
        pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String)).write_parquet(path)
        return Written(names, rows)
    text, order, torn = io.StringIO(newline=""), list[Drawn | None](), form.startswith("csv")
    writer = csv.DictWriter(text, names, lineterminator=chance.choice(("\n", "\r\n")))
    if torn:
        writer.writeheader()
    for one in rows:
        if chance.random() < TORN:
            text.write(chance.choice(TORN_CSV if torn else TORN_JSON) + "\n")
            order.append(None)
        if torn:
            writer.writerow(one.row)
        else:
            text.write(_json(one.row, chance) + "\n")
        order.append(one)
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data, 1) if form.endswith("gz") else data)
    return Written(names, order)


def _json(row: Mapping[str, str], chance: random.Random) -> str:
    """An object that leaves blanks out, or says null."""
    blank = chance.random() < 0.5
    given = {name: value or None for name, value in row.items() if value or blank}
    return json.dumps(given, ensure_ascii=chance.random() < 0.5)


def read(place: Path, work: Path) -> Intake:
    """The intake of a written folder."""
    return loaders.intake.read(
        place,
        settings=Settings(data_folder=work.parent / "data"),  # one salt for all forms
        known=NothingKnown(),
        profile=None,
        spool=work / "spool",
        rejects=work / "rejects.csv",
        lang="en",
        progress=None,
    )


def faults(intake: Intake, written: Mapping[str, Written], form: str) -> list[str]:
    """What is not as it was drawn, in words; empty where all is well."""
    with intake.rejects.open(encoding="utf-8", newline="") as file:
        rejects = list(csv.DictReader(file))
    wrong: list[str] = []
    for noun, file_rows in written.items():
        name = f"{noun}.{form}"
        here = {int(row["row"]): row for row in rejects if row["file"] == name}
        good = set(intake.tables[noun].frame(["row"]).to_series())
        for number, one in enumerate(file_rows.rows, 1):
            said = _judged(one, number in good, here.get(number))
            if not said and one is not None and number in here:
                said = _unlike(one.row, here[number]["original"], file_rows.names, noun)
            if said:
                wrong.append(f"{name} row {number}: {said}: {one.row if one else 'torn'}")
        if len(here) + len(good) + intake.report.counts[noun].repeated != len(file_rows.rows):
            wrong.append(f"{name}: rows are counted twice or not at all")
    return wrong


def _judged(one: Drawn | None, accepted: bool, reject: Mapping[str, str] | None) -> str:
    """What is wrong with what became of one row."""
    if accepted and reject:
        return "accepted and rejected"
    if reject is not None and not (reject["reason"] and reject["original"]):
        return "a reject without reason or text"
    if one is None:
        return "" if reject and reject["code"] in TORN_CODES else f"a torn line, but {reject}"
    if one.fault is None:
        # Of a row that stands twice either may be the one that counts.
        return "" if accepted or reject is None else f"a good row was rejected: {reject}"
    if reject is None:
        return f"a spoiled row was accepted: {one.fault}"
    found = (reject["column"], reject["code"])
    return "" if found == one.fault else f"rejected as {found}, not as {one.fault}"


def _unlike(row: Mapping[str, str], original: str, names: Sequence[str], noun: str) -> str:
    """What is wrong with the text of a reject: it is the row as written, personal text hidden."""
    if original.startswith("{"):
        found = {name: value or "" for name, value in json.loads(original).items()}
    else:
        found = dict(zip(names, next(csv.reader([original])), strict=True))
    for name in names:
        hidden = MASK if name in NOUNS[noun].personal and row[name] else row[name]
        if printable(found.get(name, "")) != printable(hidden):
            return f"the original text shows {name} as {found.get(name)!r}"
    return ""


def same(intakes: Mapping[str, Intake]) -> list[str]:
    """The nouns whose good rows differ by form."""
    frames = {
        form: {noun: _content(intake, noun) for noun in NOUNS} for form, intake in intakes.items()
    }
    first, *others = frames
    return [
        f"{noun}: {form} is not as {first}"
        for form in others
        for noun in NOUNS
        if not frames[form][noun].equals(frames[first][noun])
    ]


def _content(intake: Intake, noun: str) -> pl.DataFrame:
    """Good rows without their places, which torn lines move; of repeated rows any."""
    frame = intake.tables[noun].frame().drop("file", "row")
    return frame.sort(frame.columns)


def run(rows: int, seed: int, *, tell: bool = False) -> list[str]:
    """Fuzz so many rows; what went wrong, folder by folder."""
    wrong, done, began = list[str](), 0, time.monotonic()
    while done < rows:
        size = min(FOLDER_ROWS, rows - done)
        tag = f"{seed}.{done}"
        tables = folder(size, tag)
        with tempfile.TemporaryDirectory() as scratch:
            wrong += _folder(Path(scratch), tables, tag)
        done += size
        if tell:
            drawn = sum(map(len, tables.values()))
            spent = time.monotonic() - began
            print(
                f"{done:,} rows, {spent:.0f} s: {drawn:,} in 5 forms, {len(wrong)} wrong",
                flush=True,
            )
    return wrong


def _folder(place: Path, tables: Mapping[str, list[Drawn]], tag: str) -> list[str]:
    intakes: dict[str, Intake] = {}
    wrong: list[str] = []
    for form in FORMS:
        written = write(place / form, tables, form, tag)
        work = place / f"work.{form}"
        work.mkdir()
        intakes[form] = read(place / form, work)
        wrong += [f"seed {tag}, {said}" for said in faults(intakes[form], written, form)]
    return wrong + [f"seed {tag}, {said}" for said in same(intakes)]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    wrong = run(given.rows, given.seed, tell=True)
    print("\n".join(wrong[:50]) or "nothing wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
