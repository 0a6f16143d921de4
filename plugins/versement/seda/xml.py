"""Reading XML that others wrote: no entity, no network, bounded size and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

MAX_BYTES = 512 << 20
"""Larger messages are not read."""
MAX_DEPTH = 256
"""Elements one inside the other: a deeper manifest is neither written nor read. libxml2 has the same limit."""
MAX_TEXT = 10_000_000
"""Bytes of one text: libxml2 reads no longer one, and beside a schema it does not always say why."""
_RESOURCE_LIMIT = 114  # XML_ERR_RESOURCE_LIMIT, which lxml does not name
_TOO_LONG = re.compile(r"^(?:Comment|PI .*|CData section) too big found")
"""How libxml2 names its other limits, under codes that also stand for what is malformed."""
TOO_DEEP = f"il imbrique plus de {MAX_DEPTH} éléments"
TOO_LONG = "une balise, un attribut, un texte ou un commentaire y dépasse 10 Mo"


class Unreadable(Exception):
    """Not XML, or XML that must not be read; the text is French and completes a sentence.

    Attributes:
        line: where reading stopped, 0 when unknown.
    """

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


def read_xml(data: bytes) -> etree._Element:
    """Root of a message, comments and processing instructions left out.

    Raises:
        Unreadable: not well-formed, too large, or with a DTD.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(f"il dépasse {MAX_BYTES >> 20} Mio")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(reason(error), error.lineno or 0) from error
    _refuse_dtd(root)
    return root


def stream_xml(source: BinaryIO, *names: str) -> Iterator[tuple[str, etree._Element]]:
    """Beginning (`start`) of the root, beginning and end (`end`) of elements of these names, as they are read.

    The caller clears what it has done with; the rest stays in memory.

    Raises:
        Unreadable: not well-formed, too large, or with a DTD.
    """
    parser = etree.iterparse(
        _Bounded(source),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    wanted, known, first = frozenset(names), {}, True
    try:
        for event, element in parser:
            if first:
                _refuse_dtd(element)
            tag = element.tag
            if tag not in known:
                known[tag] = local_name(element) in wanted
            if first or known[tag]:
                yield event, element
            first = False
    except etree.XMLSyntaxError as error:
        raise Unreadable(reason(error), error.lineno or 0) from error


def reason(error: etree.XMLSyntaxError) -> str:
    """Why libxml2 does not read a message, in French; completes a sentence."""
    if getattr(error, "code", 0) == _RESOURCE_LIMIT:
        return TOO_DEEP if "depth" in error.msg else TOO_LONG
    return TOO_LONG if _TOO_LONG.search(error.msg) else "ce n’est pas du XML bien formé"


def forget(element: etree._Element) -> None:
    """Give back the memory of an element that ended, and of its elder sibling if that was given back too."""
    element.clear()
    elder, parent = element.getprevious(), element.getparent()
    if elder is not None and parent is not None and not len(elder) and not elder.attrib and not elder.text:
        parent.remove(elder)


class _Bounded:
    """A file of which not more than MAX_BYTES are read."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._left = MAX_BYTES

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise Unreadable(f"il dépasse {MAX_BYTES >> 20} Mio")
        return data


def _refuse_dtd(root: etree._Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("il déclare une DTD, ce que le SEDA ne permet pas", 1)


def local_name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def text_of(element: etree._Element | None) -> str:
    """Text of an element, stripped; empty when there is no element or no text."""
    return (element.text or "").strip() if element is not None else ""


def children(element: etree._Element | None, *names: str) -> Iterator[etree._Element]:
    """Children of these names, whatever their namespace; all of them when no name is given."""
    for child in element if element is not None else ():
        if not names or local_name(child) in names:
            yield child


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first element at the end of a path of names, or None."""
    for name in path:
        element = next(children(element, name), None)
    return element
