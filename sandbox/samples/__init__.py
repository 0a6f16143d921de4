"""Sample drops of two fictional communes: believable délibérations with every problem that the chain must meet.

Beside them, small drops of every other family that a profile is ready for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from sandbox.samples.bulk import write_many
from sandbox.samples.drop import DROPPED, files, write
from sandbox.samples.expected import expected
from sandbox.samples.markets import markets
from sandbox.samples.maurecy import MAURECY
from sandbox.samples.minutes import minutes
from sandbox.samples.model import Batch, Commune
from sandbox.samples.personnel import agent_files, grouped_run, separate_run
from sandbox.samples.saint_aubin import SAINT_AUBIN

__all__ = ["COMMUNES", "OTHERS", "write_drops", "write_many", "write_others"]

COMMUNES: Sequence[Commune] = (SAINT_AUBIN, MAURECY)

OTHERS: Mapping[tuple[str, str], Callable[[], Mapping[str, bytes]]] = {
    ("saint-aubin", "marches"): markets,
    ("saint-aubin", "proces-verbaux"): minutes,
    ("maurecy", "paie"): separate_run,
    ("maurecy", "paie-groupee"): partial(grouped_run, period="02/2026"),
    ("maurecy", "agents"): agent_files,
}
"""What these communes drop besides acts, by commune and folder of its drop."""


def write_drops(folder: Path) -> None:
    """Write `<commune>/first/`, `<commune>/late/` and `<commune>/EXPECTED.json`; always the same bytes and times."""
    for commune in COMMUNES:
        for batch in Batch:
            write(folder / commune.key / batch.value, files(commune, batch), DROPPED[batch])
        answer = json.dumps(expected(commune), ensure_ascii=False, indent=1) + "\n"
        (folder / commune.key / "EXPECTED.json").write_text(answer, encoding="utf-8")


def write_others(folder: Path) -> None:
    """Write `<commune>/<folder>/` for each drop of OTHERS; always the same bytes and times."""
    for (commune, name), content in OTHERS.items():
        write(folder / commune / name, content(), DROPPED[Batch.FIRST])
