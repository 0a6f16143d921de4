"""Numbers of acts as series: their shape is learnt from how they are written, never declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from versement.domain.identity import normalised_number

_MAX_DIGITS = 12
"""Of a rank; what is longer is no rank (a date and hour, an identifier)."""


@dataclass(frozen=True, slots=True, order=True)
class Numbered:
    """Where a number stands: `2014/137` is rank 137 of series `AAAA_#`, `71218` rank 71218 of `#`."""

    series: str
    rank: int


def numbered(number: str, year: int) -> Numbered | None:
    """The series and rank of a number, the year of its act told apart; None when it has no rank.

    The rank is the last run of digits that is not the year: `2026_014`, `014-2026`, `DEL2026014`.
    """
    plain = re.sub(rf"(?<!\d){year}(?=\d{{1,5}}(?!\d))", f"{year}_", normalised_number(number))
    runs = list(re.finditer(r"\d+", plain))
    of_year = next((run for run in runs if run[0] == str(year) and len(runs) > 1), None)
    ranks = [run for run in runs if run is not of_year]
    if not ranks or len(ranks[-1][0]) > _MAX_DIGITS:
        return None
    marks = {ranks[-1].span(): "#"} | ({of_year.span(): "AAAA"} if of_year else {})
    series = re.sub(r"\d+", lambda run: marks.get(run.span(), run[0]), plain)
    return Numbered(series, int(ranks[-1][0]))


def gaps(ranks: Iterable[int]) -> Sequence[tuple[int, int]]:
    """Runs of ranks that are missing between the first and the last, both ends included."""
    known = sorted(set(ranks))
    return [(low + 1, high - 1) for low, high in pairwise(known) if high - low > 1]
