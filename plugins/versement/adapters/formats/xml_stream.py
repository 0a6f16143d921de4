"""XML read element by element: no entity, no network, no DTD, and memory that does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from versement.domain.errors import UnreadableFile


def xml_events(path: Path, encoding: str = "") -> Iterator[tuple[str, etree._Element]]:
    """`start` and `end` of each element.

    Args:
        path: the file.
        encoding: to read it in, whatever it declares; empty: as it declares.

    Raises:
        UnreadableFile: not well formed, cut short, too deep, or with a document type declaration.
    """
    try:
        yield from _events(path, encoding)
    except etree.XMLSyntaxError as error:
        raise UnreadableFile(
            f"Ce fichier n’est pas du XML bien formé (ligne {error.lineno or 0}) : il est tronqué, abîmé, ou son "
            "encodage n’est pas celui qu’il déclare. Redéposez le fichier d’origine.",
            detail=type(error).__name__,
        ) from error


def forget(element: etree._Element) -> None:
    """Free what was read: neither the element nor those before it are needed any more."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def local_name(element: etree._Element) -> str:
    """Name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _events(path: Path, encoding: str) -> Iterator[tuple[str, etree._Element]]:
    options: dict[str, Any] = {
        "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False,
        "remove_comments": True, "remove_pis": True, "encoding": encoding or None,
    }  # fmt: skip
    first = True
    with path.open("rb") as stream:
        for event, element in etree.iterparse(stream, events=("start", "end"), **options):
            if first and element.getroottree().docinfo.internalDTD is not None:
                raise UnreadableFile(
                    "Ce fichier XML déclare une DTD, qui peut définir des entités : il n’est pas lu. Faites-le "
                    "produire sans DTD.",
                    detail="document type declaration",
                )
            first = False
            yield event, element
