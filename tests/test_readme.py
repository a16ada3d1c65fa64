"""Every command that the README shows is run, in its order, as a newcomer would run it."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line.split("#")[0].strip() for block in BLOCKS for line in block.splitlines()]
TWO = ["make demo", "make test"]
"""The README's two commands, from nothing: what .ci/run does, and nothing else."""


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that looks like a fresh checkout, with a data folder of its own."""
    folder = tmp_path_factory.mktemp("newcomer")
    launcher = folder / "plumbline"
    launcher.write_text(f'#!/bin/sh\nexec "{ROOT}/plumbline" "$@"\n', "utf-8")
    launcher.chmod(0o755)
    (folder / "analytics").symlink_to(ROOT / "analytics")
    yield folder
    run(folder, "./plumbline db stop")


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PLUMBLINE_", "NEO4J_"))}
    return subprocess.run(
        command.split(),
        cwd=folder,
        env={**kept, "PLUMBLINE_DATA_FOLDER": str(folder / "data"), "PLUMBLINE_LANG": "en"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_two_commands_come_first_and_ci_runs_exactly_them() -> None:
    assert COMMANDS[:2] == TWO
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.findall(r"^(?:SERVE=0 )?(make \S+)$", script, re.MULTILINE) == TWO


def test_every_other_command_runs(newcomer: Path) -> None:
    others = [command for command in COMMANDS if command not in TWO]
    assert len(others) >= 7
    for command in others:
        done = run(newcomer, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert not [target for target in targets if not (ROOT / target).exists()]
