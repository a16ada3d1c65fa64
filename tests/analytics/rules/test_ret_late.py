"""RET-007 at its edges: outside orders refunded after the release of their commission."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import analytics.rules.ret_007
from tests.analytics.rules.small_networks import ROOT, member, paid, sale, say


class TestLateRefunds:
    """RET-007."""

    def said(self, folder: Path, day: str, **more: Any) -> Any:
        back = {"refund_id": "F", "order_id": "A", "amount": "50.00", "refunded_at": day}
        orders = [sale("A", "D1", at="2026-06-01"), sale("B", "D1", "900.00")]
        people = [ROOT, member("D1")]
        return say("RET-007", folder, distributors=people, orders=orders, refunds=[back], **more)

    def test_freeze_stands_in_for_a_release(self, tmp_path: Path) -> None:
        assert self.said(tmp_path / "1", "2026-06-08T00:00:00Z").value == 0
        assert self.said(tmp_path / "2", "2026-06-08T00:00:01Z").value == 0.05

    def test_the_earliest_release_counts(self, tmp_path: Path) -> None:
        pays = [
            paid("P", "D1", "A", released_at="2026-06-20T00:00:00Z"),
            paid("Q", "R0", "A", released_at="2026-06-15T00:00:00Z"),
        ]
        assert self.said(tmp_path / "1", "2026-06-14", payouts=pays).value == 0
        assert self.said(tmp_path / "2", "2026-06-16", payouts=pays).value == 0.05

    def test_an_empty_file_says_there_was_none(self, tmp_path: Path) -> None:
        people, orders = [ROOT, member("D1")], [sale("A", "D1")]
        tables: dict[str, Any] = {"distributors": people, "orders": orders}
        assert say("RET-007", tmp_path / "1", refunds=[], **tables).band == "none"
        assert say("RET-007", tmp_path / "2", **tables).why == "no_file"

    @pytest.mark.parametrize(
        ("late", "band"),
        [("49.99", "none"), ("50.00", "low"), ("100.00", "medium"), ("200.00", "high")],
    )
    def test_its_edges(self, tmp_path: Path, late: str, band: str) -> None:
        back = {"refund_id": "F", "order_id": "A", "amount": late, "refunded_at": "2026-06-20"}
        orders = [sale("A", "D1", "1000.00", at="2026-06-01")]
        people = [ROOT, member("D1")]
        said = say("RET-007", tmp_path, distributors=people, orders=orders, refunds=[back])
        assert (said.band, said.evidence.ids) == (band, ("A",))

    def test_sellers_with_thirty_orders_have_values_of_their_own(self, tmp_path: Path) -> None:
        orders = [sale(f"O{i}", "D1", at="2026-05-01") for i in range(30)]
        orders += [sale(f"Q{i}", "R0", at="2026-05-01") for i in range(29)]
        back = {"refund_id": "F", "order_id": "O0", "amount": "30.00", "refunded_at": "2026-06-01"}
        people = [ROOT, member("D1")]
        facts = say("RET-007", tmp_path, distributors=people, orders=orders, refunds=[back]).facts
        rows, values = analytics.rules.ret_007.by_distributor(facts)
        assert facts.columns.distributors["id"].gather(rows).to_list() == ["D1"]
        np.testing.assert_allclose(values.value, [0.01])

    @pytest.mark.parametrize(("day", "share"), [("2026-06-07", 0), ("2026-06-09", 0.1)])
    def test_cancelled_after_release_comes_back_late_too(
        self, tmp_path: Path, day: str, share: float
    ) -> None:
        gone = {"paid_at": "2026-06-01", "status": "cancelled", "cancelled_at": day}
        orders = [sale("A", "D1", at="2026-06-01") | gone, sale("B", "D1", "900.00")]
        people = [ROOT, member("D1")]
        said = say("RET-007", tmp_path, distributors=people, orders=orders, refunds=[])
        assert said.value == share
        assert said.evidence.ids == (("A",) if share else ())
