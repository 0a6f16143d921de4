"""The invariant: what was announced is somewhere, for documents and for files."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Counts:
    """One line of the table, for documents or for files."""

    announced: int = 0
    known: int = 0
    collected: int = 0
    accepted: int = 0
    duplicates: int = 0
    waste: int = 0
    set_aside: int = 0
    refused: int = 0
    pending: int = 0

    @property
    def adds_up(self) -> bool:
        """Announced = already known + collected, and collected = the sum of what became of it."""
        ended = self.accepted + self.duplicates + self.waste + self.set_aside + self.refused + self.pending
        return self.announced == self.known + self.collected and self.collected == ended

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Balance:
    """The invariant's table for documents and for files."""

    documents: Counts
    files: Counts

    @property
    def adds_up(self) -> bool:
        return self.documents.adds_up and self.files.adds_up


HEADINGS = {
    "announced": "Annoncés",
    "known": "Déjà connus",
    "collected": "Collectés",
    "accepted": "Acceptés",
    "duplicates": "Doublons",
    "waste": "Déchets",
    "set_aside": "Mis de côté",
    "refused": "Refusés",
    "pending": "En attente",
}
"""French headings of the table, in order."""
