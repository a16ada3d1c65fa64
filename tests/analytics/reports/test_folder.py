"""`plumbline report KIND --folder FILES`: the road of a dry run, and the same bytes again."""

from pathlib import Path
from typing import Any

import pytest

import loaders.folder_reports
import tests.analytics.reports.drawn_world as world
import tests.loaders.trying as trying
from analytics.reports.tables import KINDS
from graph.errors import Misconfigured
from loaders.folder_reports import Asked

PLAN = 'name = "mine"\nversion = "1"\nrates = ["0.10", "0.05", "0.03"]\nmax_paid_levels = 3\n'
REFUSED = PLAN + "[qualification.own_purchase]\namount = {CNY = '100'}\ndays = 30\n"
LATE = {"sponsor_id": "D0", "joined_at": "2026-06-01"}


def files(tmp: Path, *, payouts: bool) -> Path:
    """The drawn network as a folder."""
    tables: dict[str, Any] = {
        "distributors": world.tree(),
        "customers": [{"customer_id": f"C{n}"} for n in range(40)],
        "orders": world.sales(),
    }
    if payouts:
        tables["payouts"] = world.payouts()
    return trying.write(tmp / "files", **tables)


def asked(tmp: Path, folder: Path, plan: str | None, *kinds: str) -> Asked:
    file = None
    if plan is not None:
        file = tmp / "plan.toml"
        file.write_text(plan, "utf-8")
    return Asked(kinds or KINDS, folder, file, world.AS_OF, tmp / "out", ("en",))


def test_files_with_payouts_have_every_report(tmp_path: Path) -> None:
    folder = files(tmp_path, payouts=True)
    request = asked(tmp_path, folder, REFUSED)
    settings = trying.settings(tmp_path)
    first = {path: path.read_bytes() for path in loaders.folder_reports.write(request, settings)}
    again = {path: path.read_bytes() for path in loaders.folder_reports.write(request, settings)}
    assert first == again
    assert len(first) == 2 * len(KINDS)
    assert sorted(first) == sorted((tmp_path / "out").iterdir())


def test_a_plan_pays_where_there_are_no_payouts(tmp_path: Path) -> None:
    request = asked(tmp_path, files(tmp_path, payouts=False), PLAN, "money")
    page, _ = loaders.folder_reports.write(request, trying.settings(tmp_path))
    assert "generic" in page.read_text("utf-8")


def test_a_refused_plan_has_a_report_on_itself_only(tmp_path: Path) -> None:
    folder = files(tmp_path, payouts=False)
    settings = trying.settings(tmp_path)
    page, _ = loaders.folder_reports.write(asked(tmp_path, folder, REFUSED, "plan"), settings)
    assert "qualification.own_purchase" in page.read_text("utf-8")
    with pytest.raises(Misconfigured, match="refused"):
        loaders.folder_reports.write(asked(tmp_path, folder, REFUSED, "money"), settings)


def test_another_file_is_another_report(tmp_path: Path) -> None:
    folder = files(tmp_path, payouts=True)
    request = asked(tmp_path, folder, None, "depth")
    settings = trying.settings(tmp_path)
    one, _ = loaders.folder_reports.write(request, settings)
    trying.write(folder, distributors=[*world.tree(), {"distributor_id": "D9", **LATE}])
    other, _ = loaders.folder_reports.write(request, settings)
    assert one.name != other.name


def test_no_payouts_and_no_plan(tmp_path: Path) -> None:
    folder = files(tmp_path, payouts=False)
    with pytest.raises(Misconfigured):
        loaders.folder_reports.write(
            asked(tmp_path, folder, None, "money"), trying.settings(tmp_path)
        )
