"""A source that shows only what has arrived whole, as its profile tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from versement.domain.arrivals import Signs, arrived
from versement.domain.documents import FileReference
from versement.domain.listing import Listing
from versement.domain.tenant import Tenant
from versement.ports.source import Source


@dataclass(frozen=True, slots=True)
class ArrivedSource:
    """Lists twice, some time apart.

    Attributes:
        settle: seconds between the two listings; 0 for one listing only.
        sleep: waits so many seconds.
    """

    source: Source
    signs: Signs
    settle: float
    sleep: Callable[[float], None]

    def listing(self, tenant: Tenant) -> Listing:
        first = second = self.source.listing(tenant)
        if self.settle and first:
            self.sleep(self.settle)
            second = self.source.listing(tenant)
        return arrived(first, second, self.signs)

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        return self.source.read(tenant, reference)

    def close(self) -> None:
        self.source.close()
