"""Volumes, and an order of magnitude of what it costs the climate to store them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from versement.domain.tenant import TargetKind

UNITS = {"Go": 10**9, "Gio": 2**30}
"""Bytes of the units in which a factor may be given; volumes are always shown in Go of 10⁹ bytes."""
RANGE = (0.0116, 0.28)
"""kgCO2e by Go and year, lowest and highest published: Archifiltre after ADEME; UBA 2021, German electricity."""


@dataclass(frozen=True, slots=True)
class Volumes:
    """Bytes of one collection, or of several.

    Attributes:
        collected: of all files brought to staging.
        doubled: of duplicates, which are not archived a second time.
        waste: of technical residue, which is never brought to staging.
        archived: of what the archive accepted, and no visa let go since.
        eliminated: of what it accepted and a visa let go since.
    """

    collected: int = 0
    doubled: int = 0
    waste: int = 0
    archived: int = 0
    eliminated: int = 0

    def __add__(self, other: Volumes) -> Volumes:
        return Volumes(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Factor:
    """What storing costs.

    Attributes:
        kilograms: kgCO2e by unit and year, for one copy.
        unit: `Go` or `Gio`.
        copies: that the archive holds.
        source: where the factor comes from.
    """

    kilograms: float
    unit: str
    copies: int
    source: str

    def yearly(self, size: int) -> float:
        """kgCO2e a year for so many bytes, all copies together."""
        return size / UNITS[self.unit] * self.kilograms * self.copies


@dataclass(frozen=True, slots=True)
class Collected:
    """Volumes of one collection, and when it began."""

    started: datetime
    volumes: Volumes


def avoided(volumes: Volumes, kind: TargetKind) -> int:
    """Bytes that the archive does not store: doubles, and what was eliminated with a visa. Residue is not counted.

    On an `essai` nothing is: it archives nothing, so that a double there spares nothing.
    """
    return 0 if kind == "essai" else volumes.doubled + volumes.eliminated
