"""The words for every stable code, in zh-Hant, zh-Hans and en: a table per code in words/*.toml.

    ["unqualified:status"]
    en = "not active when the order was paid"
    zh-Hant = "..."
    zh-Hans = "..."

A text may hold `{facts}`. A code without words is a fault: KeyError; tests walk all codes.
"""

import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "words"


@cache
def family(name: str) -> dict[str, dict[str, str]]:
    """All codes of one family with their texts by language."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def text(name: str, code: str, lang: str, /, **facts: object) -> str:
    """The sentence for `code` of a family in `lang`, its `{facts}` filled in."""
    return family(name)[code][lang].format(**facts)
