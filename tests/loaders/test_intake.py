"""A folder as a whole: what is accepted, what a row may name, what the report says."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import loaders.faults
import loaders.gathered
import loaders.intake
import loaders.lines
import loaders.nouns
import loaders.references
from graph.settings import LANGUAGES, Settings
from tests.loaders.folders import (
    DISTRIBUTORS,
    GOOD,
    LINES,
    ORDERS,
    PRODUCTS,
    Frames,
    codes,
    ids,
    read,
    rejects,
)

ORDER_HEAD = "order_id,seller_id,ordered_at,kind,currency,amount\n"
REFUNDS = "refund_id,order_id,line_no,amount,currency,refunded_at\n"


def test_a_good_folder_is_accepted_whole(tmp_path: Path) -> None:
    intake = read(tmp_path, GOOD)
    assert not intake.report.rejects and rejects(intake) == []
    assert {noun: table.rows for noun, table in intake.tables.items() if table.rows} == {
        "distributors": 3,
        "products": 2,
        "orders": 3,
        "order_lines": 3,
        "sponsor_edges": 2,
    }
    for noun, table in intake.tables.items():
        assert dict(table.frame().schema) == table.schema, noun


def test_blanks_stay_blank_and_defaults_can_be_filled_in(tmp_path: Path) -> None:
    intake = read(tmp_path, GOOD)
    orders = intake.tables["orders"].frame()
    assert orders["kind"].to_list() == [None, None, "cancellation"]
    filled = loaders.nouns.filled("orders", orders)
    assert filled["kind"].to_list() == ["sale", "sale", "cancellation"]
    assert filled["status"].to_list() == ["received"] * 3
    lines = intake.tables["order_lines"].frame()
    assert lines["discount"].to_list() == [100, None, -100]
    assert lines["quantity"].to_list() == [2000, 500, -1000]
    assert lines["currency"].to_list() == ["CNY"] * 3


def test_parents_may_come_after_children(tmp_path: Path) -> None:
    head, *rows = DISTRIBUTORS.splitlines()
    files = {"distributors.csv": "\n".join([head, *reversed(rows)])}
    assert ids(read(tmp_path, files), "distributors") == ["D3", "D2", "D1"]


def test_ids_differ_by_case_and_width_but_not_by_unicode_form(tmp_path: Path) -> None:
    rows = "distributor_id,sponsor_id,joined_at\n \u00e9 ,,2026-01-01\nA,e\u0301,2026-01-01\n"
    rows += "a,A,2026-01-01\n\uff21,a,2026-01-01\n"
    intake = read(tmp_path, {"distributors.csv": rows})
    assert ids(intake, "distributors") == ["\u00e9", "A", "a", "\uff21"]


# Rows that share an id -----------------------------------------------------------------------


def test_identical_rows_count_once_and_are_named(tmp_path: Path) -> None:
    extra = "O1,D1,2026-02-01T08:00:00+08:00,,CNY,100.0\n"
    intake = read(tmp_path, {**GOOD, "orders.csv": ORDERS + extra + extra})
    assert ids(intake, "orders") == ["O1", "O2", "C1"] and not intake.report.rejects
    assert vars(intake.report.count("orders")) == {
        "read": 5,
        "accepted": 3,
        "repeated": 2,
        "rejected": 0,
    }
    assert intake.report.repeated == ["orders.csv 4", "orders.csv 5"]


def test_differing_rows_are_all_rejected_each_naming_another(tmp_path: Path) -> None:
    more = "O1,D1,2026-02-01T00:00:00Z,,CNY,100.00\nO1,D2,2026-02-01T00:00:00Z,,CNY,100.00\n"
    intake = read(tmp_path, {**GOOD, "orders.csv": ORDERS + more})
    found = [(r["row"], r["reason"].split("also at ")[1][:12]) for r in rejects(intake)]
    assert found == [("1", "orders.csv 5"), ("4", "orders.csv 5"), ("5", "orders.csv 1")]
    assert ids(intake, "orders") == ["O2", "C1"]


def test_lines_share_an_id_only_within_an_order(tmp_path: Path) -> None:
    intake = read(tmp_path, {**GOOD, "order_lines.csv": LINES + "O2,1,P2,1,20.00,,\n"})
    assert {code[1] for code in codes(intake)} == {"1", "4"}
    assert intake.report.incomplete == ["O2"]


# What a row may name -------------------------------------------------------------------------


def test_an_order_is_compared_with_its_seller_by_day_where_it_has_a_bare_date(
    tmp_path: Path,
) -> None:
    joined = "distributor_id,joined_at\nD1,2026-02-01T20:00:00+08:00\n"
    rows = "A,D1,2026-02-01,,,1\nB,D1,2026-02-01T19:59:59+08:00,,,1\nC,D1,2026-01-31,,,1\n"
    rows += "D,D1,2026-02-01T20:00:00+08:00,,,1\n"
    files = {"distributors.csv": joined, "orders.csv": ORDER_HEAD + rows}
    intake = read(tmp_path, files, time_zone="Asia/Taipei")
    assert ids(intake, "orders") == ["A", "D"]


def test_buyers_are_told_by_where_they_are_found(tmp_path: Path) -> None:
    orders = "order_id,ordered_at,buyer_kind,buyer_id,amount\n"
    orders += "A,2026-02-01,,D1,1\nB,2026-02-01,,C1,1\nC,2026-02-01,,nobody,1\n"
    orders += "D,2026-02-01,,,1\nE,2026-02-01,customer,D1,1\n"
    customers = "customer_id,distributor_id\nC1,D1\n"
    files = {"distributors.csv": DISTRIBUTORS, "customers.csv": customers, "orders.csv": orders}
    kinds = read(tmp_path, files).tables["orders"].frame()["buyer_kind"].to_list()
    assert kinds == ["distributor", "customer", None, None, "customer"]


def test_products_are_checked_only_where_some_are_known(tmp_path: Path) -> None:
    files = {name: text for name, text in GOOD.items() if name != "products.csv"}
    assert not read(tmp_path / "absent", files).report.rejects
    none = {**files, "products.csv": "product_id\n"}
    assert read(tmp_path / "none", none).report.first_causes == {"unknown_product": 3}
    held = Frames(products=pl.DataFrame({"id": ["P1"]}))
    intake = read(tmp_path / "known", files, known=held)
    assert intake.report.first_causes == {"unknown_product": 1}


def test_cancellations_may_name_their_original_before_it_comes(tmp_path: Path) -> None:
    head = "order_id,ordered_at,kind,currency,amount,cancels_order_id\n"
    rows = [
        "C1,2026-02-02,cancellation,CNY,-1,O1",
        "C2,2026-02-02,cancellation,CNY,-1,O9",
        "C3,2026-02-02,cancellation,CNY,-1,C2",
        "C4,2026-02-02,cancellation,TWD,-1,O1",
        "C5,2026-02-02,cancellation,CNY,-1,",
        "C6,2026-02-02,cancellation,CNY,-1,C7",
        "C7,2026-02-02,cancellation,CNY,-1,C6",
        "O1,2026-02-01,sale,CNY,1,",
    ]
    intake = read(tmp_path, {"orders.csv": head + "\n".join(rows)})
    assert [(code[1], code[3]) for code in codes(intake)] == [
        ("2", "unknown_order"),
        ("3", "unknown_order"),
        ("4", "currency_differs"),
    ]
    assert "the first cause is orders.csv row 2 (C2)" in rejects(intake)[1]["reason"]
    assert ids(intake, "orders") == ["C1", "C5", "C6", "C7", "O1"]


def test_refunds_name_orders_and_lines_of_folder_and_graph(tmp_path: Path) -> None:
    held = Frames(
        orders=pl.DataFrame(
            [("K1", "sale", "TWD", None, None)], schema=loaders.references.ORDERS, orient="row"
        ),
        lines=pl.DataFrame({"order_id": ["K1"], "line_no": [1]}),
    )
    rows = [
        "R1,O2,1,1.00,CNY,2026-03-01",
        "R2,O2,9,1.00,CNY,2026-03-01",
        "R3,K1,1,1.00,TWD,2026-03-01",
        "R4,K1,2,1.00,TWD,2026-03-01",
        "R5,K1,,1.00,CNY,2026-03-01",
        "R6,,,1.00,CNY,2026-03-01",
        "R7,O9,,1.00,CNY,2026-03-01",
    ]
    files = {**GOOD, "refunds.csv": REFUNDS + "\n".join(rows)}
    intake = read(tmp_path, files, known=held)
    assert ids(intake, "refunds") == ["R1", "R3", "R6"]
    assert [code[3] for code in codes(intake)] == [
        "unknown_line",
        "unknown_line",
        "currency_differs",
        "unknown_order",
    ]


def test_a_refund_of_a_rejected_line_is_rejected_and_lines_nobody_knows_are_not(
    tmp_path: Path,
) -> None:
    refunds = {"refunds.csv": REFUNDS + "R1,O2,2,1.00,CNY,2026-03-01\n"}
    bad = read(tmp_path / "bad", {**GOOD, **refunds, "order_lines.csv": LINES.replace("0.5", "0")})
    assert ids(bad, "refunds") == []
    alone = {"distributors.csv": DISTRIBUTORS, "orders.csv": ORDERS, **refunds}
    assert ids(read(tmp_path / "alone", alone), "refunds") == ["R1"]


def test_a_rejected_line_does_not_hold_back_its_order(tmp_path: Path) -> None:
    intake = read(tmp_path, {**GOOD, "order_lines.csv": LINES + "O2,3,P9,1,1.00,,\n"})
    assert ids(intake, "orders") == ["O1", "O2", "C1"]
    assert intake.report.incomplete == ["O2"]
    assert intake.report.money == {"unknown_product": {"CNY": 100}}


def test_orders_and_lines_without_their_file_are_asked_of_the_graph(tmp_path: Path) -> None:
    held = Frames(
        orders=pl.DataFrame(
            [("K1", "cancellation", "JPY", None, None)],
            schema=loaders.references.ORDERS,
            orient="row",
        )
    )
    rows = "K1,1,P1,-1,100,,\nK1,2,P1,-1,1.5,,\nK2,1,P1,1,1,,\n"
    intake = read(tmp_path, {"order_lines.csv": LINES.splitlines()[0] + "\n" + rows}, known=held)
    lines = intake.tables["order_lines"].frame(["unit_price", "currency"]).rows()
    assert lines == [(100, "JPY")]
    assert [code[3] for code in codes(intake)] == ["too_many_decimals", "unknown_order"]


def test_payouts_may_reverse_each_other_and_be_negative(tmp_path: Path) -> None:
    head = "payout_id,beneficiary_id,basis,amount,currency,earned_at,reverses,recruit_id\n"
    rows = "Y2,D1,other,-1.00,CNY,2026-03-01,Y1,\nY1,D1,recruit_event,1.00,,2026-03-01,,D2\n"
    rows += "Y3,D1,recruit_event,1.00,,2026-03-01,,D9\n"
    intake = read(tmp_path, {"distributors.csv": DISTRIBUTORS, "payouts.csv": head + rows})
    assert ids(intake, "payouts") == ["Y2", "Y1"]
    assert codes(intake) == [("payouts.csv", "3", "recruit_id", "unknown_distributor")]


# Reports and later rejects -------------------------------------------------------------------


def test_the_report_counts_what_was_left_to_the_company(tmp_path: Path) -> None:
    rows = "O1,,2026-02-01,,,1\nO2,,2026-02-01T00:00,,TWD,1\nO3,,2026-02-01T00:00Z,,,1\n"
    files = {"orders.csv": ORDER_HEAD + rows, "products.csv": "product_id,cost\nP1,\nP2,1.00\n"}
    report = read(tmp_path, files, time_zone="Asia/Taipei", currency="TWD").report
    assert [note.text("en") for note in report.notes] == [
        "products: 1 rows without a currency, taken as TWD",
        "orders: 2 rows without a currency, taken as TWD",
        "orders: 2 times without a zone, taken in Asia/Taipei",
    ]


def test_the_report_can_be_read_in_three_languages(tmp_path: Path) -> None:
    bad = ORDERS + "O9,D9,2026-02-01,,CNY,12.50\n" + "O1,D1,2026-02-01T00:00:00Z,,CNY,100.00\n"
    bad_lines = LINES + "O2,3,P9,1,1.00,,\n"
    intake = read(tmp_path, {**GOOD, "orders.csv": bad, "order_lines.csv": bad_lines})
    texts = {lang: list(intake.report.lines(lang)) for lang in LANGUAGES}
    assert "order money rejected, first cause unknown_seller: 12.50 CNY" in texts["en"]
    assert len({len(lines) for lines in texts.values()}) == 1
    assert len({tuple(lines) for lines in texts.values()}) == 3


def test_good_rows_can_be_rejected_afterwards(tmp_path: Path) -> None:
    intake = read(tmp_path, GOOD)
    order = intake.tables["orders"].frame().filter(pl.col("order_id") == "O2")
    fault = loaders.faults.frame(
        order["file"], order["row"], "seller_id", "settled", value="D3", detail="D1"
    )
    intake.reject("orders", fault)
    assert ids(intake, "orders") == ["O1", "C1"]
    assert intake.report.rejected == {"orders": {"settled": 1}}
    reject = rejects(intake)[0]
    assert reject["original"].startswith("O2,D3,")
    said = "seller_id is D1 in the graph and settled; D3 would change it"
    assert reject["reason"] == f"{said}: send the row with what it was"


def test_many_later_rejects_read_a_file_forward(tmp_path: Path) -> None:
    rows = "".join(f"O{i},D1,2026-02-01,,CNY,{i}\n" for i in range(200_000))
    files = {"distributors.csv": DISTRIBUTORS, "orders.csv": ORDER_HEAD + rows}
    intake = read(tmp_path, files)
    for batch in list(intake.tables["orders"].batches(20_000)):
        some = batch.filter(pl.col("row") % 10_000 == 1)
        intake.reject(
            "orders", loaders.faults.frame(some["file"], some["row"], "amount", "settled")
        )
    intake.reject("orders", loaders.faults.frame(_one(3), _one(3, pl.Int64), "", "settled"))
    originals = [reject["original"].split(",")[0] for reject in rejects(intake)]
    assert originals == [f"O{i}" for i in range(0, 200_000, 10_000)] + ["O2"]


def _one(value: int, kind: type[pl.DataType] = pl.Int32) -> pl.Series:
    """The row, or the first file, as a column of one."""
    return pl.Series([value if kind == pl.Int64 else 0], dtype=kind)


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    intake = read(tmp_path, GOOD)
    loaders.intake.read(
        intake.folder,
        settings=Settings(data_folder=tmp_path / "data"),
        known=loaders.references.NothingKnown(),
        profile=None,
        spool=tmp_path / "spool",
        rejects=tmp_path / "rejects.csv",
        lang="en",
        progress=lambda *step: told.append(step),
    )
    assert [step[0] for step in told] == ["distributors", "products", "orders", "order_lines"]
    assert all(done == total > 0 for _, done, total in told)


# No good row is lost -------------------------------------------------------------------------

BAD_ROWS = st.sampled_from(
    [
        "",
        "X,D1",
        'X,"open',
        "X,D9,2026-02-01,,CNY,1",
        "X,D1,2026-02-30,,CNY,1",
        "X,D1,2026-02-01,,CNY,1.001",
        "X,D1,2026-02-01,,EUX,1",
        "X,D1,2025-02-01,,CNY,1",
        "X,D1,2026-02-01,,CNY,99999999999999",
        ",D1,2026-02-01,,CNY,1",
        '"X"y,D1,2026-02-01,,CNY,1',
        "\x00,\x00,\x00,\x00,\x00,\x00",
    ]
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_good_row_is_lost_and_every_bad_one_is_named(
    tmp_path: Path, data: st.DataObject
) -> None:
    good = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from(["D1", "D2", "D3", ""]),
                st.sampled_from(["2026-02-01", "2026-02-01T08:00:00+08:00", "2026-03-01 10:00"]),
                st.integers(0, 10**11),
            ),
            max_size=12,
        )
    )
    lines = [
        f"G{i},{seller},{at},,CNY,{cents // 100}.{cents % 100:02}"
        for i, (seller, at, cents) in enumerate(good)
    ]
    bad = data.draw(st.lists(BAD_ROWS, max_size=8))
    mixed = data.draw(st.permutations([*lines, *bad]))
    text = ORDER_HEAD + "".join(f"{line}\n" for line in mixed)
    intake = read(tmp_path, {"distributors.csv": DISTRIBUTORS, "orders.csv": text})
    assert sorted(ids(intake, "orders")) == sorted(line.split(",")[0] for line in lines)
    amounts = intake.tables["orders"].frame(["order_id", "amount"]).rows()
    assert dict(amounts) == {f"G{i}": cents for i, (_, _, cents) in enumerate(good)}
    named = sorted(int(row) for _, row, _, _ in codes(intake))
    rows = [line for line in mixed if line]
    assert named == [i for i, line in enumerate(rows, 1) if not line.startswith("G")]


@pytest.mark.parametrize(("block", "rows"), [(1, 1), (90, 1), (90, 3), (400, 5)])
def test_a_folder_reads_the_same_however_it_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, rows: int
) -> None:
    files = {
        "distributors.csv": DISTRIBUTORS
        + "A,B,2026-01-05,a\nB,A,2026-01-05,b\nA1,A,2026-01-06,c\nD9,D3,2026-01-01,d\n"
        + "X,,2026-01-05,x\nX,D1,2026-01-05,x\nX1,X,2026-01-06,x\nD1,,2026-01-01T00:00:00Z,one\n",
        "sponsor_changes.csv": "distributor_id,sponsor_id,valid_from\nD3,D1,2026-01-05\n"
        "D2,D3,2026-01-06\nD3,D2,2026-01-07\nA1,D1,2026-01-08\n",
        "customers.csv": "customer_id,distributor_id,name\nC1,D1,x\nC2,A,y\n",
        "products.csv": PRODUCTS,
        "orders.csv": ORDERS.replace("amount\n", "amount,cancels_order_id\n")
        .replace(",\n", ",,\n")
        .replace("100.00\n", "100.00,\n")
        + "O3,A1,2026-02-01,,CNY,1,\nO1,D1,2026-02-01T00:00:00Z,,CNY,100.00,\n"
        + "C2,D1,2026-02-01,cancellation,CNY,-1,O3\nC3,D1,2026-02-01,cancellation,CNY,-1,C2\n",
        "order_lines.csv": LINES
        + "O2,1,P2,1,1.00,,\nO3,1,P1,1,1.00,,\nO1,4,P9,1,1,,\nO1,5,P1,1,1,,\n",
        "refunds.csv": REFUNDS + "R1,O2,1,1,CNY,2026-03-01\nR2,O1,4,1,CNY,2026-03-01\n",
    }
    whole = read(tmp_path / "whole", files)
    monkeypatch.setattr(loaders.lines, "BLOCK_BYTES", block)
    monkeypatch.setattr(loaders.gathered, "ROWS_MIN", rows)
    cut = read(tmp_path / "cut", files)
    for noun, table in whole.tables.items():
        assert table.frame().equals(cut.tables[noun].frame()), noun
    assert sorted(map(str, rejects(whole))) == sorted(map(str, rejects(cut)))
    assert whole.report.first_causes == cut.report.first_causes
    assert whole.report.money == cut.report.money
    assert len(whole.report.first_causes) >= 5


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rubbish_never_makes_a_traceback(tmp_path: Path, lang: str) -> None:
    rows = "\n".join(
        f"{i},{'x' * i},2026-0{i % 10}-{i % 31:02},{i},{-i},{i}e{i}" for i in range(99)
    )
    intake = read(tmp_path, {"orders.csv": ORDER_HEAD + rows, "products.csv": PRODUCTS}, lang=lang)
    assert intake.report.count("orders").rejected == 99 == len(rejects(intake))
