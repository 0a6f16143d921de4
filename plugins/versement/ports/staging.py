"""Where bytes wait, one store per tenant, each object under its SHA-512."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from versement.domain.fixity import Digest, Fixity
from versement.domain.tenant import Tenant


class Batch(Protocol):
    """Objects on their way in together."""

    def put(self, chunks: Iterable[bytes]) -> Fixity:
        """Write a stream; one that breaks is left out and does no harm to the others. Same errors as `Staging.put`."""
        ...


class Staging(Protocol):
    """Content-addressed bytes. Writing the same bytes twice keeps one object."""

    def put(self, tenant: Tenant, chunks: Iterable[bytes]) -> Fixity:
        """Store a stream; it is there entire, under its digest, or not at all.

        Raises:
            StagingFull: no room left.
        """
        ...

    def batch(self, tenant: Tenant) -> AbstractContextManager[Batch]:
        """Store several streams, which costs much less than each by itself: the caller bounds how many.

        None of them counts as being there before the context is left; then each is, entire and for good. Left by an
        error, none is.

        Raises:
            StagingFull: no room left; on leaving, some may be there and some not.
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

    def holding(self, tenant: Tenant) -> AbstractContextManager[None]:
        """While the context lasts nothing is removed: from when bytes are put to when the registry knows of them.

        Any number may hold, within one another too; they wait for whoever is `removing`.
        """
        ...

    def removing(self, tenant: Tenant) -> AbstractContextManager[None]:
        """While the context lasts nobody holds: what the registry says of who has which bytes is the whole truth.

        Raises:
            StagingBusy: somebody holds for longer than one would wait.
        """
        ...

    def remove(self, tenant: Tenant, digest: Digest) -> bool:
        """Forget an object, for good; False when this tenant's store does not hold it. Only while `removing`."""
        ...
