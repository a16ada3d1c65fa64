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
    with source.path.open("rb") as raw:
        sniffed(raw, source)
        stream = cast(BinaryIO, gzip.open(raw)) if source.form.endswith(".gz") else raw
        reader = _Decoding(stream, source) if source.encoding != "utf-8" else None
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


class _Decoding:
    """A stream in another encoding, read as UTF-8."""

    def __init__(self, stream: BinaryIO, source: Source) -> None:
        self._reader = codecs.getreader(source.encoding)(stream)
        self._source, self._lines = source, 0

    def read(self, size: int) -> bytes:
        """The next piece; Unreadable names the row that the encoding does not have."""
        try:
            text = self._reader.read(size)
        except UnicodeDecodeError as problem:
            row = self._lines + problem.object.count(b"\n", 0, problem.start)
            byte = problem.object[problem.start]
            raise wrong_encoding(self._source, row, self._source.encoding, byte) from None
        self._lines += text.count("\n")
        return text.encode()


def _next(stream: BinaryIO, reader: _Decoding | None, source: Source) -> bytes:
    """The next piece, as UTF-8 where the source's encoding is another."""
    try:
        return stream.read(BLOCK_BYTES) if reader is None else reader.read(BLOCK_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        code = "cut_short" if isinstance(problem, EOFError) else "damaged_gzip"
        raise Unreadable(code, file=source.name) from None


def _after_line(stream: BinaryIO, reader: _Decoding | None, source: Source) -> bytes:
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
        raise wrong_encoding(source, place, "UTF-8", data[problem.start]) from None


def wrong_encoding(source: Source, row: int, encoding: str, byte: int) -> Unreadable:
    """What to say of a byte that the encoding does not have; row 0 is the header."""
    facts = {"file": source.name, "encoding": encoding, "byte": f"0x{byte:02X}"}
    if row < 1:
        return Unreadable("wrong_encoding_header", **facts)
    return Unreadable("wrong_encoding", place=row, **facts)


def holds_long_line(data: bytes) -> bool:
    """False where surely no line is longer than LINE_BYTES_MAX."""
    stride = LINE_BYTES_MAX // 2
    starts = range(0, len(data) - stride, stride)
    return any(data.find(b"\n", start, start + stride) < 0 for start in starts)
