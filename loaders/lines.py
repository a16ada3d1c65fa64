"""Bytes of a text file as blocks of whole lines: decompressed, decoded, bounded in memory."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from loaders.source import LINE_BYTES_MAX, Source, Unreadable, sniffed

BLOCK_BYTES = 4 << 20
SHOWN_BYTES = 200


@dataclass(frozen=True)
class Block:
    """Whole lines as UTF-8, or (`long`) the beginning of one line too long to be kept."""

    data: bytes
    bytes_read: int
    long: bool = False
    last: bool = False


def blocks(source: Source) -> Iterator[Block]:
    """The file from its first byte (after a BOM) to its last; the last block says so.

    Unreadable for a folder, another kind of file, damaged gzip. UTF-8 is not checked here: the
    reader knows the row.
    """
    if source.path.is_dir():
        raise Unreadable("is_folder", file=source.name)
    with source.path.open("rb") as raw:
        sniffed(raw, source)
        stream = cast(BinaryIO, gzip.open(raw)) if source.form.endswith(".gz") else raw
        reader = codecs.getreader(source.encoding)(stream) if source.encoding != "utf-8" else None
        carry, first = b"", True
        while True:
            data = _next(stream, reader, source)
            if first and data.startswith(codecs.BOM_UTF8):
                data = data[3:]
            first = False
            if not data:
                yield Block(carry, raw.tell(), last=True)
                return
            cut = data.rfind(b"\n") + 1
            if cut:
                yield Block(carry + data[:cut], raw.tell())
                carry = data[cut:]
            else:
                carry += data
            if len(carry) > LINE_BYTES_MAX:
                yield Block(carry[:SHOWN_BYTES], raw.tell(), long=True)
                carry = _after_line(stream, reader, source)


def _next(stream: BinaryIO, reader: codecs.StreamReader | None, source: Source) -> bytes:
    """The next piece, as UTF-8 where the source's encoding is another."""
    try:
        if reader is None:
            return stream.read(BLOCK_BYTES)
        return reader.read(BLOCK_BYTES).encode()
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise Unreadable("damaged_gzip", file=source.name, problem=str(problem)) from None
    except UnicodeDecodeError as problem:
        raise Unreadable(
            "wrong_encoding",
            file=source.name,
            encoding=source.encoding,
            place="?",
            byte=problem.reason,
        ) from None


def _after_line(stream: BinaryIO, reader: codecs.StreamReader | None, source: Source) -> bytes:
    """What follows the end of a line that is read over without being kept."""
    while data := _next(stream, reader, source):
        cut = data.find(b"\n") + 1
        if cut:
            return data[cut:]
    return b""


def decoded(data: bytes, source: Source, row: int) -> str:
    """The text of a block whose first row is `row`; Unreadable names the row that is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as problem:
        place = row + data.count(b"\n", 0, problem.start)
        raise Unreadable(
            "wrong_encoding",
            file=source.name,
            encoding="UTF-8",
            place=place,
            byte=f"0x{data[problem.start]:02X}",
        ) from None


def holds_long_line(data: bytes) -> bool:
    """False where surely no line is longer than LINE_BYTES_MAX."""
    stride = LINE_BYTES_MAX // 2
    starts = range(0, len(data) - stride, stride)
    return any(data.find(b"\n", start, start + stride) < 0 for start in starts)
