"""How records are cut into transfers: by units, by bytes, by group; the same records always in the same way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from versement.domain.fixity import Digest, Fixity

UNIT_BYTES = 4096
"""Bytes reckoned for one unit's markup in the manifest and for the zip's own headers."""

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Caps:
    """What one transfer may hold: archive units, all counted, and bytes of the whole SIP."""

    units: int
    size: int


@dataclass(frozen=True, slots=True)
class Parcel(Generic[Record]):
    """What is never cut in two.

    Attributes:
        units: archive units that it brings, those above it aside.
        described: bytes of the values that describe it, as they stand in the manifest.
        files: of its objects; bytes that a transfer holds already weigh nothing more.
        parents: keys of the units above it, from the top; each is one more unit in a transfer that brings it children.
        group: parcels of different groups never share a transfer.
    """

    record: Record
    units: int
    files: tuple[Fixity, ...] = ()
    described: int = field(default=0, kw_only=True)
    parents: tuple[str, ...] = ()
    group: str = ""


def cut(parcels: Iterable[Parcel[Record]], caps: Caps) -> list[list[Parcel[Record]]]:
    """Every parcel once, in as many transfers as the caps ask for; one that is heavier than the caps travels alone.

    What has one topmost parent comes together, in order, where the first of it came; it is spread over several
    transfers only when none can hold it all. Takes a time proportional to the number of files.
    """
    transfers: list[_Load[Record]] = []
    opened: dict[str, _Load[Record]] = {}
    for family in _families(parcels):
        group = family[0].group
        parts = [family] if _Load[Record]().has_room(family, caps) else [[parcel] for parcel in family]
        for part in parts:
            if group not in opened or not opened[group].has_room(part, caps):
                opened[group] = _Load()
                transfers.append(opened[group])
            opened[group].add(part)
    return [load.parcels for load in transfers]


def _families(parcels: Iterable[Parcel[Record]]) -> Collection[list[Parcel[Record]]]:
    """What has one topmost parent, by group; a parcel without parent is a family of its own."""
    families: dict[tuple[str, str | int], list[Parcel[Record]]] = {}
    for position, parcel in enumerate(parcels):
        families.setdefault((parcel.group, parcel.parents[0] if parcel.parents else position), []).append(parcel)
    return families.values()


@dataclass(slots=True)
class _Load(Generic[Record]):
    """What one transfer holds so far."""

    parcels: list[Parcel[Record]] = field(default_factory=list)
    units: int = 0
    size: int = 0
    parents: set[str] = field(default_factory=set)
    digests: set[Digest] = field(default_factory=set)

    def has_room(self, parcels: Sequence[Parcel[Record]], caps: Caps) -> bool:
        new_units, new_size = self._weight(parcels)
        units, size = self.units + new_units, self.size + new_size
        return units <= caps.units and size + units * UNIT_BYTES <= caps.size

    def add(self, parcels: Sequence[Parcel[Record]]) -> None:
        units, size = self._weight(parcels)
        self.units += units
        self.size += size
        self.parcels.extend(parcels)
        self.parents.update(_parents(parcels))
        self.digests.update(file.digest for parcel in parcels for file in parcel.files)

    def _weight(self, parcels: Sequence[Parcel[Record]]) -> tuple[int, int]:
        """Units that they add, and bytes of objects and of what describes them."""
        sizes = {file.digest: file.size for parcel in parcels for file in parcel.files}
        new = sum(size for digest, size in sizes.items() if digest not in self.digests)
        new += sum(parcel.described for parcel in parcels)
        return sum(parcel.units for parcel in parcels) + len(_parents(parcels) - self.parents), new


def _parents(parcels: Sequence[Parcel[Record]]) -> set[str]:
    return {parent for parcel in parcels for parent in parcel.parents}
