"""Replacing a store whole or not at all: the old one stands aside until the new one is complete.

Each part of the old store is moved into DATA/neo4j/data/aside; where there was none, a mark says
so. Renaming that folder is the moment from which the new store counts; until then whoever finds
the folder puts the old parts back.
"""

import shutil
from pathlib import Path

from graph.process import Place


def move(place: Place) -> None:
    """Begin: the old parts stand aside."""
    place.aside.mkdir(parents=True)
    for store in place.stores:
        if store.exists():
            store.rename(_kept(place, store))
        else:
            _absent(place, store).touch()


def forget(place: Place) -> None:
    """The new store is complete: the old one goes."""
    done = _done(place)
    place.aside.rename(done)
    shutil.rmtree(done)


def put_back(place: Place) -> bool:
    """Undo what was begun and never completed; False where there is nothing to undo."""
    shutil.rmtree(_done(place), ignore_errors=True)
    if not place.aside.exists():
        return False
    for store in place.stores:
        kept, absent = _kept(place, store), _absent(place, store)
        if kept.exists() or absent.exists():
            shutil.rmtree(store, ignore_errors=True)
        if kept.exists():
            kept.rename(store)
        absent.unlink(missing_ok=True)
    place.aside.rmdir()
    return True


def _done(place: Place) -> Path:
    return place.aside.with_name("aside.done")


def _kept(place: Place, store: Path) -> Path:
    return place.aside / store.parent.name


def _absent(place: Place, store: Path) -> Path:
    return place.aside / f"{store.parent.name}.absent"
