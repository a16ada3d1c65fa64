"""Commands of what goes out: `serve` and `export`."""

import contextlib
import dataclasses
import errno
import socket
from collections.abc import Iterator
from typing import Annotated

import typer
import uvicorn

import graph.command
import graph.connection
import schema.app
from graph.errors import Misconfigured

STOP_S = 10
"""How long running requests may go on after the service was told to stop."""

commands = graph.command.app("What goes out: the GraphQL service and its schema.")


@commands.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Where to listen; PLUMBLINE_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="0: any free one; PLUMBLINE_PORT.")] = None,
) -> None:
    """Serve GraphQL until Ctrl-C; starts the database where it does not run yet."""
    settings = graph.command.settings()
    settings = dataclasses.replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
    )
    if not schema.app.is_loopback(settings.host):
        raise Misconfigured(
            f"host is {settings.host!r}, and {schema.app.UNSIGNED}; set it to 127.0.0.1"
        )
    with _listening(settings.host, settings.port) as listener:
        with graph.connection.connect(settings, retry_s=schema.app.RETRY_S) as db:
            given = contextlib.nullcontext((settings, db))
            served = schema.app.make(lambda: given)
            config = uvicorn.Config(
                served,
                lifespan="on",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=STOP_S,
            )
            typer.echo(f"GraphQL at http://{_address(listener)}/graphql; Ctrl-C stops it")
            uvicorn.Server(config).run(sockets=[listener])


@commands.command()
def export() -> None:
    """Print the schema; `make schema` keeps it in schema/schema.graphql."""
    typer.echo(schema.app.sdl(), nl=False)


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens, before anything is started; Misconfigured where it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(128)
        except (OSError, OverflowError) as problem:
            raise Misconfigured(_why_not(problem, host, port)) from None
        yield listener


def _why_not(problem: Exception, host: str, port: int) -> str:
    if getattr(problem, "errno", None) == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; stop what listens there, or choose --port"
    if getattr(problem, "errno", None) == errno.EACCES:
        return f"port {port} needs rights that this user has not; choose one above 1023 by --port"
    return f"cannot listen on {host} port {port}: {problem}"


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


if __name__ == "__main__":
    graph.command.run(commands)
