"""The dry run as a command: its files to the byte, its moment, what it refuses."""

from pathlib import Path
from typing import Any

import pytest

import loaders.dry_run
import tests.loaders.trying
from graph.errors import Misconfigured
from tests.loaders.trying import BEYOND_D2, CHAIN, PAID, RATES, TO_D3, line, refund, sale

JUDGED = ["rejects.csv", "verdict.json"]
"""What is written where there is no plan to pay by."""


def test_the_default_plan_on_a_chain_to_the_byte(tried: Any, tmp_path: Path) -> None:
    tried()
    out = tmp_path / "out"
    assert (out / "paths.csv").read_text() == (
        "order_id,position,beneficiary_id,level,rate,rate_source,base,exact_share,amount,currency,outcome\n"
        "O1,0,D5,1,0.1,plan,100.00,1000/1,10.00,CNY,paid\n"
        "O1,1,D4,2,0.05,plan,100.00,500/1,5.00,CNY,paid\n"
        "O1,2,D3,3,0.03,plan,100.00,300/1,3.00,CNY,paid\n"
        "O1,3,D2,,,,100.00,0/1,0.00,CNY,beyond_paid_levels\n"
    )
    available = "2026-03-08T12:00:00Z,2026-03-01T12:00:00Z"
    assert (out / "entries.csv").read_text() == (
        "order_id,beneficiary_id,level,kind,cause,amount,currency,state,available_at,booked_at\n"
        f"O1,D5,1,accrual,O1,10.00,CNY,available,{available}\n"
        f"O1,D4,2,accrual,O1,5.00,CNY,available,{available}\n"
        f"O1,D3,3,accrual,O1,3.00,CNY,available,{available}\n"
    )
    assert (out / "conservation.json").read_text() == (
        '{\n  "CNY": {\n    "promised": "1800/1",\n    "paid": "1800/1",\n    "breakage": "0/1",\n'
        '    "capped": "0/1",\n    "rounding": "0/1",\n    "check": true\n  }\n}\n'
    )
    assert (out / "rejects.csv").read_text() == "file,row,column,code,reason,original\n"
    assert sorted(path.name for path in out.iterdir()) == [
        "conservation.json",
        "entries.csv",
        "paths.csv",
        "rejects.csv",
        "verdict.json",
    ]


def test_a_bare_date_is_the_end_of_that_day_in_the_company_s_zone(
    tried: Any, tmp_path: Path
) -> None:
    shanghai = tests.loaders.trying.settings(tmp_path, time_zone="Asia/Shanghai")
    orders = [
        sale("O1", "D5", "100.00", ordered_at="2026-03-01T15:59:59.999Z"),
        sale("O2", "D5", "100.00", ordered_at="2026-03-01T16:00:00Z"),
    ]
    found = tried(orders=orders, as_of="2026-03-01", settings=shanghai)
    assert {row["order_id"] for row in found.paths} == {"O1"}
    assert {row["booked_at"] for row in found.entries} == {"2026-03-01T15:59:59.999Z"}


def test_what_happened_later_is_ignored(tried: Any) -> None:
    order = sale(
        seller="D5",
        amount="100.00",
        status="cancelled",
        paid_at=PAID,
        received_at="2026-03-02T00:00:00Z",
        cancelled_at="2026-03-04T00:00:00Z",
    )
    tables: dict[str, Any] = {
        "orders": [order, sale("O2", "D5", "1.00", ordered_at=PAID, paid_at="2026-03-05")],
        "refunds": [refund("R1", "2026-03-03T00:00:01Z", "10.00")],
    }
    found = tried(as_of="2026-03-03T00:00:00Z", **tables)
    assert {row["order_id"] for row in found.paths} == {"O1"}
    assert {(row["kind"], row["state"]) for row in found.entries} == {("accrual", "frozen")}
    later = tried(as_of="2026-03-06", **tables)
    assert {row["order_id"] for row in later.paths} == {"O1", "O2"}
    assert {row["cause"] for row in later.entries} == {"O1", "O1:cancelled", "R1"} | {"O2"}


def test_the_same_input_in_another_order_gives_the_same_bytes(tmp_path: Path) -> None:
    orders = [sale(f"O{n}", f"D{n % 5 + 1}", f"{n}.37") for n in range(40)]
    lines = [line(f"O{n}", 1, f"P{n % 3}", "2", "3.33") for n in range(0, 40, 2)]
    for row in orders[::2]:
        row["amount"] = ""
    rows = tests.loaders.trying.tree(CHAIN)
    for name, step in (("a", 1), ("b", -1)):
        tests.loaders.trying.tried(
            tmp_path / name,
            RATES,
            tree=rows[::step],
            orders=orders[::step],
            order_lines=lines[::step],
        )
    for file in ("paths.csv", "path_lines.csv", "entries.csv", "conservation.json"):
        first, second = (tmp_path / name / "out" / file for name in ("a", "b"))
        assert first.exists() == second.exists()
        assert not first.exists() or first.read_bytes() == second.read_bytes()


def test_bad_rows_are_named_good_rows_count_and_the_exit_code_says_so(tried: Any) -> None:
    found = tried(orders=[sale(seller="D5", amount="100.00"), sale("O2", "D99", "100.00")])
    assert found.code == 3
    assert found.outcomes() == [*TO_D3, BEYOND_D2]
    (rejected,) = found.rejects
    assert list(rejected) == ["file", "row", "column", "code", "reason", "original"]
    assert (rejected["code"], rejected["column"]) == ("unknown_seller", "seller_id")


def test_a_refused_plan_leaves_no_paths_and_no_entries_not_even_old_ones(
    tried: Any, tmp_path: Path
) -> None:
    tried()
    with pytest.raises(Misconfigured) as refused:
        tried('recruit_bonus = "5.00"\nrates = ["0.9", "0.2"]\n')
    assert refused.value.exit_code == 2
    assert "pays for recruiting" in str(refused.value)
    assert "promises 110 %" in str(refused.value)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == JUDGED


def test_the_margin_of_the_folder_s_products_is_checked(tried: Any) -> None:
    assert "not evaluable" in tried().said
    products = [{"product_id": "P1", "list_price": "100.00", "cost": "83.00"}]
    with pytest.raises(Misconfigured, match="P1"):
        tried(products=products)


def test_a_pack_only_warns(tried: Any) -> None:
    found = tried(pack="cn-wechat")
    assert found.code == 0
    assert "cn-wechat allows 2" in found.said
    with pytest.raises(Misconfigured, match="atlantis"):
        tried(pack="atlantis")


def test_a_plan_valid_from_later_holds_for_every_order(tried: Any) -> None:
    assert tried('valid_from = "2099-01-01"').outcomes() == [*TO_D3, BEYOND_D2]


@pytest.mark.parametrize("noun", ["distributors", "orders"])
def test_distributors_and_orders_are_needed(tmp_path: Path, noun: str) -> None:
    tables = {"distributors": tests.loaders.trying.tree(CHAIN), "orders": [sale(seller="D5")]}
    tables.pop(noun)
    folder = tests.loaders.trying.write(tmp_path / "folder", **tables)
    with pytest.raises(Misconfigured, match=noun):
        tests.loaders.trying.attempt(folder, "", tmp_path / "out")


def test_the_plan_may_be_left_out_only_with_payouts(tmp_path: Path) -> None:
    tables = {"distributors": tests.loaders.trying.tree(CHAIN), "orders": [sale(seller="D5")]}
    folder = tests.loaders.trying.write(tmp_path / "folder", **tables)
    with pytest.raises(Misconfigured, match="payouts"):
        tests.loaders.trying.attempt(folder, None, tmp_path / "out")
    payout = {
        "payout_id": "Y1",
        "beneficiary_id": "D5",
        "basis": "order_line",
        "order_id": "O1",
        "amount": "1.00",
        "earned_at": PAID,
    }
    tests.loaders.trying.write(folder, payouts=[payout])
    code, _ = tests.loaders.trying.attempt(folder, None, tmp_path / "out")
    assert code == loaders.dry_run.DONE
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == JUDGED


@pytest.mark.parametrize("as_of", ["yesterday", "2026-13-01", ""])
def test_a_moment_that_is_none_is_refused(tried: Any, as_of: str) -> None:
    with pytest.raises(Misconfigured, match="neither a date"):
        tried(as_of=as_of)
