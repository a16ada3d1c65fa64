"""Bad input as a new user meets it: the real commands, three languages, no traceback."""

import csv
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import graph.command
import graph.words
import loaders.__main__
from graph.settings import LANGUAGES
from tests.loaders.bad_case import Case
from tests.loaders.bad_files import long_line
from tests.loaders.bad_input import CASES, table
from tests.loaders.loading import ROOT

NOBODY = 65534
DOCS = ROOT / "docs" / "messages.md"
FAMILIES = ("intake", "rejects", "lint", "notes")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All that it said, its lines put together again."""
        return self.out + self.err


@pytest.fixture
def plumbline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> "Command":
    """A command run in this process as `plumbline` runs it, in a data folder of its own."""
    monkeypatch.setenv("PLUMBLINE_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setattr(graph.command, "signal", lambda *_: None)
    monkeypatch.setenv("COLUMNS", "200")
    return Command(monkeypatch, capsys)


@dataclass(frozen=True)
class Command:
    """Runs commands and catches what they say."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str | Path, lang: str = "en") -> Ended:
        self.monkeypatch.setenv("PLUMBLINE_LANG", lang)
        self.monkeypatch.setattr(sys, "argv", ["plumbline", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            graph.command.run(loaders.__main__.app)
        out, err = self.capsys.readouterr()
        assert "Traceback" not in out + err and "fault of Plumbline" not in out + err
        return Ended(int(ended.value.code or 0), out, err)


def folder_of(case: Case, tmp_path: Path) -> Path:
    """The case's files; without any there is no folder."""
    folder = tmp_path / "in"
    if case.files:
        folder.mkdir()
    for name, content in case.files.items():
        if callable(content):
            content(folder / name)
        else:
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def run(plumbline: Command, case: Case, folder: Path, tmp_path: Path, lang: str = "en") -> Ended:
    """`load --check`, or `try` where the case has a plan."""
    if not case.plan:
        return plumbline("load", folder, "--check", "--rejects", tmp_path / "bad.csv", lang=lang)
    plan, out = tmp_path / "plan.toml", tmp_path / "out"
    plan.write_text(case.plan, "utf-8")
    options = ("--plan", plan, "--as-of", "2026-12-31", "--out", out)
    return plumbline("try", folder, *options, lang=lang)


def rejected(path: Path) -> list[tuple[str, int, str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["reason"] and row["original"] for row in rows)
    places = [(row["file"], int(row["row"]), row["column"], row["code"]) for row in rows]
    return sorted(places)


def accepted(out: str) -> dict[str, int]:
    """The accepted rows by noun, as the table of the ending shows them."""
    rows = re.findall(r"^│ (\w+) +│ +([\d,]+) ", out, re.MULTILINE)
    return {noun: int(count.replace(",", "")) for noun, count in rows}


def may_run(case: Case) -> bool:
    """False for the superuser where a right to read is the point: see the test of it below."""
    return "chmod" not in case.said or os.geteuid() != 0


RUN = [case for case in CASES if may_run(case)]


@pytest.mark.parametrize("case", RUN, ids=[case.name for case in RUN])
def test_every_case_ends_as_the_table_says(case: Case, plumbline: Command, tmp_path: Path) -> None:
    folder = folder_of(case, tmp_path)
    ended = run(plumbline, case, folder, tmp_path)
    assert ended.code == case.exit, ended.said
    assert case.said in ended.said.replace("\n", " ")
    if case.rejects:
        found = rejected(tmp_path / "bad.csv")
        assert tuple(found[: len(case.rejects)]) == case.rejects
        assert len(found) == len(case.rejects) or len(case.rejects) == 1
    for noun, rows in case.good.items():
        assert accepted(ended.out)[noun] == rows


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang != "en"])
def test_no_message_falls_back_to_english(lang: str, plumbline: Command, tmp_path: Path) -> None:
    """Whatever whole file or plan is refused, the sentence is in the user's language."""
    for number, case in enumerate(case for case in RUN if case.exit == 2):
        place = tmp_path / str(number)
        place.mkdir()
        ended = run(plumbline, case, folder_of(case, place), place, lang=lang)
        sentence = ended.err.splitlines()[-1]
        assert re.search(r"[\u4e00-\u9fff]", sentence), (case.name, sentence)


def test_a_line_of_1_gb_takes_no_memory(tmp_path: Path) -> None:
    """Read by a process that may not hold it; packed by gzip as well as plain."""
    long_line(1 << 30)(tmp_path / "distributors.csv")
    reading = (
        "import resource, sys, pathlib, loaders.csv_rows as c, loaders.source as s\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "source = s.Source(pathlib.Path(sys.argv[1]), 'csv')\n"
        "raws = list(c.read(source, None, frozenset()))\n"
        "print(sum(raw.frame.height for raw in raws), sum(len(raw.broken) for raw in raws))\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)\n"
    )
    command = [sys.executable, "-c", reading, str(tmp_path / "distributors.csv")]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    rows, grown = said.splitlines()
    assert rows == "2 1"
    assert int(grown) < 100, "MiB"


@pytest.mark.skipif(os.geteuid() != 0, reason="not the superuser: the case itself runs")
def test_a_file_without_the_right_to_read_it(plumbline: Command, tmp_path: Path) -> None:
    """The superuser may read anything: he becomes nobody for a moment."""
    case = next(case for case in CASES if "chmod" in case.said)
    folder = folder_of(case, tmp_path)
    (tmp_path / "data").mkdir()
    for path in (tmp_path, *tmp_path.parents):
        if not path.stat().st_mode & 1:
            path.chmod(path.stat().st_mode | 0o055)
    (tmp_path / "data").chmod(0o777)
    os.seteuid(NOBODY)
    try:
        ended = run(plumbline, case, folder, tmp_path / "data")
    finally:
        os.seteuid(0)
    assert (ended.code, case.said in ended.err) == (case.exit, True), ended.said


def test_the_real_launcher_says_the_same(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.name == "a cycle of 3")
    command = [str(ROOT / "plumbline"), "load", str(folder_of(case, tmp_path)), "--check"]
    env = {**os.environ, "PLUMBLINE_DATA_FOLDER": str(tmp_path / "data")}
    ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == case.exit
    assert case.said in ended.stdout


# The table in docs/messages.md ----------------------------------------------------------------


def rows_of(page: str) -> dict[str, list[str]]:
    """The rows of all tables whose first cell is a code: code -> the other cells."""
    found = re.findall(r"^\| `([^`]+)` \| (.*) \|$", page, re.MULTILINE)
    return {code: [cell.strip() for cell in rest.split(" | ")] for code, rest in found}


def test_every_message_is_documented_as_it_is_said() -> None:
    """What you see, then what to do, are the English words themselves."""
    page = DOCS.read_text("utf-8")
    sections = dict(re.findall(r"^## [^\n]*<!-- (\w+) -->\n(.*?)(?=^## |\Z)", page, re.M | re.S))
    assert sections.keys() == set(FAMILIES)
    for family in FAMILIES:
        rows = rows_of(sections[family])
        words = graph.words.family(family)
        assert list(rows) == list(words), family
        for code, (see, means, do) in rows.items():
            said = words[code]["en"].replace("|", "¦")
            assert said in (see, f"{see}; {do}"), (family, code)
            assert means and do


def test_every_refusal_holds_its_remedy() -> None:
    """A sentence that stops something goes on with what to do."""
    for code, texts in graph.words.family("rejects").items():
        marks = [";", "；", ":", "："]
        assert all(any(mark in text for mark in marks) for text in texts.values()), code


def test_every_case_is_documented() -> None:
    page = DOCS.read_text("utf-8")
    assert [row for row in page.splitlines() if row.startswith(("| ", "|"))][
        2 : 2 + len(CASES)
    ] == table()
