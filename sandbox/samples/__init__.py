"""Sample drops of two fictional communes: believable délibérations with every problem that the chain must meet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from sandbox.samples.bulk import write_many
from sandbox.samples.drop import DROPPED, files, write
from sandbox.samples.expected import expected
from sandbox.samples.maurecy import MAURECY
from sandbox.samples.model import Batch, Commune
from sandbox.samples.saint_aubin import SAINT_AUBIN

__all__ = ["COMMUNES", "write_drops", "write_many"]

COMMUNES: Sequence[Commune] = (SAINT_AUBIN, MAURECY)


def write_drops(folder: Path) -> None:
    """Write `<commune>/first/`, `<commune>/late/` and `<commune>/EXPECTED.json`; always the same bytes and times."""
    for commune in COMMUNES:
        for batch in Batch:
            write(folder / commune.key / batch.value, files(commune, batch), DROPPED[batch])
        answer = json.dumps(expected(commune), ensure_ascii=False, indent=1) + "\n"
        (folder / commune.key / "EXPECTED.json").write_text(answer, encoding="utf-8")
