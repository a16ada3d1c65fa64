"""Files beside the orders as columns: owners of identifiers, what was paid, resold, bought back."""

from pathlib import Path

import polars as pl

import graph.sealing
import loaders.book
from analytics.columns import Columns
from graph.model import NOBODY
from tests.loaders.folders import DISTRIBUTORS, read

AS_OF_MS = 1_780_000_000_000  # 2026-05-28

FILES = {
    "distributors.csv": DISTRIBUTORS,
    "customers.csv": "customer_id\nC1\nC2\n",
    "orders.csv": "order_id,seller_id,ordered_at,amount\n"
    "O1,D1,2026-04-01T00:00:00Z,10.00\nO2,D2,2026-04-02T00:00:00Z,20.00\n",
    "identifiers.csv": "owner_kind,owner_id,kind,value,hashed,valid_from,valid_to,shared\n"
    "customer,C2,card,AB 1,,,,\n"
    "distributor,D1,person,p1,,2026-01-01T00:00:00Z,,\n"
    "order,O2,device,somebody's hash,1,,2026-06-01T00:00:00Z,1\n",
    "payouts.csv": "payout_id,beneficiary_id,basis,order_id,recruit_id,level,amount,earned_at,"
    "reverses\n"
    "A1,D1,order_line,O2,,2,1.00,2026-04-03T00:00:00Z,\n"
    "A2,D1,recruit_event,,D2,,5.00,2026-04-03T00:00:00Z,\n"
    "A3,D1,order_line,O2,,2,1.00,2026-05-01T00:00:00Z,A1\n"
    "A4,D1,other,,,,9.00,2026-12-01T00:00:00Z,\n",
    "resales.csv": "distributor_id,order_id,line_no,period,amount,sold_for\n"
    "D2,,,2026-04,3.00,4.00\n",
    "buybacks.csv": "request_id,distributor_id,order_id,requested_at,amount,saleable,paid_at,"
    "paid_amount\n"
    "B1,D1,O1,2026-05-01T00:00:00Z,5.00,1,2026-12-01T00:00:00Z,4.50\n"
    "B2,D1,O1,2026-12-01T00:00:00Z,5.00,1,,\n",
}


def booked(tmp_path: Path) -> Columns:
    intake = read(tmp_path, FILES)
    assert not intake.report.rejects, list(intake.report.lines("en"))
    return loaders.book.columns(intake, as_of_ms=AS_OF_MS)


def test_an_identifier_points_at_its_owner_and_meets_its_equals(tmp_path: Path) -> None:
    found = booked(tmp_path).identifiers
    assert found["owner_kind"].to_list() == [1, 0, 2]
    assert found["owner_row"].to_list() == [1, 0, 1]
    salt = graph.sealing.salt(tmp_path / "data")
    strange = graph.sealing.code_of("somebody'shash")
    codes = [graph.sealing.code(salt, "card", "ab1"), graph.sealing.code(salt, "person", "P1")]
    assert found["value"].to_list() == [*codes, strange]
    assert found["shared"].to_list() == [False, False, True]
    assert found["hashed"].to_list() == [False, False, True]


def test_what_was_paid_later_has_not_been_paid(tmp_path: Path) -> None:
    found = booked(tmp_path).payouts
    assert found["id"].to_list() == ["A1", "A2", "A3"]
    assert found["order_row"].to_list() == [1, NOBODY, 1]
    assert found["recruit_row"].to_list() == [NOBODY, 1, NOBODY]
    assert found["reverses_row"].to_list() == [NOBODY, NOBODY, 0]
    assert found["basis"].to_list() == [0, 1, 0]


def test_stock_that_was_resold_or_bought_back(tmp_path: Path) -> None:
    columns = booked(tmp_path)
    assert columns.resales.select("distributor_row", "order_row", "amount").rows() == [
        (1, NOBODY, 300)
    ]
    names = ("id", "order_row", "saleable", "paid_at", "paid_amount")
    assert columns.buybacks.select(names).rows() == [("B1", 0, True, None, None)]


def test_an_empty_file_says_that_there_was_none(tmp_path: Path) -> None:
    files = {**FILES, "resales.csv": FILES["resales.csv"].splitlines()[0] + "\n"}
    intake = read(tmp_path, files)
    columns = loaders.book.columns(intake, as_of_ms=AS_OF_MS)
    assert "resales" in columns.files and columns.resales.is_empty()
    assert "refunds" not in columns.files


def test_codes_use_every_digit() -> None:
    """Numbers padded with zeros, which somebody calls hashes, stay apart."""
    padded = [f"{number:064x}" for number in range(3)]
    assert pl.Series(padded).map_elements(graph.sealing.code_of, pl.Int64).to_list() == [0, 1, 2]
