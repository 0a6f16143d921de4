"""Volumes of each collection as a chart: places and sizes of what is drawn, on a canvas of fixed size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from versement.pages.templating import ZONE

WIDTH, HEIGHT = 800, 300
LEFT, RIGHT, TOP, BOTTOM = 80, 10, 10, 50
BARS = 40
"""Collections that are drawn: the last ones."""
LABELS = 8
"""Dates written below the bars, at most about as many."""
STACK = {
    "archived": ("Archivé", "#1f4e79"),
    "doubled": ("En double", "#e08a1e"),
    "eliminated": ("Éliminé sous visa", "#6b8e5a"),
    "other": ("Autre (en attente, mis de côté, refusé)", "#b7cde6"),
    "waste": ("Résidus techniques", "#7a7a7a"),
}
"""From the bottom of a bar to its top: name and colour of each part, told apart in grey as well."""
_UNITS = ("octets", "ko", "Mo", "Go", "To")


@dataclass(frozen=True, slots=True)
class Bar:
    """One collection: its day, volumes by part in bytes, and rectangles (part, y, height)."""

    day: str
    x: float
    width: float
    volumes: Mapping[str, int]
    parts: Sequence[tuple[str, float, float]]
    labelled: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn; `ticks` are heights and their labels, `left_out` how many older collections there are."""

    bars: Sequence[Bar]
    ticks: Sequence[tuple[float, str]]
    left_out: int


def chart(over_time: Sequence[Mapping[str, Any]]) -> Chart:
    """Of the report's volumes over time, the oldest first."""
    shown = [(_day(point), _volumes(point)) for point in over_time[-BARS:]]
    top = _round_up(max((sum(volumes.values()) for _, volumes in shown), default=0))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(shown))
    every = -(-len(shown) // LABELS)
    bars = [
        Bar(day, round(LEFT + step * place + step * 0.15, 2), round(min(step * 0.7, 60), 2), volumes, parts, labelled)
        for place, (day, volumes) in enumerate(shown)
        for parts, labelled in [(_parts(volumes, top), place % every == 0)]
    ]
    ticks = [(_height(top * part // 4, top), volume(top * part // 4)) for part in range(5)]
    return Chart(bars, ticks, max(0, len(over_time) - BARS))


def volume(size: int) -> str:
    """Bytes as French writes them, in units of 1000."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    text = f"{value:.0f}" if unit == 0 or value >= 99.5 else f"{value:.3g}"
    return f"{text.replace('.', ',')}\u00a0{_UNITS[unit]}"


def _day(point: Mapping[str, Any]) -> str:
    return f"{datetime.fromisoformat(point['started']).astimezone(ZONE):%d/%m/%Y}"


def _volumes(point: Mapping[str, Any]) -> Mapping[str, int]:
    known = {name: int(point[name]) for name in ("archived", "doubled", "eliminated", "waste")}
    counted = known["archived"] + known["doubled"] + known["eliminated"]
    other = max(0, int(point["collected"]) - counted)
    return {name: {**known, "other": other}[name] for name in STACK}


def _parts(volumes: Mapping[str, int], top: int) -> Sequence[tuple[str, float, float]]:
    below, found = 0, []
    for name, size in volumes.items():
        if size:
            y = _height(below + size, top)
            found.append((name, y, round(_height(below, top) - y, 2)))
        below += size
    return found


def _height(size: int, top: int) -> float:
    """Where so many bytes are, from the canvas' top."""
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * size / top, 2)


def _round_up(size: int) -> int:
    """The next 1, 2, 4 or 8 followed by noughts, at least 4, so that its quarters are short numbers."""
    nought = int(f"1{'0' * (len(str(size)) - 1)}")
    return max(4, next(digit * nought for digit in (1, 2, 4, 8, 10) if digit * nought >= size))
