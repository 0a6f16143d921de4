"""The folder through which a SIP too large for HTTPS comes to the archive's own server."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Protocol

from versement.ports.archive import SizedBody


class Arrivals(Protocol):
    """One connector's files in that folder, each named after the try that it belongs to.

    Every method may raise ArrivalsUnusable.
    """

    def takes(self, size: int) -> bool:
        """Whether a SIP of so many bytes goes by this folder instead of HTTPS."""
        ...

    def path(self, attempt: str) -> str:
        """Where the archive's server sees the file of a try, below its own folder of arrivals."""
        ...

    def deliver(self, attempt: str, body: SizedBody) -> None:
        """Put a try's SIP there: entire, on the disk and read back the same, or not at all.

        What the body itself raises passes through. Delivering again replaces.

        Raises:
            OutcomeUncertain: the file was taken away meanwhile: somebody else has settled this try.
        """
        ...

    def names(self) -> AbstractSet[str]:
        """Tries of which there is a file, be it unfinished."""
        ...

    def remove(self, attempt: str) -> None:
        """Take a try's file away; nothing happens when there is none."""
        ...
