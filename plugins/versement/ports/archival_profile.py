"""The check of a manifest against its archival profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class DepartureKind(StrEnum):
    """How an element departs from the profile."""

    MISSING = "manque"
    MISPLACED = "n’a pas sa place ici"
    REFUSED = "a une valeur que le profil n’admet pas"


@dataclass(frozen=True, slots=True)
class Departure:
    """One way in which a manifest departs from its archival profile.

    Attributes:
        within: xml id of the ArchiveUnit or BinaryDataObject that holds the element; empty for the header.
        element: name of the SEDA element.
        line: in the manifest, from 1; of what holds the element when it is missing.
    """

    within: str
    element: str
    kind: DepartureKind
    line: int


class ArchivalProfileCheck(Protocol):
    """Compares a manifest with a profile, in bounded time and memory."""

    def __call__(self, manifest: Path, profile: bytes) -> Sequence[Departure]:
        """Departures of a manifest from a RELAX NG grammar, in the manifest's order; none when it is valid.

        Of a manifest that departs very often, the first ones.

        Raises:
            SettingsError: it takes more time or memory than is allowed.
            Defect: the grammar is none.
        """
        ...
