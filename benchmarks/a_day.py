"""One more day for a generated network: orders with their lines, refunds, recruits, moves.

    python -m benchmarks.a_day FILES OUT --orders 30000

The day after the last one of FILES. Its orders are the last ones of FILES under new ids; refunds
take one unit of money back from orders of the month before; recruits and moves name sponsors with
smaller numbers than their own, as the generator does, so that no cycle can come about.
"""

import argparse
from pathlib import Path

import numpy as np
import polars as pl

DAY_TIMES = ("ordered_at", "paid_at", "received_at", "cancelled_at")
DAY_S = 86_400


def write(files: Path, out: Path, orders: int, *, seed: int = 1) -> dict[str, int]:
    """Write the day's files into `out`; rows by noun."""
    drawn = np.random.default_rng(seed)
    out.mkdir(parents=True, exist_ok=True)
    last = pl.read_csv(files / "orders.csv", infer_schema=False)
    sales = last.filter(pl.col("kind") == "sale")
    sold, before = sales.tail(orders), sales.tail(orders * 31).head(orders * 30)
    end = _time("ordered_at", last.tail(1)).item() // DAY_S * DAY_S + DAY_S
    lines = pl.scan_csv(files / "order_lines.csv", infer_schema=False)
    ids = sold.lazy().select("order_id")
    frames = {
        "orders": sold.with_columns(_new("order_id"), *(_shifted(name) for name in DAY_TIMES)),
        "order_lines": lines.join(ids, on="order_id", how="semi")
        .collect()
        .with_columns(_new("order_id")),
        "refunds": _refunds(before, end, drawn, orders // 40),
        **_people(files, end, drawn, orders // 100),
    }
    for noun, frame in frames.items():
        frame.write_csv(out / f"{noun}.csv")
    return {noun: frame.height for noun, frame in frames.items()}


def _new(name: str) -> pl.Expr:
    return (pl.lit("N") + pl.col(name)).alias(name)


def _time(name: str, frame: pl.DataFrame) -> pl.Series:
    return frame[name].str.to_datetime("%Y-%m-%dT%H:%M:%SZ").dt.epoch("s")


def _text(seconds: pl.Expr) -> pl.Expr:
    return pl.from_epoch(seconds, time_unit="s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def _shifted(name: str) -> pl.Expr:
    at = pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False).dt.epoch("s")
    return _text(at + DAY_S).alias(name)


def _moments(end: int, drawn: np.random.Generator, count: int) -> pl.Series:
    at = np.sort(drawn.integers(end, end + DAY_S // 2, count))
    return pl.select(_text(pl.lit(pl.Series(at)))).to_series()


def _refunds(
    before: pl.DataFrame, end: int, drawn: np.random.Generator, count: int
) -> pl.DataFrame:
    paid = before.filter(pl.col("status").is_in(["paid", "received", "shipped"]))
    chosen = paid[np.sort(drawn.choice(paid.height, min(count, paid.height), replace=False))]
    return pl.DataFrame(
        {
            "refund_id": pl.Series([f"NR{i:08}" for i in range(chosen.height)]),
            "order_id": chosen["order_id"],
            "amount": pl.Series(["1.00"] * chosen.height),
            "currency": chosen["currency"],
            "refunded_at": _moments(end, drawn, chosen.height),
        }
    )


def _people(
    files: Path, end: int, drawn: np.random.Generator, count: int
) -> dict[str, pl.DataFrame]:
    ids = pl.scan_csv(files / "distributors.csv", infer_schema=False).select("distributor_id")
    known = ids.collect().to_series().sort()
    sponsors = known.gather(drawn.integers(0, len(known), count))
    recruits = {
        "distributor_id": pl.Series([f"N{i:07}" for i in range(count)]),
        "sponsor_id": sponsors,
        "joined_at": _moments(end, drawn, count),
        "status": pl.Series(["active"] * count),
    }
    child = np.unique(drawn.integers(len(known) // 2, len(known), max(count // 10, 1)))
    moves = {
        "distributor_id": known.gather(child),
        "sponsor_id": known.gather(drawn.integers(0, len(known) // 2, len(child))),
        "valid_from": _moments(end, drawn, len(child)),
    }
    return {"distributors": pl.DataFrame(recruits), "sponsor_changes": pl.DataFrame(moves)}


def main() -> None:
    """Read the arguments, write the day."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", type=Path)
    options.add_argument("out", type=Path)
    options.add_argument("--orders", type=int, default=30_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    for noun, rows in write(given.files, given.out, given.orders, seed=given.seed).items():
        print(f"{noun}: {rows:,} rows")


if __name__ == "__main__":
    main()
