"""Jurisdiction packs as far as plans are held to them: the most paid levels, the largest payout."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from graph import money
from graph.money import Exact

FILE = Path(__file__).parent / "plans" / "packs.toml"


@dataclass(frozen=True)
class Pack:
    """One pack. None where it sets no number. `status` says how far its source was found."""

    name: str
    jurisdiction: bool
    max_tiers: int | None
    payout_cap: Exact | None
    payout_base: str
    source: str
    status: str


@cache
def known() -> dict[str, Pack]:
    """All packs by name."""
    raw = tomllib.loads(FILE.read_text("utf-8"))["packs"]
    return {name: _pack(name, found) for name, found in raw.items()}


def named(names: Iterable[str]) -> list[Pack]:
    """The known ones of `names`, in their order."""
    return [known()[name] for name in names if name in known()]


def _pack(name: str, found: dict[str, str | int]) -> Pack:
    cap = found.get("payout_cap")
    tiers = found.get("max_tiers")
    return Pack(
        name=name,
        jurisdiction=bool(found.get("jurisdiction", True)),
        max_tiers=None if tiers is None else int(tiers),
        payout_cap=None if cap is None else money.parse_rate(str(cap)),
        payout_base=str(found.get("payout_base", "")),
        source=str(found.get("source", "")),
        status=str(found.get("status", "")),
    )
