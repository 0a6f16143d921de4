"""The day that a file or folder name carries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from versement.domain.identity import YEARS

_YEAR_FIRST = re.compile(r"(?<!\d)(?P<y>\d{4})(?P<s>[-_. ]?)(?P<m>\d{2})(?P=s)(?P<d>\d{2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(?P<d>\d{1,2})(?P<s>[-_. ])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4})(?!\d)")


def day_in(*names: str) -> str:
    """The one day (AAAA-MM-JJ) that the first telling name carries; empty when none does, or a name tells several.

    Read: `2026-03-12`, `20260312`, `12-03-2026`, `12_3_2026_18_30`.
    """
    for name in names:
        days = set(_days(name))
        if days:
            return days.pop() if len(days) == 1 else ""
    return ""


def without_day(name: str) -> str:
    """What a name says before its day."""
    found = [match.start() for shape in (_YEAR_FIRST, _DAY_FIRST) if (match := shape.search(name))]
    return name[: min(found)] if found else name


def _days(name: str) -> Iterator[str]:
    for shape in (_YEAR_FIRST, _DAY_FIRST):
        for match in shape.finditer(name):
            try:
                day = date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                continue
            if day.year in YEARS:
                yield day.isoformat()
