"""The salt of a data folder and what it makes of identifiers: keyed hashes, never clear text.

The salt is made once, 32 random bytes in a file that only its owner reads. Whoever hashes at the
source uses the same: HMAC-SHA256 over the normalised value, as 64 hexadecimal digits.
"""

import hashlib
import hmac
import os
import re
import secrets
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

from graph.errors import Misconfigured

SALT_BYTES = 32


def ensure(data_folder: Path) -> bytes:
    """The salt of this data folder, made where there is none yet; Misconfigured if it is damaged."""
    path = data_folder / "salt"
    if not path.exists():
        _make(path)
    salt = path.read_bytes()
    if len(salt) != SALT_BYTES:
        raise Misconfigured(f"{path} must hold {SALT_BYTES} bytes, it holds {len(salt)}; restore it")
    return salt


def _make(path: Path) -> None:
    """Write the salt whole or not at all; of two that try at once, one wins and both use it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".salt.{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(SALT_BYTES))
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def fingerprint(salt: bytes) -> str:
    """What the graph keeps to know the salt again; it does not give the salt away."""
    return hashlib.sha256(b"plumbline salt" + salt).hexdigest()[:16]


def hashed(salt: bytes, value: str) -> str:
    """The keyed hash of a normalised value."""
    return hmac.digest(salt, value.encode(), "sha256").hex()


def normalised(kind: str, value: str, region: str | None) -> str:
    """NFKC, lower case, no white space; a phone as E.164 where it or its region says the country."""
    text = "".join(unicodedata.normalize("NFKC", value).lower().split())
    return _phone(text, region) if kind == "phone" else text


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
