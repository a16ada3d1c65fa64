"""`verdict.json`, the judgement of a dry run, written whole or not at all."""

import json
import os
from pathlib import Path
from typing import Any

VERDICT = "verdict.json"


def remove(out: Path) -> None:
    """Take away what an earlier run left."""
    (out / VERDICT).unlink(missing_ok=True)


def write(found: dict[str, Any], out: Path) -> None:
    """`found` in the form of analytics.screening.as_json: same input, same bytes."""
    unfinished = out / f".{VERDICT}.part"
    text = json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False)
    unfinished.write_text(text + "\n", encoding="utf-8")
    os.replace(unfinished, out / VERDICT)
