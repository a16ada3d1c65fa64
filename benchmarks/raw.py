"""Raw figures of benchmarks: one JSON file each, which `python -m benchmarks.report` draws from.

A file answers one question. Its rows are flat: sizes and names as they are, seconds in `*_s`,
memory in `*_mib`, ratios in `*_x`. What a figure was measured on stands beside it.
"""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"

Figure = dict[str, str | int | float]


def machine() -> dict[str, str | int]:
    """What the figures were measured on, and how busy it was."""
    return {
        "processor": platform.machine(),
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        "load_1min": f"{os.getloadavg()[0]:.1f}",
        "day": datetime.now(UTC).date().isoformat(),
    }


def write(name: str, question: str, rows: Sequence[Figure]) -> Path:
    """Keep the figures of one question as `results/NAME.json`, replacing older ones."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    raw = {"question": question, "machine": machine(), "rows": list(rows)}
    path.write_text(json.dumps(raw, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def read(name: str) -> tuple[dict[str, str | int], list[Figure]]:
    """The machine and the rows of `results/NAME.json`."""
    raw = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
    return raw["machine"], raw["rows"]
