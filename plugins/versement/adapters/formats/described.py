"""Whichever tool's description a file is, by its content; or an ACTES message that is about no act."""

from __future__ import annotations

from pathlib import Path

from versement.adapters import json_text
from versement.adapters.formats import pastell, s2low, webdelib
from versement.adapters.formats.actes import read_service_message
from versement.adapters.formats.xml import MAX_BYTES, parsed, root_name
from versement.domain.drop import Description, Descriptor
from versement.profiles.text import parse

EXTENSIONS = (".xml", ".json", ".yaml", ".yml", ".txt")


def read_descriptor(path: Path, name: str) -> Descriptor | None:
    """See `Formats.descriptor`."""
    extension = f".{name.rpartition('.')[2].lower()}"
    if extension not in EXTENSIONS or path.stat().st_size > MAX_BYTES:
        return None
    if extension == ".xml":
        return _xml(path)
    if extension == ".json":
        return _json(path)
    answer = s2low.read_answer(path) if extension == ".txt" else None
    return answer or _yaml(path)


def _xml(path: Path) -> Descriptor | None:
    _, name = root_name(path)
    if name == "flux":
        return pastell.of_xml(parsed(path))
    if name == "depot":
        root = parsed(path)
        return webdelib.of_xml(root) if root.find("{*}seance") is not None else None
    return read_service_message(path)


def _json(path: Path) -> Description | None:
    try:
        data = json_text.loads(path.read_bytes(), parse_number=str)
    except (ValueError, RecursionError):
        return None
    return pastell.of_mapping(data)


def _yaml(path: Path) -> Description | None:
    tree = parse.__wrapped__(path.read_bytes())  # any text of a drop may pass here: not one is kept
    return None if tree.faults else pastell.of_mapping(json_text.sound(tree.data))
