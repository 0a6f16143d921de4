"""What the registry knows of documents that are like others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from versement.domain.documents import Finding
from versement.domain.lifecycle import DocumentState
from versement.domain.near import Fingerprint
from versement.domain.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Alike:
    """A document whose text is nearly that of another.

    Attributes:
        similarity: estimated share of what the two texts have in common, from 0 to 1.
    """

    document_id: str
    reference: str
    state: DocumentState
    similarity: float


class Likeness(Protocol):
    """Part of the Registry: nothing is ever compared across tenants."""

    def remark(self, tenant: Tenant, document_id: str, finding: Finding) -> None:
        """Add a remark to a document, whatever its state; the same one again is nothing."""
        ...

    def holders(self, tenant: Tenant, versions: Collection[str]) -> Mapping[str, Sequence[str]]:
        """By version (domain.duplicates.version_digest), who holds a record of these very bytes, the oldest first."""
        ...

    def unread(self, tenant: Tenant, document_ids: Sequence[str]) -> set[str]:
        """Those of these documents whose text's fingerprint was not kept."""
        ...

    def keep_fingerprints(
        self, tenant: Tenant, prints: Mapping[str, Fingerprint | None], *, collection_id: str
    ) -> None:
        """Keep fingerprints (None: too little text), as one line of the journal; those kept already stay."""
        ...

    def alike(self, tenant: Tenant, document_id: str, made: Fingerprint, *, least: float) -> Sequence[Alike]:
        """Documents of another record whose kept fingerprint is like `made`, whichever was announced first.

        The likest first. Of texts that share a phrase with very many others, not all are compared.
        """
        ...
