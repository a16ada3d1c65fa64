"""Random folders whose rows are good or spoiled by construction; no test by itself.

A row is drawn good from the columns of its noun; then one thing in it is spoiled, and the column
and code of the reject are known. What a row names is drawn so that nothing else can be wrong with
it: sponsors come before their recruits, orders after everybody has joined.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from graph import money
from loaders.nouns import NOUNS, Column, Noun

Row = dict[str, str]
Spoiler = Callable[["Draw", Row], tuple[str, str]]

SHARES: Mapping[str, float] = {  # of a folder's rows
    "distributors": 0.12,
    "sponsor_changes": 0.03,
    "status_changes": 0.05,
    "customers": 0.12,
    "products": 0.02,
    "orders": 0.24,
    "order_lines": 0.26,
    "refunds": 0.04,
    "resales": 0.03,
    "payouts": 0.04,
    "buybacks": 0.01,
    "complaints": 0.01,
    "identifiers": 0.03,
}
SPOILED = 0.25
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
SETTLED = datetime(2025, 1, 1, tzinfo=UTC)
"""Everybody has joined by then; whatever happens later happens to somebody who is there."""

CURRENCIES = ("CNY", "JPY", "KWD", "GBP", "")
LETTERS = "abcXYZ019 -_/\"',;|\t\u00e9\u4e2d\U0001f600"
_CHANGED: Mapping[str, str] = {  # a column in which two rows of one id may differ
    "distributors": "region",
    "customers": "region",
    "products": "category",
    "orders": "channel",
    "refunds": "reason",
    "payouts": "reason",
    "complaints": "kind",
}
BAD_TIMES = ("soon", "2026-02-30", "2026-02-29", "01/02/2026", "2026-01-02T25:00Z", "46023", "0")
FAR_TIMES = ("0001-01-01", "9999-12-31", "1969-12-31T23:59:59Z", "2201-01-01T00:00:00Z")
BAD_NUMBERS = ("1,000.00", "1e3", "NaN", "¥5", "--5", "1.2.3", "０", "five", "1 000", "0x10")


@dataclass(frozen=True)
class Drawn:
    """One row, and the column and code of its reject; None where it is good."""

    row: Row
    fault: tuple[str, str] | None = None
    repeats: bool = False


@dataclass
class Draw:
    """Draws one folder; `tables` are its rows by noun, in file order."""

    random: random.Random
    rows: int
    tables: dict[str, list[Drawn]] = field(default_factory=dict)
    good: dict[str, list[Row]] = field(default_factory=dict)
    bad_ids: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0

    def folder(self) -> dict[str, list[Drawn]]:
        """All thirteen nouns."""
        for name, share in SHARES.items():
            self.good[name], self.bad_ids[name] = [], []
            drawn = [one for _ in range(max(2, int(self.rows * share))) for one in self.draw(name)]
            # Parents may come after their children, in any file.
            self.random.shuffle(drawn)
            self.tables[name] = drawn
        return self.tables

    def draw(self, name: str) -> list[Drawn]:
        """One row, good or spoiled; sometimes the same again, or its like with other content."""
        noun, row = NOUNS[name], self.row(NOUNS[name])
        chance = self.random.random()
        if chance > SPOILED:
            self.good[name].append(row)
            if chance > 0.99:
                return [Drawn(row), Drawn(dict(row), repeats=True)]
            return [Drawn(row)]
        if chance < 0.01 and name in _CHANGED:
            return self.twice(noun, row)
        spoilers = _SPOILERS[name]
        column, code = self.random.choice(spoilers)(self, row)
        if code not in ("missing_value", "id_too_long", "bad_id") or column != noun.key[0]:
            self.bad_ids[name].append(row[noun.key[0]])
        return [Drawn(row, (column, code))]

    def twice(self, noun: Noun, row: Row) -> list[Drawn]:
        """Two rows of one id that differ: neither is good."""
        changed = _CHANGED[noun.name]
        other = row | {changed: f"{row[changed].strip()}2"}
        self.bad_ids[noun.name].append(row[noun.key[0]])
        fault = (noun.key[0], "differing_duplicate")
        return [Drawn(row, fault), Drawn(other, fault)]

    # Values --------------------------------------------------------------------------------------

    def row(self, noun: Noun) -> Row:
        """A good row."""
        self.count += 1
        row = {column.name: self.value(column) for column in noun.columns}
        _FILL[noun.name](self, row)
        return row

    def value(self, column: Column) -> str:
        """A good value; what names another row is drawn afterwards."""
        if column.kind == "id" or (not column.required and self.random.random() < 0.4):
            return ""
        made: Mapping[str, Callable[[], str]] = {
            "text": self.text,
            "time": self.time,
            "money": str,
            "quantity": str,
            "flag": lambda: self.random.choice("01"),
            "integer": lambda: str(self.random.randrange(10**9)),
            "period": lambda: (
                f"{self.random.randrange(1970, 2201)}-{self.random.randint(1, 12):02}"
            ),
            "currency": lambda: self.random.choice(CURRENCIES),
            "word": lambda: self.random.choice(column.words),
        }
        return made[column.kind]()

    def id(self, prefix: str) -> str:
        """An id of its own, which only its exact form is."""
        shape = self.random.randrange(6)
        name = f"{prefix}{self.count}"
        return name if shape else f' {name}\u00e9\u4e2d{self.random.choice("aA ")}b,"q" '

    def text(self) -> str:
        """Any text."""
        return "".join(self.random.choices(LETTERS, k=self.random.randrange(12)))

    def time(self, after: datetime = SETTLED) -> str:
        """A time from then on, in one of the forms that are read."""
        at = after + timedelta(seconds=self.random.randrange(10**7))
        return self.random.choice(_TIME_FORMS)(at)

    def money(self, currency: str, most: int = 10**9) -> str:
        """An amount of zero or more, written in one of the ways that mean it."""
        digits = money.exponent(currency or "CNY")
        text = money.format_minor(self.random.randrange(most), currency or "CNY")
        shape = self.random.randrange(5)
        if shape == 0 and digits:
            return text.rstrip("0").rstrip(".") or "0"
        if shape == 1:
            return f"+{text}"
        return f"{text}{'0' * shape}" if digits and shape == 2 else text

    def one_of(self, name: str) -> Row:
        """A good row that came before."""
        return self.random.choice(self.good[name])

    def named(self, name: str) -> str:
        """The id of a good row that came before, sometimes with blanks around it."""
        id = self.one_of(name)[NOUNS[name].key[0]]
        return id if self.random.random() < 0.9 else f"\u3000{id} "

    def bad_id_of(self, name: str) -> str:
        """The id of a rejected row, or of none at all."""
        rejected = self.bad_ids[name]
        if rejected and self.random.random() < 0.5:
            return self.random.choice(rejected)
        return f"nobody{self.count}"


_TIME_FORMS: tuple[Callable[[datetime], str], ...] = (
    lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}",
    lambda at: f"{at:%Y-%m-%d %H:%M:%S}.5+00:00",
    lambda at: f"{at + timedelta(hours=8):%Y-%m-%dT%H:%M:%S}+08:00",
    lambda at: f"{at:%Y-%m-%dT%H:%M}",
    lambda at: f"{at + timedelta(days=1):%Y-%m-%d}",
)


# What a good row names ---------------------------------------------------------------------------


def _distributor(draw: Draw, row: Row) -> None:
    at = BEGIN + timedelta(seconds=draw.count)
    row |= {"distributor_id": draw.id("D"), "joined_at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    if draw.good["distributors"] and draw.random.random() < 0.9:
        row["sponsor_id"] = draw.named("distributors")


def _sponsor_change(draw: Draw, row: Row) -> None:
    # The new sponsor came before the child: no cycle can stand.
    known = draw.good["distributors"]
    child = draw.random.randrange(1, len(known)) if len(known) > 1 else 0
    row["distributor_id"] = known[child]["distributor_id"]
    row["sponsor_id"] = known[draw.random.randrange(max(child, 1))]["distributor_id"]
    row["valid_from"] = f"{SETTLED + timedelta(seconds=draw.count):%Y-%m-%dT%H:%M:%SZ}"


def _status_change(draw: Draw, row: Row) -> None:
    row["distributor_id"] = draw.named("distributors")
    row["valid_from"] = f"{SETTLED + timedelta(seconds=draw.count):%Y-%m-%dT%H:%M:%SZ}"


def _customer(draw: Draw, row: Row) -> None:
    row["customer_id"] = draw.id("C")
    if draw.random.random() < 0.7:
        row["distributor_id"] = draw.named("distributors")


def _product(draw: Draw, row: Row) -> None:
    row["product_id"] = draw.id("P")
    for name in ("list_price", "cost", "reference_price"):
        row[name] = draw.money(row["currency"])


def _order(draw: Draw, row: Row) -> None:
    row |= {"order_id": draw.id("O"), "buyer_id": draw.id("X"), "kind": ""}
    row["amount"] = draw.money(row["currency"]) if draw.random.random() < 0.5 else ""
    if draw.random.random() < 0.9:
        row["seller_id"] = draw.named("distributors")


def _line(draw: Draw, row: Row) -> None:
    order = draw.one_of("orders")
    row |= {"order_id": order["order_id"], "line_no": str(draw.count)}
    row |= {
        "product_id": draw.named("products"),
        "unit_price": draw.money(order["currency"], 10**6),
    }
    row["quantity"] = draw.random.choice(("1", "2.5", "0.001", "+10", "3.0000"))
    row["discount"] = draw.random.choice(("", "0"))
    row["tax"] = draw.money(order["currency"], 10**5)


def _refund(draw: Draw, row: Row) -> None:
    row |= {"refund_id": draw.id("R"), "line_no": "", "quantity": ""}
    row["amount"] = draw.money(row["currency"])
    if draw.random.random() < 0.8 and draw.good["order_lines"]:
        line = draw.one_of("order_lines")
        order = next(one for one in draw.good["orders"] if one["order_id"] == line["order_id"])
        row |= {"order_id": order["order_id"], "currency": order["currency"]}
        row |= {"line_no": line["line_no"], "amount": draw.money(order["currency"])}


def _resale(draw: Draw, row: Row) -> None:
    row |= {"distributor_id": draw.named("distributors"), "line_no": "", "currency": "CNY"}
    row |= {"amount": f"{draw.count}.00", "sold_for": draw.money("CNY")}
    row["order_id"] = draw.named("orders")


def _payout(draw: Draw, row: Row) -> None:
    row |= {"payout_id": draw.id("Y"), "beneficiary_id": draw.named("distributors")}
    row["amount"] = draw.random.choice(("", "-")) + draw.money(row["currency"]).lstrip("+")
    if draw.random.random() < 0.3 and draw.good["payouts"]:
        row["reverses"] = draw.named("payouts")


def _buyback(draw: Draw, row: Row) -> None:
    row |= {"request_id": draw.id("B"), "distributor_id": draw.named("distributors")}
    row |= {name: draw.money(row["currency"]) for name in ("amount", "paid_amount")}


def _complaint(draw: Draw, row: Row) -> None:
    row |= {"complaint_id": draw.id("K"), "about_distributor_id": draw.named("distributors")}


def _identifier(draw: Draw, row: Row) -> None:
    row |= {"owner_kind": "distributor", "owner_id": draw.named("distributors"), "hashed": "0"}
    row |= {"kind": "card", "value": f"card {draw.count}"}


_FILL: Mapping[str, Callable[[Draw, Row], None]] = {
    "distributors": _distributor,
    "sponsor_changes": _sponsor_change,
    "status_changes": _status_change,
    "customers": _customer,
    "products": _product,
    "orders": _order,
    "order_lines": _line,
    "refunds": _refund,
    "resales": _resale,
    "payouts": _payout,
    "buybacks": _buyback,
    "complaints": _complaint,
    "identifiers": _identifier,
}


# What is spoiled ---------------------------------------------------------------------------------


def _put(column: str, code: str, *values: str) -> Spoiler:
    """Any of these values in a column gives this code."""

    def spoil(draw: Draw, row: Row) -> tuple[str, str]:
        row[column] = draw.random.choice(values)
        return column, code

    return spoil


def _name_nobody(column: str, code: str, noun: str) -> Spoiler:
    """A row that is not there, or is rejected itself."""

    def spoil(draw: Draw, row: Row) -> tuple[str, str]:
        row[column] = draw.bad_id_of(noun)
        return column, code

    return spoil


def _own_sponsor(draw: Draw, row: Row) -> tuple[str, str]:
    row["sponsor_id"] = row["distributor_id"]
    return "sponsor_id", "self_sponsor"


def _too_early(draw: Draw, row: Row) -> tuple[str, str]:
    row |= {"seller_id": draw.named("distributors"), "ordered_at": "2019-12-31T23:59:59Z"}
    return "ordered_at", "seller_not_joined"


def _other_currency(draw: Draw, row: Row) -> tuple[str, str]:
    row |= {"order_id": draw.named("orders"), "line_no": "", "currency": "EUR", "amount": "1.00"}
    return "currency", "currency_differs"


def _of_column(column: Column) -> list[Spoiler]:
    """What a column does not take, by its kind."""
    name, found = column.name, list[Spoiler]()
    match column.kind:
        case "id":
            found = [
                _put(name, "id_too_long", "x" * 129),
                _put(name, "bad_id", "a\x01b", "a\u200bb"),
            ]
        case "text":
            found = [_put(name, "bad_text", "a\0b"), _put(name, "text_too_long", "n" * 4001)]
        case "time":
            found = [_put(name, "bad_time", *BAD_TIMES)]
            found.append(_put(name, "time_out_of_range", *FAR_TIMES))
        case "word":
            found = [_put(name, "unknown_word", "gift", "CUSTOMER", "0")]
        case "flag":
            found = [_put(name, "bad_flag", "yes", "2", "True")]
        case "integer":
            found = [_put(name, "bad_integer", "-1", "1.0", "one", "1000000000")]
        case "period":
            found = [_put(name, "bad_period", "2026-13", "2026-1", "Jan")]
        case "currency":
            found = [_put(name, "unknown_currency", "RMB", "cny", "¥")]
        case _:
            found = _of_number(column)
    return [*found, _put(name, "missing_value", "", " \t")] if column.required else found


def _of_number(column: Column) -> list[Spoiler]:
    large = "9" * 20
    found = [
        _put(column.name, "bad_number", *BAD_NUMBERS),
        _put(column.name, "too_many_decimals", "1.00001", "0.12345"),
        _put(column.name, "too_large", large, f"{large}.0"),
    ]
    return found if column.signed else [*found, _put(column.name, "negative", "-1")]


_OTHERS: Mapping[str, list[Spoiler]] = {
    "distributors": [_own_sponsor, _name_nobody("sponsor_id", "unknown_sponsor", "distributors")],
    "sponsor_changes": [_name_nobody("sponsor_id", "unknown_sponsor", "distributors")],
    "status_changes": [_name_nobody("distributor_id", "unknown_distributor", "distributors")],
    "customers": [_name_nobody("distributor_id", "unknown_distributor", "distributors")],
    "orders": [_too_early, _name_nobody("seller_id", "unknown_seller", "distributors")],
    "order_lines": [
        _name_nobody("product_id", "unknown_product", "products"),
        _put("quantity", "zero_quantity", "0", "0.000"),
        _put("quantity", "negative_quantity", "-1"),
        _put("discount", "discount_too_large", "99999999"),
    ],
    "refunds": [_other_currency],
    "payouts": [
        _name_nobody("beneficiary_id", "unknown_distributor", "distributors"),
        _name_nobody("reverses", "unknown_payout", "payouts"),
    ],
    "complaints": [_name_nobody("about_distributor_id", "unknown_distributor", "distributors")],
    "identifiers": [_name_nobody("owner_id", "unknown_owner", "distributors")],
}
_SPOILERS = {
    name: [one for column in noun.columns for one in _of_column(column)] + _OTHERS.get(name, [])
    for name, noun in NOUNS.items()
}
