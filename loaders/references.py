"""What a row may name: the rows of the folder first, then what the graph already holds.

`Known` is the graph as the intake sees it; `NothingKnown` is a dry run or an empty graph.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import polars as pl

from loaders.faults import CAUSE, Faults
from loaders.index import Index, Positions
from loaders.nouns import Schema

# The columns that each answer of `Known` has; ids that are not there have no row.
DISTRIBUTORS: Schema = {"id": pl.String, "joined_at": pl.Int64, "region": pl.String}
SPONSOR_EDGES: Schema = {
    "child_id": pl.String,
    "sponsor_id": pl.String,
    "since": pl.Int64,
    "until": pl.Int64,
    "reason": pl.String,
}
CUSTOMERS: Schema = {"id": pl.String, "distributor_id": pl.String, "region": pl.String}
PRODUCTS: Schema = {"id": pl.String}
ORDERS: Schema = {
    "id": pl.String,
    "kind": pl.String,  # a word of graph.model.ORDER_KIND
    "currency": pl.String,
    "region": pl.String,
    "buyer_id": pl.String,
}
LINES: Schema = {"order_id": pl.String, "line_no": pl.Int64}
PAYOUTS: Schema = {"id": pl.String}


class Known(Protocol):
    """What the graph holds, asked by ids (a String series without nulls), answered as frames."""

    def distributors(self, ids: pl.Series) -> pl.DataFrame:
        """DISTRIBUTORS of those ids that exist."""
        ...

    def sponsor_edges(self, ids: pl.Series) -> pl.DataFrame:
        """SPONSOR_EDGES of these distributors and of all who were ever above them; asked only when
        the folder has sponsor_changes.
        """
        ...

    def customers(self, ids: pl.Series) -> pl.DataFrame:
        """CUSTOMERS of those ids that exist."""
        ...

    def has_products(self) -> bool:
        """True where the graph holds any product, so that an unknown one can be told."""
        ...

    def products(self, ids: pl.Series) -> pl.DataFrame:
        """PRODUCTS of those ids that exist."""
        ...

    def orders(self, ids: pl.Series) -> pl.DataFrame:
        """ORDERS of those ids that exist."""
        ...

    def lines(self, order_ids: pl.Series) -> pl.DataFrame:
        """LINES of those orders, all of them; asked only when a row names a line."""
        ...

    def payouts(self, ids: pl.Series) -> pl.DataFrame:
        """PAYOUTS of those ids that exist."""
        ...


class NothingKnown:
    """An empty graph."""

    def distributors(self, ids: pl.Series) -> pl.DataFrame:
        """No row."""
        return pl.DataFrame(schema=DISTRIBUTORS)

    def sponsor_edges(self, ids: pl.Series) -> pl.DataFrame:
        """No row."""
        return pl.DataFrame(schema=SPONSOR_EDGES)

    def customers(self, ids: pl.Series) -> pl.DataFrame:
        """No row."""
        return pl.DataFrame(schema=CUSTOMERS)

    def has_products(self) -> bool:
        """None."""
        return False

    def products(self, ids: pl.Series) -> pl.DataFrame:
        """No row."""
        return pl.DataFrame(schema=PRODUCTS)

    def orders(self, ids: pl.Series) -> pl.DataFrame:
        """No row."""
        return pl.DataFrame(schema=ORDERS)

    def lines(self, order_ids: pl.Series) -> pl.DataFrame:
        """No row."""
        return pl.DataFrame(schema=LINES)

    def payouts(self, ids: pl.Series) -> pl.DataFrame:
        """No row."""
        return pl.DataFrame(schema=PAYOUTS)


class Referable:
    """The rows of one noun that others may name: the good ones, and why the bad ones are bad."""

    def __init__(self, attributes: Schema, ask: Callable[[pl.Series], pl.DataFrame]) -> None:
        self.good = Index(attributes)
        self.bad = Index({**CAUSE, "currency": pl.String})
        self._ask = ask
        self._last: tuple[pl.Series, Positions] | None = None

    def find(self, ids: pl.Series) -> Positions:
        """Positions in `good`; ids that the folder does not have are asked of what is known."""
        # Several checks of one batch ask for the same column.
        if self._last is not None and self._last[0].equals(ids, null_equal=True):
            return self._last[1]
        positions = self._found(ids)
        self._last = (ids, positions) if (positions >= 0).all() else None
        return positions

    def _found(self, ids: pl.Series) -> Positions:
        positions = self.good.find(ids)
        missing = ids.filter(pl.Series(positions < 0)).drop_nulls()
        if len(missing):
            answer = self._ask(missing.unique(maintain_order=True))
            if answer.height:
                self.good.add(answer)
                positions = self.good.find(ids)
        return positions

    def mark(self, faults: Faults, column: str, code: str, ids: pl.Series) -> Positions:
        """Mark rows whose id is neither good nor known, with the first cause where it is bad."""
        positions = self.find(ids)
        unknown = (positions < 0) & ids.is_not_null().to_numpy()
        if unknown.any():
            faults.mark(unknown, column, code, value=ids, cause=self.causes(ids))
        return positions

    def forget(self) -> None:
        """Empty `good`: its rows are added anew."""
        self.good = Index({k: v for k, v in self.good.schema.items() if k != "id"})
        self._last = None

    def causes(self, ids: pl.Series) -> pl.DataFrame:
        """CAUSE of each id that was rejected; null for the others."""
        positions = self.bad.find(ids)
        return pl.DataFrame([self.bad.get(positions, name) for name in CAUSE])

    def rejected(
        self, ids: pl.Series, faults: pl.DataFrame, files: Sequence[str], currency: pl.Series
    ) -> None:
        """Remember rows rejected: `ids` beside their `faults`, null where the id itself is bad."""
        root = faults["cause_code"].is_null()
        own = {
            "cause_code": faults["code"],
            "cause_file": pl.Series(list(files), dtype=pl.String).gather(faults["file"]),
            "cause_row": faults["row"],
            "cause_id": ids,
        }
        cause = {name: faults[name].zip_with(~root, own[name]) for name in CAUSE}
        rows = pl.DataFrame({"id": ids, **cause, "currency": currency})
        self.bad.add(rows.filter(pl.col("id").is_not_null()))
