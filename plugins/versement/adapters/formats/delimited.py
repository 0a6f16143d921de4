"""Delimited text (CSV) as tools really write it: any encoding, and one broken row never costs another."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from versement.adapters.formats.archive_names import is_french, score

MAX_LINE = 1 << 20
"""Characters; a longer line is no line of an index."""
HEAD = 1 << 16
MAX_ROW_LINES = 20
"""Lines that a quoted field may span before its quote counts as never closed."""


_OF_ONE_BYTE = ("cp1252", "cp850", "mac_roman")
"""At equal score the first one."""
_COMMON = "éèêàçùâîôû’"
"""What French texts hold most; an encoding that is not theirs may give rarer letters of French."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written: its encoding, delimiter and columns."""

    encoding: str
    delimiter: str
    columns: tuple[str, ...]


def marked_encoding(head: bytes) -> str:
    """What a byte order mark, or the zero bytes of UTF-16, say; empty when neither is there."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if head[:1] == b"\0" else ""


def encoding_of(path: Path) -> str:
    """UTF-8 unless more lines with accents say otherwise: one bad byte does not make a file Latin-1.

    Then Windows’s, unless DOS’s or an old Macintosh’s gives more French letters.
    """
    with path.open("rb") as stream:
        marked = marked_encoding(stream.read(HEAD))
        if marked:
            return marked
        stream.seek(0)
        good, worse, bad = 0, 0, b""
        while line := stream.readline(MAX_LINE):
            if not line.isascii():
                try:
                    line.decode()
                    good += 1
                except UnicodeDecodeError:
                    bad, worse = bad + line[: HEAD - len(bad)], worse + 1
    return "utf-8" if good >= worse else of_one_byte(bad)


def of_one_byte(text: bytes) -> str:
    """Windows’s encoding, unless DOS’s or an old Macintosh’s gives more French letters."""
    return max(_OF_ONE_BYTE, key=lambda encoding: score([text], encoding, _COMMON))


def mixed(text: str, encoding: str) -> bool:
    """Whether a text is UTF-8 that was read as an encoding of one byte, as no French is: `ArrÃªtÃ©`."""
    if text.isascii() or encoding.startswith("utf"):
        return False
    try:
        found = text.encode(encoding).decode()
    except UnicodeError:
        return False
    return is_french(found)


def records(stream: TextIO, shape: Shape, *, first: int = 2) -> Iterator[tuple[int, list[str]]]:
    """Each row from where the stream stands, which is line `first`: the line where it starts, and its cells."""
    waiting: list[str] = []
    number = first - 1
    while True:
        line = waiting.pop(0) if waiting else stream.readline(MAX_LINE)
        if not line:
            return
        number += 1
        if not line.strip("\r\n" + shape.delimiter):
            continue
        cells, used = _record(line, stream, waiting, shape)
        yield number, cells
        del waiting[:used]
        number += used


def lenient(line: str, delimiter: str) -> list[str]:
    """Cells of one line, whatever its quotes."""
    try:
        found = list(csv.reader([line.rstrip("\r\n")], delimiter=delimiter))
    except csv.Error:
        return []
    return found[0] if found else []


def fitted(cells: list[str], shape: Shape) -> list[str] | None:
    """Cells under the header's columns, empty ones beyond dropped; None when they do not fit. Without columns, all."""
    if not shape.columns:
        return cells
    width = len(shape.columns)
    return cells[:width] if len(cells) >= width and not any(map(str.strip, cells[width:])) else None


def _record(line: str, stream: TextIO, waiting: list[str], shape: Shape) -> tuple[list[str], int]:
    """Cells of the row that starts with a line, and how many lines of `waiting` it takes besides."""
    text = line
    for used in range(MAX_ROW_LINES):
        cells, open_quote = _strict(text, shape.delimiter)
        if cells is not None and (used == 0 or fitted(cells, shape) is not None):
            return cells, used
        if not open_quote:
            break
        if used == len(waiting):
            following = stream.readline(MAX_LINE)
            if not following:
                break
            waiting.append(following)
        text += waiting[used]
    return lenient(line, shape.delimiter), 0


def _strict(text: str, delimiter: str) -> tuple[list[str] | None, bool]:
    """Cells of a text whose quotes are right, else None and whether a quote is still open at the end."""
    try:
        found = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return None, "unexpected end of data" in str(error)
    return (found[0] if len(found) == 1 else None), False
