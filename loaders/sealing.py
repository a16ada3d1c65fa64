"""Identifiers are compared, never read: their values become keyed hashes before they are kept.

A value is brought into one form (NFKC, lower case, no white space, phones without punctuation and
with + for 00), then HMAC-SHA256 with the installation's salt. The salt is made once, stands 0600 in
the data folder, and its fingerprint in the graph: values hashed with two salts would never meet.
"""

import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from pathlib import Path

import polars as pl

SALT_BYTES = 32
_SPACE = re.compile(r"\s+")
_PHONE_MARKS = re.compile(r"[().\-/]")


def salt(data_folder: Path) -> bytes:
    """The salt of this installation, made if there is none yet."""
    path = data_folder / "salt"
    if not path.exists():
        data_folder.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"salt.{os.getpid()}")
        part.touch(mode=0o600)
        part.write_text(secrets.token_hex(SALT_BYTES), "ascii")
        try:
            os.link(part, path)  # whoever comes second takes the first one's
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return bytes.fromhex(path.read_text("ascii").strip())


def fingerprint(salt: bytes) -> str:
    """What may be shown of a salt: enough to tell another one."""
    return hashlib.sha256(b"plumbline salt:" + salt).hexdigest()[:32]


def sealed(identifiers: pl.DataFrame, salt: bytes) -> pl.DataFrame:
    """The same with `value` a keyed hash; one that the file says is hashed stays as it is."""
    clear = ~pl.col("hashed").fill_null(False)
    pairs = identifiers.filter(clear).select("kind", "value").unique()
    hashes = [_hash(kind, value, salt) for kind, value in pairs.iter_rows()]
    keyed = pairs.with_columns(pl.Series("keyed", hashes, dtype=pl.String))
    joined = identifiers.join(keyed, on=["kind", "value"], how="left", maintain_order="left")
    value = pl.when(clear).then("keyed").otherwise("value").alias("value")
    return joined.with_columns(value).select(identifiers.columns)


def normal(kind: str, value: str) -> str:
    """The one form of a value of its kind (`phone`, `card`, ...)."""
    plain = _SPACE.sub("", unicodedata.normalize("NFKC", value).lower())
    if kind != "phone":
        return plain
    digits = _PHONE_MARKS.sub("", plain)
    return "+" + digits[2:] if digits.startswith("00") else digits


def _hash(kind: str, value: str, salt: bytes) -> str:
    return hmac.new(salt, f"{kind}:{normal(kind, value)}".encode(), hashlib.sha256).hexdigest()
