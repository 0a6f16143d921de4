"""Metadata files beside documents, as one tree of values: JSON, XML, YAML, `key=value`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from versement.adapters import json_text
from versement.adapters.formats.delimited import of_one_byte
from versement.adapters.formats.xml import untrusted
from versement.domain.errors import UnreadableFile
from versement.profiles.text import parse

MAX_BYTES = 5_000_000
DEEPEST = 30
_YAML = re.compile(r"(?:[ \t]*(?:#.*|---.*|%.*)?\r?\n)*[ \t]*(?:[^\s=:{#][^=:\r\n]*:(?:[ \t\r\n]|\Z)|\{)")


def read_properties(path: Path, name: str) -> Mapping[str, Any]:
    """What a metadata file says, nested; texts as they stand, nothing guessed.

    A Pastell `<flux>` gives its `data` by name and its `files` as lists of contents.

    Raises:
        UnreadableFile: too large, in no known form, or not well formed; the message completes « fichier » : ….
    """
    content = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    if content is None:
        raise UnreadableFile(f"fichier de métadonnées de plus de {MAX_BYTES} octets. Faites-le alléger.")
    extension = name.rpartition(".")[2].lower()
    readers = {"json": _json, "xml": _xml, "yaml": _yaml, "yml": _yaml, "txt": _text}
    if extension not in readers:
        raise UnreadableFile(
            "métadonnées en JSON, XML, YAML ou texte (clé=valeur, ou YAML) attendues. Corrigez la fiche."
        )
    found = readers[extension](content)
    if not isinstance(found, Mapping):
        raise UnreadableFile("un ensemble de champs est attendu, une autre forme est trouvée. Faites-le corriger.")
    return found


def _json(content: bytes) -> Any:
    try:
        return json_text.loads(_decoded(content))
    except (ValueError, RecursionError) as error:
        raise UnreadableFile("JSON mal formé. Faites corriger le fichier.", detail=type(error).__name__) from error


def _yaml(content: bytes) -> Any:
    """Without anchors, aliases or tags, whatever the encoding; what describes a person is kept in no memory."""
    tree = parse.__wrapped__(_decoded(content).encode())
    if tree.faults:
        raise UnreadableFile("YAML mal formé. Faites corriger le fichier.", detail=tree.faults[0].message)
    return json_text.sound(tree.data)


def _text(content: bytes) -> Any:
    """`key=value` lines, or YAML, which Pastell writes under this name too: the first line that says anything tells."""
    return _yaml(content) if _YAML.match(_decoded(content)) else _lines(content)


def _lines(content: bytes) -> Mapping[str, str]:
    pairs = (line.partition("=") for line in _decoded(content).splitlines() if "=" in line)
    return {name.strip(): json_text.sound(value.strip()) for name, _, value in pairs if name.strip()}


def _xml(content: bytes) -> Any:
    parser = untrusted()
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableFile("XML mal formé. Faites corriger le fichier.", detail=str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableFile("XML avec un DOCTYPE : il n’est pas lu. Faites-le exporter sans.")
    return _flux(root) if etree.QName(root).localname == "flux" else _nested(root, 0)


def _flux(root: etree._Element) -> Mapping[str, Any]:
    """Pastell: `<data name value/>` and `<files name><file content/></files>`."""
    found: dict[str, Any] = {}
    for element in root.iter("{*}data", "{*}files"):
        name = element.get("name", "")
        if etree.QName(element).localname == "data":
            found[name] = element.get("value", element.text or "")
        else:
            found[name] = [one.get("content", "") for one in element.iter("{*}file")]
    return found


def _nested(element: etree._Element, depth: int) -> Any:
    """Attributes and children by name; elements of one name make a list; a leaf is its text."""
    children = [child for child in element if isinstance(child.tag, str)]
    attributes = {etree.QName(name).localname: value for name, value in element.attrib.items()}
    if not children and not attributes:
        return (element.text or "").strip()
    if depth > DEEPEST:
        raise UnreadableFile(f"XML de plus de {DEEPEST} niveaux. Faites-le corriger.")
    found: dict[str, Any] = dict(attributes)
    if not children and (text := (element.text or "").strip()):
        found["value"] = text
    for child in children:
        name, value = etree.QName(child).localname, _nested(child, depth + 1)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode(of_one_byte(content), "replace")
