"""GraphQL over HTTP: media types and status codes, what is refused, what of an error is shown."""

import json
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

import graph.distributors
import schema.app
import schema.context
from graph.connection import Database
from graph.errors import Conflict, Unavailable
from graph.settings import Settings
from tests.schema.asking import Asking, asking

JSON, MODERN = "application/json", "application/graphql-response+json"
SECRET = "neo4j://user:pw@host"


@pytest.fixture
def service(settings: Settings) -> Iterator[Asking]:
    """The service without a database: nothing here needs one."""
    with asking(settings, cast(Database, None)) as service:
        yield service


def post(service: Asking, content: Any, **headers: str) -> Any:
    sent = {
        "content-type": JSON,
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    return service.client.post("/graphql", content=content, headers=sent)


@pytest.mark.parametrize(
    ("accept", "media", "status_of_a_wrong_document"),
    [
        (MODERN, MODERN, 400),
        (f"{MODERN}, {JSON};q=0.9", MODERN, 400),
        (JSON, JSON, 200),
        ("*/*", JSON, 200),
        ("", JSON, 200),
    ],
)
def test_the_media_type_decides_the_status(
    service: Asking, accept: str, media: str, status_of_a_wrong_document: int
) -> None:
    right = post(service, {"query": "{ now }"}, accept=accept)
    assert right.status_code == 200 and "errors" not in right.json()
    for wrong in ("{", "{ nope }", "query($d: DateTime!) { now }"):
        answer = post(service, {"query": wrong}, accept=accept)
        assert answer.status_code == status_of_a_wrong_document
        assert answer.headers["content-type"] == f"{media}; charset=utf-8"
        assert "data" not in answer.json() and answer.json()["errors"]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {}, 400),
        (b'{"query": "\\ud800"}', {}, 400),
        (b"[" * 100_000, {}, 400),
        ({"query": 5}, {}, 400),
        ({}, {}, 400),
        ({"query": "{ now }", "variables": 5}, {}, 400),
        ([{"query": "{ now }"}], {}, 400),
        ({"query": "query A { now } query B { now }"}, {}, 400),
        ({"query": "mutation { nope }"}, {}, 400),
        (b"{ now }", {"content_type": "application/graphql"}, 415),
        ({"query": "{ now }"}, {"content_type": "text/plain"}, 415),
        ({"query": "{ now }"}, {"content_type": f"{JSON}; charset=latin-1"}, 415),
        ({"query": "{ now }"}, {"accept": "text/html"}, 406),
        ({"query": "{ now }" + " " * 1_000_000}, {}, 413),
    ],
)
def test_what_is_no_request_gets_a_status(
    service: Asking, content: Any, headers: dict[str, str], status: int
) -> None:
    answer = post(service, content, accept=headers.pop("accept", MODERN), **headers)
    assert answer.status_code == status, answer.text
    assert "Traceback" not in answer.text


def test_no_queries_over_get_and_no_page(service: Asking) -> None:
    for accept in (MODERN, "text/html"):
        for url in ("/graphql", "/graphql?query={now}"):
            assert service.client.get(url, headers={"accept": accept}).status_code == 405


def test_only_this_machine_is_answered(settings: Settings) -> None:
    app = schema.app.make(lambda: cast(Any, _Given((settings, None))))
    for base, client, status in (
        ("http://localhost", "127.0.0.1", 200),
        ("http://127.0.0.1:8000", "::1", 200),
        ("http://rebound.example", "127.0.0.1", 403),
        ("http://localhost", "10.0.0.7", 403),
    ):
        with TestClient(app, base_url=base, client=(client, 5000)) as asked:
            assert asked.post("/graphql", json={"query": "{ now }"}).status_code == status


class _Given:
    def __init__(self, value: object) -> None:
        self.value = value

    def __enter__(self) -> object:
        return self.value

    def __exit__(self, *_: object) -> None:
        pass


def test_it_says_at_start_that_nobody_signs_in(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with asking(settings, cast(Database, None)):
        assert schema.app.UNSIGNED in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (RuntimeError(SECRET), "INTERNAL"),
        (Unavailable(f"the Neo4j at {SECRET} does not answer"), "RETRYABLE"),
        (ValueError(SECRET), "INTERNAL"),
        (Conflict(SECRET), "INTERNAL"),
        (RecursionError(SECRET), "LIMIT_EXCEEDED"),
    ],
)
def test_an_unexpected_error_is_masked_and_logged_once(
    service: Asking,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: Exception,
    code: str,
) -> None:
    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(graph.distributors, "by_ids", fail)
    answer = post(service, {"query": '{ distributor(id: "D1") { region } now }'}, accept=MODERN)
    assert answer.status_code == 200 and answer.json()["data"]["now"]
    assert SECRET not in answer.text
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == code and error["path"] == ["distributor"]
    if code != "LIMIT_EXCEEDED":
        id = answer.headers["x-request-id"]
        assert error["extensions"]["correlationId"] == id
        logged = [json.loads(line) for line in capsys.readouterr().err.splitlines() if id in line]
        said = "why" if code == "RETRYABLE" else "exception"
        assert len(logged) == 1 and SECRET in logged[0][said]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...nope }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ distributors(after: "abc") { totalCount } }', "BAD_USER_INPUT"),
        ("{ distributors(first: 201) { totalCount } }", "BAD_USER_INPUT"),
        ("{ distributor { region } }", "BAD_USER_INPUT"),
        ('{ distributor(id: "D1", nodeId: "RDpEMQ==") { region } }', "BAD_USER_INPUT"),
        ('{ run(asOf: "yesterday") { status { code } } }', "BAD_USER_INPUT"),
        ("{" + " now" * 3000 + "}", "LIMIT_EXCEEDED"),
        ("{ distributor" + " { sponsor" * 90 + " { region }" + " }" * 91, "LIMIT_EXCEEDED"),
        ("{" + " now" * 30 + "}", "LIMIT_EXCEEDED"),
    ],
)
def test_public_errors_have_codes(service: Asking, query: str, code: str) -> None:
    errors = service.errors(query)
    assert {error["extensions"]["code"] for error in errors} == {code}


def test_a_fragment_bomb_ends_at_once(service: Asking) -> None:
    chain = "".join(
        f"fragment F{n} on Distributor {{ ...F{n + 1} ...F{n + 1} }} " for n in range(60)
    )
    bomb = "{ distributor { ...F0 } } " + chain + "fragment F60 on Distributor { region }"
    begun = time.perf_counter()
    errors = service.errors(bomb)
    assert time.perf_counter() - begun < 1
    assert {error["extensions"]["code"] for error in errors} == {"LIMIT_EXCEEDED"}


def test_a_wrong_variable_is_bad_input(service: Asking) -> None:
    query = "query($d: Date!) { run(asOf: $d) { status { code } } }"
    for wrong in ("31.10.2026", 5, None, [["x"]]):
        [error] = service.errors(query, d=wrong)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"


def test_errors_give_no_suggestions(service: Asking) -> None:
    for query in (
        "{ distributo }",
        "{ distributor(idd: 1) { region } }",
        "{ ... on Distributo { id } }",
    ):
        assert "Did you mean" not in json.dumps(service.errors(query))


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("", "en"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh-Hant-HK;q=0.5, en-GB;q=0.9", "en"),
        ("fr, zh;q=0.2", "zh-Hans"),
        ("en;q=0, zh-Hant;q=x, zh-hk", "zh-Hant"),
    ],
)
def test_the_language_is_the_first_that_both_speak(header: str, lang: str) -> None:
    assert schema.context.language({"accept-language": header}, "en") == lang


def test_not_ready_while_the_database_is_away(
    service: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable(SECRET)

    monkeypatch.setattr(schema.app, "_state", fail)
    answer = service.client.get("/healthz/ready")
    assert answer.status_code == 503 and SECRET not in answer.text
    assert answer.json()["status"] == "not ready"


def test_the_process_answers_for_itself(service: Asking) -> None:
    assert service.client.get("/healthz/live").json() == {"status": "live"}
