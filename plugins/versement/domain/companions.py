"""Signatures, time stamps and reports: each goes with the file whose name it carries, and keeps its own name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from versement.domain.paths import plain

DEFAULT = (
    *("*.p7s", "*.p7m", "*.pkcs7", "*.sig", "*.tsr", "*.tst"),
    *("* - Signature *.xml", "*_signature.xml", "*-rapport-verification.*", "* - Rapport de vérification*"),
)
"""The first `*` of a pattern stands for the name of the file that goes with it, with or without extension."""

_PROOF = re.compile(r"\.(?:tsr|tst)$|rapport|jeton|token")


def companions(paths: Iterable[str], patterns: Sequence[str] = DEFAULT) -> Mapping[str, str]:
    """The file that each companion goes with, by the companion's path; one that finds none, or several, is left out.

    A time stamp of a signature goes with the signed file.
    """
    known = sorted(paths)
    shapes = [_shape(pattern) for pattern in patterns]
    names = {path: plain(path.rpartition("/")[2]) for path in known}
    whole: dict[tuple[str, str], list[str]] = {}
    stems: dict[tuple[str, str], list[str]] = {}
    bases = {path: [match[1] for shape in shapes if (match := shape.fullmatch(names[path]))] for path in known}
    for path in known:
        folder = path.rpartition("/")[0]
        whole.setdefault((folder, names[path]), []).append(path)
        if not bases[path]:
            stems.setdefault((folder, names[path].rpartition(".")[0]), []).append(path)
    direct = {}
    for path in known:
        folder = path.rpartition("/")[0]
        found = [whole.get((folder, base)) or stems.get((folder, base), []) for base in bases[path]]
        first = next((paths for paths in found if paths), [])
        if len(first) == 1 and first[0] != path:
            direct[path] = first[0]
    return {path: root for path in direct if (root := _root(path, direct)) is not None}


def is_proof(path: str) -> bool:
    """Whether a companion proves something (time stamp, report) rather than signs."""
    return _PROOF.search(plain(path.rpartition("/")[2])) is not None


def _root(path: str, direct: Mapping[str, str]) -> str | None:
    """The signed file at the end of a chain of companions."""
    seen = {path}
    while path in direct:
        path = direct[path]
        if path in seen:
            return None
        seen.add(path)
    return path


def _shape(pattern: str) -> re.Pattern[str]:
    first, *others = map(re.escape, plain(pattern).split("*"))
    return re.compile(f"{first}(.+){'.*'.join(others)}", re.DOTALL)
