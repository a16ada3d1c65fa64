"""The shape of the checkout, tested like code: lengths, docstrings, names, nothing installed."""

import ast
import importlib.metadata
import re
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("graph", "analytics", "loaders", "schema")
FUNCTION_LINES_MAX, FUNCTION_LINES_MEDIAN_MAX, MODULE_LINES_MAX = 60, 8, 400
NAMES_WITHOUT_MEANING = {"core", "common", "utils", "util", "helpers", "misc", "base"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def tracked(*patterns: str) -> list[Path]:
    """Files of the checkout by glob, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).exists()]


def modules(*tops: str) -> list[Path]:
    return [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in tops]


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, Function):
            yield node


def lines_of(node: Function) -> int:
    """Lines of code: the body without the docstring."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1


def where(path: Path, node: Function | None = None) -> str:
    return f"{path.relative_to(ROOT)}" + (f":{node.lineno} {node.name}" if node else "")


def test_no_module_is_longer_than_a_reader_holds() -> None:
    long = [
        f"{where(path)} {count}"
        for path in tracked("*.py")
        if (count := len(path.read_text("utf-8").splitlines())) > MODULE_LINES_MAX
    ]
    assert not long


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{where(path, node)} {lines_of(node)}"
        for path in tracked("*.py")
        for node in functions(path)
        if lines_of(node) > FUNCTION_LINES_MAX
    ]
    assert not long


def test_most_functions_are_short() -> None:
    lengths = [lines_of(node) for path in modules(*PACKAGES) for node in functions(path)]
    assert statistics.median(lengths) <= FUNCTION_LINES_MEDIAN_MAX


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        where(path)
        for path in modules(*PACKAGES, "benchmarks")
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent


def test_names_mean_something() -> None:
    assert not [where(path) for path in tracked("*.py") if path.stem in NAMES_WITHOUT_MEANING]


def test_our_names_belong_to_nobody_else() -> None:
    """A library that installs a `schema` or `analytics` of its own would shadow or be shadowed."""
    installed = importlib.metadata.packages_distributions()
    assert not {name: installed[name] for name in PACKAGES if name in installed}


def test_tests_are_no_packages() -> None:
    assert not [where(path) for path in tracked("tests/**/__init__.py")]


def test_imports_are_qualified() -> None:
    """A star hides where a name comes from; a relative import gives a module two names."""
    starred = [
        where(path)
        for path in tracked("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.level or any(n.name == "*" for n in node.names))
    ]
    assert not starred


def test_cypher_stands_only_in_cypher_files() -> None:
    """No Python text starts a statement: queries are named, read from files, and never built."""
    clause = re.compile(r"^\s*(MATCH|MERGE|UNWIND|OPTIONAL MATCH|CREATE \(|CALL \{)", re.MULTILINE)
    found = [
        f"{where(path)}:{node.lineno}"
        for path in modules(*PACKAGES)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and clause.search(node.value)
    ]
    assert not found


def test_no_query_walks_without_a_bound() -> None:
    unbounded = re.compile(r"\*\s*(\.\.\s*)?[\]})]|\*\d+\.\.\s*\]|\{\d*,\s*\}|\)\s*[+*](?!\d)")
    comment = re.compile(r"//.*$", re.MULTILINE)
    found = {
        where(path): hits
        for path in tracked("graph/cypher/**/*.cypher", "graph/cypher/*.cypher")
        if (
            hits := [
                m.group()
                for m in unbounded.finditer(
                    re.sub(r"count\(\*\)", "", comment.sub("", path.read_text("utf-8")))
                )
            ]
        )
    }
    assert not found


@pytest.mark.parametrize(
    "word", ["/" + "work/", "/" + "root/", "pypi" + ".org", "repo1" + ".maven"]
)
def test_nothing_names_a_machine_or_a_registry(word: str) -> None:
    named = [
        where(path)
        for path in tracked()
        if path.suffix not in {".parquet", ".png", ".gz"}
        and word in path.read_text("utf-8", errors="ignore")
    ]
    assert not named
