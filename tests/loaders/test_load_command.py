"""The commands as a user meets them: sentences, exit codes, no traceback."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import graph.words
import loaders.__main__
import loaders.load
import loaders.load_summary
import tests.loaders.all_nouns
from graph.connection import Database
from graph.errors import PlumblineError
from graph.settings import LANGUAGES
from tests.loaders.all_nouns import ALL_NOUNS
from tests.loaders.loading import command

LOAD_SOURCES = "".join(
    Path(str(module.__file__)).read_text("utf-8") for module in (loaders.load, loaders.load_summary)
)


def ended(*arguments: str | Path) -> tuple[int, str, str]:
    process = command(*arguments)
    out, err = process.communicate(timeout=300)
    assert "Traceback" not in out + err
    return process.returncode, out, err


def test_generate_says_what_it_wrote(tmp_path: Path) -> None:
    options = ("--distributors", "20", "--orders", "50", "--until", "2026-10-31")
    code, out, _ = ended("generate", tmp_path, *options, "--form", "jsonl")
    assert code == 0
    assert f"{tmp_path}/orders.jsonl: 50 rows" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--until", "soon"), "a day looks like"),
        (("--churn", "2"), "between 0 and 1"),
        (("--distributors", "0"), "no more roots than distributors"),
        (("--form", "xlsx"), "it may be"),
        (("--depth", "x"), "depth"),
    ],
)
def test_generate_refuses_what_makes_no_network(
    tmp_path: Path, arguments: tuple[str, str], said: str
) -> None:
    result = CliRunner().invoke(loaders.__main__.app, ["generate", str(tmp_path), *arguments])
    assert not any(tmp_path.iterdir())
    if isinstance(result.exception, PlumblineError):
        assert (result.exception.exit_code, said in str(result.exception)) == (2, True)
    else:
        assert (result.exit_code, said in result.output) == (2, True)


def test_load_of_nothing_is_a_usage_error(tmp_path: Path) -> None:
    code, _, err = ended("load", tmp_path / "nowhere", "--check")
    assert (code, "does not exist" in err) == (2, True)
    code, _, err = ended("load", tmp_path, "--lang", "fr")
    assert (code, "zh-Hant" in err) == (2, True)


def test_rejects_end_with_3_and_their_place(tmp_path: Path) -> None:
    folder = tests.loaders.all_nouns.write(tmp_path / "files", **ALL_NOUNS)
    orders = folder / "orders.csv"
    orders.write_text(orders.read_text("utf-8").replace("O6,D1,", "O6,D99,"), "utf-8")
    code, out, _ = ended("load", folder, "--check", "--rejects", tmp_path / "bad.csv")
    assert code == 3
    assert "orders: 1 rows rejected, unknown_seller" in out
    assert str(tmp_path / "bad.csv") in out.replace("\n", "")
    assert "first cause unknown_seller: 7.00 CNY" in out
    assert "nothing was changed" in out
    assert (tmp_path / "bad.csv").read_text("utf-8").startswith("file,row,column,code,reason")


def test_the_ending_tells_rows_rate_and_that_twice_is_nothing(
    tmp_path: Path, empty_database: Database
) -> None:
    folder = tests.loaders.all_nouns.write(tmp_path / "files", **ALL_NOUNS)
    code, out, err = ended("load", folder, "--via", "bolt")
    assert code == 0
    assert "loaded 34 rows over Bolt in" in out
    assert "writing orders: 6 rows" in err
    code, out, _ = ended("load", folder)
    assert (code, "nothing to do" in out) == (0, True)


def test_the_ending_speaks_three_languages() -> None:
    words = graph.words.family("loads")
    assert all(set(texts) == set(LANGUAGES) for texts in words.values())
    used = re.findall(r'"loads", "(\w+)"', LOAD_SOURCES)
    assert set(used) <= set(words)
    for how in ("nothing", "checked", "nothing_new", "by_import", "by_bolt"):
        assert how in words
