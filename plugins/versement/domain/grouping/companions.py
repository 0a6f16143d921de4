"""Signatures, tokens, stamped copies and slips that carry the name of the file that they go with."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence

from versement.domain.documents import Role
from versement.domain.grouping.drop import Drop
from versement.domain.grouping.names import ACTES_NAME, base, folder_of, key

_SHAPES = (
    (re.compile(r"(?P<of>.+)\.(?:p7s|p7m|pkcs7|sig)", re.IGNORECASE), Role.SIGNATURE),
    (re.compile(r"(?P<of>.+) - Signature.*\.xml", re.IGNORECASE), Role.SIGNATURE),
    (re.compile(r"(?P<of>.+)[_-]signature\.(?:zip|xml)", re.IGNORECASE), Role.SIGNATURE),
    (re.compile(r"(?P<of>.+)\.(?:tsr|tst)", re.IGNORECASE), Role.PROOF),
    (re.compile(r"(?P<of>.+)[_-]bordereau\w*\.pdf", re.IGNORECASE), Role.PROOF),
    (re.compile(r"(?P<of>.+)[_-]tampon\w*\.pdf", re.IGNORECASE), Role.STAMPED),
)
_SLIP = re.compile(r"bordereau.*\.pdf", re.IGNORECASE)


def add_companions(drop: Drop) -> None:
    """Find whatever goes with another file; `Drop.add_by_name` brings it to the document of that file."""
    free = [path for path in drop.free() if _goes_with(path) or _SLIP.fullmatch(key(path))]
    files, stems = _by_name(drop.names.paths, {folder_of(path) for path in free})
    for path in free:
        target = _target(path, files, stems) or _only_transaction(path, stems)
        if target:
            drop.companions[path] = target


def _by_name(
    paths: Sequence[str], folders: Container[str]
) -> tuple[Mapping[tuple[str, str], str], Mapping[tuple[str, str], list[str]]]:
    """Files of these folders by folder and name, and by folder and stem."""
    beside = [path for path in paths if folder_of(path) in folders]
    files = {(folder_of(path), key(path)): path for path in beside}
    stems: dict[tuple[str, str], list[str]] = {}
    for path in beside:
        stems.setdefault((folder_of(path), key(path).rpartition(".")[0]), []).append(path)
        match = ACTES_NAME.fullmatch(base(path))
        if match and int(match["rank"]) == 1:
            stems.setdefault((folder_of(path), ""), []).append(path)
    return files, stems


def _target(
    path: str, files: Mapping[tuple[str, str], str], stems: Mapping[tuple[str, str], list[str]]
) -> tuple[str, Role] | None:
    for shape, role in _SHAPES:
        match = shape.fullmatch(key(path))
        if match is None:
            continue
        place = (folder_of(path), match["of"])
        found = [files[place]] if place in files else [other for other in stems.get(place, ()) if not _goes_with(other)]
        if len(found) == 1 and found[0] != path:
            return found[0], role
    return None


def _goes_with(path: str) -> bool:
    return any(shape.fullmatch(key(path)) for shape, _ in _SHAPES)


def _only_transaction(path: str, stems: Mapping[tuple[str, str], list[str]]) -> tuple[str, Role] | None:
    """The act of the one ACTES transaction of a folder, for the operator's slip beside it."""
    acts = stems.get((folder_of(path), ""), ())
    return (acts[0], Role.PROOF) if len(acts) == 1 and _SLIP.fullmatch(key(path)) else None
