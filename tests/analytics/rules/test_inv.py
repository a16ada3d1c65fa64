"""The rules on stock at their edges."""

from pathlib import Path
from typing import Any

import pytest

from tests.analytics.rules.small_networks import (
    ROOT,
    Row,
    Said,
    line,
    member,
    own,
    paid,
    sale,
    say,
    unknown,
)

PEOPLE = [ROOT, member("D1")]


class TestSellThrough:
    """INV-001: one paid month with stock of 1,000.00 beyond an allowance of 500.00."""

    def said(self, folder: Path, sold: str | None, **more: Any) -> Said:
        orders = [own("S", "D1", "1500.00"), sale("A", "D1")]
        found: dict[str, Any] = {"distributors": PEOPLE, "orders": orders}
        found["payouts"] = [paid("P", "D1", "A")]
        if sold is not None:
            found["resales"] = [{"distributor_id": "D1", "period": "2026-06", "amount": sold}]
        return say("INV-001", folder, **found | more)

    @pytest.mark.parametrize(("sold", "value"), [("700.00", 0), ("699.99", 1)])
    def test_seventy_percent_is_enough(self, tmp_path: Path, sold: str, value: int) -> None:
        said = self.said(tmp_path, sold)
        assert (said.value, said.evidence.count) == (value, value)

    def test_resales_of_another_month_do_not_count(self, tmp_path: Path) -> None:
        later = [{"distributor_id": "D1", "period": "2026-05", "amount": "900.00"}]
        assert self.said(tmp_path, None, resales=later).value == 1

    def test_stock_without_a_file_is_open_and_an_empty_file_is_none(self, tmp_path: Path) -> None:
        assert self.said(tmp_path / "1", None).why == "no_file"
        assert self.said(tmp_path / "2", None, resales=[]).value == 1

    def test_without_stock_it_is_nothing(self, tmp_path: Path) -> None:
        said = self.said(tmp_path, None, orders=[own("S", "D1", "500.00"), sale("A", "D1")])
        assert (said.value, said.band, said.why) == (0, "none", "")

    def test_only_months_that_were_paid(self, tmp_path: Path) -> None:
        orders = [own("S", "D1", "1500.00", at="2026-05-10"), sale("A", "D1")]
        said = self.said(tmp_path, None, orders=orders)
        assert (said.value, said.values.n[0], said.why) == (0, 1, "")

    def test_pay_taken_back_is_none(self, tmp_path: Path) -> None:
        back = paid("Q", "D1", "A", reverses="P", earned_at="2026-06-15")
        said = self.said(tmp_path, "0.00", payouts=[paid("P", "D1", "A"), back])
        assert said.values.n[0] == 0

    def test_unknown_buyers_leave_it_open(self, tmp_path: Path) -> None:
        orders = [own("S", "D1", "1500.00"), sale("A", "D1"), unknown("U", "D1", "100.00")]
        assert self.said(tmp_path, "700.00", orders=orders).why == "unknown_money"


class TestStock:
    """INV-002."""

    def said(self, folder: Path, orders: list[Row], **more: Any) -> Said:
        found: dict[str, Any] = {"distributors": PEOPLE, "orders": orders}
        return say("INV-002", folder, **found | more)

    @pytest.mark.parametrize(
        ("retail", "band"),
        [("401.00", "none"), ("400.00", "low"), ("100.01", "low"), ("100.00", "medium")],
    )
    def test_its_edges(self, tmp_path: Path, retail: str, band: str) -> None:
        # stock 100.00 of 600.00 bought, own use 500.00
        orders = [own("S", "D1", "600.00"), sale("A", "D1", retail)]
        if retail.startswith("100"):  # stock 100.00 of 300.00, own use 100.00 with retail for 400
            orders = [own("S", "D1", "700.00"), sale("A", "D1", retail)]
        said = self.said(tmp_path, orders)
        assert (said.band, said.evidence.ids) == (band, ("S",))

    def test_a_half_is_high(self, tmp_path: Path) -> None:
        assert self.said(tmp_path / "1", [own("S", "D1", "1000.00")]).band == "high"
        assert self.said(tmp_path / "2", [own("S", "D1", "999.99")]).band == "medium"

    def test_goods_on_joining_are_in_it_and_kits_are_not(self, tmp_path: Path) -> None:
        people = [ROOT, member("D1", joined="2026-06-01")]
        said = self.said(tmp_path / "1", [own("S", "D1", "1000.00")], distributors=people)
        assert said.value == 0.5
        kit = own("K", "D1", at="2026-06-02")
        del kit["amount"]
        tables = {
            "distributors": people,
            "products": [{"product_id": "K", "kind": "kit"}],
            "order_lines": [line("K", "K", "1000.00")],
        }
        assert self.said(tmp_path / "2", [kit], **tables).value == 0

    def test_orders_before_joining_are_not_in_it(self, tmp_path: Path) -> None:
        people = [ROOT, member("D1", joined="2026-06-20")]
        customers = [{"customer_id": "C1", "became_distributor_id": "D1"}]
        orders = [sale("A", "R0", "900.00", buyer_id="C1")]
        said = self.said(tmp_path, orders, distributors=people, customers=customers)
        assert said.value == 0

    def test_an_unknown_buyer_may_have_bought_stock(self, tmp_path: Path) -> None:
        orders = [own("S", "D1", "500.00"), sale("A", "D1", "300.00"), unknown("U", "D1", "200.00")]
        said = self.said(tmp_path, orders)
        assert (said.value, said.bounds) == (0, (0, 0.2))
        assert said.why == "unknown_money"

    def test_a_currency_without_an_allowance_tells_no_stock_from_own_use(
        self, tmp_path: Path
    ) -> None:
        said = self.said(tmp_path, [own("S", "D1", "500.00")], currency="USD")
        assert (said.bounds, said.why) == ((0, 1), "unknown_money")


class TestThreshold:
    """INV-003: T = 900.00."""

    def said(self, folder: Path, orders: list[Row], **more: Any) -> Said:
        options = {"own_purchase": {"CNY": "900.00"}}
        people = [ROOT, *(member(f"D{i}") for i in range(40))]
        found: dict[str, Any] = {"distributors": people, "orders": orders, "options": options}
        return say("INV-003", folder, **found | more)

    @pytest.mark.parametrize(
        ("amount", "above", "below"),
        [
            ("900.00", 1, 0),
            ("989.99", 1, 0),
            ("990.00", 0, 0),
            ("899.99", 0, 1),
            ("810.00", 0, 1),
            ("809.99", 0, 0),
        ],
    )
    def test_what_is_near(self, tmp_path: Path, amount: str, above: int, below: int) -> None:
        said = self.said(tmp_path, [own("A", "D1", amount)])
        assert said.values.numerator[0] == 0.5 + above
        assert said.values.denominator[0] == 0.5 + below

    def test_a_month_is_the_sum_of_its_purchases(self, tmp_path: Path) -> None:
        parts = [own(f"A{i}", "D1", "300.00", at=f"2026-06-{i + 1:02}") for i in range(3)]
        assert self.said(tmp_path, parts).values.numerator[0] == 1.5

    @pytest.mark.parametrize(
        ("above", "below", "band"),
        [(1, 1, "none"), (2, 1, "none"), (5, 2, "low"), (10, 2, "medium"), (20, 2, "high")],
    )
    def test_its_bands(self, tmp_path: Path, above: int, below: int, band: str) -> None:
        orders = [own(f"A{i}", f"D{i}", "900.00") for i in range(above)]
        orders += [own(f"B{i}", f"D{20 + i}", "850.00") for i in range(below)]
        said = self.said(tmp_path, orders)
        assert said.value == (0.5 + above) / (0.5 + below)
        assert (said.band, said.evidence.count) == (band, above)

    def test_outside_customers_are_the_control(self, tmp_path: Path) -> None:
        orders = [sale(f"A{i}", "D1", "910.00") for i in range(3)]
        orders.append(sale("B", "D1", "890.00"))
        said = self.said(tmp_path, orders)
        assert (said.value, said.shown("control")) == (1, 3.5 / 1.5)

    def test_thirty_months_near_are_the_gate(self, tmp_path: Path) -> None:
        for months, why in ((29, "gate"), (30, "")):
            orders = [own(f"A{i}", f"D{i}", "900.00") for i in range(months)]
            assert self.said(tmp_path / str(months), orders, gate=True).why == why

    def test_a_plan_without_a_threshold_is_open(self, tmp_path: Path) -> None:
        said = self.said(tmp_path, [own("A", "D1", "900.00")], options={})
        assert (said.band, said.why) == ("NE", "no_reference")


def request(id: str, **more: Any) -> Row:
    row = {"request_id": id, "distributor_id": "D1", "requested_at": "2026-03-01"}
    return row | {"amount": "100.00", "saleable": "1"} | more


class TestBuyBack:
    """INV-004."""

    def said(self, folder: Path, *requests: Row, **more: Any) -> Said:
        orders = [sale("N", "D1", at="2025-03-01"), sale("O", "D1", at="2025-02-28")]
        found: dict[str, Any] = {"distributors": PEOPLE, "orders": orders}
        return say("INV-004", folder, buybacks=list(requests), **found | more)

    @pytest.mark.parametrize(
        ("payment", "value"),
        [
            ({"paid_at": "2026-03-31", "paid_amount": "90.00"}, 1),
            ({"paid_at": "2026-04-01", "paid_amount": "90.00"}, 0),
            ({"paid_at": "2026-03-31", "paid_amount": "89.99"}, 0),
            ({}, 0),
        ],
    )
    def test_ninety_percent_within_thirty_days(
        self, tmp_path: Path, payment: Row, value: int
    ) -> None:
        said = self.said(tmp_path, request("A", **payment))
        assert (said.value, said.evidence.count) == (value, 1 - value)

    @pytest.mark.parametrize(
        ("asked", "payment", "n"),
        [
            ("2026-05-31", {}, 1),
            ("2026-06-01", {}, 0),
            ("2026-06-20", {"paid_at": "2026-06-25", "paid_amount": "95.00"}, 1),
            ("2026-06-20", {"paid_at": "2026-07-05", "paid_amount": "95.00"}, 0),
            ("2025-07-01", {}, 1),
            ("2025-06-30", {}, 0),
        ],
    )
    def test_which_requests_count(self, tmp_path: Path, asked: str, payment: Row, n: int) -> None:
        said = self.said(tmp_path, request("A", requested_at=asked, **payment))
        assert said.values.denominator[0] == n

    def test_only_goods_that_can_be_sold_and_are_not_too_old(self, tmp_path: Path) -> None:
        said = self.said(
            tmp_path,
            request("A", saleable="0"),
            request("B", order_id="O"),
            request("C", order_id="N"),
        )
        assert (said.values.denominator[0], said.evidence.ids) == (1, ("C",))

    def test_blank_saleable_counts_for_nobody(self, tmp_path: Path) -> None:
        pay = {"paid_at": "2026-03-10", "paid_amount": "100.00"}
        rows = [request(f"P{i}", **pay) for i in range(8)] + [request("U", saleable="")]
        said = self.said(tmp_path, *rows)
        assert (said.value, said.bounds) == (1, (pytest.approx(8 / 9), 1))
        assert said.why == "unknown_money"

    @pytest.mark.parametrize(
        ("honoured", "band"),
        [(20, "none"), (19, "none"), (18, "low"), (16, "low"), (15, "medium"), (10, "medium")]
        + [(9, "high")],
    )
    def test_its_edges(self, tmp_path: Path, honoured: int, band: str) -> None:
        pay = {"paid_at": "2026-03-10", "paid_amount": "100.00"}
        rows = [request(f"A{i}", **(pay if i < honoured else {})) for i in range(20)]
        assert self.said(tmp_path, *rows).band == band

    def test_no_file_and_an_empty_file(self, tmp_path: Path) -> None:
        assert self.said(tmp_path / "1").why == "gate"
        orders: list[Row] = [sale("A", "D1")]
        said = say("INV-004", tmp_path / "2", distributors=PEOPLE, orders=orders)
        assert (said.band, said.why) == ("NE", "no_file")
