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
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, environ: dict[str, str], named: str) -> None:
    with pytest.raises(Misconfigured, match=named):
        graph.settings.read(environ, file=tmp_path / "none")


@pytest.mark.parametrize("text", ["curency = 'CNY'", "currency = ", "\udcff"])
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plumbline.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Misconfigured, match=r"plumbline\.toml"):
        graph.settings.read({}, file=path)
