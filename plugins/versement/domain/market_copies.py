"""Archives and folders of markets that are copies of another one, as desktops and browsers name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from versement.domain.documents import FileReference

_MARKS = re.compile(r"(?:copie de |copy of )?(?P<name>.+?)(?:[ _-]+(?:copie|copy))?(?: \(?\d{1,2}\)?)?", re.IGNORECASE)
"""« 42007 (1) », « 42007 - Copie », « 42007 - Copie (2) », « Copie de 42007 »."""
_ENDING = re.compile(r"(?:\.tar)?\.(?:zip|tar|gz|tgz)$", re.IGNORECASE)


def copies(files: Iterable[FileReference]) -> Mapping[str, str]:
    """By first folder or archive that is a copy, the one that it is a copy of.

    Its name alone proves nothing: each of its files must be in the other one too, at the same place and of one size.
    """
    held: dict[str, set[tuple[str, int]]] = {}
    unsure = set()
    for file in files:
        head, _, within = file.path.partition("/")
        if within:
            held.setdefault(head, set()).add((within, file.size))
        if file.size < 0:
            unsure.add(head)
    found = ((head, _original(head)) for head in held)
    return {
        head: name
        for head, name in found
        if name != head and name in held and head not in unsure and held[head] <= held[name]
    }


def _original(head: str) -> str:
    ending = _ENDING.search(head)
    stem = head[: ending.start()] if ending else head
    match = _MARKS.fullmatch(stem)
    return (match["name"] if match else stem) + head[len(stem) :]
