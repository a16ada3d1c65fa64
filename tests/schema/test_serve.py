"""`serve` and `export` as commands: a real process, real sockets, real signals."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import schema.app
from graph.errors import Misconfigured
from schema.__main__ import export, serve
from tests.graph.drawn import Drawn

ROOT = Path(__file__).resolve().parents[2]
UPLINE = '{ distributor(id: "%s") { distributorId upline { edges { node { distributorId } } } } }'


@pytest.fixture
def served(drawn: Drawn) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The URL of a service of its own process, over the session's database."""
    line = [sys.executable, "-m", "schema", "serve", "--port", "0"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(line, cwd=ROOT, text=True, stdout=pipe, stderr=pipe)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://\S+/graphql", said)
        assert found, said + process.communicate(timeout=60)[1]
        yield found[0], process
    finally:
        process.kill()
        process.communicate(timeout=60)


def ask(url: str, query: str) -> Any:
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_a_real_service_answers_many_at_once_and_stops_on_ctrl_c(
    served: tuple[str, subprocess.Popen[str]], drawn: Drawn
) -> None:
    url, process = served
    ids = [row["id"] for row in drawn.distributors[:40]]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda id: ask(url, UPLINE % id), ids))
    assert [answer["data"]["distributor"]["distributorId"] for answer in answers] == ids
    sponsors = {row["child_id"]: row["sponsor_id"] for row in drawn.sponsors}
    for id, answer in zip(ids, answers, strict=True):
        edges = answer["data"]["distributor"]["upline"]["edges"]
        nearest = edges[0]["node"]["distributorId"] if edges else None
        assert nearest == sponsors.get(id)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert schema.app.UNSIGNED in err and "Traceback" not in err


def test_a_port_in_use_is_said_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"port {port} on 127.0.0.1 is in use"):
            serve(port=port)


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        ("0.0.0.0", 0, "this machine only"),
        ("example.org", 0, "this machine only"),
        ("127.0.0.1", 99_999, "cannot listen"),
        ("127.0.0.1", -1, "cannot listen"),
    ],
)
def test_where_it_may_not_listen(host: str, port: int, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence):
        serve(host=host, port=port)


def test_export_prints_the_committed_schema(capsys: pytest.CaptureFixture[str]) -> None:
    export()
    assert capsys.readouterr().out == (ROOT / "schema" / "schema.graphql").read_text("utf-8")


def test_the_app_of_uvicorn_opens_the_database_of_the_settings(drawn: Drawn) -> None:
    with TestClient(
        schema.app.app, base_url="http://localhost", client=("127.0.0.1", 50_000)
    ) as client:
        answer = client.post("/graphql", json={"query": "{ dataAsOf }"})
        assert answer.json() == {"data": {"dataAsOf": "2024-06-30"}}
