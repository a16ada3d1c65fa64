"""The figures in docs/performance.md: a table and a plot for each question, from the raw results.

    python -m benchmarks.report

Between `<!-- figures: NAME -->` and `<!-- end -->` stands what results/NAME.json gives; the words
around it are written by hand. The same figures give the same bytes.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

import benchmarks.plots
import benchmarks.raw
from benchmarks.raw import Figure

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "performance.md"
PLACE = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

LOOK: dict[Any, object] = {
    "svg.hashsalt": "plumbline",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
}


def figures(name: str) -> str:
    """What stands in the page for one question."""
    machine, rows = benchmarks.raw.read(name)
    draw = benchmarks.plots.DRAWN.get(name)
    image = "" if draw is None else f"![{name}](plots/{plot(name, rows, draw)})\n\n"
    said = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine.items())
    told = [row for row in rows if row.get("what") != "day"]  # the days are in the plot
    return f"\n{image}{table(told)}\nMeasured on: {said}.\n\n"


def table(rows: list[Figure]) -> str:
    """Rows as a Markdown table; a name that only some rows have stays empty in the others."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, ["---"] * len(names)]
    lines += [[shown(row.get(name, "")) for name in names] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def shown(value: str | int | float) -> str:
    """A figure with as many digits as it is worth."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else value


def plot(name: str, rows: list[Figure], draw: Callable[[Axes, list[Figure]], None]) -> str:
    """Draw one question; the name of the file in docs/plots."""
    folder = DOCS / "plots"
    folder.mkdir(exist_ok=True)
    with mpl.rc_context(LOOK):
        figure, axes = plt.subplots(figsize=(6.4, 3.2))
        draw(axes, rows)
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
    return f"{name}.svg"


def main() -> None:
    """Put the figures of every question into the page."""
    text = PAGE.read_text("utf-8")
    text = PLACE.sub(lambda place: place[1] + figures(place[2]) + place[3], text)
    PAGE.write_text(text, "utf-8")
    print(f"docs/{PAGE.name}: {len(PLACE.findall(text))} questions")


if __name__ == "__main__":
    main()
