"""Every reason for a reject, caused on purpose, in three languages."""

import tomllib
from pathlib import Path

import pytest

import graph.words
from graph.settings import LANGUAGES
from tests.loaders.folders import DISTRIBUTORS, GOOD, LINES, ORDERS, codes, read, rejects

Files = dict[str, str]
Place = tuple[str, str, str, str]


def with_rows(noun: str, *rows: str) -> Files:
    """The good folder with rows added to a file."""
    files = dict(GOOD)
    files[f"{noun}.csv"] += "".join(row + "\n" for row in rows)
    return files


def with_file(noun: str, text: str) -> Files:
    return {**GOOD, f"{noun}.csv": text}


def order(row: str) -> Files:
    return with_rows("orders", row)


def line(row: str) -> Files:
    return with_rows("order_lines", row)


def distributor(row: str) -> Files:
    return with_rows("distributors", row)


REFUNDS = "refund_id,order_id,line_no,amount,currency,refunded_at\n"
PAYOUTS = "payout_id,beneficiary_id,basis,amount,currency,earned_at,reverses\n"
LONG = "x" * 129

CASES: list[tuple[str, Files, Place]] = [
    ("missing_value", order("O9,D1,,,CNY,1.00"), ("orders.csv", "4", "ordered_at", "")),
    ("id_too_long", order(f"{LONG},D1,2026-02-01,,CNY,1"), ("orders.csv", "4", "order_id", "")),
    ("bad_id", order("O\x019,D1,2026-02-01,,CNY,1"), ("orders.csv", "4", "order_id", "")),
    (
        "text_too_long",
        distributor(f"D9,D1,2026-01-05T00:00:00Z,{'n' * 4001}"),
        ("distributors.csv", "4", "name", ""),
    ),
    (
        "bad_text",
        distributor("D9,D1,2026-01-05T00:00:00Z,n\0n"),
        ("distributors.csv", "4", "name", ""),
    ),
    ("bad_time", order("O9,D1,2026-02-30,,CNY,1"), ("orders.csv", "4", "ordered_at", "")),
    ("time_out_of_range", order("O9,D1,0001-01-01,,CNY,1"), ("orders.csv", "4", "ordered_at", "")),
    ("bad_number", order("O9,D1,2026-02-01,,CNY,1e3"), ("orders.csv", "4", "amount", "")),
    ("too_many_decimals", order("O9,D1,2026-02-01,,JPY,1.5"), ("orders.csv", "4", "amount", "")),
    ("too_large", order("O9,D1,2026-02-01,,CNY,10000000000.01"), ("orders.csv", "4", "amount", "")),
    ("negative", order("O9,D1,2026-02-01,,CNY,-1"), ("orders.csv", "4", "amount", "")),
    ("unknown_word", order("O9,D1,2026-02-01,gift,CNY,1"), ("orders.csv", "4", "kind", "")),
    (
        "bad_flag",
        with_file("products", "product_id,commissionable\nP1,1\nP2,\nP3,yes\n"),
        ("products.csv", "3", "commissionable", ""),
    ),
    ("bad_integer", line("O2,three,P1,1,1.00,,"), ("order_lines.csv", "4", "line_no", "")),
    (
        "bad_period",
        with_file("resales", "distributor_id,amount,period\nD1,1.00,2026-13\n"),
        ("resales.csv", "1", "period", ""),
    ),
    ("unknown_currency", order("O9,D1,2026-02-01,,XXQ,1"), ("orders.csv", "4", "currency", "")),
    ("zero_quantity", line("O2,3,P1,0,1.00,,"), ("order_lines.csv", "4", "quantity", "")),
    ("negative_quantity", line("O2,3,P1,-1,1.00,,"), ("order_lines.csv", "4", "quantity", "")),
    ("wrong_sign", line("O2,3,P1,1,1.00,-0.50,"), ("order_lines.csv", "4", "discount", "")),
    ("discount_too_large", line("O2,3,P1,1,1.00,1.01,"), ("order_lines.csv", "4", "discount", "")),
    ("wrong_field_count", order("O9,D1"), ("orders.csv", "4", "", "")),
    ("line_too_long", order("O9," + "x" * (1 << 20)), ("orders.csv", "4", "", "")),
    ("open_quote", order('O9,"D1'), ("orders.csv", "4", "", "")),
    ("bad_csv", order('"O"9,D1,2026-02-01,,CNY,1'), ("orders.csv", "4", "", "")),
    ("stray_cr", order("O9,D1,2026-02-01,\r,CNY,1"), ("orders.csv", "4", "", "")),
    ("not_an_object", {"products.jsonl": "17\n"}, ("products.jsonl", "1", "", "")),
    (
        "key_twice",
        {"products.jsonl": '{"product_id": "P1", "product_id": "P2"}\n'},
        ("products.jsonl", "1", "", ""),
    ),
    (
        "bad_json",
        {"distributors.jsonl": '{"distributor_id": "D1"\n'},
        ("distributors.jsonl", "1", "", ""),
    ),
    (
        "nested_value",
        {"products.jsonl": '{"product_id": ["P1"]}\n'},
        ("products.jsonl", "1", "", ""),
    ),
    (
        "differing_duplicate",
        order("O1,D1,2026-02-01T00:00:00Z,,CNY,100.01"),
        ("orders.csv", "1", "order_id", ""),
    ),
    (
        "two_sponsors",
        distributor("D3,D1,2026-01-03T00:00:00Z,three"),
        ("distributors.csv", "3", "distributor_id", ""),
    ),
    (
        "unknown_sponsor",
        distributor("D9,D8,2026-01-03,nine"),
        ("distributors.csv", "4", "sponsor_id", ""),
    ),
    (
        "unknown_distributor",
        with_file("status_changes", "distributor_id,valid_from,status\nD9,2026-01-05,active\n"),
        ("status_changes.csv", "1", "distributor_id", ""),
    ),
    ("unknown_seller", order("O9,D9,2026-02-01,,CNY,1"), ("orders.csv", "4", "seller_id", "")),
    ("unknown_order", line("O9,1,P1,1,1.00,,"), ("order_lines.csv", "4", "order_id", "")),
    ("unknown_product", line("O2,3,P9,1,1.00,,"), ("order_lines.csv", "4", "product_id", "")),
    (
        "unknown_line",
        with_file("refunds", REFUNDS + "R1,O2,9,1.00,CNY,2026-03-01\n"),
        ("refunds.csv", "1", "line_no", ""),
    ),
    (
        "currency_differs",
        with_file("refunds", REFUNDS + "R1,O2,1,1.00,TWD,2026-03-01\n"),
        ("refunds.csv", "1", "currency", ""),
    ),
    (
        "unknown_owner",
        with_file("identifiers", "owner_kind,owner_id,kind,value\ncustomer,C9,card,1\n"),
        ("identifiers.csv", "1", "owner_id", ""),
    ),
    (
        "unknown_payout",
        with_file("payouts", PAYOUTS + "Y1,D1,other,1.00,CNY,2026-03-01,Y0\n"),
        ("payouts.csv", "1", "reverses", ""),
    ),
    (
        "self_sponsor",
        distributor("D9,D9,2026-01-03,nine"),
        ("distributors.csv", "4", "sponsor_id", ""),
    ),
    (
        "sponsor_cycle",
        {"distributors.csv": DISTRIBUTORS + "A,B,2026-01-05,a\nB,A,2026-01-05,b\n"},
        ("distributors.csv", "4", "sponsor_id", ""),
    ),
    (
        "sponsor_not_joined",
        distributor("D9,D3,2026-01-02,nine"),
        ("distributors.csv", "4", "joined_at", ""),
    ),
    (
        "seller_not_joined",
        order("O9,D3,2026-01-02,,CNY,1.00"),
        ("orders.csv", "4", "ordered_at", ""),
    ),
    (
        "unknown_customer",
        {
            "distributors.csv": "distributor_id,sponsor_id,joined_at\nD1,,2026-01-01\n",
            "customers.csv": "customer_id,country_first_seen,distributor_id\nC1,X,D1\n",
            "products.csv": "product_id,name,is_product\nP1,first,1\n",
            "orders.csv": "order_id,customer_id,ordered_at,country,kind,currency\n"
            "O1,C2,2026-02-01,X,sale,GBP\n",
            "order_lines.csv": "order_id,line_no,product_id,quantity,unit_price\n",
        },
        ("orders.csv", "1", "customer_id", ""),
    ),
]


@pytest.mark.parametrize(("code", "files", "place"), CASES, ids=[case[0] for case in CASES])
def test_every_code_is_caused_and_names_its_place(
    tmp_path: Path, code: str, files: Files, place: Place
) -> None:
    intake = read(tmp_path, files)
    assert codes(intake)[0] == (*place[:3], code)
    reasons = set()
    for lang in LANGUAGES:
        first = rejects(read(tmp_path, tmp_path / "in", lang=lang))[0]
        assert first["reason"] and "{" not in first["reason"]
        reasons.add(first["reason"])
    assert len(reasons) >= 2  # the two Chinese scripts may share a short sentence


def test_no_code_is_without_a_case() -> None:
    words = graph.words.family("rejects")
    by_load = {"settled", "use_change_file"}
    assert words.keys() - by_load - {"first_cause"} == {case[0] for case in CASES}


@pytest.mark.parametrize("family", ["rejects", "intake", "lint", "trial", "loads", "notes"])
def test_words_take_the_same_facts_in_every_language(family: str) -> None:
    path = graph.words.FOLDER / f"{family}.toml"
    for code, texts in tomllib.loads(path.read_text("utf-8")).items():
        facts = {lang: sorted(set(_facts(text))) for lang, text in texts.items()}
        assert set(texts) == set(LANGUAGES), code
        assert len({tuple(names) for names in facts.values()}) == 1, code


def _facts(text: str) -> list[str]:
    return [part.split("}")[0] for part in text.split("{")[1:]]


def test_original_text_is_kept_and_personal_columns_are_masked(tmp_path: Path) -> None:
    intake = read(
        tmp_path,
        {
            "distributors.csv": DISTRIBUTORS + 'D9,D8,2026-01-03,"Secret, Person"\nD9,broken\n',
            "orders.csv": ORDERS + "O9,D9,2026-02-01,,CNY,1\n",
            "identifiers.jsonl": '{"owner_kind": "order", "owner_id": "O8", "kind": "card",'
            ' "value": "Secret 1"}\n{"owner_kind": 1, "value": "Secret 2"\n',
        },
    )
    originals = [reject["original"] for reject in rejects(intake)]
    # The torn row is named while the file is read, the unknown sponsor when it has been read.
    assert originals[0] == "***"
    assert originals[1] == "D9,D8,2026-01-03,***"
    assert "O9,D9,2026-02-01,,CNY,1" in originals
    everything = intake.rejects.read_text("utf-8")
    assert "Secret" not in everything
    spooled = b"".join(path.read_bytes() for path in (tmp_path / "spool").rglob("*.parquet"))
    assert b"Secret 1" not in spooled and b"Secret 2" not in spooled


def test_a_cascade_names_its_first_cause(tmp_path: Path) -> None:
    intake = read(
        tmp_path,
        {
            "distributors.csv": DISTRIBUTORS.replace("2026-01-02", "soon"),
            "orders.csv": ORDERS,
            "products.csv": GOOD["products.csv"],
            "order_lines.csv": LINES,
        },
    )
    found = {(r["file"], r["row"]): r for r in rejects(intake)}
    assert found["distributors.csv", "2"]["code"] == "bad_time"
    for place, code in (
        (("distributors.csv", "3"), "unknown_sponsor"),
        (("orders.csv", "2"), "unknown_seller"),
        (("order_lines.csv", "1"), "unknown_order"),
        (("order_lines.csv", "3"), "unknown_order"),
    ):
        assert found[place]["code"] == code
        cause = "the first cause is distributors.csv row 2 (D2): bad_time"
        assert found[place]["reason"].endswith(cause)
    assert intake.report.first_causes == {"bad_time": 7}
    # O2 held 2 x 10.00 - 1.00 + 0.5 x 20.00, the cancellation -1 x 10.00 + 1.00.
    assert intake.report.money == {"bad_time": {"CNY": 2900 - 900}}
    assert [len(intake.tables[n].frame()) for n in ("distributors", "orders", "order_lines")] == [
        1,
        1,
        0,
    ]
