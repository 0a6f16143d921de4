"""Names of files at a source as printable text that can be turned back into the very same bytes.

Old drops hold names that are not UTF-8, or hold control characters, which neither a manifest nor a database takes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from versement.domain.errors import Defect

MAX_DEPTH = 32
MAX_FILES = 1_000_000

# Each byte that cannot stand as it is becomes one character of this private-use range.
_BASE = 0xEF00
_ODD = re.compile("[\x00-\x1f/\x7f\udc80-\udcff\uef00-\uefff\ufffe\uffff]")
_ESCAPED = re.compile("[\uef00-\uefff]")


def readable(name: bytes) -> str:
    """A file's name as text; every byte that cannot be shown stands as one private-use character."""
    return _ODD.sub(_escaped, name.decode("utf-8", "surrogateescape"))


def original(name: str) -> bytes:
    """The bytes that `readable` was given."""
    return b"".join(
        bytes([ord(part) - _BASE]) if _ESCAPED.fullmatch(part) else part.encode()
        for part in re.split("([\uef00-\uefff])", name)
    )


def original_parts(path: str) -> Sequence[bytes]:
    """A listed path's folders and name, as bytes.

    Raises:
        Defect: the path leads out of the drop, so that no listing ever gave it.
    """
    parts = path.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise Defect(
            "Un chemin sort du dossier du dépôt : il n’a pas été lu, signalez-le aux développeurs.",
            detail="path with an empty, . or .. part",
        )
    return [original(part) for part in parts]


def escaped(text: str) -> str:
    """A text whose every byte stands as one private-use character."""
    return "".join(chr(_BASE + byte) for byte in text.encode("utf-8", "surrogateescape"))


def _escaped(match: re.Match[str]) -> str:
    return escaped(match.group())
