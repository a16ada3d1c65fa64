"""Five rules of screening the straightforward way: pandas frames, merges, group-bys.

What each line was bought for (domain rules: linked, entry-linked, own use, stock, retail), then
RET-001, RET-003, REC-006, INV-002 and PAY-001 of the whole network as numerator and denominator in
minor units. It knows what the drawn company has and no more: one currency, UTC, everybody a person
of his own, no cancellations, no unknown buyers.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import analytics.snapshot
from graph.model import DAY_MS, IDENTIFIER_KIND, OWNER_KIND, PRODUCT_KIND

Frame = Any
Column = Any
"""Of pandas, whose stubs refuse much that it can do."""

Sums = dict[str, tuple[int, int]]

ALLOWANCE_TIMES, ALLOWANCE_ORDERS, ALLOWANCE_SETTING, ENTRY_DAYS = 3, 60, 50_000, 30
CUSTOMER, DISTRIBUTOR = 1, 2
CARD = IDENTIFIER_KIND.index("card")


def screen(folder: Path, as_of_ms: int) -> Sums:
    """Numerator and denominator by rule."""
    columns, _ = analytics.snapshot.read(folder, check=False)
    nouns = ("distributors", "products", "orders", "lines", "refunds", "identifiers", "entries")
    frames = {noun: getattr(columns, noun).to_pandas() for noun in nouns}
    today = as_of_ms // DAY_MS
    pieces = _classed(frames)
    entries = frames["entries"].merge(
        frames["orders"][["ordered_at"]], left_on="order_row", right_index=True
    )
    earned = entries[entries["ordered_at"] // DAY_MS > today - 180]
    year, half = (pieces[pieces["day"] > today - days] for days in (365, 180))
    goods = ~year["kind"].isin([PRODUCT_KIND.index(one) for one in ("fee", "kit")])
    loaded = (year["class"] == "S") | ((year["class"] == "J") & goods)
    loaded &= year["buyer_kind"] == DISTRIBUTOR
    return {
        "RET-001": _of(year, year["class"] == "R"),
        "RET-003": _of(year, year["class"].isin(["R", "P"])),
        "REC-006": _of(pieces, pieces["class"] == "J"),
        "INV-002": _of(year, loaded),
        "PAY-001": (int(earned["amount"].sum()), int(half["net"].sum())),
    }


def _of(pieces: Frame, chosen: Column) -> tuple[int, int]:
    return int(pieces.loc[chosen, "net"].sum()), int(pieces["net"].sum())


def _classed(frames: dict[str, Frame]) -> Frame:
    """Every line with its class; purchases that the allowance covers in part as two rows."""
    lines = _money(frames)
    fee = lines["kind"] == PRODUCT_KIND.index("fee")
    entry = lines["kind"].isin([PRODUCT_KIND.index(one) for one in ("kit", "training")])
    member = lines["buyer_kind"] == DISTRIBUTOR
    linked = ~member & lines["buyer_row"].isin(_on_our_cards(frames["identifiers"]))
    lines["class"] = np.select(
        [fee | (member & entry), linked, ~member], ["J", "W", "R"], default="bought"
    )
    bought = lines[lines["class"] == "bought"]
    return pd.concat([lines[lines["class"] != "bought"], _split(bought, _allowance(lines))])


def _money(frames: dict[str, Frame]) -> Frame:
    """Lines with buyer, day, kind of product, gross and net."""
    orders = frames["orders"][["buyer_kind", "buyer_row", "ordered_at"]]
    lines = frames["lines"].merge(orders, left_on="order_row", right_index=True)
    kinds = frames["products"]["kind"].rename("kind")
    lines = lines.merge(kinds, left_on="product_row", right_index=True)
    taken = frames["refunds"].groupby(["order_row", "line_no"], as_index=False)["amount"].sum()
    lines = lines.merge(taken, on=["order_row", "line_no"], how="left")
    lines["gross"] = lines["quantity_milli"] * lines["unit_price"] // 1000 - lines["discount"]
    lines["net"] = lines["gross"] - lines["amount"].fillna(0).astype(np.int64)
    lines["day"] = lines["ordered_at"] // DAY_MS
    at = pd.to_datetime(lines["ordered_at"], unit="ms")
    lines["month"] = at.dt.year * 12 + at.dt.month
    joined = frames["distributors"]["joined_at"] // DAY_MS
    lines["since"] = lines["day"] - lines["buyer_row"].map(joined)
    return lines


def _on_our_cards(identifiers: Frame) -> Column:
    """Customers whose card is a distributor's (all of whom joined before their customers buy)."""
    cards = identifiers[identifiers["kind"] == CARD]
    by_owner = {word: cards[cards["owner_kind"] == OWNER_KIND.index(word)] for word in OWNER_KIND}
    both = by_owner["customer"].merge(by_owner["distributor"], on="value", suffixes=("", "_of"))
    return both["owner_row"]


def _allowance(lines: Frame) -> int:
    retail = lines[(lines["class"] == "R") & (lines["gross"] > 0)]
    if retail["order_row"].nunique() < ALLOWANCE_ORDERS:
        return ALLOWANCE_SETTING
    monthly = retail.groupby(["buyer_row", "month"])["gross"].sum()
    return int(np.floor(ALLOWANCE_TIMES * monthly.median() + 0.5))


def _split(bought: Frame, allowance: int) -> Frame:
    """Own use up to the allowance of a person's month, the rest by the days since joining."""
    bought = bought.sort_values(["ordered_at", "order_row", "line_no"])
    spent = bought.groupby(["buyer_row", "month"])["net"].cumsum()
    left = (allowance - (spent - bought["net"])).clip(lower=0)
    own = np.minimum(bought["net"], left)
    rest = np.where(bought["since"] <= ENTRY_DAYS, "J", "S")
    covered = bought.assign(net=own, **{"class": "P"})
    beyond = bought.assign(net=bought["net"] - own, **{"class": rest})
    return pd.concat([covered, beyond])
