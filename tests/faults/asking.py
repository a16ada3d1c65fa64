"""A service that is asked all the time, and killed and started again; no test by itself."""

import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from graph.settings import Settings
from tests.faults import commands

ORDER = "{ order(id: %s) { orderId entries { level orderId } } }"
WAIT_S = 30.0
PAUSE_S = 0.05


class Service:
    """`plumbline serve` on a port of its own, with one client that never stops asking.

    `asked` counts the answers that came; `wrong` those that were neither right nor an error that
    says what a client may do.
    """

    def __init__(self, own: Settings, order_ids: Sequence[str]) -> None:
        self._own, self._ids = own, order_ids
        self._port = _free_port()
        self._over = threading.Event()
        self._answered = threading.Event()
        self._client = threading.Thread(target=self._ask_on, daemon=True)
        self.asked = self.wrong = 0

    def __enter__(self) -> "Service":
        self._process = self._start()
        self._client.start()
        self.until_answered()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self._over.set()
        self._client.join()
        if kind is not None:
            self._process.kill()
        self._process.terminate()
        ended = commands.ended(self._process)
        if kind is None:
            assert ended.code == 130, ended

    def kill_and_start(self) -> None:
        """kill -9, then the same command again."""
        self._process.kill()
        commands.ended(self._process)
        self._process = self._start()

    def until_answered(self) -> None:
        """Wait for a right answer to a question that is asked from now on."""
        self._answered.clear()
        commands.until(self._answered.is_set)

    def _start(self) -> commands.Process:
        return commands.started(self._own, "serve", "--port", str(self._port))

    def _ask_on(self) -> None:
        at = 0
        while not self._over.wait(PAUSE_S):
            at += 1
            self._ask(self._ids[at % len(self._ids)])

    def _ask(self, id: str) -> None:
        try:
            answer = ask(self._port, id)
        except (OSError, ValueError):  # nobody there, or cut off in the middle
            return
        self.asked += 1
        if "errors" not in answer:
            self.wrong += not _is_of(answer["data"]["order"], id)
            self._answered.set()
        elif not all(one.get("extensions", {}).get("code") for one in answer["errors"]):
            self.wrong += 1


def _is_of(order: Any, id: str) -> bool:
    """Whether an answer is about this order; null is right while it is not loaded."""
    return order is None or {order["orderId"], *(e["orderId"] for e in order["entries"])} == {id}


def ask(port: int, id: str) -> Any:
    """One question about one order, as JSON."""
    body = json.dumps({"query": ORDER % json.dumps(id)}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql", body, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
        return json.load(answer)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
