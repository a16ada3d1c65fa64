"""Settings: order of sources, strict names, clear refusals."""

from pathlib import Path

import pytest

import graph.settings
from graph.errors import Misconfigured


def toml(folder: Path, text: str) -> Path:
    path = folder / "plumbline.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    file = toml(tmp_path, 'currency = "TWD"\nport = 9000\n')
    found = graph.settings.read({"PLUMBLINE_PORT": "9100", "PLUMBLINE_CURRENCY": ""}, file=file)
    assert (found.currency, found.port, found.time_zone) == ("TWD", 9100, "UTC")


@pytest.mark.parametrize(
    ("locale", "lang"),
    [
        ("zh_TW.UTF-8", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("zh_CN.UTF-8", "zh-Hans"),
        ("de_DE", "en"),
        ("", "en"),
    ],
)
def test_the_language_follows_the_locale(tmp_path: Path, locale: str, lang: str) -> None:
    assert graph.settings.read({"LANG": locale}, file=tmp_path / "none").lang == lang


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"PLUMBLINE_PROT": "1"}, "PLUMBLINE_PROT"),
        ({"PLUMBLINE_NEO4J_URI": "bolt://x"}, "PLUMBLINE_NEO4J_URI"),
        ({"PLUMBLINE_PORT": "many"}, "port"),
        ({"PLUMBLINE_CURRENCY": "XXZ"}, "currency"),
        ({"PLUMBLINE_TIME_ZONE": "Mars/Base"}, "time_zone"),
        ({"PLUMBLINE_LANG": "fr"}, "lang"),
        ({"PLUMBLINE_MODE": "fast"}, "mode"),
        ({"NEO4J_DATABASE": "other"}, "NEO4J_DATABASE"),
        ({"PLUMBLINE_ALLOWANCE": "500"}, "allowance"),
        ({"PLUMBLINE_ALLOWANCE": "CNY=5.001"}, "allowance"),
        ({"PLUMBLINE_ALLOWANCE": "XXZ=5"}, "allowance"),
        ({"PLUMBLINE_ALLOWANCE": "CNY=-5"}, "allowance"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, environ: dict[str, str], named: str) -> None:
    with pytest.raises(Misconfigured, match=named):
        graph.settings.read(environ, file=tmp_path / "none")


def test_an_allowance_is_exact(tmp_path: Path) -> None:
    told = {"PLUMBLINE_ALLOWANCE": "CNY=499.99, JPY=7000,USD=75"}
    found = graph.settings.read(told, file=tmp_path / "none")
    assert found.allowances == {"CNY": 49_999, "JPY": 7_000, "USD": 7_500}
    assert graph.settings.read({}, file=tmp_path / "none").allowances == {"CNY": 50_000}


def test_packs_are_names(tmp_path: Path) -> None:
    told = {"PLUMBLINE_PACKS": "kr, us-vemma"}
    assert graph.settings.read(told, file=tmp_path / "none").pack_names == ("kr", "us-vemma")
    assert graph.settings.read({}, file=tmp_path / "none").pack_names == ()


@pytest.mark.parametrize("text", ["curency = 'CNY'", "currency = ", "\udcff"])
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plumbline.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Misconfigured, match=r"plumbline\.toml"):
        graph.settings.read({}, file=path)
