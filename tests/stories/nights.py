"""Loading and nights one after the other, as a company lives them; no test by itself."""

import shutil
from pathlib import Path

import analytics.nightly
import graph.digest
from analytics.nightly import Outcome
from analytics.watch import Watch
from graph.connection import Database
from graph.settings import Settings
from loaders.load import Result
from tests.analytics import one_night
from tests.conftest import EMPTY
from tests.loaders import folders, loading


class Company:
    """One database and what happens to it."""

    def __init__(self, db: Database, settings: Settings, folder: Path) -> None:
        self.db, self.settings, self._folder, self._loads = db, settings, folder, 0

    def load(self, **files: str) -> Result:
        """Load files given as text, by noun."""
        self._loads += 1
        folder = self._folder / f"load-{self._loads}"
        named = {f"{noun}.csv": text for noun, text in files.items()}
        return loading.load(folders.write(folder, named), self.settings)

    def night(self, as_of: str) -> Outcome:
        """One night."""
        return analytics.nightly.run(
            self.db, self.settings, as_of, who=one_night.who(), watch=Watch()
        )

    def state(self) -> dict[str, str]:
        """Everything that two companies of the same history share."""
        return graph.digest.of(self.db)


def begin(db: Database, settings: Settings, folder: Path) -> Company:
    """A company with nothing in it."""
    db.run_outside(EMPTY)
    for name in ("snapshots", "nights"):
        shutil.rmtree(settings.data_folder / name, ignore_errors=True)
    return Company(db, settings, folder)
