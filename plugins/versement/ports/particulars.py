"""What the registry tells of one collection, for its report."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from versement.domain.particulars import AlikeDocuments, FormatCount, Span
from versement.domain.tenant import Tenant


class Particulars(Protocol):
    """Part of the Registry, which only reads. Everything is of the documents that a collection brought first."""

    def formats_of(self, tenant: Tenant, collection_id: str) -> Sequence[FormatCount]:
        """Formats of the files that were brought to staging, the most frequent first."""
        ...

    def alikes_of(self, tenant: Tenant, collection_id: str) -> Sequence[AlikeDocuments]:
        """Duplicates, then remarks that a document is like another one, by reference."""
        ...

    def references(self, tenant: Tenant, document_ids: Collection[str]) -> Mapping[str, str]:
        """Reference of each of these documents that is known."""
        ...

    def spans_of(self, tenant: Tenant, collection_id: str) -> Sequence[Span]:
        """First and last line of each step since the collection was announced, of its connector only, in order."""
        ...
