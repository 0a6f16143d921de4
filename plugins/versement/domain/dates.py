"""Dates as sources write them, and as people read them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from versement.domain.identity import YEARS

MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\d])")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?![\d])")
_IN_WORDS = re.compile(r"(\d{1,2})(?:er)?\s+([^\W\d_]{3,9})\s+(\d{4})(?![\d])")

DATE_PATTERN = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{1,2}(?:er)?\s+[^\W\d_]{3,9}\s+\d{4})"
"""Shape of the dates that `iso_date` reads, to find them in a text."""


def iso_date(text: str) -> str:
    """`AAAA-MM-JJ` of a date that starts the text, whatever its French or ISO form; empty when it is none.

    Read: `2021-07-02…`, `2021/07/02 00:00:00+00`, `02/07/2021`, `25 avril 2014`, `1er mai 2014`.
    """
    text = unicodedata.normalize("NFC", text.strip())
    if match := _YEAR_FIRST.match(text):
        return _iso(match[1], match[2], match[3])
    if match := _DAY_FIRST.match(text):
        return _iso(match[3], match[2], match[1])
    if match := _IN_WORDS.match(text):
        month = _month(match[2])
        return _iso(match[3], str(month), match[1]) if month else ""
    return ""


def _month(word: str) -> int:
    bare = _bare(word)
    return _BARE_MONTHS.index(bare) + 1 if bare in _BARE_MONTHS else 0


def _iso(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat() if int(year) in YEARS else ""
    except ValueError:
        return ""


def in_words(day: date) -> str:
    """`1er mars 2026`."""
    return f"{day.day}{'er' if day.day == 1 else ''} {MONTHS[day.month - 1]} {day.year}"


def _bare(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))


_BARE_MONTHS = tuple(map(_bare, MONTHS))
