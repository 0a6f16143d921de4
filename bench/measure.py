"""What a benchmark measured, and its table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure against its bar.

    Attributes:
        what: what was measured, on how much.
        value: in `unit`; a ratio is against a baseline of the same run.
        bar: what is aimed at, in the same unit; None when nothing is.
        at_most: the bar is an upper limit (memory, seconds), else a lower one.
    """

    what: str
    value: float
    unit: str
    bar: float | None = None
    at_most: bool = False

    @property
    def met(self) -> bool:
        if self.bar is None:
            return True
        return self.value <= self.bar if self.at_most else self.value >= self.bar

    def __str__(self) -> str:
        bar = "" if self.bar is None else f"  ({'≤' if self.at_most else '≥'} {self.bar:g} {self.unit})"
        return f"{'ok  ' if self.met else 'MISS'} {self.what}: {self.value:.3g} {self.unit}{bar}"


def peak_mib() -> float:
    """Highest resident memory of this process since it was started, in MiB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found.group(1)) / 1024 if found else 0.0


def show(measures: Iterable[Measure]) -> bool:
    """Print each measure as it comes; tell whether every bar was met."""
    met = True
    for measure in measures:
        print(measure, flush=True)
        met = met and measure.met
    return met
