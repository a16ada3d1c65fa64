"""docs/evasion.md speaks of every disguise and every lawful look-alike, and of every figure."""

from pathlib import Path

import analytics.screening.cliffs
import loaders.scenarios.catalogue
from loaders.scenarios.catalogue import LABELLED

PAGE = (Path(__file__).parents[3] / "docs" / "evasion.md").read_text("utf-8")


def test_every_network_has_its_row() -> None:
    for one in loaders.scenarios.catalogue.scenarios().values():
        assert f"| {one.name.split('_')[0]} " in PAGE, one.name


def test_every_figure_is_explained() -> None:
    text = analytics.screening.cliffs.beyond.__doc__ or ""
    names = text.split("by name:")[1].split(".")[0].replace("\n", " ").split(",")
    for name in names:
        assert f"| `{name.strip()}` |" in PAGE


def test_the_labelled_networks_stand_first() -> None:
    known = list(loaders.scenarios.catalogue.scenarios().values())
    assert [one.group for one in known[:9]] == [LABELLED] * 9
