"""The doctor: what is fine, what is not, and the remedy; the commands that need no server."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import graph.__main__
import graph.doctor
import graph.jars
import graph.migrations
from graph.connection import Database
from graph.doctor import Finding
from graph.queries import Query
from graph.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent


def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.thing: finding for finding in graph.doctor.findings(settings)}


def test_all_is_well_with_the_session_s_server(database: Database, settings: Settings) -> None:
    found = findings(settings)
    assert not [finding for finding in found.values() if finding.remedy]
    assert found["Neo4j"].said.startswith("5.") or found["Neo4j"].said.startswith("20")
    assert "are online" in found["constraints"].said


def test_a_constraint_that_is_missing_is_named(database: Database, settings: Settings) -> None:
    database.run_outside(Query("tests.drop", "DROP CONSTRAINT order_id"))
    try:
        finding = findings(settings)["constraints"]
        assert "order_id" in finding.said and finding.remedy
    finally:
        graph.migrations.apply(database)
    assert not findings(settings)["constraints"].remedy


def test_a_server_that_is_away_is_a_finding(settings: Settings) -> None:
    away = findings(replace(settings, neo4j_uri="bolt://127.0.0.1:9"))["Neo4j"]
    assert "cannot be asked" in away.said and "does not answer" in away.remedy


def test_too_much_memory_and_a_missing_jar_have_remedies(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "less" in graph.doctor.memory(replace(own_settings, heap_mb=10**8)).remedy
    monkeypatch.setenv("M2_REPO", str(tmp_path))
    found = graph.doctor.jars()
    assert f"{len(graph.jars.locked())} missing" in found.said and "setup" in found.remedy


def test_the_command_ends_with_1_where_something_is_wrong() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "graph", "doctor"],
        cwd=ROOT,
        env={**os.environ, "NEO4J_URI": "bolt://127.0.0.1:9"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "WRONG  Neo4j" in done.stdout and "remedy: the Neo4j at bolt" in done.stdout


def test_setup_says_what_is_ready(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEO4J_URI", raising=False)
    graph.__main__.setup()
    assert f"ready: Neo4j {graph.jars.neo4j_version()}" in capsys.readouterr().out
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    graph.__main__.setup()
    assert "not needed" in capsys.readouterr().out
