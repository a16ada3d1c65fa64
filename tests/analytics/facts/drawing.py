"""Facts of a folder drawn in a few lines: the same files, intake and columns as a dry run."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import analytics.as_of
import analytics.commission
import analytics.facts.work_out
import analytics.plan
import graph.settings
import loaders.book
import loaders.intake
import tests.loaders.trying
from analytics.columns import Columns
from analytics.facts.frames import CLASSES, Facts
from analytics.plan import Plan, Plans
from graph.settings import Settings
from loaders.references import NothingKnown
from tests.loaders.trying import Row

AS_OF = "2026-12-31"
SALT = b"0" * 32
JOINED = "2025-01-01"


def distributor(id: str, sponsor: str = "", joined: str = JOINED, **more: Any) -> Row:
    return {"distributor_id": id, "sponsor_id": sponsor, "joined_at": joined, **more}


def order(
    id: str, seller: str, buyer: str, who: str, at: str, amount: str = "", **more: Any
) -> Row:
    names = ("order_id", "seller_id", "buyer_id", "buyer_kind", "ordered_at", "amount")
    return dict(zip(names, (id, seller, buyer, who, at, amount), strict=True)) | more


def product(id: str, kind: str = "product", **more: Any) -> Row:
    return {"product_id": id, "kind": kind, **more}


def identifier(owner: str, id: str, kind: str, value: str, **more: Any) -> Row:
    return {"owner_kind": owner, "owner_id": id, "kind": kind, "value": value, **more}


def payout(id: str, to: str, amount: str, at: str, **more: Any) -> Row:
    return {
        "payout_id": id,
        "beneficiary_id": to,
        "amount": amount,
        "earned_at": at,
        "basis": "order_line",
        **more,
    }


def columns(as_of_ms: int, settings: Settings, folder: Path, tables: Mapping[str, Any]) -> Columns:
    data = tests.loaders.trying.write(folder / "folder", **tables)
    intake = loaders.intake.read(
        data,
        settings=settings,
        known=NothingKnown(),
        profile=None,
        spool=folder / "spool",
        rejects=folder / "rejects.csv",
        lang="en",
        progress=None,
    )
    rejected = (folder / "rejects.csv").read_text().splitlines()[1:]
    assert not rejected, rejected
    return loaders.book.columns(intake, as_of_ms=as_of_ms)


def facts(
    *,
    as_of: str = AS_OF,
    zone: str = "UTC",
    plan: Plan | None = None,
    pays: bool = False,
    allowance: Mapping[str, int] | None = None,
    at: int | None = None,
    **tables: Any,
) -> Facts:
    """Facts of tables (distributors=[...], orders=[...], ...). `pays`: the plan's entries are the
    commission. `at`: as-of in ms for the columns, if later than that of the facts.
    """
    as_of_ms = analytics.as_of.moment_ms(as_of, ZoneInfo(zone))
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(data_folder=Path(name) / "data", time_zone=zone)
        settings.data_folder.mkdir()
        (settings.data_folder / graph.settings.SALT).write_bytes(SALT)
        read = columns(at or as_of_ms, settings, Path(name), tables)
        return worked(read, as_of_ms, zone, plan=plan, pays=pays, allowance=allowance)


def worked(
    read: Columns,
    as_of_ms: int,
    zone: str = "UTC",
    *,
    plan: Plan | None = None,
    pays: bool = False,
    allowance: Mapping[str, int] | None = None,
) -> Facts:
    found = None
    chosen = plan or analytics.plan.shipped()
    if pays:
        found = analytics.commission.work_out(
            read, Plans.always(chosen), as_of_ms=as_of_ms, zone=ZoneInfo(zone), months_close=True
        ).entries
    return analytics.facts.work_out.work_out(
        read,
        as_of_ms=as_of_ms,
        zone=ZoneInfo(zone),
        currency="CNY",
        entries=found,
        plan=chosen if pays else plan,
        allowance={"CNY": 50_000} if allowance is None else allowance,
        salt=SALT,
    )


def named(bits: int) -> str:
    """R|W for a set of classes."""
    return "|".join(name for name, bit in CLASSES.items() if bits & bit)


def classes(found: Facts, id: str = "O1") -> list[tuple[str, int]]:
    """Of one order (class, net) piece by piece."""
    ids = found.columns.orders["id"].gather(found.orders["order_row"])
    rows = found.pieces.filter(ids.gather(found.pieces["order"]) == id)
    return [(named(bits), net) for bits, net in rows.select("classes", "net").iter_rows()]


def one(found: Facts, id: str = "O1") -> dict[str, Any]:
    """The row of one order."""
    ids = found.columns.orders["id"].gather(found.orders["order_row"])
    return found.orders.filter(ids == id).row(0, named=True)
