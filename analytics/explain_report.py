"""One order on a terminal: its path with reasons, what adds up, the entries that were booked."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

import graph.words
from analytics.commission_schema import Conservation
from analytics.explain import Explanation, LinePlace, Place
from graph import money
from graph.keys import Row
from graph.money import Exact

ORIGINS = {
    "frozen": "as the first night that worked it out has fixed it",
    "today": "as today's data would give it: no night has worked it out yet",
    "what_if": "as it would be: the order is not saved",
}


def tell(console: Console, found: Explanation, *, lang: str, zone: ZoneInfo) -> None:
    """Everything about one order."""
    _say(console, f"order {found.order_id}, sold by {found.seller_id or 'the house'}")
    _say(console, f"paid {_time(found.paid_at_ms, zone)}, plan {found.plan or 'none in force'}")
    _say(console, ORIGINS[found.origin])
    if found.path:
        console.print(_path(found, lang))
        _say(console, _adds_up(found.conservation, found.currency))
    else:
        _say(console, "nobody stands on its path: nothing is promised")
    if found.lines:
        console.print(_lines(found))
    if found.entries:
        console.print(_entries(found.entries, zone))
    for note in found.notes:
        _say(console, f"! {graph.words.text('notes', note.code, lang, **note.facts)}")


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _time(at_ms: int | None, zone: ZoneInfo) -> str:
    if at_ms is None:
        return "never"
    return datetime.fromtimestamp(at_ms / 1000, zone).isoformat(" ", "seconds")


def _table(title: str, headings: Iterable[str], right: Iterable[str]) -> Table:
    table, numbers = Table(title=title, title_justify="left"), set(right)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in numbers else "left")
    return table


def _path(found: Explanation, lang: str) -> Table:
    ranked = any(place.rank for place in found.path)
    headings = ["position", "level", "beneficiary", *["rank"][:ranked], "rate", "from", "base"]
    headings += ["exact share", "amount", "why"]
    numbers = ("position", "level", "rate", "base", "exact share", "amount")
    table = _table(f"commission path ({found.currency})", headings, numbers)
    for place in found.path:
        table.add_row(*_cells(place, found.currency, ranked=ranked, lang=lang))
    paid = sum(place.amount for place in found.path)
    table.add_section()
    blank = [""] * (len(headings) - 3)
    table.add_row("", *blank, money.format_minor(paid, found.currency), "in all")
    return table


def _cells(place: Place, currency: str, *, ranked: bool, lang: str) -> list[str]:
    why = graph.words.text("outcomes", place.outcome, lang)
    if place.cut:
        why += f" (cut {money.format_minor(place.cut, currency)})"
    leveled = place.level is not None
    return [
        "" if place.position is None else str(place.position),
        str(place.level or ""),
        place.beneficiary_id or "",
        *[place.rank or ""][:ranked],
        place.rate or "",
        place.rate_source or "",
        _major(place.base, currency),
        _major(place.share, currency) if leveled else "",
        money.format_minor(place.amount, currency) if leveled else "",
        why,
    ]


def _lines(found: Explanation) -> Table:
    headings = ("line", "level", "beneficiary", "rate", "from", "base", "exact share")
    table = _table("by line, where lines differ", headings, ("rate", "base", "exact share"))
    for one in found.lines:
        table.add_row(*_line_cells(one, found.currency))
    return table


def _line_cells(one: LinePlace, currency: str) -> list[str]:
    return [
        str(one.line_no),
        str(one.level or ""),
        one.beneficiary_id or "",
        one.rate or "",
        one.rate_source or "",
        _major(one.base, currency),
        _major(one.share, currency),
    ]


def _adds_up(kept: Conservation, currency: str) -> str:
    terms = {
        "promised": kept.promised,
        "paid": Exact(kept.paid),
        "breakage": kept.breakage,
        "capped": Exact(kept.capped),
        "rounding": kept.rounding,
    }
    said = {name: f"{name} {_major(value, currency)}" for name, value in terms.items()}
    promised = said.pop("promised")
    return f"{promised} = {' + '.join(said.values())}" + ("" if kept.check else "  DOES NOT ADD UP")


def _entries(entries: Iterable[Row], zone: ZoneInfo) -> Table:
    headings = (
        "beneficiary",
        "level",
        "kind",
        "cause",
        "amount",
        "booked at",
        "state",
        "available",
    )
    table = _table("entries booked", headings, ("level", "amount"))
    for entry in entries:
        table.add_row(
            entry["beneficiary_id"],
            str(entry["level"]),
            entry["kind"],
            entry["cause"],
            money.format_minor(entry["amount_minor"], entry["currency"]),
            _time(entry["booked_at_ms"], zone),
            entry["state"],
            "" if entry["available_at_ms"] is None else _time(entry["available_at_ms"], zone),
        )
    return table


def _major(minor: Exact, currency: str) -> str:
    """Minor units exactly in major ones; a fraction where no decimal is exact."""
    return money.format_exact(minor / 10 ** money.exponent(currency))
