"""Pages and workbooks: nothing from outside, nothing by chance, nothing that runs, all words."""

import hashlib
import io
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

import analytics.plan
import analytics.plan_lint
import analytics.reports.book
import analytics.reports.charts
import analytics.reports.command as command
import analytics.reports.frames as frames
import analytics.reports.identity as identity
import analytics.reports.page
import analytics.reports.telling as telling
import graph.words
import tests.analytics.reports.drawn_world as world
from analytics.reports.identity import Identity
from analytics.reports.tables import KINDS, Chart, Report, Table, totals
from graph.errors import Misconfigured
from graph.settings import LANGUAGES

ROOT = Path(__file__).resolve().parents[3]
SOURCES = {"snapshot": "a" * 64, "currency": "CNY"}
FINDINGS: list[dict[str, Any]] = [
    {"rule": "REC-001", "version": "1.0.0", "state": "NEW", "first_seen_ms": 0, "snoozes": 2},
    *(
        {
            "rule": "REC-001",
            "version": "1.0.0",
            "state": "CLOSED",
            "outcome": outcome,
            "first_seen_ms": 0,
        }
        for outcome in ("confirmed", "useful_alert", "false_positive", "insufficient")
    ),
]


def material() -> frames.Material:
    """Everything that the drawn network can show."""
    plan = analytics.plan.shipped()
    complaints = analytics.plan_lint.lint(plan, None)
    return frames.Material(
        world.AS_OF, world.facts(), plan=plan, complaints=complaints, findings=FINDINGS
    )


@pytest.fixture(scope="module", params=KINDS)
def report(request: pytest.FixtureRequest) -> Report:
    kind: str = request.param
    return frames.of(kind, material())


def page(report: Report, lang: str) -> str:
    return analytics.reports.page.html(report, identity.of(report, SOURCES), lang)


def empty_report(kind: str) -> Report:
    return frames.of(kind, frames.Material(world.AS_OF, world.nothing()))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_stands_alone(report: Report, lang: str) -> None:
    text = page(report, lang)
    for outside in (
        "http:",
        "https:",
        "<script",
        "<link",
        "<img",
        "@import",
        "url(http",
        "javascript",
    ):
        assert outside not in text, outside
    assert f'<html lang="{lang}">' in text
    assert identity.of(report, SOURCES).id in text


class Outline(HTMLParser):
    """Ids, and what a table must have."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.open: list[str] = []
        self.tables = self.captions = 0
        self.headings: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if "id" in found:
            self.ids.append(str(found["id"]))
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag == "th":
            self.headings.append(found.get("scope"))
        if tag not in ("meta", "br") and not self.is_drawing(tag):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.is_drawing(tag):
            assert self.open.pop() == tag

    @staticmethod
    def is_drawing(tag: str) -> bool:
        return tag in ("path", "use", "rect", "g", "defs", "clippath", "text", "style")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_can_be_read_aloud(report: Report, lang: str) -> None:
    outline = Outline()
    outline.feed(page(report, lang))
    assert not outline.open
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.captions == outline.tables > 0
    assert set(outline.headings) <= {"col", "row"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_first_day_has_a_page_and_a_book(kind: str, lang: str) -> None:
    report = empty_report(kind)
    found = dict(command.rendered(report, identity.of(report, SOURCES), lang))
    assert telling.title(report, lang) in found[".html"].decode()
    assert found[".xlsx"][:2] == b"PK"


def test_charts_follow_the_page() -> None:
    found = frames.of("money", material())
    drawn = [analytics.reports.charts.svg(table, "zh-Hant") for table in found.tables]
    assert sum(map(bool, drawn)) == 2
    assert "currentColor" in drawn[0] and analytics.reports.charts.INK not in drawn[0]
    assert "真實零售" in drawn[0]  # text, not outlines
    assert "<metadata" not in drawn[0] and "DOCTYPE" not in drawn[0]


def test_a_chart_of_nothing_is_none() -> None:
    frame = pl.DataFrame(schema={"month": pl.Int32, "joined": pl.Int64})
    assert (
        analytics.reports.charts.svg(
            Table("cohorts", frame, chart=Chart("bars", "month", "joined")), "en"
        )
        == ""
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_book_says_what_the_page_says(report: Report, lang: str) -> None:
    body = analytics.reports.book.xlsx(report, identity.of(report, SOURCES), lang)
    book = openpyxl.load_workbook(io.BytesIO(body))
    assert len(book.sheetnames) == 1 + len(report.tables)
    for sheet, table in zip(book.worksheets[1:], report.tables, strict=True):
        grid = telling.grid(table, lang)
        assert sheet["A1"].value == grid.title
        headings = [cell.value for cell in sheet[analytics.reports.book.HEADING_ROW + 1]]
        assert [h for h in headings if h] == list(grid.headings)
        assert sheet.max_row == analytics.reports.book.HEADING_ROW + 1 + len(grid.rows)
        assert sheet.freeze_panes
    assert book.properties.created.date().isoformat() == report.as_of


def dangerous(text: str) -> Report:
    frame = pl.DataFrame({"organiser": [text], "persons": [1]})
    return Report("depth", "2026-06-30", (Table("organisers", frame),))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "=cmd|' /C calc'!A0"])
def test_no_text_becomes_a_formula(text: str) -> None:
    found = dangerous(text)
    body = analytics.reports.book.xlsx(found, Identity("0" * 64, {}), "en")
    cell = openpyxl.load_workbook(io.BytesIO(body)).worksheets[1]["A5"]
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_a_page_escapes_what_it_is_given() -> None:
    found = dangerous("<script>alert(1)</script>")
    assert "<script" not in analytics.reports.page.html(found, Identity("0" * 64, {}), "en")


def test_the_id_says_what_it_is_made_of(report: Report) -> None:
    one = identity.of(report, SOURCES)
    assert one == identity.of(report, dict(reversed(SOURCES.items())))
    assert one.id != identity.of(report, {**SOURCES, "snapshot": "b" * 64}).id
    changed = Report(report.kind, report.as_of, (*report.tables, Table("more", totals([]))))
    assert one.id != identity.of(changed, SOURCES).id


MAKE = """
import sys
from pathlib import Path
import analytics.reports.command as command
import tests.analytics.reports.test_files as files
out = Path(sys.argv[1])
command.write(command.kinds("all"), files.material(), files.SOURCES, out, files.LANGUAGES)
"""


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the order of hashes, and whenever: 6 reports, 3 languages, 2 forms."""
    found = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", MAKE, str(out)], check=True, env=env, cwd=ROOT)
        found.append({path.name: digest(path) for path in out.iterdir()})
    assert found[0] == found[1]
    assert len(found[0]) == 6 * 3 * 2


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_id_is_the_same_in_every_language(tmp_path: Path) -> None:
    paths = command.write(["depth"], material(), SOURCES, tmp_path, LANGUAGES)
    assert len({path.stem.rsplit("-", 1)[1] for path in paths}) == 1
    assert all(
        re.fullmatch(r"depth-2026-06-30-[\w-]+-[0-9a-f]{12}\.(html|xlsx)", p.name) for p in paths
    )


def test_precision_leaves_out_what_decides_nothing() -> None:
    found = frames.of("performance", material())
    row = found.frame("rules").row(0, named=True)
    assert (row["alerts"], row["open"], row["confirmed"], row["useful"]) == (5, 1, 1, 1)
    assert row["precision"] == pytest.approx(2 / 3)
    assert 0.2 < row["precision_lower"] < 2 / 3 < row["precision_upper"] < 0.95
    assert row["snoozes"] == 2


def test_ids_only(report: Report) -> None:
    """Of people nothing but their ids is shown: no person, identifier or hash."""
    assert "same" not in re.sub(
        r"the same|same way",
        "",
        re.sub("<style.*?</style>", "", page(report, "zh-Hans"), flags=re.S),
    )


def test_words_are_there_for_every_code_and_language() -> None:
    for code, texts in graph.words.family(telling.FAMILY).items():
        assert set(texts) == set(LANGUAGES), code
        assert all(texts.values()), code
        fields = {tuple(sorted(re.findall(r"{(\w+)}", text))) for text in texts.values()}
        assert len(fields) == 1, code


def test_sheet_names_are_ones_that_excel_takes() -> None:
    for lang in LANGUAGES:
        for kind in KINDS:
            report = empty_report(kind)
            names = [
                analytics.reports.book.sheet_name(telling.grid(table, lang).title)
                for table in report.tables
            ]
            assert len(set(names)) == len(names)
            assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_a_word_that_names_no_report() -> None:
    with pytest.raises(Misconfigured, match="depth, recruitment"):
        command.kinds("deep")
    with pytest.raises(Misconfigured, match="--lang"):
        command.languages("de", "en")
    assert command.kinds("all") == KINDS
    assert command.languages("", "zh-Hant") == ("zh-Hant",)
