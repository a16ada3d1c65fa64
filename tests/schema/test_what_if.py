"""Orders that nobody has saved: the engine's answer, and every reason not to give one."""

from typing import Any

import pytest

import graph.words
import schema.refusals
from graph.connection import Database
from graph.settings import LANGUAGES
from schema.scalars import moment_text
from tests.schema.asking import Asking
from tests.schema.world import EARLY_MS, LATE_MS

WHAT_IF = """query($order: WhatIfOrder!) { whatIf(order: $order) { __typename
  ... on CommissionPath { orderId planId origin { code } conservation { check paid { minor } }
    rows { nodes { position level beneficiaryId amount { minor } outcome { code } } } }
  ... on NotFound { code message } ... on Invalid { code message path } } }"""


def what_if(service: Asking, **order: Any) -> Any:
    return service.ask(WHAT_IF, order=order)["whatIf"]


def paid(found: Any) -> list[tuple[str, str]]:
    rows = found["rows"]["nodes"]
    return [(row["beneficiaryId"], row["amount"]["minor"]) for row in rows if row["level"]]


def test_a_saved_order_and_the_same_unsaved_give_the_same(service: Asking) -> None:
    lines = [{"productId": "HP", "quantity": "2"}]
    lines.append({"productId": "HP", "quantity": "0.5", "unitPrice": "100.01"})
    late = {"sellerId": "H4", "customerId": "HC", "at": moment_text(LATE_MS)}
    found = what_if(service, **late, lines=lines)
    assert paid(found) == [("H4", "2500"), ("H3", "1250"), ("H2", "0")]
    assert found["orderId"] is None and found["origin"]["code"] == "what_if"
    assert found["planId"] == "three-tier@1" and found["conservation"]["check"]
    early = {**late, "at": moment_text(EARLY_MS)}
    assert paid(what_if(service, **early, amount="100")) == [
        ("H4", "1000"),
        ("H3", "500"),
        ("H5", "300"),
    ]


def test_bought_by_the_seller(service: Asking) -> None:
    found = what_if(service, sellerId="H4", buyerDistributorId="H4", amount="100")
    assert found["rows"]["nodes"][0]["outcome"]["code"] == "self_purchase"


def test_nothing_is_written(service: Asking, database: Database) -> None:
    before = service.ask("{ runs { totalCount } distributors { totalCount } }")
    what_if(service, sellerId="H4", amount="100")
    assert service.ask("{ runs { totalCount } distributors { totalCount } }") == before
    assert service.ask('{ order(id: "") { id } }')["order"] is None


LINE = {"productId": "HP", "quantity": "1"}


@pytest.mark.parametrize(
    ("order", "kind", "code", "path"),
    [
        ({"sellerId": "nobody", "amount": "1"}, "NotFound", "not_found", None),
        ({"customerId": "nobody", "amount": "1"}, "NotFound", "not_found", None),
        ({"buyerDistributorId": "nobody", "amount": "1"}, "NotFound", "not_found", None),
        ({"lines": [{**LINE, "productId": "none"}]}, "NotFound", "not_found", None),
        ({"amount": "1", "plan": "none"}, "NotFound", "not_found", None),
        ({}, "Invalid", "lines_or_amount", ["lines"]),
        ({"lines": []}, "Invalid", "lines_or_amount", ["lines"]),
        ({"lines": [LINE], "amount": "1"}, "Invalid", "lines_or_amount", ["lines"]),
        ({"lines": [LINE] * 201}, "Invalid", "too_many_lines", ["lines"]),
        ({"amount": "1", "currency": "XXQ"}, "Invalid", "unknown_currency", ["currency"]),
        ({"amount": "1.001"}, "Invalid", "bad_amount", ["amount"]),
        ({"amount": "-1"}, "Invalid", "bad_amount", ["amount"]),
        ({"amount": "1" + "0" * 11}, "Invalid", "too_large", ["amount"]),
        (
            {"amount": "1", "customerId": "HC", "buyerDistributorId": "H4"},
            "Invalid",
            "two_buyers",
            ["customerId"],
        ),
        (
            {"lines": [LINE], "currency": "JPY"},
            "Invalid",
            "currency_differs",
            ["lines", "0", "productId"],
        ),
        (
            {"lines": [LINE, {**LINE, "quantity": "0"}]},
            "Invalid",
            "bad_quantity",
            ["lines", "1", "quantity"],
        ),
        (
            {"lines": [{**LINE, "quantity": "0.0001"}]},
            "Invalid",
            "bad_quantity",
            ["lines", "0", "quantity"],
        ),
        (
            {"lines": [{**LINE, "quantity": "9" * 18}]},
            "Invalid",
            "too_large",
            ["lines", "0", "quantity"],
        ),
        (
            {"lines": [{**LINE, "discount": "100.01"}]},
            "Invalid",
            "discount_too_large",
            ["lines", "0", "discount"],
        ),
        (
            {"lines": [{**LINE, "productId": "P1"}]},
            "Invalid",
            "no_price",
            ["lines", "0", "unitPrice"],
        ),
    ],
)
def test_refusals(
    service: Asking, order: Any, kind: str, code: str, path: list[str] | None
) -> None:
    found = what_if(service, **{"sellerId": "H4", **order})
    assert (found["__typename"], found["code"]) == (kind, code)
    assert found.get("path") == path and found["message"]


def test_a_refusal_is_in_the_viewers_language(service: Asking) -> None:
    messages = {
        lang: service.ask(
            WHAT_IF, {"accept-language": lang}, order={"sellerId": "H9", "amount": "1"}
        )["whatIf"]["message"]
        for lang in LANGUAGES
    }
    assert messages["en"] == "there is no distributor H9"
    assert messages["zh-Hant"] == "沒有經銷商 H9" and messages["zh-Hans"] == "没有经销商 H9"


@pytest.mark.parametrize("family", ["api", "lists"])
def test_every_word_is_there_in_every_language(family: str) -> None:
    for code, texts in graph.words.family(family).items():
        assert set(texts) == set(LANGUAGES) and all(texts.values()), code
    assert schema.refusals.WORDS == "api"
