"""The five file forms: the same rows whatever the form, and one clear sentence for a bad file."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import loaders.csv_rows
import loaders.formats
import loaders.json_rows
import loaders.lines
from graph.errors import Misconfigured
from loaders.intake import Intake
from loaders.source import Source
from tests.loaders.folders import DISTRIBUTORS, GOOD, ORDERS, codes, ids, read, rejects

BAD = {
    **GOOD,
    "orders.csv": ORDERS + "O8,D1,2026-02-30,,CNY,1.00\nO9,D9,2026-02-01,,CNY,1.00\n",
}


def as_csv_gz(text: str) -> bytes:
    return gzip.compress(text.encode())


def as_jsonl(text: str) -> bytes:
    rows = csv.DictReader(io.StringIO(text))
    return b"".join(
        json.dumps({k: v or None for k, v in row.items()}).encode() + b"\n" for row in rows
    )


def as_jsonl_gz(text: str) -> bytes:
    return gzip.compress(as_jsonl(text))


def as_parquet(text: str) -> bytes:
    out = io.BytesIO()
    pl.read_csv(io.StringIO(text), infer_schema=False).write_parquet(out)
    return out.getvalue()


FORMS: dict[str, Callable[[str], bytes]] = {
    "csv": str.encode,
    "csv.gz": as_csv_gz,
    "jsonl": as_jsonl,
    "jsonl.gz": as_jsonl_gz,
    "parquet": as_parquet,
}


def content(intake: Intake) -> object:
    tables = {noun: table.frame().rows() for noun, table in intake.tables.items()}
    named = [(r["row"], r["column"], r["code"], r["reason"]) for r in rejects(intake)]
    return tables, named, {n: vars(count) for n, count in intake.report.counts.items()}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_intake(tmp_path: Path, form: str) -> None:
    plain = content(read(tmp_path / "plain", BAD))
    other = {name.replace("csv", form): FORMS[form](text) for name, text in BAD.items()}
    assert content(read(tmp_path / "other", other)) == plain


def test_typed_parquet_is_read_as_what_it_means(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "order_id": [1, 2],
            "seller_id": ["D1", None],
            "ordered_at": pl.Series(["2026-02-01T00:00:00", "2026-02-02T01:02:03"])
            .str.to_datetime(time_zone="UTC")
            .dt.convert_time_zone("Asia/Taipei"),
            "amount": pl.Series(["10.50", None]).cast(pl.Decimal(18, 4)),
            "currency": pl.Series(["CNY", "JPY"]).cast(pl.Categorical),
        }
    )
    out = io.BytesIO()
    frame.write_parquet(out)
    products = io.BytesIO()
    pl.DataFrame({"product_id": ["P1"], "cost": [2.55], "commissionable": [False]}).write_parquet(
        products
    )
    files: dict[str, str | bytes] = {
        "distributors.csv": DISTRIBUTORS,
        "orders.parquet": out.getvalue(),
        "products.parquet": products.getvalue(),
    }
    intake = read(tmp_path, files)
    rows = intake.tables["orders"].frame(["order_id", "ordered_at", "amount", "currency"]).rows()
    assert rows == [("1", 1769904000000, 1050, "CNY"), ("2", 1769994123000, None, "JPY")]
    product = intake.tables["products"].frame(["cost", "commissionable"]).rows()
    assert product == [(255, False)]
    assert "float_columns" in [note.code for note in intake.report.notes]


def test_bom_crlf_blank_lines_and_a_missing_last_newline_change_nothing(tmp_path: Path) -> None:
    plain = content(read(tmp_path / "plain", BAD))
    changes: dict[str, Callable[[str], str]] = {
        "bom": lambda text: "\ufeff" + text,
        "crlf": lambda text: text.replace("\n", "\r\n"),
        "blank": lambda text: text.replace("\n", "\n\n"),
        "end": lambda text: text.removesuffix("\n"),
    }
    for name, change in changes.items():
        files = {file: change(text) for file, text in BAD.items()}
        assert content(read(tmp_path / name, files)) == plain, name


def test_a_header_says_none_and_an_absent_file_says_unknown(tmp_path: Path) -> None:
    files = {"distributors.csv": DISTRIBUTORS, "refunds.csv": "refund_id,amount,refunded_at\n"}
    intake = read(tmp_path, files)
    assert intake.nouns == {"distributors", "refunds"}
    assert intake.tables["refunds"].rows == intake.tables["orders"].rows == 0


def test_unknown_columns_are_named_once(tmp_path: Path) -> None:
    text = "product_id,colour,size\nP1,red,1\nP2,blue,2\n"
    for form, to_bytes in FORMS.items():
        intake = read(tmp_path / form, {f"products.{form}": to_bytes(text)})
        notes = [note.text("en") for note in intake.report.notes]
        assert notes == ["products: columns not known and not read: colour, size"]


def test_a_file_that_is_no_noun_is_named(tmp_path: Path) -> None:
    intake = read(
        tmp_path, {"distributors.csv": DISTRIBUTORS, "order.csv": ORDERS, "notes.txt": ""}
    )
    notes = [note.text("en") for note in intake.report.notes]
    assert notes == ["not read, because no noun has that name: notes.txt, order.csv (orders.csv?)"]


HEAD = "distributor_id,joined_at\n"
WHOLE_FILES: list[tuple[str, dict[str, bytes], str]] = [
    (
        "two forms",
        {"orders.csv": b"x", "orders.jsonl": b"x"},
        "orders.csv and orders.jsonl are both orders",
    ),
    ("spreadsheet", {"distributors.csv": b"PK\x03\x04 rest"}, "looks like a spreadsheet"),
    ("pdf", {"distributors.csv": b"%PDF-1.7"}, "looks like a PDF"),
    ("utf-16", {"distributors.csv": HEAD.encode("utf-16")}, "looks like UTF-16 or UTF-32 text"),
    ("gzip by accident", {"distributors.csv": as_csv_gz(HEAD)}, "compressed by gzip"),
    ("no gzip", {"distributors.csv.gz": HEAD.encode()}, "does not hold csv.gz"),
    ("empty", {"distributors.csv": b""}, "distributors.csv is empty"),
    ("no parquet", {"distributors.parquet": b"PAR1 cut"}, "no whole Parquet file"),
    ("missing column", {"distributors.csv": b"distributor_id\nD1\n"}, "lacks the column joined_at"),
    ("column twice", {"distributors.csv": b"joined_at,joined_at\n"}, "joined_at stands twice"),
    (
        "encoding",
        {"distributors.csv": HEAD.encode() + b"D1,2026-01-01\nD\xa4,2026-01-01\n"},
        "distributors.csv, row 2: not UTF-8 (0xA4)",
    ),
    (
        "encoding, quoted",
        {"distributors.csv": HEAD.encode() + b'"D\n1",2026-01-01\nD2,\xff\n'},
        "distributors.csv, row 3: not UTF-8 (0xFF)",
    ),
    ("nothing", {"notes.txt": b"x"}, "holds no file that can be read"),
    (
        "truncated",
        {"distributors.csv.gz": as_csv_gz(HEAD + "D1,2026-01-01\n" * 999)[:-30]},
        "distributors.csv.gz is cut short",
    ),
]


@pytest.mark.parametrize(
    ("files", "sentence"), [case[1:] for case in WHOLE_FILES], ids=[c[0] for c in WHOLE_FILES]
)
def test_a_file_that_cannot_be_read_gets_one_sentence(
    tmp_path: Path, files: dict[str, bytes], sentence: str
) -> None:
    with pytest.raises(Misconfigured, match="(?s).+") as english:
        read(tmp_path, files)
    assert sentence in str(english.value)
    with pytest.raises(Misconfigured) as chinese:
        read(tmp_path, tmp_path / "in", lang="zh-Hant")
    assert str(chinese.value) != str(english.value)


def test_a_folder_named_as_a_file_and_a_folder_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "in" / "orders.csv").mkdir(parents=True)
    with pytest.raises(Misconfigured, match="orders.csv is a folder"):
        read(tmp_path, tmp_path / "in")
    with pytest.raises(Misconfigured, match="does not exist"):
        read(tmp_path, tmp_path / "nowhere")


def test_parquet_of_nested_values_and_of_floating_ids_is_refused(tmp_path: Path) -> None:
    for name, values in {"list": [["D1"]], "float": [17850.0]}.items():
        out = io.BytesIO()
        pl.DataFrame({"distributor_id": values, "joined_at": ["2026-01-01"]}).write_parquet(out)
        with pytest.raises(Misconfigured, match="the column distributor_id is of type"):
            read(tmp_path / name, {"distributors.parquet": out.getvalue()})


def test_a_bad_record_costs_no_good_neighbour(tmp_path: Path) -> None:
    text = (
        "distributor_id,joined_at,name\n"
        'D1,2026-01-01,"two\nlines"\n'
        'D2,2026-01-01,"never closed\n'
        "D3,2026-01-01,x\n"
        'D4,2026-01-01,"closed" badly\n'
        "D5,2026-01-01,x,y\n"
        "D6,2026-01-01\n"
        'D7,2026-01-01,5" pipe\n'
        'D8,2026-01-01,"a ""quoted"" name"\n'
    )
    intake = read(tmp_path, {"distributors.csv": text})
    assert ids(intake, "distributors") == ["D1", "D3", "D7", "D8"]
    assert sorted(code[1::2] for code in codes(intake)) == [
        ("2", "bad_csv"),
        ("4", "bad_csv"),
        ("5", "wrong_field_count"),
        ("6", "wrong_field_count"),
    ]
    names = intake.tables["distributors"].frame(["name"]).to_series().to_list()
    assert names == ["two\nlines", "x", '5" pipe', 'a "quoted" name']


def test_an_open_quote_that_a_later_row_seems_to_close_costs_no_row(tmp_path: Path) -> None:
    text = (
        "distributor_id,name,joined_at\n"
        '"never closed\n'
        "D1,x,2026-01-01\n"
        "D2,y,2026-01-01\n"
        'D3,",z ""quoted""",2026-01-01\n'
        'D4,"two\nlines",2026-01-01\n'
    )
    intake = read(tmp_path, {"distributors.csv": text})
    assert intake.tables["distributors"].frame(["distributor_id", "name"]).rows() == [
        ("D1", "x"),
        ("D2", "y"),
        ("D3", ',z "quoted"'),
        ("D4", "two\nlines"),
    ]
    assert [code[1::2] for code in codes(intake)] == [("1", "open_quote")]


def test_a_very_long_line_is_one_reject_and_is_not_kept(tmp_path: Path) -> None:
    long = b"x" * (20 << 20)
    data = b"distributor_id,joined_at\nD1,2026-01-01\n" + long + b"\nD2,2026-01-01\n"
    intake = read(tmp_path, {"distributors.csv": data})
    assert ids(intake, "distributors") == ["D1", "D2"]
    assert codes(intake) == [("distributors.csv", "2", "", "line_too_long")]
    assert len(rejects(intake)[0]["original"]) < 1000
    gz = read(tmp_path / "gz", {"distributors.csv.gz": gzip.compress(data, 1)})
    assert content(gz)[1] == content(intake)[1]  # type: ignore[index]


def test_json_keeps_the_digits_of_a_number(tmp_path: Path) -> None:
    line = '{"product_id": 17, "cost": 0.10, "list_price": 12345678.90, "commissionable": true}\n'
    intake = read(tmp_path, {"products.jsonl": line})
    columns = ["product_id", "cost", "list_price", "commissionable"]
    assert intake.tables["products"].frame(columns).rows() == [("17", 10, 1234567890, True)]


FIELDS = st.text(st.sampled_from('ab",\n \u00e9'), max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(FIELDS, FIELDS), max_size=12), st.booleans(), st.integers(1, 60))
def test_both_csv_readers_agree(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    quote_all: bool,
    block: int,
) -> None:
    """Arrow's reader on plain blocks and the record reader give the same rows, however cut."""
    out = io.StringIO(newline="")
    if quote_all:
        writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    else:
        writer = csv.writer(out, lineterminator="\n")
    writer.writerows([("x", "y"), *rows])
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    path.write_text(out.getvalue(), "utf-8", newline="")
    expected = [tuple(value or None for value in row) for row in rows]
    assert read_pairs(path, block) == expected
    assert read_pairs(path, block, plain=False) == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(st.sampled_from('ab",\r'), max_size=8), max_size=10), st.integers(1, 60))
def test_torn_csv_reads_the_same_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], block: int
) -> None:
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    path.write_text("\n".join(["x,y", *lines]) + "\n", "utf-8", newline="")
    assert read_pairs(path, block) == read_pairs(path, 1 << 20)
    assert read_pairs(path, block) == read_pairs(path, block, plain=False)


def read_pairs(
    path: Path, block: int, *, plain: bool = True
) -> list[tuple[str | None, str | None]]:
    """The rows of two columns; `plain` False: all by the record reader."""
    with pytest.MonkeyPatch.context() as patch:
        if not plain:
            patch.setattr(loaders.csv_rows, "_is_plain", lambda data, form: False)
        patch.setattr(loaders.lines, "BLOCK_BYTES", block)
        patch.setattr(loaders.csv_rows, "PIECE_BYTES", block // 3)
        raws = list(loaders.csv_rows.read(Source(path, "csv"), None, frozenset()))
    found = sorted(row for raw in raws for row in raw.frame.rows())
    broken = sorted(row.row for raw in raws for row in raw.broken)
    numbers = sorted([row[0] for row in found] + broken)
    assert numbers == list(range(1, len(numbers) + 1))
    return [row[1:] for row in found]


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.decimals(-1000, 1000, places=3).map(float),
    st.text(st.sampled_from('a "\\\u00e9\u2028'), max_size=5),
    st.lists(st.just(1), max_size=1),
)
OBJECTS = st.dictionaries(st.sampled_from(["x", "y", "other", " x"]), CELLS)
JSON_LINES = st.one_of(
    OBJECTS.map(lambda value: json.dumps(value, ensure_ascii=False)),
    st.sampled_from(["", "  ", "{", "[1]", '{"x": 1e3}', '{"x": NaN}', '{"x": 1, "x": 2}']),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(JSON_LINES, max_size=12), st.integers(1, 80))
def test_both_json_readers_agree(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], block: int
) -> None:
    """A block decoded at once and line by line give the same rows, texts and unknown columns."""
    path = tmp_path_factory.mktemp("json") / "any.jsonl"
    path.write_text("\n".join(lines), "utf-8", newline="")
    found = [read_json(path, block, at_once=at_once) for at_once in (True, False)]
    assert found[0] == found[1]
    assert [row for row, _ in found[0]] == list(range(1, sum(bool(x.strip()) for x in lines) + 1))


def read_json(path: Path, block: int, *, at_once: bool) -> list[tuple[int, object]]:
    """(row, what is there) of every row: its x, y and text, or why it is broken."""
    found: list[tuple[int, object]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loaders.lines, "BLOCK_BYTES", block)
        if not at_once:
            patch.setattr(loaders.json_rows, "_at_once", lambda *block: None)
        wanted = frozenset({"x", "y"})
        for raw in loaders.json_rows.read(Source(path, "jsonl"), wanted, frozenset()):
            texts = raw.texts(raw.frame["row"].to_list(), frozenset({"y"}))
            for row, text in zip(raw.frame.rows(named=True), texts, strict=True):
                found.append((row["row"], (row.get("x"), row.get("y"), text)))
            found += [(broken.row, broken) for broken in raw.broken]
    return sorted(found, key=lambda pair: pair[0])
