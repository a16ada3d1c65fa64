"""Identifiers before they are kept: one form for equal values, then a keyed hash, never clear text.

HMAC-SHA256 over the normalised value, keyed by the salt of the data folder, as 64 hexadecimal
digits. Whoever hashes at the source with the same salt gets the same; such values stay as they are.
"""

import hmac
import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

import polars as pl


def sealed(typed: pl.DataFrame, regions: pl.Series, salt: bytes) -> pl.DataFrame:
    """Rows of identifiers with `value` hashed; `regions` of their owners, null where unknown."""
    given = typed.select("kind", "value", "hashed", regions.alias("region"))
    distinct = given.unique(maintain_order=True)
    made = [
        _plain(value) if is_hashed else hashed(salt, normalised(kind, value, region))
        for kind, value, is_hashed, region in distinct.iter_rows()
    ]
    keyed = distinct.with_columns(pl.Series("made", made, dtype=pl.String))
    joined = given.join(
        keyed,
        on=["kind", "value", "hashed", "region"],
        how="left",
        maintain_order="left",
        nulls_equal=True,
    )
    return typed.with_columns(joined["made"].alias("value"))


def hashed(salt: bytes, value: str) -> str:
    """The keyed hash of a normalised value."""
    return hmac.digest(salt, value.encode(), "sha256").hex()


def normalised(kind: str, value: str, region: str | None) -> str:
    """NFKC, lower case, no white space; a phone as E.164 where it or its region tells a country."""
    text = _plain(value)
    return _phone(text, region) if kind == "phone" else text


def _plain(value: str) -> str:
    return "".join(unicodedata.normalize("NFKC", value).lower().split())


@cache
def _countries() -> dict[str, dict[str, str | int]]:
    return tomllib.loads((Path(__file__).parent / "phones.toml").read_text("utf-8"))


def _phone(text: str, region: str | None) -> str:
    digits = re.sub(r"[^0-9]", "", text)
    if text.startswith("+"):
        return f"+{digits}"
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    country = _countries().get((region or "").upper().split("-")[0])
    if country is None:
        return digits or text
    code, low, high = str(country["code"]), int(country["shortest"]), int(country["longest"])
    national = digits.removeprefix(str(country["trunk"])) if country["trunk"] else digits
    if low <= len(national) <= high:
        return f"+{code}{national}"
    rest = digits.removeprefix(code)
    return f"+{digits}" if rest != digits and low <= len(rest) <= high else digits
