"""A scenario's folder screened as `plumbline try` screens any folder: same readers, same facts."""

import tempfile
from pathlib import Path

import analytics.as_of
import analytics.plan
import analytics.screening.evaluate
import loaders.book
import loaders.folder_facts
import loaders.scenarios.files
import loaders.scenarios.making
from analytics.facts.frames import Facts
from analytics.plan import Plan
from analytics.screening.finding import Screening
from graph.settings import Settings
from loaders.scenarios.catalogue import Scenario

PLAN = "plan.toml"


def screen(scenario: Scenario, seed: int, settings: Settings) -> Screening:
    """Write, read and screen one network of a scenario, all in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="plumbline-scenario") as name:
        folder = Path(name)
        life = loaders.scenarios.making.write(scenario, seed, folder)
        as_of = loaders.scenarios.files.last_day(life)
        return screen_folder(folder, as_of, settings)


def screen_folder(folder: Path, as_of: str, settings: Settings) -> Screening:
    """What the rules say of a folder with payouts; its plan.toml gives the purchase threshold."""
    facts = facts_of(folder, as_of, settings)
    return analytics.screening.evaluate.screen(facts, as_of=as_of)


def facts_of(folder: Path, as_of: str, settings: Settings, profile: str | None = None) -> Facts:
    """The facts of a folder."""
    as_of_ms = analytics.as_of.moment_ms(as_of, settings.zone, settings.lang)
    with tempfile.TemporaryDirectory(prefix="plumbline-spool") as spool:
        intake = loaders.folder_facts.read(
            folder,
            settings,
            spool=Path(spool),
            rejects=Path(spool) / "rejects.csv",
            has_plan=False,
            profile=profile,
        )
        columns = loaders.book.columns(intake, as_of_ms=as_of_ms)
    plan = _plan(folder, settings)
    return loaders.folder_facts.of(intake, columns, as_of_ms, settings, plan=plan, entries=None)


def _plan(folder: Path, settings: Settings) -> Plan | None:
    path = folder / PLAN
    if not path.exists():
        return None
    text = analytics.plan.text_of(path, settings.lang)
    return analytics.plan.examine(text, zone=settings.zone)[0]
