"""Why, over GraphQL: `commissionPath` of random orders, against the same Cypher by the bare driver.

    PLUMBLINE_DATA_FOLDER=... python -m benchmarks.paths --name 20k/200k --orders 500

The data folder is loaded and has had its night. For each order, in turn: the service (a process of
its own, one client, over HTTP), the explanation within this process, and the very statements of the
service, with the same parameters, by `execute_query` of the Neo4j driver, one after the other. To
know the statements each order is asked for once before, so that the store is as warm for one road
as for the others. The answers of the service must be those of `analytics.explain`. Figures of other
names stay in results/paths.json.
"""

import argparse
import asyncio
import contextlib
import http.client
import json
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import neo4j
import numpy as np

import analytics.explain
import benchmarks.raw
import graph.connection
import graph.orders
import graph.settings
import schema.app
from analytics.explain import Explanation
from benchmarks.raw import Figure
from graph.connection import Database
from graph.queries import Query
from graph.settings import Settings
from schema.context import Context, Viewer
from schema.scope import Scope

ROOT = Path(__file__).resolve().parents[1]
QUESTION = "How long does `commissionPath` of a random order take, against its bare Cypher?"
WARM_UP = 30
ROADS = ("service", "explain", "bare driver")
PATH = """query($id: String!) { order(id: $id) { commissionPath { planId origin { code label }
  rows { nodes { position level beneficiaryId rate rateSource { label } base exactShare
    amount { amount currency } outcome { code label } } }
  conservation { promised paid { minor } breakage capped { minor } rounding check } } } }"""

Statement = tuple[Query, dict[str, Any]]


class Recording(Database):
    """A Database that remembers what it was asked."""

    def read(self, query: Query, **parameters: Any) -> list[dict[str, Any]]:
        """As a Database."""
        self.asked.append((query, parameters))
        return super().read(query, **parameters)

    @contextlib.contextmanager
    def remembering(self) -> Iterator[list[Statement]]:
        """What is asked from here on."""
        self.asked: list[Statement] = []
        yield self.asked


class Run(NamedTuple):
    """Seconds by road, order by order, of one query."""

    seconds: dict[str, list[float]]
    statements: list[int]


def documented() -> str:
    """The query of docs/api.md about one order, its id a variable."""
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    block = text.split("## Who earned what on an order")[1].split("```graphql")[1].split("```")[0]
    return "query($id: String!) " + block.replace('"O7"', "$id")


class Client:
    """One client of a service, over one connection that stays open."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, query: str, id: str) -> Any:
        """The data of an answer that has no errors."""
        answer = json.loads(self._post(json.dumps({"query": query, "variables": {"id": id}})))
        assert "errors" not in answer, answer
        return answer["data"]

    def _post(self, body: str) -> bytes:
        headers = {"content-type": "application/json"}
        try:
            self._http.request("POST", "/graphql", body, headers)
            return self._http.getresponse().read()
        except (ConnectionError, http.client.RemoteDisconnected):
            self._http.close()  # idle for longer than the service keeps a connection
            self._http.request("POST", "/graphql", body, headers)
            return self._http.getresponse().read()


@contextlib.contextmanager
def service() -> Iterator[Client]:
    """`plumbline serve` on a free port, in a process of its own."""
    command = [sys.executable, "-u", "-m", "schema", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            port = re.search(r":(\d+)/graphql", said)
            assert port, f"the service did not start: {said!r}"
            yield Client(int(port[1]))
        finally:
            process.send_signal(signal.SIGTERM)


def statements_of(db: Recording, settings: Settings, query: str, id: str) -> list[Statement]:
    """What the service asks the database for one order."""
    context = Context(
        db=db,
        settings=settings,
        viewer=Viewer.unsigned(),
        scope=Scope.everything(),
        lang=settings.lang,
        now_ms=time.time_ns() // 1_000_000,
    )
    with db.remembering() as asked:
        answer = asyncio.run(
            schema.app.api.execute(query, variable_values={"id": id}, context_value=context)
        )
    assert not answer.errors, answer.errors
    return list(asked)  # what is asked later does not belong to it


def some_orders(db: Database, count: int, seed: int) -> list[str]:
    """Ids of random orders, frozen or not."""
    last = graph.orders.last_key(db)
    keys = random.Random(seed).sample(range(last + 1), min(count + WARM_UP, last + 1))
    ids = {row["key"]: row["id"] for row in graph.orders.by_keys(db, keys)}
    return [ids[key] for key in keys]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    begin = time.perf_counter()
    found = work()
    return time.perf_counter() - begin, found


def run(db: Recording, settings: Settings, client: Client, query: str, ids: list[str]) -> Run:
    """One query by all roads, order by order; the first WARM_UP are not counted."""
    address = db.address
    auth = address.username, address.password
    seconds: dict[str, list[float]] = {road: [] for road in ROADS}
    counts = []
    quiet: dict[str, Any] = {
        "notifications_disabled_classifications": ["UNRECOGNIZED"],
        "warn_notification_severity": "OFF",
    }
    with neo4j.GraphDatabase.driver(address.uri, auth=auth, **quiet) as driver:

        def bare(statements: list[Statement]) -> None:
            for asked, parameters in statements:
                driver.execute_query(
                    asked.text, parameters, database_=address.database, routing_="r"
                )

        def explained(id: str) -> Any:
            now_ms = time.time_ns() // 1_000_000
            return analytics.explain.paths(db, [id], settings=settings, now_ms=now_ms)[id]

        for turn, id in enumerate(ids):
            statements = statements_of(db, settings, query, id)
            work: dict[str, Callable[[], Any]] = {
                "service": partial(client.ask, query, id),
                "explain": partial(explained, id),
                "bare driver": partial(bare, statements),
            }
            found = {}
            for road in (*ROADS[turn % 3 :], *ROADS[: turn % 3]):
                took, found[road] = timed(work[road])
                if turn >= WARM_UP:
                    seconds[road].append(took)
                    counts.append(len(statements))
            agree(found["service"]["order"]["commissionPath"], found["explain"])
    return Run(seconds, counts)


def agree(answer: Any, explained: Explanation) -> None:
    """The service says what the engine says."""
    rows = [
        (row["position"], row["level"], row["beneficiaryId"], row["outcome"]["code"])
        for row in answer["rows"]["nodes"]
    ]
    wanted = [(at.position, at.level, at.beneficiary_id, at.outcome) for at in explained.path]
    assert rows == wanted, (answer, explained)
    assert int(answer["conservation"]["paid"]["minor"]) == explained.conservation.paid
    assert answer["conservation"]["check"] and answer["planId"] == explained.plan


def figures(name: str, query: str, found: Run) -> list[Figure]:
    """One row for each road, with its ratio to the bare driver."""
    bare = np.percentile(found.seconds["bare driver"], (50, 99))
    rows: list[Figure] = []
    for road in ROADS:
        p50, p99 = np.percentile(found.seconds[road], (50, 99))
        rows.append(
            {
                "name": name,
                "query": query,
                "road": road,
                "orders": len(found.seconds[road]),
                "statements": max(found.statements),
                "p50_s": round(float(p50), 6),
                "p99_s": round(float(p99), 6),
                "p50_x": round(float(p50 / bare[0]), 2),
                "p99_x": round(float(p99 / bare[1]), 2),
                "load_1min": benchmarks.raw.machine()["load_1min"],
            }
        )
    return rows


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=QUESTION)
    parser.add_argument("--name", required=True, help="what tells these figures from others")
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    settings, rows = graph.settings.read(), list[Figure]()
    with graph.connection.connect(settings) as known, service() as client:
        ids = some_orders(known, given.orders, given.seed)
        with contextlib.closing(Recording(known.address)) as db:
            for query, text in (("docs/api.md", documented()), ("commissionPath alone", PATH)):
                found = run(db, settings, client, text, ids)
                rows += figures(given.name, query, found)
    for row in rows:
        print(*(f"{name} {value}" for name, value in row.items()), sep=" · ")
    file = benchmarks.raw.RESULTS / "paths.json"
    kept = benchmarks.raw.read("paths")[1] if file.exists() else []
    others = [row for row in kept if row["name"] != given.name]
    print(benchmarks.raw.write("paths", QUESTION, [*others, *rows]))


if __name__ == "__main__":
    main()
