"""Identifiers: one form for equal values, hashed with the salt of the data folder."""

import hashlib
import hmac
import stat
from pathlib import Path

import pytest

import graph.sealing
from tests.loaders.folders import DISTRIBUTORS, read

HEAD = "owner_kind,owner_id,kind,value,hashed,valid_from,shared\n"


@pytest.mark.parametrize(
    ("kind", "value", "region", "normal"),
    [
        ("card", " ABC 12\t3 ", None, "abc123"),
        ("address", "\uff11\uff12 Main\u3000St", None, "12mainst"),
        ("phone", "+886 912-345-678", None, "+886912345678"),
        ("phone", "00886912345678", None, "+886912345678"),
        ("phone", "0912-345-678", "TW", "+886912345678"),
        ("phone", "912345678", "tw-TPE", "+886912345678"),
        ("phone", "886912345678", "TW", "+886912345678"),
        ("phone", "13812345678", "CN", "+8613812345678"),
        ("phone", "(650) 555-0100", "US", "+16505550100"),
        ("phone", "16505550100", "US", "+16505550100"),
        ("phone", "0912-345-678", None, "0912345678"),
        ("phone", "0912-345-678", "Atlantis", "0912345678"),
        ("phone", "12", "TW", "12"),
    ],
)
def test_equal_values_have_one_form(kind: str, value: str, region: str | None, normal: str) -> None:
    assert graph.sealing.normalised(kind, value, region) == normal


def test_values_are_hashed_with_the_salt_and_the_region_of_their_owner(tmp_path: Path) -> None:
    people = DISTRIBUTORS.replace("name", "region").replace("one", "TW").replace("two", "CN")
    rows = [
        "distributor,D1,phone,0912-345-678,,2026-01-01,",
        "distributor,D2,phone,+886 912 345 678,0,,1",
        f"distributor,D3,card,{'AB' * 32},1,,",
        "customer,C1,card,1234,,,",
        "order,O1,device,x,,,",
    ]
    files = {
        "distributors.csv": people,
        "customers.csv": "customer_id,region\nC1,TW\n",
        "orders.csv": "order_id,ordered_at,region\nO1,2026-02-01,TW\n",
        "identifiers.csv": HEAD + "\n".join(rows),
    }
    intake = read(tmp_path, files)
    assert not intake.report.rejects
    values = intake.tables["identifiers"].frame()["value"].to_list()
    salt = graph.sealing.salt(tmp_path / "data")
    expected = hmac.new(salt, b"+886912345678", hashlib.sha256).hexdigest()
    assert values[0] == values[1] == expected
    assert values[2] == "ab" * 32
    assert len({len(value) for value in values}) == 1
    mode = (tmp_path / "data" / "salt").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_identical_identifiers_count_once_whatever_their_form(tmp_path: Path) -> None:
    rows = "distributor,D1,card,AB 1,,,\ndistributor,D1,card,ab1,,,\n"
    intake = read(tmp_path, {"distributors.csv": DISTRIBUTORS, "identifiers.csv": HEAD + rows})
    assert intake.tables["identifiers"].rows == 1
    assert intake.report.repeated == ["identifiers.csv 2"]


def test_no_salt_is_made_where_nothing_is_hashed(tmp_path: Path) -> None:
    read(tmp_path, {"distributors.csv": DISTRIBUTORS, "identifiers.csv": HEAD})
    assert not (tmp_path / "data" / "salt").exists()
