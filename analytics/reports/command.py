"""Reports as files: one page and one workbook for each kind and language.

Files are called KIND-DAY-LANG-ID.html and .xlsx, with the first letters of the report's id. They
appear whole or not at all, and a report that stands there already is written again with the same
bytes.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

import analytics.reports.book
import analytics.reports.frames
import analytics.reports.identity
import analytics.reports.page
import graph.disk
from analytics.reports.frames import Material
from analytics.reports.identity import Identity
from analytics.reports.tables import KINDS, PERFORMANCE, RECRUITMENT, Report
from graph.errors import Misconfigured
from graph.settings import LANGUAGES

ALL = "all"


def kinds(asked: str) -> tuple[str, ...]:
    """The reports that a word names; Misconfigured for a word that names none."""
    if asked == ALL:
        return KINDS
    if asked not in KINDS:
        known = ", ".join((*KINDS, ALL))
        raise Misconfigured(f"there is no report {asked!r}; it may be {known}")
    return (asked,)


def languages(asked: str, default: str) -> tuple[str, ...]:
    """The languages that `--lang` names: one, `all`, or the company's own where it is blank."""
    if asked == ALL:
        return LANGUAGES
    if asked and asked not in LANGUAGES:
        raise Misconfigured(f"--lang is {asked!r}; it may be {', '.join((*LANGUAGES, ALL))}")
    return (asked or default,)


def write(
    asked: Iterable[str],
    material: Material,
    sources: Mapping[str, str],
    out: Path,
    langs: Sequence[str],
) -> list[Path]:
    """Write the reports of these kinds; the files, in order.

    `sources` name what the material was made of, for the id: `snapshot` or `files` (digests), and
    settings. Rulebook, packs, plan and findings are added here.
    """
    with graph.disk.writing(out):
        out.mkdir(parents=True, exist_ok=True)
        return [path for kind in asked for path in _files(kind, material, sources, out, langs)]


def _files(
    kind: str, material: Material, sources: Mapping[str, str], out: Path, langs: Sequence[str]
) -> Iterator[Path]:
    report = analytics.reports.frames.of(kind, material)
    identity = identified(report, material, sources)
    for lang in langs:
        for ending, body in rendered(report, identity, lang):
            name = f"{report.kind}-{report.as_of}-{lang}-{identity.short}{ending}"
            yield _written(out / name, body)


def identified(report: Report, material: Material, sources: Mapping[str, str]) -> Identity:
    """What a report of this material follows from, as its id and that of its files."""
    return analytics.reports.identity.of(report, {**sources, **_sources(report.kind, material)})


def rendered(report: Report, identity: Identity, lang: str) -> Iterator[tuple[str, bytes]]:
    """The page and the workbook, each with the ending of its file name."""
    yield ".html", analytics.reports.page.html(report, identity, lang).encode()
    yield ".xlsx", analytics.reports.book.xlsx(report, identity, lang)


def _written(path: Path, body: bytes) -> Path:
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(body)
    unfinished.replace(path)
    return path


def _sources(kind: str, material: Material) -> dict[str, str]:
    """What a report of this kind follows from, as text: nothing else may change its id."""
    found = {
        "time_zone": material.facts.zone,
        "allowance": _listed(
            {c: "?" if a is None else str(a) for c, a in material.facts.allowance.items()}
        ),
    }
    if material.screening is not None and kind in (RECRUITMENT, PERFORMANCE):
        screening = material.screening
        found["rulebook"] = f"{screening.rulebook} {screening.rulebook_sha256}"
        found["packs"] = " ".join(screening.packs)
    if material.plan is not None:
        found["plan"] = f"{material.plan.id} {material.plan.digest}"
    if material.findings and kind == PERFORMANCE:
        body = msgspec.json.encode(list(material.findings), enc_hook=str, order="deterministic")
        found["findings"] = hashlib.sha256(body).hexdigest()
    return found


def _listed(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(values.items()))


def files_digest(folder: Path) -> str:
    """One digest of the files of a folder: names and bytes."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")):
        with path.open("rb") as file:
            one = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.name} {one}\n".encode())
    return digest.hexdigest()
