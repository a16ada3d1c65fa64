"""From a scenario and a seed to its files: it lives, is touched up, is paid, and is written."""

from pathlib import Path

import polars as pl

import loaders.scenarios.commission
import loaders.scenarios.files
import loaders.scenarios.identities
import loaders.scenarios.simulation
import loaders.scenarios.stockroom
import loaders.scenarios.touches
from loaders.scenarios.catalogue import Scenario
from loaders.scenarios.life import Life


def lived(scenario: Scenario, seed: int) -> Life:
    """The whole life of a scenario's network, ready to be written."""
    life = loaders.scenarios.simulation.live(scenario.ways, seed)
    for touch in scenario.touches:
        loaders.scenarios.touches.before_the_books(touch.name, life, touch.options)
    life.orders = life.orders.with_row_index("made").sort("day", "made").drop("made").rechunk()
    loaders.scenarios.identities.identify(life)
    loaders.scenarios.commission.pay(life)
    loaders.scenarios.stockroom.ask_back(life)
    for touch in scenario.touches:
        loaders.scenarios.touches.in_the_books(touch.name, life, touch.options)
    assert life.orders.filter(pl.col("fen") <= 0).is_empty()
    return life


def write(scenario: Scenario, seed: int, folder: Path, *, form: str = "csv") -> Life:
    """The files of a scenario in `folder`; same scenario and seed, same bytes."""
    life = lived(scenario, seed)
    loaders.scenarios.files.write(folder, life, form=form)
    return life
