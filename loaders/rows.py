"""Rows of text to typed rows: every column checked by itself, then a row's columns together.

Nothing here knows other rows; what a row names is looked up in `loaders.references`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

import loaders.times
import loaders.values
from graph import money
from loaders.faults import Faults
from loaders.nouns import TYPES, Column, Noun
from loaders.values import Parsed

CurrencyOf = Callable[[pl.Series], pl.Series]
"""Order ids to the currencies of those orders, null where the order is not known."""

LINE_MILLI_MAX = 1000 * money.MINOR_UNITS_MAX


@dataclass(frozen=True)
class Company:
    """What a blank means: the time zone of bare times, the currency of amounts without one."""

    zone: str
    currency: str


@dataclass
class Checked:
    """A batch typed: `typed` has every row, also the bad ones (their values null as far as bad)."""

    typed: pl.DataFrame
    faults: Faults
    blank_currencies: int = 0
    bare_times: int = 0


def check(
    noun: Noun,
    raw: pl.DataFrame,
    company: Company,
    currency_of: CurrencyOf | None = None,
) -> Checked:
    """Type the text columns of `raw`, which has `file` and `row`; lines need `currency_of`."""
    batch = _Batch(noun, raw, company)
    for column in noun.columns:
        if column.kind != "money":
            batch.add(column)
    if currency_of is not None:
        batch.columns["currency"] = currency_of(batch.columns["order_id"])
    for column in noun.columns:
        if column.kind == "money":
            batch.add_money(column)
    typed = batch.frame()
    if noun.name == "orders":
        _check_order(typed, batch.faults, raw)
    return Checked(typed, batch.faults, batch.blank_currencies, batch.bare_times)


class _Batch:
    """The columns of one batch as they become typed."""

    def __init__(self, noun: Noun, raw: pl.DataFrame, company: Company) -> None:
        self.noun, self.raw, self.company = noun, raw, company
        self.faults = Faults(raw.height)
        self.columns: dict[str, pl.Series] = {}
        self.blank_currencies = self.bare_times = 0
        self._decimals: pl.Series | int | None = None

    def text(self, column: Column) -> pl.Series:
        """The trimmed text of a column, null where blank; a required blank is marked."""
        if column.name in self.raw.columns:
            text = loaders.values.clean(self.raw[column.name])
        else:
            text = pl.Series([None], dtype=pl.String).new_from_index(0, self.raw.height)
        if column.required and text.null_count():
            self.faults.mark(text.is_null().to_numpy(), column.name, "missing_value")
        return text

    def add(self, column: Column) -> None:
        """Type one column that needs no other."""
        text = self.text(column)
        if text.null_count() == len(text):
            self.columns[column.name] = text.cast(TYPES[column.kind])
            if column.bare:
                self.columns[f"{column.name}_bare"] = text.is_not_null()
        elif column.kind == "time":
            self._add_time(column, text)
        else:
            self._keep(column, text, _parsed(column, text))
        if column.kind == "currency":
            self._fill_currency(column, text)

    def add_money(self, column: Column) -> None:
        """Type an amount by the currency of its row."""
        text = self.text(column)
        if self._decimals is None:
            self._decimals = loaders.values.decimals_of(self.columns["currency"])
        parsed = loaders.values.parse_decimals(text, self._decimals)
        self._keep(column, text, parsed)
        self._limit(column, text, parsed.values)

    def frame(self) -> pl.DataFrame:
        """All columns of the noun's schema."""
        series = {"file": self.raw["file"], "row": self.raw["row"], **self.columns}
        return pl.DataFrame({name: series[name] for name in self.noun.schema})

    def _add_time(self, column: Column, text: pl.Series) -> None:
        times = loaders.times.parse(text, self.company.zone)
        self.bare_times += int(times.bare.sum())
        parsed = Parsed(times.ms, {"bad_time": times.bad, "time_out_of_range": times.beyond})
        self._keep(column, text, parsed)
        if column.bare:
            self.columns[f"{column.name}_bare"] = pl.Series(times.bare_date)

    def _keep(self, column: Column, text: pl.Series, parsed: Parsed) -> None:
        self.columns[column.name] = parsed.values
        value = None if column.personal else text
        for code, mask in parsed.bad.items():
            self.faults.mark(mask, column.name, code, value=value, detail=_detail(column, code))
        if column.kind == "quantity":
            self._limit(column, text, parsed.values)

    def _limit(self, column: Column, text: pl.Series, values: pl.Series) -> None:
        if values.null_count() == len(values):
            return
        if column.kind == "money":
            large = (values.abs() > money.MINOR_UNITS_MAX).fill_null(False).to_numpy()
            self.faults.mark(large, column.name, "too_large", value=text)
        if not column.signed:
            negative = (values < 0).fill_null(False).to_numpy()
            self.faults.mark(negative, column.name, "negative", value=text)

    def _fill_currency(self, column: Column, text: pl.Series) -> None:
        blank = text.is_null()
        self.columns[f"{column.name}_bare"] = blank
        self.columns[column.name] = self.columns[column.name].fill_null(self.company.currency)
        if blank.any():
            self.blank_currencies += int((blank & self._has_amount()).sum())

    def _has_amount(self) -> pl.Series:
        """Where the currency says anything: an order's always does, it is that of its lines."""
        amounts = [column.name for column in self.noun.columns if column.kind == "money"]
        given = [name for name in amounts if name in self.raw.columns]
        if self.noun.name == "orders":
            return pl.Series([True]).new_from_index(0, self.raw.height)
        some = pl.any_horizontal(pl.lit(False), *(pl.col(name).is_not_null() for name in given))
        return self.raw.select(some.alias("some").fill_null(False)).to_series()


def _parsed(column: Column, text: pl.Series) -> Parsed:
    match column.kind:
        case "id":
            return loaders.values.parse_ids(text)
        case "text":
            return loaders.values.parse_texts(text, column.most)
        case "word":
            return loaders.values.parse_words(text, column.words)
        case "flag":
            return loaders.values.parse_flags(text)
        case "integer":
            return loaders.values.parse_integers(text)
        case "period":
            return loaders.values.parse_periods(text)
        case "currency":
            return loaders.values.parse_currencies(text)
        case "quantity":
            return loaders.values.parse_decimals(text, loaders.values.QUANTITY_DECIMALS)
        case _:
            return Parsed(text)


def _detail(column: Column, code: str) -> str:
    if code == "unknown_word":
        return ", ".join(column.words)
    if code == "text_too_long":
        return str(column.most)
    return str(loaders.values.QUANTITY_DECIMALS) if column.kind == "quantity" else ""


def _check_order(typed: pl.DataFrame, faults: Faults, raw: pl.DataFrame) -> None:
    """Only a cancellation or an adjustment takes money back."""
    amount = typed["amount"]
    if amount.null_count() < typed.height:
        negative = (amount < 0) & (typed["kind"].fill_null("sale") == "sale")
        faults.mark(_true(negative), "amount", "negative", value=raw["amount"])


_SIGN = pl.col("quantity").sign()
_GROSS = pl.col("quantity").cast(pl.Int128) * pl.col("unit_price").cast(pl.Int128)
_DISCOUNT_MILLI = pl.col("discount").cast(pl.Int128) * 1000
_LINE_RULES: tuple[tuple[str, str, pl.Expr], ...] = (
    ("quantity", "zero_quantity", pl.col("quantity") == 0),
    ("quantity", "negative_quantity", (pl.col("quantity") < 0) & (pl.col("_kind") == "sale")),
    ("unit_price", "too_large", _GROSS.abs() > LINE_MILLI_MAX),
    ("discount", "wrong_sign", pl.col("discount").sign() * _SIGN < 0),
    ("tax", "wrong_sign", pl.col("tax").sign() * _SIGN < 0),
    ("discount", "discount_too_large", _DISCOUNT_MILLI.abs() > _GROSS.abs()),
)


def check_line(typed: pl.DataFrame, faults: Faults, order_kind: pl.Series) -> None:
    """What a line's columns must be together, given the kind of its order (null: not known)."""
    judged = typed.with_columns(order_kind.alias("_kind")).select(
        rule.fill_null(False).alias(f"{column} {code}") for column, code, rule in _LINE_RULES
    )
    for column, code, _ in _LINE_RULES:
        mask = judged[f"{column} {code}"]
        if mask.any():
            value = _written(typed, mask, column)
            faults.mark(mask.to_numpy(), column, code, value=value)


def _written(typed: pl.DataFrame, mask: pl.Series, column: str) -> pl.Series:
    """Amounts and quantities of some rows as they would stand in a file, for messages."""
    some = typed.filter(mask)
    decimals = loaders.values.exponents(some["currency"]).fill_null(0)
    if column == "quantity":
        decimals = decimals * 0 + loaders.values.QUANTITY_DECIMALS
    texts = [
        money.format_exact(money.Exact(value, 10**digits))
        for value, digits in zip(some[column], decimals, strict=True)
    ]
    blank = pl.Series([None], dtype=pl.String).new_from_index(0, typed.height)
    return blank.scatter(mask.arg_true(), texts)


def paid_base_milli(typed: pl.DataFrame) -> pl.Series:
    """quantity x unit_price - discount of lines in thousandths of a minor unit, null if unknown."""
    return typed.select(_GROSS - _DISCOUNT_MILLI.fill_null(0)).to_series()


def _true(condition: pl.Series) -> loaders.times.Mask:
    return np.asarray(condition.fill_null(False).to_numpy(), np.bool_)
