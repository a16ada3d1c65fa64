"""Identifiers are kept as keyed hashes of one form for equal values, never as clear text.

HMAC-SHA256 over the normalised value, keyed by the salt of the data folder, as 64 hexadecimal
digits. The salt is made once and stands 0600 in the data folder; the graph keeps its fingerprint,
because values hashed with two salts would never meet. Columns hold 60 bits of a hash.
"""

import hashlib
import hmac
import os
import re
import secrets
import tomllib
import unicodedata
from contextlib import suppress
from functools import cache
from pathlib import Path

import graph.settings
from graph.errors import Misconfigured

SALT_BYTES = 32
CODE_DIGITS = 15
OURS = re.compile("[0-9a-f]{64}")
"""The form of a hash that we make."""


def salt(data_folder: Path) -> bytes:
    """The salt of this data folder, made if there is none yet; Misconfigured if it is damaged."""
    path = data_folder / graph.settings.SALT
    if not path.exists():
        _make(path)
    kept = path.read_bytes()
    if len(kept) != SALT_BYTES:
        raise Misconfigured(
            f"{path} must hold {SALT_BYTES} bytes, it holds {len(kept)}; restore it"
        )
    return kept


def _make(path: Path) -> None:
    """Whole or not at all; of two that try at once one wins, and both use it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".salt.{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(SALT_BYTES))
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(part, path)
    part.unlink()


def fingerprint(salt: bytes) -> str:
    """What the graph keeps to know the salt again; it does not give the salt away."""
    return hashlib.sha256(b"plumbline salt" + salt).hexdigest()[:32]


def hashed(salt: bytes, value: str) -> str:
    """The keyed hash of a normalised value."""
    return hmac.digest(salt, value.encode(), "sha256").hex()


def code(salt: bytes, kind: str, text: str) -> int:
    """The code that columns hold for a value in clear of an IDENTIFIER_KIND, region unknown."""
    return code_of(hashed(salt, normalised(kind, text, None)))


def code_of(stored: str) -> int:
    """The 60 bits that stand for a stored hash: its last digits, or where it is of another form
    than ours (somebody else hashed it) those of its own hash.
    """
    digits = stored if OURS.fullmatch(stored) else hashlib.sha256(stored.encode()).hexdigest()
    return int(digits[-CODE_DIGITS:], 16)


def normalised(kind: str, value: str, region: str | None) -> str:
    """NFKC, lower case, no white space; a phone as E.164 where it or its region tells a country."""
    text = plain(value)
    return _phone(text, region) if kind == "phone" else text


def plain(value: str) -> str:
    """NFKC, lower case, no white space."""
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
