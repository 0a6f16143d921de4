"""A place where a business application drops its records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from versement.domain.documents import FileReference
from versement.domain.tenant import Tenant


class Source(Protocol):
    """Nothing is ever written, moved or deleted at a source. May raise SourceUnavailable or SettingsError."""

    def listing(self, tenant: Tenant) -> Sequence[FileReference]:
        """Every file of the drop, sub-folders included, sorted by path."""
        ...

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        """The file's bytes, a chunk at a time.

        Raises:
            FileVanished: it is no longer there.
            FileChanged: its size or time is not (or no longer, once read) the listing's.
        """
        ...

    def close(self) -> None: ...
