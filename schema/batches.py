"""Reads gathered per request: all ids of one level of a query become one statement.

One `Batches` lives as long as one request. A loader is known by its function and the parameters
that all its keys share (a moment, a period), so that the same row is read once per request.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

BATCH_KEYS_MAX = 500

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Read = Callable[..., Awaitable[Any]]


def _looked_at(begun: asyncio.Future[Any]) -> None:
    """What went wrong is told to the resolver that loads the value; without one, to nobody."""
    if not begun.cancelled():
        begun.exception()


class Batches:
    """The loaders of one request; `read` runs a blocking read in a worker thread."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    def load(
        self, one: Callable[..., Sequence[V]], key: Hashable, *shared: Hashable
    ) -> Awaitable[V]:
        """The value of `key` by `one(db, keys, *shared)`, which answers in the order of keys."""
        return self._loader(one, shared).load(key)

    def ahead(self, value: Awaitable[Any]) -> None:
        """Begin to read a value that a resolver will load later, if it gets so far."""
        begun = asyncio.ensure_future(value)
        begun.add_done_callback(_looked_at)

    async def load_known(
        self, one: Callable[..., Sequence[V | None]], keys: Sequence[K]
    ) -> dict[K, V]:
        """The values of several keys by key, without those that have none."""
        values: list[V | None] = await asyncio.gather(*(self.load(one, key) for key in keys))
        return {key: value for key, value in zip(keys, values, strict=True) if value is not None}

    def _loader(
        self, one: Callable[..., Any], shared: tuple[Hashable, ...]
    ) -> DataLoader[Any, Any]:
        name = (one, shared)
        if name not in self._loaders:

            async def batch(keys: list[Any]) -> Sequence[Any]:
                answers: Sequence[Any] = await self._read(one, keys, *shared)
                return answers

            self._loaders[name] = DataLoader(load_fn=batch, max_batch_size=BATCH_KEYS_MAX)
        return self._loaders[name]
