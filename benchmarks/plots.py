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


def bars(label: str, value: str, unit: str) -> Draw:
    """Horizontal bars of one value, one for each row that has it."""

    def draw(axes: Axes, rows: Sequence[Figure]) -> None:
        shown = [row for row in rows if value in row]
        axes.barh([str(row[label]) for row in shown], [number(row, value) for row in shown])
        axes.invert_yaxis()
        axes.set(xlabel=unit)

    return draw


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
    for kind, own in by([row for row in rows if row["what"] == "day"], "set").items():
        for name in ("load_s", "night_s"):
            took = [number(row, name) for row in own if name in row and row["day"]]
            if took:
                axes.plot(took[:-1], linewidth=0.8, label=f"{kind}: {name.removesuffix('_s')}")
    axes.set(xlabel="business days", ylabel="seconds")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8)


DRAWN: Mapping[str, Draw] = {
    "core": core,
    "snapshot": snapshot,
    "day_by_day": day_by_day,
}
