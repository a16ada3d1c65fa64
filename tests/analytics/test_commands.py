"""`nightly`, `explain` and `plan` as commands: what they print, and how they end."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

import analytics.night_report
import analytics.plan
import analytics.watch
import graph.findings
import graph.loads
import graph.runs
from analytics.__main__ import app
from graph.connection import Database
from graph.errors import Misconfigured, Missing, PlumblineError
from graph.settings import Settings
from tests.analytics.test_nightly import forget
from tests.graph import drawn as graph_drawn

AS_OF = "2024-06-30"
PLAN = 'name = "three-tier"\nversion = "2"\nvalid_from = "2026-01-01T00:00:00Z"\n'


def plumbline(*arguments: str) -> str:
    """What the command prints; its error is raised."""
    done = CliRunner().invoke(app, arguments)
    if isinstance(done.exception, PlumblineError):
        raise done.exception
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


@pytest.fixture
def loaded(empty_database: Database, settings: Settings) -> Database:
    forget(settings)
    graph_drawn.save(
        empty_database, graph_drawn.draw(150), seq=graph.loads.next_seq(empty_database)
    )
    return empty_database


def test_a_night_then_why(loaded: Database) -> None:
    said = plumbline("nightly", "--as-of", AS_OF)
    assert "commission of sales" in said
    assert "taken back" in said
    assert "breakage" in said
    assert "yes" in said
    assert "  · " in said, "why the verdict is what it is"
    assert "nothing new" in plumbline("nightly", "--as-of", AS_OF)
    with pytest.raises(Missing, match="no finding"):
        plumbline("recompute", "REC-001|network||")
    found = graph.findings.page(loaded, graph.findings.SEVERITY, {}, now_ms=1)
    assert found, "this network has something to see"
    assert found[0]["id"] in plumbline("recompute", found[0]["id"])
    with pytest.raises(Misconfigured, match="earlier"):
        plumbline("nightly", "--as-of", "2024-01-01")

    sample = plumbline("explain", "--sample")
    assert "three-tier@" in sample
    assert "promised" in sample
    assert "付款" in plumbline("explain", "O1", "--lang", "zh-Hans")
    with pytest.raises(Missing, match="nowhere"):
        plumbline("explain", "nowhere")
    assert "three-tier@" in plumbline("plan", "list")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nightly", "--as-of", "tomorrow"),
        ("explain",),
        ("explain", "O1", "--sample"),
        ("explain", "O1", "--lang", "fr"),
    ],
)
def test_what_is_not_understood_is_said(database: Database, arguments: tuple[str, ...]) -> None:
    with pytest.raises(Misconfigured):
        plumbline(*arguments)


def test_without_a_date_it_is_the_night_of_yesterday(loaded: Database) -> None:
    said = plumbline("nightly")
    last = graph.runs.last_finished(loaded)
    assert last is not None
    assert f"night of {last['as_of']}" in said


def test_plans_are_saved_listed_and_shown(empty_database: Database, tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN)
    assert "no plan is saved" in plumbline("plan", "list")
    assert "three-tier@2 saved" in plumbline("plan", "save", str(file))
    assert "nothing to do" in plumbline("plan", "save", str(file))
    assert "three-tier@2  valid from 2026-01-01" in plumbline("plan", "list")
    shown = plumbline("plan", "show", "three-tier@2")
    assert analytics.plan.parse(shown, source="shown") == analytics.plan.read(file)
    with pytest.raises(Missing):
        plumbline("plan", "show", "three-tier@9")


@pytest.mark.parametrize("options", [(), ("--products",)])
def test_the_lint_gives_every_reason(
    database: Database, tmp_path: Path, options: tuple[str, ...]
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN)
    assert "may be saved" in plumbline("plan", "lint", str(file), *options)
    file.write_text(PLAN + 'rates = ["0.9", "0.9", "0.1", "0.1"]\n')
    with pytest.raises(Misconfigured) as refused:
        plumbline("plan", "lint", str(file), *options)
    assert len(str(refused.value).splitlines()) >= 3
    with pytest.raises(Misconfigured, match=r"plan\.toml"):
        plumbline("plan", "save", str(file))


def test_elsewhere_than_on_a_terminal_a_night_logs_json() -> None:
    stream = io.StringIO()
    with analytics.watch.opened("nightly", stream) as watch:
        watch.begin("snapshot")
        watch.tick("orders", 1, 2)
        watch.end("snapshot", orders=2)
    begun, done = map(json.loads, stream.getvalue().splitlines())
    assert (begun["event"], done["event"], done["orders"]) == ("step_begun", "step_done", 2)


def test_on_a_terminal_it_draws() -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Screen()
    with analytics.watch.opened("nightly", stream) as watch:
        watch.begin("snapshot")
        watch.tick("orders", 1, 2)
        watch.end("snapshot", orders=2)
        watch.note("step_kept", step="volumes")
    assert "snapshot" in stream.getvalue()
    assert "orders 2" in stream.getvalue()


def test_a_report_names_caps_notes_and_faults() -> None:
    fault = {"code": "cycle", "path": ["D1", "D2", "D1"]}
    cut = {"period": "2026-01", "currency": "CNY", "beneficiary_cut": 150, "company_cut": 0}
    note = {"count": 12, "first": ["O1"], "facts": [{}]}
    run = {
        "as_of": "2026-01-31",
        "id": "2026-01-31#1",
        "counts": {
            "commissions": {"entries": 0, "frozen": 0},
            "entries": {"ledger": 0},
        },
        "totals": {
            "levels": [],
            "conservation": {},
            "would_cut": [cut],
            "notes": {"no_plan": note},
            "faults": [fault],
        },
    }
    said = io.StringIO()
    analytics.night_report.tell(Console(file=said, width=200), run, graph.runs.STARTED, "en")
    for wanted in ("1.50", "O1", "11 more", "D1 → D2 → D1"):
        assert wanted in said.getvalue()
