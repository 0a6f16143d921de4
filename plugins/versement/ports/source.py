"""A place where a business application drops its records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from versement.domain.documents import FileReference
from versement.domain.listing import Listing
from versement.domain.tenant import Tenant


class Source(Protocol):
    """Nothing is ever written, moved or deleted at a source. May raise SourceUnavailable or SettingsError."""

    def listing(self, tenant: Tenant) -> Listing:
        """Every file of the drop, sub-folders included, sorted by path, and a finding for whatever else is there.

        A size below 0 is one that the source tells only when the file is read.
        """
        ...

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        """The file's bytes, a chunk at a time.

        Raises:
            FileVanished: it is no longer there.
            FileChanged: its size or time is not (or no longer, once read) the listing's.
        """
        ...

    def close(self) -> None: ...
