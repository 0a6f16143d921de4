"""Search for viruses in files, by a daemon that may be down; and what was found clean before."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import BinaryIO, Protocol

from versement.domain.fixity import Digest
from versement.domain.scans import Verdict
from versement.domain.tenant import Tenant


class Antivirus(Protocol):
    """An antivirus. What it cannot judge is never told as clean."""

    def signatures(self) -> str:
        """Version of the signatures that it judges by, on one line.

        Raises:
            AntivirusUnavailable: it does not answer.
            SignaturesStale: they are older than its settings allow, or of unknown age.
        """
        ...

    def scan(self, content: BinaryIO, size: int) -> Verdict:
        """Judge one file, read from where it stands to its end; `size` in bytes.

        Raises:
            AntivirusUnavailable: it does not answer, in time, or not as an antivirus would.
        """
        ...

    def close(self) -> None: ...


class Scans(Protocol):
    """Which contents were found clean, so that none is scanned twice by the same signatures."""

    def clean(self, tenant: Tenant, signatures: str, among: Collection[Digest]) -> set[Digest]:
        """Those that were found clean by these signatures."""
        ...

    def remember(self, tenant: Tenant, signatures: str, digests: Iterable[Digest]) -> None:
        """Note contents found clean by these signatures, in place of what others had found."""
        ...
