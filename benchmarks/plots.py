"""One plot for each question of docs/performance.md, drawn from the rows of its results."""

from collections.abc import Callable, Mapping, Sequence

from matplotlib.axes import Axes

from benchmarks.raw import Figure

Draw = Callable[[Axes, Sequence[Figure]], None]


def number(row: Figure, name: str) -> float:
    """A figure of a row."""
    return float(row[name])


def by(rows: Sequence[Figure], name: str) -> dict[str, list[Figure]]:
    """Rows by one of their names, in the order in which they come."""
    found: dict[str, list[Figure]] = {}
    for row in rows:
        found.setdefault(str(row[name]), []).append(row)
    return found


def core(axes: Axes, rows: Sequence[Figure]) -> None:
    """CPU nanoseconds for each order as the network grows, for every implementation."""
    for name, own in by([row for row in rows if "shape" not in row], "implementation").items():
        one = sorted((row for row in own if row["threads"] == 1), key=lambda row: row["orders"])
        sizes = [number(row, "orders") for row in one]
        cost = [number(row, "cpu_s") / number(row, "orders") * 1e9 for row in one]
        axes.plot(sizes, cost, marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="orders", ylabel="CPU ns for each order, one core")
    axes.legend(frameon=False, fontsize=8)


def snapshot(axes: Axes, rows: Sequence[Figure]) -> None:
    """Seconds of reading whole and of following, against the size of the store."""
    for way, own in by(rows, "way").items():
        days = by(own, "day_orders").items()
        for day, same in days:
            label = way if way == "read whole" else f"{way}: a day of {int(day):,} orders"
            if way == "read whole" and day != "0":
                continue
            sizes = [number(row, "orders") for row in same]
            axes.plot(sizes, [number(row, "wall_s") for row in same], marker="o", label=label)
    axes.set(xscale="log", xlabel="orders in the store", ylabel="seconds")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8)


def day_by_day(axes: Axes, rows: Sequence[Figure]) -> None:
    """Seconds of each day's load and night, from the first to the last."""
    days = [row for row in rows if row["what"] == "day" and row["day"] not in ("", "all")]
    for name in ("load_s", "night_s"):
        took = [number(row, name) for row in days if name in row]
        if took:
            axes.plot(range(1, len(took) + 1), took, linewidth=0.8, label=name.removesuffix("_s"))
    axes.set(yscale="log", xlabel="business days", ylabel="seconds")
    axes.legend(frameon=False, fontsize=8)


def entries(axes: Axes, rows: Sequence[Figure]) -> None:
    """Processor time of server and client for one entry, way by way."""
    measured = [row for row in rows if "writers" in row]
    for indexes, own in by(measured, "indexes").items():
        last = [row for row in own if row["round"] == own[-1]["round"]]
        names = [f"{row['way']}, writers: {row['writers']}" for row in last]
        cost = [number(row, "server_cpu_us") + number(row, "client_cpu_us") for row in last]
        axes.plot(cost, names, "o", label=f"indexes: {indexes}")
    axes.set(xlabel="CPU microseconds for one entry, server and client")
    axes.set_xlim(left=0)
    axes.legend(frameon=False, fontsize=8)


def live(axes: Axes, rows: Sequence[Figure]) -> None:
    """Median and worst hundredth of each kind of event, in batches."""
    batches = [row for row in rows if "call" not in str(row["event"])]
    for name, shown in (("median_us", "median"), ("p99_us", "p99")):
        labels = [f"{row['event']}, {int(number(row, 'distributors')):,}" for row in batches]
        axes.plot([number(row, name) for row in batches], labels, "o", label=shown)
    axes.set(xscale="log", xlabel="CPU microseconds for one event")
    axes.legend(frameon=False, fontsize=8)


def paths(axes: Axes, rows: Sequence[Figure]) -> None:
    """Median and worst hundredth of the service and of the bare driver."""
    labels = [f"{row['name']}, {row['query']}: {row['road']}" for row in rows]
    for name, shown in (("p50_s", "p50"), ("p99_s", "p99")):
        axes.plot([number(row, name) * 1000 for row in rows], labels, "o", label=shown)
    axes.set(xscale="log", xlabel="milliseconds")
    axes.legend(frameon=False, fontsize=8)


def first_load(axes: Axes, rows: Sequence[Figure]) -> None:
    """The phases of a load and of the bare tool, one upon the other."""
    phases = ("reading_s", "preparing_s", "importing_s", "starting_s")
    shown = [row for row in rows if "importing_s" in row]
    names = [f"{row['what']}, {int(number(row, 'orders')):,} orders" for row in shown]
    left = [0.0] * len(shown)
    for phase in phases:
        took = [float(row.get(phase, 0.0)) for row in shown]
        axes.barh(names, took, left=left, label=phase.removesuffix("_s"))
        left = [begin + more for begin, more in zip(left, took, strict=True)]
    axes.set(xlabel="seconds")
    axes.legend(frameon=False, fontsize=8)


DRAWN: Mapping[str, Draw] = {
    "core": core,
    "live": live,
    "first_load": first_load,
    "snapshot": snapshot,
    "entries": entries,
    "paths": paths,
    "day_by_day_combined_or_weibo": day_by_day,
    "day_by_day_online_retail": day_by_day,
}
