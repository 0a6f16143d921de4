"""An antivirus in memory, for tests of the steps: finds EICAR's test file wherever it stands, fails on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from versement.domain.errors import AntivirusUnavailable
from versement.domain.scans import CLEAN, Scanned, Verdict

EICAR = b"".join((rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-", b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"))
"""The harmless file that every antivirus finds; in two parts, so that none finds it in this module."""


@dataclass
class MemoryAntivirus:
    """Judges as ports.Antivirus says.

    Attributes:
        version: of its signatures.
        max_bytes: above which it does not scan.
        down: what it raises instead of answering, if anything.
        scanned: how many files it was shown.
        virus: what it takes for one; signatures of before a virus was known find none.
    """

    version: str = "antivirus en mémoire, signatures 1"
    max_bytes: int = 1 << 20
    down: AntivirusUnavailable | None = None
    scanned: int = field(default=0)
    virus: bytes = EICAR

    def signatures(self) -> str:
        self._answer()
        return self.version

    def scan(self, content: BinaryIO, size: int) -> Verdict:
        self._answer()
        self.scanned += 1
        if size > self.max_bytes:
            return Verdict(Scanned.NOT_SCANNED, "plus gros que ce que l’antivirus examine")
        return Verdict(Scanned.INFECTED, "Eicar-Test-Signature") if self.virus in content.read() else CLEAN

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self) -> None:
        if self.down is not None:
            raise self.down
