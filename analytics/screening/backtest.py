"""Backtests: a rule, or a changed version of it, over past days; who would have been alerted.

Pure: facts of each day in, alerts out. Where they come from (files, kept nights) is for commands.
An alert is a scope at low or above. Above- and below-the-line samples show a person what a line
lets in and what it leaves out, so that a threshold is set on cases and not on a guess.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

import analytics.screening.bands
import analytics.screening.scopes
from analytics.facts.frames import Facts
from analytics.measures import Scopes
from analytics.screening.evaluation import Evaluation
from analytics.screening.judging import Judged
from analytics.screening.packs import Pack
from analytics.screening.rulebook import NE, SEVERITIES, Rule
from graph.errors import Misconfigured

LOW = SEVERITIES.index("low")
DAYS_MOST = 400
"""Days of one backtest: each is a whole evaluation."""
SAMPLE = 20
ROWS = {
    "day": pl.String,
    "rule": pl.String,
    "version": pl.String,
    "scope_kind": pl.String,
    "scope_id": pl.String,
    "band": pl.String,
    "value": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "n": pl.Float64,
    "why": pl.String,
}
"""One row for each scope and day, alerted or not."""
SCOPE = ["day", "scope_kind", "scope_id"]


@dataclass(frozen=True)
class Sample:
    """Scopes for a person to look at: `above` the line by version, and `below` it, near first."""

    above: pl.DataFrame
    below: pl.DataFrame


def days(first: str, last: str, step: int = 1) -> list[str]:
    """The days of a backtest, both ends included. Misconfigured where they are no such days."""
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise Misconfigured(f"--from is {first!r}, --to is {last!r}; a day is 2026-10-31") from None
    count = (end - begin).days // step + 1 if step > 0 else 0
    if begin > end or not 0 < count <= DAYS_MOST:
        raise Misconfigured(f"--from to --to must be 1 to {DAYS_MOST} days, in steps of 1 or more")
    return [(begin + timedelta(days=step * i)).isoformat() for i in range(count)]


def of_day(
    facts: Facts, day: str, versions: Iterable[Rule], packs: Sequence[Pack] = ()
) -> pl.DataFrame:
    """ROWS of one day for each version of a rule; what a version raises is its `why`."""
    scopes = analytics.screening.scopes.of(facts)
    found = [
        _rows(facts, scopes, day, rule, _judged(facts, scopes, rule, packs)) for rule in versions
    ]
    return pl.concat(found) if found else pl.DataFrame(schema=ROWS)


def alerts(rows: pl.DataFrame, version: str) -> pl.DataFrame:
    """The rows of a version at low or above."""
    bands = [band for band in SEVERITIES if SEVERITIES.index(band) >= LOW]
    return rows.filter((pl.col("version") == version) & pl.col("band").is_in(bands))


def difference(rows: pl.DataFrame, before: str, after: str) -> pl.DataFrame:
    """Scopes and days on which two versions differ: day, scope, band_before, band_after, change
    (`new`, `gone`, `higher`, `lower`).
    """
    one, other = (rows.filter(pl.col("version") == version) for version in (before, after))
    both = one.join(other, on=SCOPE, how="full", suffix="_after", coalesce=True)
    order = {NE: -1, **{band: i for i, band in enumerate(SEVERITIES)}}
    named = both.select(
        *SCOPE,
        pl.col("band").fill_null(NE).alias("band_before"),
        pl.col("band_after").fill_null(NE),
        pl.col("value").alias("value_before"),
        "value_after",
    )
    was, now = (
        pl.col(name).replace_strict(order, return_dtype=pl.Int64)
        for name in ("band_before", "band_after")
    )
    change = (
        pl.when((was < LOW) & (now >= LOW))
        .then(pl.lit("new"))
        .when((was >= LOW) & (now < LOW))
        .then(pl.lit("gone"))
        .when(now > was)
        .then(pl.lit("higher"))
        .otherwise(pl.lit("lower"))
    )
    return named.with_columns(change.alias("change")).filter(was != now).sort(SCOPE)


def summary(rows: pl.DataFrame) -> pl.DataFrame:
    """By version and day: scopes, alerts, not evaluable, and alerts by band."""
    bands = [band for band in SEVERITIES if SEVERITIES.index(band) >= LOW]
    return (
        rows.group_by("version", "day")
        .agg(
            pl.len().alias("scopes"),
            pl.col("band").is_in(bands).sum().alias("alerts"),
            (pl.col("band") == NE).sum().alias("not_evaluable"),
            *((pl.col("band") == band).sum().alias(band) for band in bands),
        )
        .sort("version", "day")
    )


def sample(rows: pl.DataFrame, rule: Rule, count: int = SAMPLE) -> Sample:
    """At most `count` scopes just above the line at which `rule` alerts and as many just below it,
    each scope once (its last day). Among equally near ones the choice is by a hash, not by name.
    """
    mine = rows.filter((pl.col("version") == rule.version) & (pl.col("band") != NE))
    last = mine.sort("day").unique(["scope_kind", "scope_id"], keep="last", maintain_order=True)
    line = _line(rule)
    if line is None or last.is_empty():
        return Sample(last.clear(), last.clear())
    far = last.with_columns((pl.col("value") - line).abs().alias("from_line"), _drawn(last, rule))
    near = far.drop_nulls("value").sort("from_line", "draw").drop("draw")
    above = near["band"].is_in([band for band in SEVERITIES if SEVERITIES.index(band) >= LOW])
    return Sample(near.filter(above).head(count), near.filter(~above).head(count))


def _drawn(rows: pl.DataFrame, rule: Rule) -> pl.Series:
    named = (f"{rule.id}|{kind}|{scope}" for kind, scope in rows["scope_kind", "scope_id"].rows())
    return pl.Series("draw", [hashlib.sha256(one.encode()).hexdigest() for one in named])


def _line(rule: Rule) -> float | None:
    """The edge between bands that alert and bands that do not."""
    for below, above in zip(rule.bands, rule.bands[1:], strict=False):
        alerted = [SEVERITIES.index(one.severity) >= LOW for one in (below, above)]
        if alerted[0] != alerted[1] and above.lower is not None:
            return float(above.lower)
    return None


def _judged(facts: Facts, scopes: Scopes, rule: Rule, packs: Sequence[Pack]) -> Judged:
    return Evaluation(facts, scopes, {rule.id: rule}, tuple(packs)).judged[rule.id]


def _rows(facts: Facts, scopes: Scopes, day: str, rule: Rule, judged: Judged) -> pl.DataFrame:
    looked_at = [i for i, kind in enumerate(scopes.kinds) if kind in rule.scopes]
    columns: Mapping[str, Iterable[object]] = {
        "scope_kind": [scopes.kinds[i] for i in looked_at],
        "scope_id": [analytics.screening.scopes.id_of(facts, scopes.tops[i]) for i in looked_at],
        "band": [analytics.screening.bands.word(int(judged.band[i])) for i in looked_at],
        "why": [str(judged.why[i]) for i in looked_at],
        **{name: judged.numbers[name][looked_at] for name in ("value", "lower", "upper", "n")},
    }
    frame = pl.DataFrame(columns).with_columns(
        pl.lit(day).alias("day"),
        pl.lit(rule.id).alias("rule"),
        pl.lit(rule.version).alias("version"),
        pl.col("value", "lower", "upper", "n").fill_nan(None),
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in ROWS.items())


def told(rows: pl.DataFrame, versions: Sequence[Rule]) -> Iterator[str]:
    """The outcome in lines: alerts by day and version, then what differs between two versions."""
    for row in summary(rows).iter_rows(named=True):
        bands = ", ".join(f"{band} {row[band]}" for band in SEVERITIES[LOW:] if row[band])
        yield (
            f"{row['day']}  {versions[0].id}@{row['version']}: {row['alerts']} alerts of"
            f" {row['scopes']} scopes, {row['not_evaluable']} not evaluable  {bands}".rstrip()
        )
    if len(versions) == 2:
        changed = difference(rows, versions[0].version, versions[1].version)
        counts = changed.group_by("change").len().sort("change")
        said = ", ".join(f"{change} {count}" for change, count in counts.iter_rows())
        yield f"{versions[0].version} -> {versions[1].version}: {said or 'no difference'}"
