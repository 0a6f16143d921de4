"""Names of archive members as their author wrote them, whatever encoding the archive's maker wrongly wrote or read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

FRENCH = frozenset("àâäæçéèêëîïôöœùûüÿÀÂÄÆÇÉÈÊËÎÏÔÖŒÙÛÜŸ°’«»€–")
"""Letters and signs beyond ASCII that French texts hold."""
_CYRILLIC_IN_LATIN = re.compile(r"[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_NOT_UTF8 = ("cp850", "cp1252", "cp437")
"""What French machines write when an archive does not say UTF-8: DOS and Explorer, other tools, old tools."""
_READ_AS = ("cp437", "cp850", "cp1252", "latin-1")
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufffe\uffff]")

Raw = bytes | str
"""A name as the archive holds it: bytes of an unknown encoding, or text that the archive says is Unicode."""


def repaired(names: Sequence[Raw]) -> list[str]:
    """Text of each name of one archive, in the same order, NFC; what cannot be shown stands as U+FFFD.

    Names of one archive were all written by the same tool: what one says of its encoding holds for all.
    """
    decode = _decoder([name for name in names if isinstance(name, bytes)])
    texts = [_doubly_encoded(decode(name) if isinstance(name, bytes) else name) for name in names]
    if any(_CYRILLIC_IN_LATIN.search(text) for text in texts):
        texts = [_without_cyrillic(text) for text in texts]
    return [unicodedata.normalize("NFC", _UNSHOWN.sub("\ufffd", text)) for text in texts]


def _decoder(names: Sequence[bytes]) -> Callable[[bytes], str]:
    """UTF-8 name by name where it is that; else the encoding that gives most French letters over all names."""
    others = [name for name in names if not _is_utf8(name)]
    best = max(_NOT_UTF8, key=lambda encoding: score(others, encoding))

    def decode(name: bytes) -> str:
        return name.decode() if _is_utf8(name) else name.decode(best, "replace")

    return decode


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def score(names: Sequence[bytes], encoding: str, common: str = "") -> int:
    """French letters that an encoding finds, `common` ones twice, less the strangers; at equal score the first wins."""
    odd = (letter for name in names for letter in name.decode(encoding, "replace") if letter > "\x7f")
    return sum((1 + (letter in common)) if letter in FRENCH else -1 for letter in odd)


def _doubly_encoded(text: str) -> str:
    """Undo UTF-8 that was read as another encoding (`Ã©`, `├®`) where that gives French."""
    if text.isascii():
        return text
    for encoding in _READ_AS:
        try:
            found = unicodedata.normalize("NFC", text.encode(encoding).decode())
        except UnicodeError:
            continue
        if is_french(found):
            return found
    return text


def is_french(text: str) -> bool:
    """Whether a text has no letter beyond ASCII that French has not."""
    return all(letter in FRENCH for letter in text if letter > "\x7f")


def _without_cyrillic(text: str) -> str:
    """Undo DOS bytes that were read as Cyrillic (`PrВparation`), in a name of an archive where that happened."""
    if not _CYRILLIC.search(text):
        return text
    try:
        found = unicodedata.normalize("NFC", text).encode("cp866").decode("cp850")
    except UnicodeError:
        return text
    return found if is_french(found) else text
