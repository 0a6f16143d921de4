"""Rows of an index written as XML or JSON: the repeated element's attributes and children, under dotted keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree

from versement.adapters import json_text
from versement.adapters.formats.xml_stream import forget, local_name, xml_events
from versement.domain.documents import Finding, Severity
from versement.domain.errors import UnreadableFile
from versement.ports.formats import TableRow

MAX_KEYS = 1_000
"""Values of one row."""
MAX_DEPTH = 20
MAX_ELEMENTS = 10_000
"""Elements of one row, which are held together."""
_ILLEGIBLE = re.compile("[\ufffd\ud800-\udfff]")
_REDEPOSIT = "Redéposez le fichier d’origine."


def unusable(where: str, why: str) -> Finding:
    """What is told of a row that cannot be used."""
    return Finding(
        "INDEX_ROW",
        Severity.SET_ASIDE,
        f"{where} : {why} ; la ligne n’est pas prise en compte, les autres le sont. Corrigez-la et redéposez l’index.",
    )


def named(cells: dict[str, str], key: str, text: str) -> str:
    """Add a value under its key, numbered when the key is taken already; the key that it got."""
    free, again = key, 0
    while free in cells:
        again += 1
        free = f"{key}.{again}"
    cells[free] = text
    return free


def json_rows(path: Path, rows: str, encoding: str, *, lines: bool) -> Iterator[TableRow | Finding]:
    """Objects of a JSON file's list, or of its lines."""
    text = path.read_bytes().decode(encoding, errors="replace").removeprefix("\ufeff")
    if lines:
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield _json_line(number, line)
        return
    for place, entry in enumerate(_listed(_parsed(text), rows), start=1):
        yield _json_row(f"entrée {place}", place, entry)


def _json_line(number: int, line: str) -> TableRow | Finding:
    try:
        return _json_row(f"ligne {number}", number, _parsed(line))
    except UnreadableFile:
        return unusable(f"ligne {number}", "ce n’est pas un objet JSON")


def _parsed(text: str) -> Any:
    try:
        # Numbers stay as they are written: an identifier has no other form.
        return json_text.loads(text, parse_number=str)
    except (ValueError, RecursionError) as error:
        line = f" (ligne {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableFile(
            f"Cet index n’est pas du JSON bien formé{line} : il est tronqué ou abîmé. {_REDEPOSIT}",
            detail=type(error).__name__,
        ) from error


def _listed(found: Any, rows: str) -> list[Any]:
    for part in rows.split(".") if rows else ():
        found = found.get(part) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise UnreadableFile(
            f"Cet index JSON n’a pas de liste à l’endroit attendu (« {rows or 'la racine'} ») : vérifiez le fichier, "
            "ou `rows` dans la fiche de connecteur."
        )
    return found


def _json_row(where: str, line: int, entry: Any) -> TableRow | Finding:
    if not isinstance(entry, dict):
        return unusable(where, "ce n’est pas un objet JSON")
    return _row(where, line, _members(entry, "", 1))


def _members(found: Any, key: str, depth: int) -> Iterator[tuple[str, str]]:
    """Dotted keys and texts of a JSON value."""
    if depth > MAX_DEPTH:
        raise _TooDeep
    if isinstance(found, dict):
        for name, value in found.items():
            yield from _members(value, f"{key}.{name}" if key else name, depth + 1)
    elif isinstance(found, list):
        for place, value in enumerate(found):
            yield from _members(value, f"{key}.{place}" if place else key, depth + 1)
    elif isinstance(found, bool):
        yield key, "true" if found else "false"
    else:
        yield key, "" if found is None else str(found)


def xml_rows(path: Path, rows: str, encoding: str) -> Iterator[TableRow | Finding]:
    """Repeated elements of an XML file; namespaces do not matter."""
    wanted = rows.split(".") if rows else []
    names: list[str] = []
    found = inside = 0
    for event, element in xml_events(path, encoding):
        if event == "start":
            names.append(local_name(element))
            inside += 1 if inside or _is_row(names, wanted) else 0
            if inside > MAX_ELEMENTS:
                raise _huge_row(element)
            continue
        is_row = _is_row(names, wanted)
        names.pop()
        if is_row:
            found += 1
            inside = 0
            at: Any = element.sourceline
            yield _row(f"ligne {at}", at, _children(element, "", 1))
        if not inside:
            forget(element)
    if not found:
        raise UnreadableFile(
            f"Cet index XML n’a aucun élément à l’endroit attendu (« {rows or 'sous la racine'} ») : vérifiez le "
            "fichier, ou `rows` dans la fiche de connecteur."
        )


def _huge_row(element: etree._Element) -> UnreadableFile:
    return UnreadableFile(
        f"Un élément de cet index XML en contient plus de {MAX_ELEMENTS} (ligne {element.sourceline}) : il n’est pas "
        "lu. Vérifiez `rows` dans la fiche de connecteur, qui doit nommer l’élément répété."
    )


def _is_row(names: list[str], wanted: list[str]) -> bool:
    return names == wanted if wanted else len(names) == 2


def _children(element: etree._Element, key: str, depth: int) -> Iterator[tuple[str, str]]:
    """Dotted keys and texts of an element: attributes, then children, or its own text when it has none."""
    if depth > MAX_DEPTH:
        raise _TooDeep
    for name, value in element.attrib.items():
        yield _joined(key, str(name).rpartition("}")[2]), str(value)
    if not len(element):
        if key and (element.text or not element.attrib):
            yield key, element.text or ""
        return
    seen: dict[str, int] = {}
    for child in element:
        name = local_name(child)
        again = seen[name] = seen.get(name, -1) + 1
        yield from _children(child, _joined(key, f"{name}.{again}" if again else name), depth + 1)


def _joined(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


class _TooDeep(Exception):
    """A row is too deep."""


def _row(where: str, line: int, pairs: Iterable[tuple[str, str]]) -> TableRow | Finding:
    cells: dict[str, str] = {}
    try:
        for key, text in islice(pairs, MAX_KEYS + 1):
            named(cells, key, text)
    except _TooDeep:
        return unusable(where, f"elle a plus de {MAX_DEPTH} niveaux")
    if not cells:
        return unusable(where, "elle est vide")
    if len(cells) > MAX_KEYS:
        return unusable(where, f"elle a plus de {MAX_KEYS} valeurs")
    if any(_ILLEGIBLE.search(text) for pair in cells.items() for text in pair):
        return unusable(where, "des caractères y sont illisibles (encodage mélangé)")
    return TableRow(line, cells)
