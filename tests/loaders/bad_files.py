"""Bad files: encodings, forms, headers, what is no file of ours at all. No test by itself."""

import gzip
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl

from tests.loaders.bad_case import BOTH, DONE, ORDER_HEAD, REJECTS, TREE_HEAD, USAGE, Case, one
from tests.loaders.folders import ORDERS, PRODUCTS

NAMED = TREE_HEAD.replace("\n", ",name\n") + "D1,,2026-01-01,one\nD2,D1,2026-01-02,三\n"


def parquet(**columns: object) -> bytes:
    """A Parquet file of these columns."""
    out = io.BytesIO()
    pl.DataFrame(columns).write_parquet(out)
    return out.getvalue()


def long_line(size: int) -> Callable[[Path], None]:
    """A line of so many bytes between two good rows, written without being held in memory."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(b"distributor_id,sponsor_id,joined_at\nD1,,2026-01-01\n")
            file.seek(size, os.SEEK_CUR)  # a hole: zeros that take no disk
            file.write(b"\nD2,D1,2026-01-02\n")

    return write


def unreadable(path: Path) -> None:
    """A file that nobody but its owner's superuser may read."""
    path.write_text(ORDERS, "utf-8")
    path.chmod(0)


FILES: tuple[Case, ...] = (
    Case("GBK text", {"distributors.csv": NAMED.encode("gbk")}, USAGE, "row 2: not UTF-8 (0xC8)"),
    Case("Big5 text", {"distributors.csv": NAMED.encode("big5")}, USAGE, "row 2: not UTF-8 (0xA4)"),
    Case(
        "Latin-1 text",
        {"distributors.csv": NAMED.replace("三", "é").encode("latin-1")},
        USAGE,
        "row 2: not UTF-8 (0xE9); save the file as UTF-8",
    ),
    Case(
        "another encoding in the header",
        {"orders.csv": "order_id,ordered_at,名\n".encode("gbk")},
        USAGE,
        "orders.csv, header: not UTF-8",
    ),
    Case("UTF-16 text", {"distributors.csv": NAMED.encode("utf-16")}, USAGE, "looks like UTF-16"),
    Case(
        "UTF-16 text without a mark",
        {"distributors.csv": NAMED.encode("utf-16-le")},
        USAGE,
        "looks like UTF-16",
    ),
    Case(
        "a byte order mark and CRLF",
        {"distributors.csv": b"\xef\xbb\xbf" + NAMED.replace("\n", "\r\n").encode()},
        DONE,
        good={"distributors": 2},
    ),
    Case(
        "lines that end with CR alone",
        {"distributors.csv": NAMED.replace("\n", "\r")},
        USAGE,
        "the lines end with a carriage return (CR) alone",
    ),
    Case(
        "a CR inside a row",
        {"distributors.csv": NAMED.replace("三", "t\rwo")},
        REJECTS,
        "1 rows rejected, stray_cr",
        one("stray_cr", "", 2, "distributors.csv"),
        {"distributors": 1},
    ),
    Case(
        "a missing column",
        {"distributors.csv": "Distributor_ID,joined_at\nD1,2026-01-01\n"},
        USAGE,
        "lacks the column distributor_id (Distributor_ID?)",
    ),
    Case(
        "an extra column",
        {"distributors.csv": "distributor_id,joined_at,sponser_id\nD1,2026-01-01,\n"},
        DONE,
        "columns not known and not read: sponser_id (sponsor_id?)",
        good={"distributors": 1},
    ),
    Case(
        "a column twice",
        {"orders.csv": "order_id,ordered_at,ordered_at\n"},
        USAGE,
        "the column ordered_at stands twice in the header",
    ),
    Case(
        "another delimiter",
        {"distributors.csv": NAMED.replace(",", ";")},
        USAGE,
        'the columns are parted by ";"',
    ),
    Case(
        "no header",
        {"orders.csv": "O1,2026-02-01,CNY,1\n"},
        USAGE,
        "lacks the column order_id, ordered_at; its header is: O1, 2026-02-01",
    ),
    Case(
        "a header with an open quote",
        {"orders.csv": '"order_id,ordered_at\nO1,2026-02-01\n'},
        USAGE,
        "the header is not valid CSV",
    ),
    Case(
        "rows with too few and too many fields",
        {"orders.csv": "order_id,ordered_at\nO1\nO2,2026-02-01,\nO3,2026-02-01\n"},
        REJECTS,
        "2 rows rejected, wrong_field_count",
        (("orders.csv", 1, "", "wrong_field_count"), ("orders.csv", 2, "", "wrong_field_count")),
        {"orders": 1},
    ),
    Case("an empty file", {"orders.csv": ""}, USAGE, "orders.csv is empty"),
    Case("only a header", {"orders.csv": ORDER_HEAD}, DONE, good={"orders": 0}),
    Case(
        "a gzip file cut short",
        {"orders.csv.gz": gzip.compress(ORDERS.encode() * 99)[:-30]},
        USAGE,
        "orders.csv.gz is cut short: its end is missing; fetch it again",
    ),
    Case(
        "a damaged gzip file",
        {"orders.csv.gz": gzip.compress(ORDERS.encode()) + b"no gzip"},
        USAGE,
        "orders.csv.gz is damaged",
    ),
    Case(
        "a line of 1 GB",
        {"distributors.csv": long_line(1 << 30)},
        REJECTS,
        "1 rows rejected, line_too_long",
        one("line_too_long", "", 2, "distributors.csv"),
        {"distributors": 2},
    ),
    Case(
        "a first line of 8 MB",
        {"orders.csv": b"order_id," + b"x" * (8 << 20)},
        USAGE,
        "the first line is longer than 1048576 bytes",
    ),
    Case(
        "NUL bytes in an id and in a name",
        {"distributors.csv": NAMED + "D\x003,D1,2026-01-03,x\nD4,D1,2026-01-03,y\x00\n"},
        REJECTS,
        "1 rows rejected, bad_id",
        (
            ("distributors.csv", 3, "distributor_id", "bad_id"),
            ("distributors.csv", 4, "name", "bad_text"),
        ),
        {"distributors": 2},
    ),
    Case(
        "Parquet: ids as floating-point numbers",
        {"distributors.parquet": parquet(distributor_id=[17850.0], joined_at=["2026-01-01"])},
        USAGE,
        "the column distributor_id is of type double",
    ),
    Case(
        "Parquet: lists",
        {"orders.parquet": parquet(order_id=["O1"], ordered_at=[["2026-01-01"]])},
        USAGE,
        "the column ordered_at is of type List(String)",
    ),
    Case(
        "Parquet: seconds as times, floating-point money",
        {
            "orders.parquet": parquet(
                order_id=["O1", "O2", "O3"],
                ordered_at=["1767225600", "2026-01-01", "2026-01-01"],
                amount=[1.0, 0.1 + 0.2, 0.3],
            )
        },
        REJECTS,
        "floating-point columns, read by their shortest decimal text: amount",
        (
            ("orders.parquet", 1, "ordered_at", "bad_time"),
            ("orders.parquet", 2, "amount", "too_many_decimals"),
        ),
        {"orders": 1},
    ),
    Case(
        "Parquet cut short",
        {"orders.parquet": parquet(order_id=["O1"], ordered_at=["2026-01-01"])[:-9]},
        USAGE,
        "orders.parquet is no whole Parquet file",
    ),
    Case(
        "JSON lines with nested values",
        {
            "orders.jsonl": '{"order_id":"O1","ordered_at":"2026-01-01","amount":{"CNY":1}}\n'
            '{"order_id":"O2","ordered_at":"2026-01-01","amount":1}\n'
        },
        REJECTS,
        "1 rows rejected, nested_value",
        one("nested_value", "", 1, "orders.jsonl"),
        {"orders": 1},
    ),
    Case(
        "JSON with half a character, a key twice, no object",
        {
            "orders.jsonl": '{"order_id":"\\ud800","ordered_at":"2026-01-01"}\n'
            '{"order_id":"O2","order_id":"O3","ordered_at":"2026-01-01"}\n17\n'
            '{"order_id":"O4","ordered_at":"2026-01-01"}\n'
        },
        REJECTS,
        "1 rows rejected, key_twice",
        (
            ("orders.jsonl", 1, "", "bad_json"),
            ("orders.jsonl", 2, "", "key_twice"),
            ("orders.jsonl", 3, "", "not_an_object"),
        ),
        {"orders": 1},
    ),
    Case(
        "one JSON array",
        {"orders.jsonl": json.dumps([{"order_id": "O1"}], indent=1)},
        USAGE,
        "orders.jsonl is one JSON array; write one object per line",
    ),
    Case("a spreadsheet named .csv", {"orders.csv": b"PK\x03\x04"}, USAGE, "like a spreadsheet"),
    Case("a PDF named .csv", {"orders.csv": b"%PDF-1.7\n"}, USAGE, "looks like a PDF"),
    Case("an image named .csv", {"orders.csv": b"\xff\xd8\xff\xe0"}, USAGE, "looks like an image"),
    Case("a web page named .csv", {"orders.csv": "<!DOCTYPE html>\n"}, USAGE, "a web page or XML"),
    Case("JSON named .csv", {"orders.csv": '{"order_id": "O1"}\n'}, USAGE, "looks like JSON"),
    Case("CSV named .jsonl", {"orders.jsonl": ORDERS}, USAGE, "looks like CSV"),
    Case("CSV named .parquet", {"orders.parquet": ORDERS}, USAGE, "looks like plain text"),
    Case("gzip named .csv", {"orders.csv": gzip.compress(b"x")}, USAGE, "compressed by gzip"),
    Case("a folder named orders.csv", {"orders.csv": Path.mkdir}, USAGE, "orders.csv is a folder"),
    Case(
        "a pipe named orders.csv",
        {"orders.csv": os.mkfifo},
        USAGE,
        "orders.csv is no ordinary file",
    ),
    Case(
        "a link that leads nowhere",
        {"orders.csv": lambda path: path.symlink_to("gone.csv")},
        USAGE,
        "orders.csv is no ordinary file",
    ),
    Case(
        "two forms of the same file",
        {"orders.csv": ORDERS, "orders.jsonl": ""},
        USAGE,
        "orders.csv and orders.jsonl are both orders; remove one of them",
    ),
    Case("a file without the right to read it", {"orders.csv": unreadable}, USAGE, "chmod u+r"),
    Case("a folder that does not exist", {}, USAGE, "does not exist; name the folder"),
    Case(
        "a folder with nothing known in it",
        {"order.csv": ORDERS, "Products.csv": PRODUCTS},
        USAGE,
        "found: Products.csv (products.csv?), order.csv (orders.csv?)",
    ),
    Case(
        "a spreadsheet beside good files",
        {**BOTH, "order_lines.xlsx": b"PK\x03\x04"},
        DONE,
        "not read, because no noun has that name: order_lines.xlsx (order_lines.csv?)",
        good={"distributors": 3, "orders": 3},
    ),
)
