"""One pass over a manifest, in flat memory: its identifiers, and where stands what SEDA itself does not know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from versement.seda.grammar import CONTENT_ELEMENTS
from versement.seda.identifiers import NCNAME
from versement.seda.xml import MAX_DEPTH, MAX_TEXT, TOO_DEEP, TOO_LONG, Unreadable

_BLOCK = 64 << 10
_ID_ELEMENTS = frozenset({"DataObjectGroupId"})
_REFERENCE_ELEMENTS = frozenset({"DataObjectGroupReferenceId", "DataObjectReferenceId", "ArchiveUnitRefId"})
_READ = _ID_ELEMENTS | _REFERENCE_ELEMENTS
_OF_VITAM = "UpdateOperation"
_XML_ID = "http://www.w3.org/XML/1998/namespace id"
_BLANK = bytes(byte if byte in b"\r\n" else 0x20 for byte in range(256))


@dataclass(slots=True)
class Scan:
    """What one pass found.

    Attributes:
        root: namespace and name of the root element.
        faults: line, element, and what is wrong with its identifier or reference, in French; dangling references last.
        unknown: from and to which byte stand Vitam's `UpdateOperation`, and extensions at the end of a description,
            in order.
    """

    root: tuple[str, str] = ("", "")
    faults: list[tuple[int, str, str]] = field(default_factory=list)
    unknown: list[tuple[int, int]] = field(default_factory=list)


def scan(stream: IO[bytes]) -> Scan:
    """Read a manifest from its beginning to its end.

    Raises:
        Unreadable: it is not XML, or has a DTD.
    """
    stream.seek(0)
    reader = _Reader()
    try:
        while block := stream.read(_BLOCK):
            reader.parser.Parse(block, False)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Unreadable("ce n’est pas du XML bien formé", error.lineno) from error
    except LookupError as error:
        raise Unreadable("son encodage est inconnu", 1) from error
    return reader.finish()


class _Reader:
    """Told of every element by expat."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.DefaultHandler = lambda _: self._after()
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = _refuse_dtd
        self._found = Scan()
        self._path: list[str] = []
        self._text = ""
        self._known: set[str] = set()
        self._references: list[tuple[int, str, str]] = []
        self._extensions: list[int | None] = []
        self._of_vitam: int | None = None
        self._just_ended = False
        self._last = 0

    def finish(self) -> Scan:
        dangling = "désigne un identifiant qui n’existe pas dans le bordereau"
        self._found.faults += [(line, name, dangling) for line, name, to in self._references if to not in self._known]
        self._found.unknown.sort()
        return self._found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._after()
        self._bound()
        space, _, name = tag.rpartition(" ")
        if not self._path:
            self._found.root = (space, name)
        elif self._path[-1] == "Content":
            self._in_content(of_seda=space == self._found.root[0] and name in CONTENT_ELEMENTS)
        if name == "Content":
            self._extensions.append(None)
        elif name == _OF_VITAM and self._of_vitam is None:
            self._of_vitam = self.parser.CurrentByteIndex
        self._path.append(name)
        if len(self._path) > MAX_DEPTH:
            raise Unreadable(TOO_DEEP, self.parser.CurrentLineNumber)
        self._text = ""
        for attribute in ("id", _XML_ID):
            if attribute in attributes:
                self._declare(name, attributes[attribute].strip())
        if name == "Relationship":
            self._refer(name, attributes.get("target", ""))

    def _in_content(self, *, of_seda: bool) -> None:
        """Extensions are what no element of SEDA follows."""
        if of_seda:
            self._extensions[-1] = None
        elif self._extensions[-1] is None:
            self._extensions[-1] = self.parser.CurrentByteIndex

    def _end(self, _tag: str) -> None:
        self._after()
        self._bound()
        name = self._path.pop()
        if name == "Content":
            begins = self._extensions.pop()
            if begins is not None:
                self._found.unknown.append((begins, self.parser.CurrentByteIndex))
        elif name == _OF_VITAM and _OF_VITAM not in self._path:
            self._just_ended = True
        elif name in _ID_ELEMENTS:
            self._declare(name, self._text.strip())
        elif name in _REFERENCE_ELEMENTS:
            self._refer(name, self._text)
        self._text = ""

    def _data(self, text: str) -> None:
        self._after()
        if self._path and self._path[-1] in _READ:
            self._text += text

    def _after(self) -> None:
        """An element lasts until whatever comes after it."""
        if self._just_ended and self._of_vitam is not None:
            self._found.unknown.append((self._of_vitam, self.parser.CurrentByteIndex))
            self._of_vitam, self._just_ended = None, False

    def _bound(self) -> None:
        """What stands between two tags is not longer than the schema's reader takes."""
        here = self.parser.CurrentByteIndex
        if here - self._last > MAX_TEXT:
            raise Unreadable(TOO_LONG, self.parser.CurrentLineNumber)
        self._last = here

    def _refer(self, name: str, to: str) -> None:
        if to.strip() not in self._known:
            self._references.append((self.parser.CurrentLineNumber, name, to.strip()))

    def _declare(self, name: str, identifier: str) -> None:
        wrong = []
        if not NCNAME.fullmatch(identifier):
            wrong.append("porte un identifiant qui n’est pas un nom XML valide")
        if identifier in self._known:
            wrong.append("porte un identifiant déjà utilisé dans le bordereau")
        self._found.faults += [(self.parser.CurrentLineNumber, name, what) for what in wrong]
        self._known.add(identifier)


def _refuse_dtd(*_: object) -> None:
    raise Unreadable("il déclare une DTD, ce que le SEDA ne permet pas", 1)


class Blanked:
    """A file in whose place of some parts are blanks; lines stay where they are.

    Attributes:
        parts: from and to which byte, in order; they may overlap.
    """

    def __init__(self, stream: IO[bytes], parts: list[tuple[int, int]]) -> None:
        stream.seek(0)
        self._stream = stream
        self._parts = parts
        self._next = 0
        self._place = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        begins, ends = self._place, self._place + len(data)
        self._place = ends
        if self._next == len(self._parts) or self._parts[self._next][0] >= ends:
            return data
        blanked = bytearray(data)
        while self._next < len(self._parts) and self._parts[self._next][0] < ends:
            first, last = (max(0, at - begins) for at in self._parts[self._next])
            blanked[first:last] = blanked[first:last].translate(_BLANK)
            if self._parts[self._next][1] > ends:
                break
            self._next += 1
        return bytes(blanked)
