"""Whether TIFF images, XML and RTF texts are whole, since their formats say where they end. Runs in `pdf`'s child."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat  # without handlers it follows no entity, and bounds those that it expands

PADDING = 1 << 16
"""Bytes at the end among which an RTF's last brace is looked for."""
MOST_IMAGES = 100_000
"""Images of one TIFF that are followed."""
OFFSETS = {273: 279, 324: 325}
"""Tags of the places of strips and tiles, each with that of their lengths (TIFF 6.0)."""
WIDTHS = {3: 2, 4: 4, 16: 8}
"""Bytes of a number by its type."""
_AT_THE_END = (
    *(expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN),
    *(expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION, expat.errors.XML_ERROR_PARTIAL_CHAR),
)
_CUT_CODES = frozenset(expat.errors.codes[said] for said in _AT_THE_END)
"""What the parser says when there is nothing more although something is open."""


def troubles(path: Path) -> list[str]:
    """FILE_TRUNCATED when the end is missing; none for anything else, well formed or not."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(4)
        stream.seek(0)
        cut = STARTS[head](stream, size) if head in STARTS else False
    return ["FILE_TRUNCATED"] if cut else []


def _xml_is_cut(stream: BinaryIO, _: int) -> bool:
    try:
        expat.ParserCreate().ParseFile(stream)
    except expat.ExpatError as error:
        return error.code in _CUT_CODES
    return False


def _rtf_is_cut(stream: BinaryIO, size: int) -> bool:
    stream.seek(max(0, size - PADDING))
    return not stream.read().rstrip(b"\0\x1a \t\r\n").endswith(b"}")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Of a TIFF: byte order, place of the first image, and `struct` letters of counts and of places."""

    order: str
    start: int
    count: str
    place: str


_LAYOUTS = {
    b"II*\0": _Layout("<", 4, "H", "I"),
    b"MM\0*": _Layout(">", 4, "H", "I"),
    b"II+\0": _Layout("<", 8, "Q", "Q"),
    b"MM\0+": _Layout(">", 8, "Q", "Q"),
}


def _tiff_is_cut(stream: BinaryIO, size: int) -> bool:
    """Whether an image, a table or a strip lies beyond the end."""
    layout = _LAYOUTS[stream.read(4)]
    try:
        return any(start + length > size for start, length in _pieces(stream, layout, size))
    except (EOFError, struct.error):
        return True


def _pieces(stream: BinaryIO, layout: _Layout, size: int) -> Iterator[tuple[int, int]]:
    """Start and length of every strip and tile of every image."""
    (place,) = _numbers(stream, layout, layout.place, layout.start, 1)
    seen: set[int] = set()
    while place and place not in seen and len(seen) < MOST_IMAGES:
        seen.add(place)
        (count,) = _numbers(stream, layout, layout.count, place, 1)
        first = place + struct.calcsize(layout.count)
        entry = struct.Struct(f"{layout.order}HH{layout.place}{struct.calcsize(layout.place)}s")
        if first + count * entry.size > size:
            raise EOFError
        stream.seek(first)
        entries = list(entry.iter_unpack(stream.read(count * entry.size)))
        tables = {tag: _table(stream, layout, entry[1:], size) for entry in entries if (tag := entry[0]) in _TABLES}
        for offsets, lengths in OFFSETS.items():
            yield from zip(tables.get(offsets, ()), tables.get(lengths, ()), strict=False)
        (place,) = _numbers(stream, layout, layout.place, first + count * entry.size, 1)


_TABLES = frozenset((*OFFSETS, *OFFSETS.values()))


def _table(stream: BinaryIO, layout: _Layout, entry: tuple[int, int, bytes], size: int) -> tuple[int, ...]:
    """Numbers of one entry, which stand in it when they are few."""
    kind, count, inline = entry
    letter = {2: "H", 4: "I", 8: "Q"}.get(WIDTHS.get(kind, 0))
    if letter is None:
        return ()
    length = count * WIDTHS[kind]
    if length <= len(inline):
        return struct.unpack(f"{layout.order}{count}{letter}", inline[:length])
    (place,) = struct.unpack(f"{layout.order}{layout.place}", inline)
    if place + length > size:
        raise EOFError
    return _numbers(stream, layout, letter, place, count)


def _numbers(stream: BinaryIO, layout: _Layout, letter: str, place: int, count: int) -> tuple[int, ...]:
    shape = f"{layout.order}{count}{letter}"
    stream.seek(place)
    return struct.unpack(shape, stream.read(struct.calcsize(shape)))


STARTS: Mapping[bytes, Callable[[BinaryIO, int], bool]] = {
    **dict.fromkeys(_LAYOUTS, _tiff_is_cut),
    **dict.fromkeys((b"<?xm", b"\xef\xbb\xbf<", b"\xff\xfe<\0", b"\xfe\xff\0<"), _xml_is_cut),
    b"{\\rt": _rtf_is_cut,
}
"""By the first four bytes of a file."""
