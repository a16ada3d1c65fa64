"""One order on a terminal: its path with reasons, what adds up, the entries that were booked."""

from collections.abc import Iterable, Sequence
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

RIGHT = {"position", "level", "line", "rate", "base", "share", "amount"}


def tell(console: Console, found: Explanation, *, lang: str, zone: ZoneInfo) -> None:
    """Everything about one order."""
    house = _word("house", lang)
    _say(console, _word("order", lang, order_id=found.order_id, seller_id=found.seller_id or house))
    plan = found.plan or _word("no_plan", lang)
    _say(console, _word("paid_at", lang, time=_time(found.paid_at_ms, zone, lang), plan=plan))
    _say(console, graph.words.text("lists", f"path_origin.{found.origin}", lang))
    if found.path:
        console.print(_path(found, lang))
        _say(console, _adds_up(found.conservation, found.currency, lang))
    else:
        _say(console, _word("nobody", lang))
    if found.lines:
        console.print(_lines(found, lang))
    if found.entries:
        console.print(_entries(found.entries, zone, lang))
    for note in found.notes:
        facts = {"id": note.id, **note.facts}
        _say(console, f"! {graph.words.text('notes', note.code, lang, **facts)}")


def _word(code: str, lang: str, **facts: object) -> str:
    return graph.words.text("explain", code, lang, **facts)


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _time(at_ms: int | None, zone: ZoneInfo, lang: str) -> str:
    if at_ms is None:
        return _word("never", lang)
    return datetime.fromtimestamp(at_ms / 1000, zone).isoformat(" ", "seconds")


def _table(title: str, headings: Iterable[str], lang: str) -> Table:
    table = Table(title=title, title_justify="left")
    for code in headings:
        table.add_column(_word(code, lang), justify="right" if code in RIGHT else "left")
    return table


def _path(found: Explanation, lang: str) -> Table:
    ranked = any(place.rank for place in found.path)
    headings = ["position", "level", "beneficiary", *["rank"][:ranked], "rate", "from", "base"]
    headings += ["share", "amount", "why"]
    table = _table(_word("path", lang, currency=found.currency), headings, lang)
    for place in found.path:
        table.add_row(*_cells(place, found.currency, ranked=ranked, lang=lang))
    paid = money.format_minor(sum(place.amount for place in found.path), found.currency)
    table.add_section()
    table.add_row(*[""] * (len(headings) - 2), paid, _word("in_all", lang))
    return table


def _cells(place: Place, currency: str, *, ranked: bool, lang: str) -> list[str]:
    why = graph.words.text("outcomes", place.outcome, lang)
    if place.cut:
        why += f" ({_word('cut', lang, amount=money.format_minor(place.cut, currency))})"
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


def _lines(found: Explanation, lang: str) -> Table:
    headings = ("line", "level", "beneficiary", "rate", "from", "base", "share")
    table = _table(_word("by_line", lang), headings, lang)
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


def _adds_up(kept: Conservation, currency: str, lang: str) -> str:
    terms = {
        "promised": kept.promised,
        "paid": Exact(kept.paid),
        "breakage": kept.breakage,
        "capped": Exact(kept.capped),
        "rounding": kept.rounding,
    }
    assert kept.check, terms
    return _word("adds_up", lang, **{name: _major(term, currency) for name, term in terms.items()})


def _entries(entries: Sequence[Row], zone: ZoneInfo, lang: str) -> Table:
    headings = ("beneficiary", "level", "kind", "cause", "amount", "booked_at", "state")
    table = _table(_word("booked", lang), (*headings, "available"), lang)
    for entry in entries:
        available = entry["available_at_ms"]
        table.add_row(
            entry["beneficiary_id"],
            str(entry["level"]),
            graph.words.text("lists", f"entry_kind.{entry['kind']}", lang),
            entry["cause"],
            money.format_minor(entry["amount_minor"], entry["currency"]),
            _time(entry["booked_at_ms"], zone, lang),
            graph.words.text("lists", f"entry_state.{entry['state']}", lang),
            "" if available is None else _time(available, zone, lang),
        )
    return table


def _major(minor: Exact, currency: str) -> str:
    """Minor units exactly in major ones; a fraction where no decimal is exact."""
    return money.format_exact(minor / 10 ** money.exponent(currency))
