"""The commands of what is: doctor, db start|stop|status|check|backup|restore, setup."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

import graph.command
import graph.connection
import graph.doctor
import graph.jars
import graph.server
import graph.upkeep
from graph.errors import Misconfigured
from graph.settings import Settings

app = graph.command.app("What is: the database of Plumbline, and whether all is well with it.")
db = graph.command.app("The embedded Neo4j: start, stop, look, check, back up, restore.")
app.add_typer(db, name="db")

ELSEWHERE = {
    "start": "start it where it lives, for instance: docker compose up -d neo4j",
    "stop": "stop it where it lives, for instance: docker compose stop neo4j",
    "status": "ask './plumbline doctor'",
    "check": "stop it and run there: neo4j-admin database check DATABASE",
    "backup": "stop it and run there: neo4j-admin database dump DATABASE --to-path=FOLDER"
    " (Aura: take a snapshot in its console)",
    "restore": "stop it and run there: neo4j-admin database load DATABASE --from-path=FOLDER"
    " (Aura: restore a snapshot in its console)",
}


@app.command()
def doctor() -> None:
    """Look at everything that Plumbline needs and say what is fine, what is not, and the remedy.

    Exit code 1 if anything is wrong.
    """
    wrong = 0
    for finding in graph.doctor.findings(graph.command.settings()):
        wrong += bool(finding.remedy)
        typer.echo(f"{'WRONG' if finding.remedy else 'ok':5}  {finding.thing:12}  {finding.said}")
        if finding.remedy:
            typer.echo(f"{'':21}remedy: {finding.remedy}")
    if wrong:
        raise typer.Exit(1)


@app.command()
def setup() -> None:
    """Fetch what the embedded database needs: the jars of Neo4j as locked, checked by sha256.

    Does nothing where all are there. A set-up that was cut short goes on where it stopped.
    """
    if not graph.command.settings().embedded:
        typer.echo("NEO4J_URI is set: the embedded database is not needed, nothing to fetch")
        return
    count = len(graph.jars.ensure())
    typer.echo(
        f"ready: Neo4j {graph.jars.neo4j_version()} ({count} jars, checked),"
        f" Java {graph.doctor.java_version()}"
    )


@app.command(hidden=True)
def lock_jars(version: Annotated[str, typer.Argument(help="A version of Neo4j 5.26.")]) -> None:
    """For maintainers: resolve a version of Neo4j anew and write graph/jars.lock."""
    jars = graph.jars.lock(version)
    graph.jars.write_lock(jars)
    typer.echo(f"{len(jars)} jars of Neo4j {version} in {graph.jars.LOCK_FILE}")


@db.command()
def start() -> None:
    """Start the embedded database and let it run until `db stop`; fine if it runs already."""
    settings = _embedded("start")
    with graph.connection.connect(settings) as database:
        graph.server.pin(settings, True)
        version = database.verify()
    status = graph.server.status(settings)
    typer.echo(f"running: Neo4j {version}, pid {status.pid}, bolt://127.0.0.1:{status.port}")


@db.command()
def stop() -> None:
    """Stop the embedded database. Exit code 4 while others use it: the last of them stops it."""
    stopped = graph.server.stop(_embedded("stop"))
    typer.echo("stopped" if stopped else "was not running")


@db.command()
def status() -> None:
    """Say whether the embedded database runs, where, and how big its store is."""
    found = graph.server.status(_embedded("status"))
    if found.running:
        until = "until 'db stop'" if found.pinned else "until its last command ends"
        typer.echo(f"running: pid {found.pid}, bolt://127.0.0.1:{found.port}, {until}")
    else:
        typer.echo("not running; a command that needs it starts it")
    typer.echo(f"store: {found.store_bytes / graph.doctor.MIB:.1f} MiB in {found.home}")


@db.command()
def check() -> None:
    """Let Neo4j check every record of the stopped store. Exit code 1 if it is inconsistent."""
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    checked = graph.upkeep.check(_embedded("check"), now_ms)
    if not checked.consistent:
        typer.echo(f"INCONSISTENT: {checked.said}")
        typer.echo("remedy: restore a backup, or load anew into an empty data folder")
        raise typer.Exit(1)
    typer.echo("consistent")


@db.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; must not exist.")],
) -> None:
    """Write the whole store to one file (a Neo4j dump). It holds personal data: mode 0600.

    The salt that identifiers are hashed with goes into FILE.salt beside it: keep both.
    """
    size = graph.upkeep.backup(_embedded("backup"), file)
    typer.echo(f"{file}: {size / graph.doctor.MIB:.1f} MiB")


@db.command()
def restore(file: Annotated[Path, typer.Argument(help="A file that `db backup` wrote.")]) -> None:
    """Replace the store by a backup, after checking it; what is there now is lost."""
    graph.upkeep.restore(_embedded("restore"), file)
    typer.echo(f"restored from {file}")


def _embedded(verb: str) -> Settings:
    settings = graph.command.settings()
    if not settings.embedded:
        _refuse(settings, verb)
    return settings


def _refuse(settings: Settings, verb: str) -> NoReturn:
    raise Misconfigured(
        f"NEO4J_URI is set ({settings.neo4j_uri}), and 'db {verb}' is for the embedded database"
        f" only: {ELSEWHERE[verb]}"
    )


if __name__ == "__main__":
    graph.command.run(app)
