"""Settings: environment variables, then one `plumbline.toml`, then defaults. Read once, frozen.

Every name is `PLUMBLINE_` and the field in capitals; the four NEO4J_ names are the driver's own. An
unknown PLUMBLINE_ name is an error, so that a typing mistake never silently means the default.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from graph.errors import Misconfigured
from graph.money import known_currencies, parse_minor

LANGUAGES = ("zh-Hant", "zh-Hans", "en")
SALT = "salt"  # its file in the data folder
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """What a company sets. Folders are absolute; sizes in MiB; the port is TCP."""

    data_folder: Path
    time_zone: str = "UTC"
    currency: str = "CNY"
    plan: str = "three-tier"
    allowance: str = "CNY=500.00"
    packs: str = ""
    lang: str = "en"
    mode: str = "production"
    host: str = "127.0.0.1"
    port: int = 8000
    heap_mb: int = 1024
    page_cache_mb: int = 512
    neo4j_uri: str = ""
    neo4j_username: str = "neo4j"
    neo4j_password: str = ""
    neo4j_database: str = "neo4j"  # the embedded server has no other

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone: bare times and dates in files, periods, the day of a night."""
        return ZoneInfo(self.time_zone)

    @property
    def allowances(self) -> dict[str, int]:
        """Own use a person and month where sales say too little of it: minor units by currency."""
        return dict(_allowance(one) for one in _listed(self.allowance))

    @property
    def pack_names(self) -> tuple[str, ...]:
        """The jurisdiction packs to screen by; none: those of the plan."""
        return _listed(self.packs)

    @property
    def salt_file(self) -> Path:
        """What identifiers are hashed with (graph.sealing); without it, later ones never meet."""
        return self.data_folder / SALT

    @property
    def embedded(self) -> bool:
        """True where no NEO4J_URI is set and Plumbline runs its own server."""
        return not self.neo4j_uri


def read(environ: Mapping[str, str] | None = None, *, file: Path | None = None) -> Settings:
    """Settings from the environment and the `plumbline.toml` of the working folder or the root."""
    env = os.environ if environ is None else environ
    raw = {**_from_file(file or _file()), **_from_environment(env)}
    raw.setdefault("lang", _language_of(env.get("LC_ALL") or env.get("LANG") or ""))
    raw["data_folder"] = str(Path(raw.get("data_folder") or ROOT / ".data").expanduser().absolute())
    return _checked(raw)


def _file() -> Path:
    here = Path.cwd() / "plumbline.toml"
    return here if here.exists() else ROOT / "plumbline.toml"


def _names() -> set[str]:
    return {field.name for field in fields(Settings)}


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise Misconfigured(f"{path} is not valid TOML: {problem}") from None
    for name in raw.keys() - _names():
        raise Misconfigured(
            f"{path}: unknown setting {name!r}; known: {', '.join(sorted(_names()))}"
        )
    return raw


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable, value in env.items():
        if not value:
            continue  # set to nothing is not set
        if variable.startswith("PLUMBLINE_"):
            name = variable.removeprefix("PLUMBLINE_").lower()
            if name not in _names() or name.startswith("neo4j_"):
                raise Misconfigured(f"unknown setting {variable}; docs/settings.md lists them")
            found[name] = value
        elif variable in ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE"):
            found[variable.lower()] = value
    return found


def _language_of(locale: str) -> str:
    place = locale.lower().replace("_", "-")
    if place.startswith(("zh-tw", "zh-hk", "zh-mo", "zh-hant")):
        return "zh-Hant"
    return "zh-Hans" if place.startswith("zh") else "en"


def _checked(raw: dict[str, Any]) -> Settings:
    values = {name: _typed(name, value) for name, value in raw.items()}
    settings = Settings(**values)
    if settings.embedded and settings.neo4j_database != "neo4j":
        raise Misconfigured("NEO4J_DATABASE is set without NEO4J_URI; the embedded one is 'neo4j'")
    if settings.lang not in LANGUAGES:
        raise Misconfigured(f"lang is {settings.lang!r}; it may be {', '.join(LANGUAGES)}")
    if settings.mode not in ("production", "development"):
        raise Misconfigured(f"mode is {settings.mode!r}; it may be production or development")
    if settings.currency not in known_currencies():
        raise Misconfigured(f"currency is {settings.currency!r}, which ISO 4217 does not know")
    _ = settings.allowances
    try:
        _ = settings.zone
    except (ValueError, OSError, KeyError):
        raise Misconfigured(f"time_zone {settings.time_zone!r} is not an IANA time zone") from None
    return settings


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _allowance(text: str) -> tuple[str, int]:
    """CURRENCY=AMOUNT, exactly."""
    currency, _, amount = (part.strip() for part in text.partition("="))
    try:
        minor = parse_minor(amount, currency)
    except (ValueError, KeyError, Misconfigured):
        minor = -1
    if minor < 0 or currency not in known_currencies():
        raise Misconfigured(f"allowance has {text!r}; write it like CNY=500.00,USD=75.00")
    return currency, minor


def _typed(name: str, value: Any) -> Any:
    default = next(field.default for field in fields(Settings) if field.name == name)
    if name == "data_folder":
        return Path(value)
    if default is not MISSING and isinstance(default, int):
        try:
            return int(value)
        except (TypeError, ValueError):
            raise Misconfigured(f"{name} is {value!r}; it must be a whole number") from None
    return str(value)
