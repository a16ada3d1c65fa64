"""What every order is worked out against, whichever orders are asked for: worked out once.

Sponsors, ranks, who qualifies when, and buyers' first orders follow from all rows together. A night
that cuts its orders into chunks hands the same `Whole` to each of them.
"""

from functools import cached_property

import polars as pl

import analytics.anchors
import analytics.network
import analytics.qualification
from analytics.columns import Columns
from analytics.kernels import readonly
from analytics.network import History
from analytics.plan import Plan
from analytics.qualification import Standing


class Whole:
    """All rows of one moment; distributors have the same row numbers in every cut of them."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._standing: dict[str, Standing] = {}

    @cached_property
    def history(self) -> History:
        """The dated sponsor edges."""
        dated = analytics.network.history(self._columns)
        return History(*(readonly(array) for array in dated))

    @cached_property
    def ranks(self) -> list[str | None]:
        """Every rank that occurs; the first is None."""
        return analytics.qualification.ranks(self._columns)

    @cached_property
    def first_paid(self) -> pl.DataFrame:
        """When each buyer first paid an order of a seller."""
        return analytics.anchors.first_paid(self._columns.orders)

    def standing(self, plan: Plan) -> Standing:
        """Who qualifies when under a plan version."""
        if plan.id not in self._standing:
            found = analytics.qualification.standing(self._columns, plan)
            self._standing[plan.id] = Standing(*(readonly(array) for array in found))
        return self._standing[plan.id]
