"""XML of a drop, read without entities, network or surprises of size; elements are found by their local name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from versement.domain.errors import UnreadableFile

MAX_BYTES = 4 << 20
"""Real messages and descriptions take some kilobytes."""


def untrusted(*, bare: bool = False) -> etree.XMLParser:
    """A parser for what somebody dropped; `bare`: without comments and processing instructions."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=bare,
        remove_pis=bare,
    )


def root_name(path: Path) -> tuple[str, str]:
    """Namespace and local name of the root element; the rest is not read.

    Raises:
        UnreadableFile: not XML.
    """
    options: dict[str, bool] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    with path.open("rb") as stream:
        try:
            _, root = next(etree.iterparse(stream, events=("start",), **options))
        except etree.XMLSyntaxError as error:
            raise _not_xml(error) from error
    namespace, _, name = str(root.tag).rpartition("}")
    return namespace.removeprefix("{"), name


def parsed(path: Path) -> etree._Element:
    """The root element.

    Raises:
        UnreadableFile: not well formed, too large, or with a document type declaration.
    """
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFile(
            f"Ce fichier (message ACTES ou description d’un outil) dépasse {MAX_BYTES >> 20} Mio, alors qu’il y faut "
            "quelques kilo-octets : il n’est pas lu. Redéposez le fichier d’origine.",
            detail=f"message of {path.stat().st_size} bytes",
        )
    return parsed_bytes(path.read_bytes())


def parsed_bytes(content: bytes) -> etree._Element:
    """The root element of what is no longer a file; same errors, size aside."""
    try:
        root = etree.fromstring(content, untrusted())
    except etree.XMLSyntaxError as error:
        raise _not_xml(error) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableFile(
            "Ce fichier (message ACTES ou description d’un outil) déclare une DTD, qui peut définir des entités : il "
            "n’est pas lu. Aucun outil n’en écrit ; redéposez le fichier d’origine.",
            detail="message with a document type declaration",
        )
    return root


def _not_xml(error: etree.XMLSyntaxError) -> UnreadableFile:
    line = f" (ligne {error.lineno})" if error.lineno else ""
    return UnreadableFile(
        f"Ce fichier n’est pas du XML bien formé{line} : il est tronqué, abîmé, ou son encodage n’est pas "
        "celui qu’il déclare. Redéposez le message d’origine.",
        detail=str(error.msg),
    )


def elements(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """Every element of that local name within another, itself included."""
    if element is not None:
        yield from element.iter("{*}" + name)


def first(element: etree._Element | None, name: str) -> etree._Element | None:
    return next(elements(element, name), None)


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    return None if element is None else element.find("{*}" + name)


def text(element: etree._Element | None) -> str:
    """All the text within an element."""
    return "".join(map(str, element.itertext())).strip() if element is not None else ""


def attribute(element: etree._Element | None, name: str) -> str:
    """An attribute by its local name: qualified as the schema wants, or not as some tools write."""
    if element is None:
        return ""
    values = (str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name)
    return next(values, "").strip()
