"""How the people of a scenario live: named numbers with defaults, plain ones and those of a branch.

Names are dotted (`retail.new`); rates and shares are plain numbers, money is CNY in major units,
times are calendar months and days. A branch is everybody below the roots that `branch.seeds` names:
they live by the plain numbers with `branch.over` laid over them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.facts.frames import Floats
from analytics.measures import Flags
from graph.errors import Misconfigured

Numbers = Mapping[str, Any]

DEFAULTS: dict[str, Any] = {
    "months": 18,
    "seeds": 20,  # roots, all joined on the first day, free of charge
    "recruit.rate": 0.05,  # Poisson mean, recruits by active distributor and month
    "recruit.cap": None,  # saturation: mean x max(0, 1 - accounts ever opened / cap)
    "recruit.schedule": None,  # one rate for each month instead of `rate`; the last one stays
    "attach": "uniform",  # "recent": x 3 in the first 45 days, x 0.3 afterwards
    "churn": 0.05,
    "join.fee": 0.0,
    "join.kit": 0.0,
    "join.kit_value": 0.0,  # fair value of fee, kit and training together
    "join.kit_take": 1.0,
    "join.mandatory": False,
    "join.load": 0.0,
    "join.load_take": 0.0,
    "join.disguised": False,  # the kit is booked as an ordinary product, with commission
    "join.training": 0.0,
    "recruit_bonus": [],  # by level above the recruit
    "bonus_base": "join",  # else every element is an amount
    "rates": [0.1, 0.05, 0.03],  # level 1 is the seller
    "comm_on_own": True,
    "comm_on_join": False,
    "retail.new": 0.8,
    "retail.repeat": 0.35,
    "retail.aov": 150.0,
    "retail.hetero": 1.5,  # shape of the sales ability, mean 1
    "personal.p": 0.25,
    "personal.amt": 120.0,
    "qualify.T": 0.0,
    "qualify.share": 0.0,
    "stock.p": 0.0,
    "stock.amt": 0.0,
    "stock.sold": 0.0,
    "wash.share": 0.0,
    "wash.amt": 0.0,
    "wash.same": 0.0,
    "wash.refund": 0.0,
    "dummy.share": 0.0,
    "dummy.k": 0,
    "refund": 0.03,
    "price_ratio": 1.1,
    "buyback.req": 0.02,
    "buyback.honoured": 1.0,
    "prejoin.share": 0.0,
    "prejoin.amt": 0.0,
    "branch.seeds": [],
}
"""Every parameter and what holds where a scenario says nothing."""


@dataclass(frozen=True)
class Ways:
    """The plain numbers and those of the branch; the same where there is none."""

    plain: Numbers
    over: Numbers

    def __getitem__(self, name: str) -> Any:
        """The plain number of a name."""
        return self.plain[name]

    def of(self, name: str, in_branch: Flags) -> Floats:
        """One number for each account."""
        return np.where(in_branch, float(self.over[name]), float(self.plain[name]))


def ways(given: Mapping[str, Any]) -> Ways:
    """The numbers of a scenario, as nested tables; Misconfigured names a parameter nobody knows."""
    flat = dict(_flat(given))
    over = {name.removeprefix("branch.over."): v for name, v in flat.items() if _is_over(name)}
    own = {name: value for name, value in flat.items() if not _is_over(name)}
    for name in (*own, *over):
        if name not in DEFAULTS:
            raise Misconfigured(f"a scenario has no parameter {name!r}")
    plain = DEFAULTS | own
    return Ways(plain, plain | over)


def _is_over(name: str) -> bool:
    return name.startswith("branch.over.")


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield above + name, value
