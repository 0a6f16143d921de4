"""Large drops for measurements: one PDF drawn per séance, then copied with the act's number replaced."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from sandbox.samples.drop import DROPPED, write
from sandbox.samples.maurecy import MAURECY
from sandbox.samples.model import Act, Batch, Commune, Index, Seance, act_path
from sandbox.samples.pdf import deliberation
from sandbox.samples.scdl import index

PER_SEANCE = 100
FIRST_DAY = date(2001, 1, 4)
LARGEST = 1_000_000
PLACEHOLDER = "999999"
INDEX = Index(path="index.csv", delimiter=";", encoding="utf-8")


def write_many(folder: Path, count: int, commune: Commune = MAURECY) -> None:
    """Write `count` stamped délibérations (1 000 000 at most), a folder per séance of 100, and their index."""
    if not 0 < count <= LARGEST:
        raise ValueError(f"between 1 and {LARGEST} acts, not {count}")
    acts: list[Act] = []
    for rank, start in enumerate(range(0, count, PER_SEANCE)):
        seance = _seance(rank)
        template = deliberation(commune, _act(seance, PLACEHOLDER))
        content: dict[str, bytes] = {}
        for serial in range(start, min(start + PER_SEANCE, count)):
            act = _act(seance, f"{serial:06d}")
            acts.append(act)
            content[act_path(commune, act)] = template.replace(PLACEHOLDER.encode(), f"{serial:06d}".encode())
        write(folder, content, DROPPED[Batch.FIRST])
    write(folder, {INDEX.path: index(commune, acts, INDEX)}, DROPPED[Batch.FIRST])


def _seance(rank: int) -> Seance:
    day = FIRST_DAY + timedelta(weeks=rank)
    return Seance(
        day=day,
        hour="20h00",
        folder=f"seance-{day}",
        sent=day + timedelta(days=4),
        members=("François Délaurier", "Agnès Maucourt", "Théo Bélanger"),
    )


def _act(seance: Seance, serial: str) -> Act:
    return Act(
        number=f"N{serial}",
        printed=f"{seance.day.year} / {serial}",
        seance=seance,
        matter="8.3",
        title=f"Travaux de voirie – tranche {serial}",
        speaker="Monsieur le Maire",
        whereas=("Considérant l’état de la chaussée,",),
        decides=("Les travaux sont approuvés.",),
        votes=(3, 0, 0),
    )
