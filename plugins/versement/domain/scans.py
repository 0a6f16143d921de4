"""What an antivirus says of one file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scanned(StrEnum):
    """How a scan ended."""

    CLEAN = "sain"
    INFECTED = "infecté"
    NOT_SCANNED = "non analysé"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one file.

    Attributes:
        about: name of the signature that was found, or why the file was not scanned (French); empty when clean.
    """

    scanned: Scanned
    about: str = ""


CLEAN = Verdict(Scanned.CLEAN)
