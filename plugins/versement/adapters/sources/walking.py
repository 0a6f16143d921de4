"""Reads a paged list whole although it moves meanwhile: what is seen may come twice, what stays is never left out.

A page is asked for with the last row of the one before: where that row is not found again, rows have gone from before
it, and the reading steps back. What moves to the front while the end is read is found by reading the front again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
MOST_STEPS_BACK = 1000


class Moving(Exception):
    """The list changes faster than it can be read, or is ordered otherwise for each page."""


def walk(
    page: Callable[[int], Sequence[Row]], key: Callable[[Row], str], step: int, *, unique: bool = False
) -> list[Row]:
    """Every row, once per key, in order of first sight.

    Args:
        page: rows from a place on, newest first; fewer than there are, none beyond the end.
        key: what tells rows apart.
        step: rows to go back when the list has shrunk.
        unique: no two rows have one key, so that fewer keys than rows tell that some were hidden by others that came
            twice: a server may order those of one date otherwise for each page.

    Raises:
        Moving: see there.
    """
    seen: dict[str, Row] = {}
    place, back = 0, 0
    while True:
        start = max(0, place - 1)
        rows = page(start)
        if start and (not rows or key(rows[0]) not in seen):
            place, back = max(0, start - step), back + 1
            if back > MOST_STEPS_BACK:
                raise Moving
            continue
        _join(seen, rows, key)
        if start + len(rows) <= place or not rows:
            break
        place = start + len(rows)
    found = _front(page, key, seen)
    if unique and len(found) < place:
        raise Moving
    return found


def _join(seen: dict[str, Row], rows: Sequence[Row], key: Callable[[Row], str]) -> None:
    for row in rows:
        seen.setdefault(key(row), row)


def _front(page: Callable[[int], Sequence[Row]], key: Callable[[Row], str], seen: dict[str, Row]) -> list[Row]:
    place = 0
    while True:
        rows = page(place)
        before = len(seen)
        _join(seen, rows, key)
        place += len(rows)
        if len(seen) == before:
            return list(seen.values())
