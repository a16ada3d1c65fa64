"""A simulated network as canonical files: the same network gives the same bytes.

What happens after the last day is not written. All days of a kind have one hour: people join at 8,
order and are refunded at 12, leave at midnight.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from analytics.facts.frames import Ints
from loaders.generate_files import Writer
from loaders.scenarios.life import DISTRIBUTOR, NEVER, NOBODY, RELEASE_DAYS, Life

DAY_MS = 86_400_000
JOINS, ORDERS = "08:00:00Z", "12:00:00Z"
SOLD_ON_FOR = 1.2
"""What a reseller takes, in parts of what he paid."""


def write(folder: Path, life: Life, *, form: str = "csv") -> dict[str, int]:
    """All nouns into `folder` (made if need be); rows by noun. A plan where one ties pay to buying.

    Misconfigured where the folder holds a noun in another form.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frames = _frames(life)
    for noun, frame in frames.items():
        with Writer(folder, noun, form) as file:
            file.write(frame)
    if float(life.ways["qualify.T"]) > 0:
        (folder / "plan.toml").write_text(_plan(life), "utf-8")
    return {noun: frame.height for noun, frame in frames.items()}


def _frames(life: Life) -> Mapping[str, pl.DataFrame]:
    return {
        "distributors": _distributors(life),
        "customers": _customers(life),
        "products": _products(life),
        "orders": _orders(life),
        "order_lines": _lines(life),
        "refunds": _refunds(life),
        "identifiers": _identifiers(life),
        "resales": _resales(life),
        "payouts": _payouts(life),
        "buybacks": _buybacks(life),
    }


def last_day(life: Life) -> str:
    """The last day as a date, as-of of the screening."""
    return str(np.datetime64(life.as_of, "D"))


def ids(letter: str, number: pl.Series | Ints) -> pl.Series:
    """D000001, ... from numbers that count from 0; null for -1."""
    values = pl.Series(number, dtype=pl.Int64)
    return (letter + (values + 1).cast(pl.String).str.zfill(6)).set(values < 0, None)


def _times(day: pl.Series, hour: str, *, until: int = NEVER - 1) -> pl.Series:
    """ISO 8601; null for a day beyond `until`."""
    known = pl.Series((day.fill_null(NEVER) <= until).to_numpy())
    dates = pl.Series(np.where(known, day.to_numpy(), 0).astype("datetime64[D]"))
    return (dates.dt.strftime("%Y-%m-%dT") + hour).set(~known, None)


def money(values: pl.Series) -> pl.Series:
    """Fen as a decimal text in major units."""
    return pl.Series(_decimal(values.abs(), 100, 2).set(values < 0, None)).fill_null(
        "-" + _decimal(values.abs(), 100, 2)
    )


def _decimal(values: pl.Series, parts: int, digits: int) -> pl.Series:
    whole, rest = (values // parts).cast(pl.String), (values % parts).cast(pl.String)
    return whole + "." + rest.str.zfill(digits)


def _distributors(life: Life) -> pl.DataFrame:
    accounts = life.accounts.with_row_index("number").filter(pl.col("joined") <= life.as_of)
    return pl.DataFrame(
        {
            "distributor_id": ids("D", accounts["number"]),
            "sponsor_id": ids("D", accounts["sponsor"]),
            "joined_at": _times(accounts["joined"], JOINS),
            "left_at": _times(accounts["left"], "00:00:00Z", until=life.as_of),
            "person_id": "p" + accounts["person"].cast(pl.String),
        }
    )


def _customers(life: Life) -> pl.DataFrame:
    became = life.customers["became"].clip(NOBODY)
    joined = pl.Series(np.where(became == NOBODY, NEVER, life.column("joined")[became]))
    known = became.set(joined > life.as_of, NOBODY)
    return pl.DataFrame(
        {
            "customer_id": ids("C", np.arange(life.customers.height)),
            "distributor_id": ids("D", life.customers["seller"]),
            "bound_at": _times(life.customers["first_day"], ORDERS),
            "became_distributor_id": ids("D", known),
        }
    ).filter(life.customers["first_day"] <= life.as_of)


def _products(life: Life) -> pl.DataFrame:
    rows = [
        {
            "product_id": name,
            "kind": product.kind,
            "mandatory_to_join": str(int(product.mandatory)),
            "list_price": f"{product.price / 100:.2f}",
            "reference_price": ""
            if product.reference is None
            else f"{product.reference / 100:.2f}",
            "currency": "CNY",
        }
        for name, product in life.products.items()
    ]
    return pl.DataFrame(rows)


def _known_orders(life: Life) -> pl.DataFrame:
    return life.orders.with_row_index("number").filter(pl.col("day") <= life.as_of)


def _orders(life: Life) -> pl.DataFrame:
    orders = _known_orders(life)
    as_distributor = orders["buyer_kind"] == DISTRIBUTOR
    buyer = ids("C", orders["buyer"]).zip_with(~as_distributor, ids("D", orders["buyer"]))
    words = pl.Series(["customer", "distributor", None]).gather(orders["buyer_kind"])
    sales = pl.DataFrame(
        {
            "order_id": ids("O", orders["number"].cast(pl.Int64)),
            "seller_id": ids("D", orders["seller"]),
            "buyer_kind": words,
            "buyer_id": buyer.set(orders["buyer_kind"] > DISTRIBUTOR, None),
            "ordered_at": _times(orders["day"], ORDERS),
            "kind": pl.Series(["sale"], dtype=pl.String).new_from_index(0, orders.height),
            "currency": pl.Series(["CNY"]).new_from_index(0, orders.height),
            "amount": pl.Series([None], dtype=pl.String).new_from_index(0, orders.height),
        }
    )
    return pl.concat([sales, _cancellations(life)])


def _nameless(life: Life) -> pl.Series:
    """Refunded orders whose return is booked as a cancellation of nothing in particular."""
    orders = _known_orders(life)
    return life.blank_cancellations & (orders["why"] == "wash")


def _cancellations(life: Life) -> pl.DataFrame:
    orders = _known_orders(life)
    orders = orders.filter(_nameless(life) & (orders["refund_day"] <= life.as_of))
    count = orders.height
    return pl.DataFrame(
        {
            "order_id": ids("X", orders["number"].cast(pl.Int64)),
            "seller_id": ids("D", orders["seller"]),
            "buyer_kind": pl.Series(["customer"]).new_from_index(0, count),
            "buyer_id": ids("C", orders["buyer"]),
            "ordered_at": _times(orders["refund_day"], ORDERS),
            "kind": pl.Series(["cancellation"]).new_from_index(0, count),
            "currency": pl.Series(["CNY"]).new_from_index(0, count),
            "amount": "-" + money(orders["fen"]),
        },
    )


def _lines(life: Life) -> pl.DataFrame:
    """One line each: as many thousandths of a piece as make the amount."""
    orders = _known_orders(life)
    prices = {name: product.price for name, product in life.products.items()}
    price = orders["product"].replace_strict(prices, return_dtype=pl.Int64)
    thousandths = orders["fen"] * 1000 // price
    assert (thousandths * price == orders["fen"] * 1000).all()
    return pl.DataFrame(
        {
            "order_id": ids("O", orders["number"].cast(pl.Int64)),
            "line_no": pl.Series(["1"]).new_from_index(0, orders.height),
            "product_id": orders["product"],
            "quantity": _decimal(thousandths, 1000, 3),
            "unit_price": money(price),
        }
    )


def _refunds(life: Life) -> pl.DataFrame:
    orders = _known_orders(life)
    orders = orders.filter(~_nameless(life) & (orders["refund_day"] <= life.as_of))
    return pl.DataFrame(
        {
            "refund_id": ids("R", orders["number"].cast(pl.Int64)),
            "order_id": ids("O", orders["number"].cast(pl.Int64)),
            "amount": money(orders["fen"]),
            "currency": pl.Series(["CNY"]).new_from_index(0, orders.height),
            "refunded_at": _times(orders["refund_day"], ORDERS),
        }
    )


def _identifiers(life: Life) -> pl.DataFrame:
    rows = life.identifiers
    known = {
        "distributor": life.column("joined") <= life.as_of,
        "customer": life.customers["first_day"].to_numpy() <= life.as_of,
        "order": life.orders["day"].to_numpy() <= life.as_of,
    }
    found = []
    for kind, letter in (("distributor", "D"), ("customer", "C"), ("order", "O")):
        own = rows.filter(pl.col("owner_kind") == kind)
        own = own.filter(pl.Series(known[kind][own["owner"].to_numpy()], dtype=pl.Boolean))
        found.append(
            own.select(
                "owner_kind",
                ids(letter, own["owner"]).alias("owner_id"),
                "kind",
                "value",
                shared=pl.when("shared").then(pl.lit("1")),
            )
        )
    return pl.concat(found)


def _resales(life: Life) -> pl.DataFrame:
    orders = _known_orders(life).filter(pl.col("resold") > 0)
    sold = (orders["fen"] * orders["resold"]).round().cast(pl.Int64)
    return pl.DataFrame(
        {
            "distributor_id": ids("D", orders["buyer"]),
            "order_id": ids("O", orders["number"].cast(pl.Int64)),
            "line_no": pl.Series(["1"]).new_from_index(0, orders.height),
            "period": _times(orders["day"], "").str.slice(0, 7),
            "amount": money(sold),
            "sold_for": money((sold * SOLD_ON_FOR).round().cast(pl.Int64)),
            "currency": pl.Series(["CNY"]).new_from_index(0, orders.height),
        }
    )


def _payouts(life: Life) -> pl.DataFrame:
    rows = life.payouts.with_row_index("number").filter(pl.col("earned") <= life.as_of)
    rows = rows.with_columns(number=pl.col("number").cast(pl.Int64))
    back = rows.filter(pl.col("taken_back") <= life.as_of)
    first = _payout_rows(rows, ids("Y", rows["number"]), rows["earned"], rows["released"], None)
    again = _payout_rows(back, ids("Z", back["number"]), back["taken_back"], None, back["number"])
    return pl.concat([first, again])


def _payout_rows(
    rows: pl.DataFrame,
    names: pl.Series,
    earned: pl.Series,
    released: pl.Series | None,
    reverses: pl.Series | None,
) -> pl.DataFrame:
    blank = pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    return pl.DataFrame(
        {
            "payout_id": names,
            "beneficiary_id": ids("D", rows["beneficiary"]),
            "basis": rows["basis"],
            "order_id": ids("O", rows["order"]),
            "recruit_id": ids("D", rows["recruit"]),
            "level": rows["level"].cast(pl.String).set(rows["level"] < 0, None),
            "amount": money(rows["fen"]),
            "currency": pl.Series(["CNY"]).new_from_index(0, rows.height),
            "earned_at": _times(earned, ORDERS),
            "released_at": blank if released is None else _times(released, ORDERS),
            "reverses": blank if reverses is None else ids("Y", reverses),
            "reason": rows["reason"],
            "approved_by": rows["approved_by"],
        }
    )


def _buybacks(life: Life) -> pl.DataFrame:
    rows = life.buybacks
    paid = rows["paid"] <= life.as_of
    return pl.DataFrame(
        {
            "request_id": ids("B", np.arange(rows.height)),
            "distributor_id": ids("D", rows["distributor"]),
            "order_id": ids("O", rows["order"]),
            "requested_at": _times(rows["requested"], ORDERS),
            "amount": money(rows["fen"]),
            "saleable": pl.Series(["1"]).new_from_index(0, rows.height),
            "paid_at": _times(rows["paid"], ORDERS, until=life.as_of),
            "paid_amount": money(rows["fen"]).set(~paid, None),
            "currency": pl.Series(["CNY"]).new_from_index(0, rows.height),
        }
    )


def _plan(life: Life) -> str:
    rates = ", ".join(f'"{rate:g}"' for rate in life.ways["rates"])
    return f"""name = "scenario"
version = "1"
valid_from = "2025-01-01T00:00:00Z"
rates = [{rates}]
first_level = "seller"
freeze_days = {RELEASE_DAYS}

[qualification]
own_purchase = {{amount = {{CNY = "{float(life.ways["qualify.T"]):.2f}"}}, days = 30}}
"""
