"""Text of what people write, PDF apart: DOC, DOCX, ODT, HTML, plain text. Runs in the child of `pdf`."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import olefile
from lxml import etree

from versement.adapters.formats.office import FIB_ENCRYPTED, STREAM_BYTES
from versement.adapters.formats.xml import untrusted
from versement.domain.near import LONGEST

PART_BYTES = 64 << 20
"""Unpacked of the one part that holds a document's text."""
PLAIN_BYTES = 4 * LONGEST
"""Read of a text file: as many characters as are looked at, whatever its encoding."""
HTML_BYTES = 16 << 20
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ODF = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DELETED = frozenset({f"{_ODF}tracked-changes", f"{_OFFICE}annotation", f"{_ODF}note-citation"})
_BREAKS = frozenset({f"{_ODF}p", f"{_ODF}h", f"{_ODF}s", f"{_ODF}tab", f"{_ODF}line-break"})
_UNSEEN = frozenset({"script", "style", "template", "noscript", "head"})
_INLINE = frozenset({"a", "abbr", "b", "bdi", "cite", "code", "em", "font", "i", "mark", "q", "s", "small", "span"}) | {
    *("strong", "sub", "sup", "u", "wbr"),
}
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


_CLX, _ONE_TABLE = 0x01A2, 0x0200
"""Where a FIB tells the place and size of the table of pieces; its flag for the stream that holds it."""
_COMPRESSED = 1 << 30
_INSTRUCTION = re.compile("\x13[^\x13-\x15]*\x14?")


class _Heavy(Exception):
    """More than is looked at."""


_ABNORMAL = (
    *(OSError, ValueError, LookupError, TypeError, EOFError, MemoryError, RuntimeError),
    *(etree.LxmlError, zipfile.BadZipFile, zlib.error, struct.error),
)
"""What a hostile or broken file makes its reader raise."""


def reader_of(read: Callable[[Path], str]) -> Callable[[Path], dict[str, Any]]:
    """A reader as the child has them: `{"text": …}`, or `{"error": code}`."""

    def answer(path: Path) -> dict[str, Any]:
        try:
            return {"text": read(path)[:LONGEST]}
        except _Heavy:
            return {"error": "heavy"}
        except _ABNORMAL as error:
            return {"error": "unread", "detail": type(error).__name__}

    return answer


def docx(path: Path) -> str:
    """What a reader of the document sees in its body: no deleted revision, no instruction of a field."""
    seen = _part(path, "word/document.xml").iter(f"{_WORD}t", f"{_WORD}p", f"{_WORD}tab", f"{_WORD}br")
    return "".join((element.text or "") if element.tag == f"{_WORD}t" else "\n" for element in seen)


def doc(path: Path) -> str:
    """Likewise, of Word 97 to 2003 (MS-DOC 2.4.1): the pieces of the main text, no instruction of a field."""
    with olefile.OleFileIO(path) as document:
        main = _stream(document, "WordDocument")
        flags, count = int.from_bytes(main[10:12], "little"), int.from_bytes(main[0x4C:0x50], "little")
        if flags & FIB_ENCRYPTED:
            raise ValueError("encrypted")
        place, size = struct.unpack_from("<II", main, _CLX)
        clx = _stream(document, "1Table" if flags & _ONE_TABLE else "0Table")[place : place + size]
    text = "".join(_pieces(main, clx))[:count]
    return _INSTRUCTION.sub("", text).replace("\r", "\n").replace("\x07", "\n")


def odt(path: Path) -> str:
    """Likewise: no tracked deletion, no annotation."""
    return "".join(_walked(_part(path, "content.xml"), _DELETED, _BREAKS.__contains__))


def html(path: Path) -> str:
    """What a browser shows, without running anything."""
    with path.open("rb") as stream:
        data = stream.read(HTML_BYTES + 1)
    if len(data) > HTML_BYTES:
        raise _Heavy
    parser = etree.HTMLParser(
        encoding=_encoding(data), no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(data, parser)
    return "" if root is None else "".join(_walked(root, _UNSEEN, lambda tag: tag not in _INLINE))


def plain(path: Path) -> str:
    """UTF-8, UTF-16 with its mark, else Windows' own encoding."""
    with path.open("rb") as stream:
        data = stream.read(PLAIN_BYTES)
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    return data.decode("utf-8" if _is_utf8(data) else "cp1252", "replace")


READERS: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    read.__name__: reader_of(read) for read in (doc, docx, odt, html, plain)
}
"""By the kind of request."""


def _part(path: Path, name: str) -> etree._Element:
    """The root of one part of a zip, which has no document type and no entity."""
    with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
        data = stream.read(PART_BYTES + 1)
    if len(data) > PART_BYTES:
        raise _Heavy
    root = etree.fromstring(data, untrusted(bare=True))
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("document type")
    return root


def _stream(document: olefile.OleFileIO, name: str) -> bytes:
    if document.get_size(name) > STREAM_BYTES:
        raise _Heavy
    with document.openstream(name) as stream:
        return bytes(stream.read())


def _pieces(main: bytes, clx: bytes) -> Iterator[str]:
    """Text of each piece, in one byte a character or two (MS-DOC 2.8.35)."""
    start = 0
    while clx[start] == 1:
        start += 3 + int.from_bytes(clx[start + 1 : start + 3], "little")
    (size,) = struct.unpack_from("<I", clx, start + 1)
    count = (size - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", clx, start + 5)
    for number in range(count):
        (told,) = struct.unpack_from("<I", clx, start + 5 + 4 * (count + 1) + 8 * number + 2)
        length, place = ends[number + 1] - ends[number], told & (_COMPRESSED - 1)
        if told & _COMPRESSED:
            yield main[place // 2 : place // 2 + length].decode("cp1252", "replace")
        else:
            yield main[place : place + 2 * length].decode("utf-16-le", "replace")


def _walked(root: etree._Element, unseen: frozenset[str], breaks: Callable[[str], bool]) -> Iterator[str]:
    """Text in order, a line end around elements that break it, nothing of elements that are not seen."""
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        hidden = not tag or tag in unseen
        if event == "start":
            if hidden:
                walker.skip_subtree()
            else:
                yield "\n" if breaks(tag) else ""
                yield element.text or ""
        else:
            yield "" if hidden or not breaks(tag) else "\n"
            yield element.tail or ""


def _encoding(data: bytes) -> str | None:
    """None leaves it to what the page says of itself."""
    if _is_utf8(data):
        return "utf-8"
    return None if b"charset" in data[:4096].lower() or data[:2] in _MARKS else "cp1252"


def _is_utf8(data: bytes) -> bool:
    """Whether it is, but for a character that the end may cut."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.start >= len(data) - 3
    return True
