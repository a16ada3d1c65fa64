"""What every resolver has at hand: who asks, in which language, what of the graph he may see."""

import functools
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, TypeVar

import anyio.to_thread
import strawberry

from graph.audit import Seer
from graph.connection import Database
from graph.reviews import By
from graph.settings import LANGUAGES, Settings
from schema.batches import Batches
from schema.scalars import Moment
from schema.scope import Scope

ROLES = ("admin", "finance", "compliance", "auditor", "distributor", "job")

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Viewer:
    """Who asks: `roles` of ROLES, and the distributor that the person is, if any."""

    subject: str
    roles: frozenset[str]
    distributor_id: str | None = None

    @classmethod
    def unsigned(cls) -> "Viewer":
        """Who reaches a service without sign-in: an administrator, on this machine only."""
        return cls("unsigned", frozenset({"admin"}))


@dataclass
class Context:
    """One request: its viewer, scope and language, its moment, and its batches of reads."""

    db: Database
    settings: Settings
    viewer: Viewer
    scope: Scope
    lang: str
    now_ms: int
    request_id: str = field(default_factory=lambda: secrets.token_hex(8))
    batches: Batches = field(init=False)

    def __post_init__(self) -> None:
        """Give the batches this context's way of reading."""
        self.batches = Batches(self.read)

    def read(
        self,
        function: Callable[Concatenate[Database, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Awaitable[T]:
        """One read of the store, within the viewer's scope, in a worker thread."""
        call = functools.partial(self.scope.read, self.db, function, *args, **kwargs)
        return anyio.to_thread.run_sync(call)

    def write(
        self,
        function: Callable[Concatenate[Database, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Awaitable[T]:
        """One change of the store, within the viewer's scope, in a worker thread."""
        call = functools.partial(self.scope.write, self.db, function, *args, **kwargs)
        return anyio.to_thread.run_sync(call)

    def seer(self) -> Seer:
        """The viewer as the audit names him where he is shown personal data."""
        return Seer(self.viewer.subject, self.now_ms, self.request_id)

    def by(self) -> By:
        """The viewer as the audit names him, with a key for one decision of his."""
        key = f"{self.request_id}|{secrets.token_hex(8)}"
        return By(self.viewer.subject, self.now_ms, self.request_id, key)

    def as_of(self, asked: Moment | None) -> int:
        """The moment that a field is asked about, in ms UTC: now where none is given."""
        return self.now_ms if asked is None else asked


Info = strawberry.Info[Context, None]


def language(headers: Mapping[str, str], default: str) -> str:
    """The first of the languages that a browser accepts and Plumbline speaks, by its q values."""
    wanted = []
    for place, part in enumerate(headers.get("accept-language", "").split(",")[:20]):
        name, _, parameters = part.strip().partition(";")
        wanted.append((-_quality(parameters), place, name.strip().lower()))
    for quality, _, name in sorted(wanted):
        if quality and (known := _spoken(name)):
            return known
    return default


def _quality(parameters: str) -> float:
    text = parameters.strip().removeprefix("q=")
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def _spoken(name: str) -> str | None:
    if name in ("zh-hant", "zh-tw", "zh-hk", "zh-mo"):
        return "zh-Hant"
    if name.split("-")[0] == "zh":
        return "zh-Hans"
    return next((known for known in LANGUAGES if known == name.split("-")[0]), None)
