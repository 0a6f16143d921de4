"""Text as sources write it, made fit for metadata."""

from __future__ import annotations

import re
import unicodedata

from versement.domain.dates import iso_date

__all__ = ["clean", "iso_date", "without_escapes"]

_SCDL_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def clean(text: str) -> str:
    """One line of NFC text: blanks collapsed, nothing that XML cannot hold or an eye cannot see."""
    spaced = " ".join(text.split())
    if spaced.isprintable():
        return unicodedata.normalize("NFC", spaced)
    seen = "".join(character for character in spaced if unicodedata.category(character)[0] != "C")
    return unicodedata.normalize("NFC", " ".join(seen.split()))


def without_escapes(text: str) -> str:
    """Undo spreadsheet escapes such as `_x0001_` and `_x00E9_`."""
    return _SCDL_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
