"""Where bytes wait, one store per tenant, each object under its SHA-512."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

from versement.domain.fixity import Digest, Fixity
from versement.domain.tenant import Tenant


class Staging(Protocol):
    """Content-addressed bytes. Writing the same bytes twice keeps one object."""

    def put(self, tenant: Tenant, chunks: Iterable[bytes]) -> Fixity:
        """Store a stream; it is there entire, under its digest, or not at all.

        Raises:
            StagingFull: no room left.
        """
        ...

    def open(self, tenant: Tenant, digest: Digest) -> BinaryIO:
        """Open for reading.

        Raises:
            Defect: this tenant's store does not hold it.
        """
        ...

    def path(self, tenant: Tenant, digest: Digest) -> Path:
        """A path that tools may read (never write); same error as open."""
        ...

    def has(self, tenant: Tenant, digest: Digest) -> bool: ...

    def remove(self, tenant: Tenant, digest: Digest) -> bool:
        """Forget an object, for good; False when this tenant's store does not hold it."""
        ...
