"""The salt that identifiers are hashed with (`loaders.identities`): one for a data folder's life.

It is made once and stands 0600 in the data folder; the graph keeps its fingerprint, because values
hashed with two salts would never meet.
"""

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

import graph.settings
from graph.errors import Misconfigured

SALT_BYTES = 32


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
