"""What the registry remembers of eliminations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from versement.domain.documents import SourceDocument
from versement.domain.elimination import Bordereau, Given, Kept
from versement.domain.fixity import Digest
from versement.domain.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Double:
    """A duplicate whose original the archive has accepted, and that copy.

    Attributes:
        original: id of the original.
    """

    document: SourceDocument
    original: str
    kept: Kept


class Eliminations(Protocol):
    """Part of the Registry: each method is one transaction, and each that changes something a line of the journal."""

    def final_doubles(self, tenant: Tenant) -> Sequence[Double]:
        """Duplicates whose original was accepted, the oldest first."""
        ...

    def in_bordereaux(self, tenant: Tenant, *, again: bool = False) -> frozenset[str]:
        """Documents that stand on a bordereau that was signed; `again`: but for those refused or kept as samples."""
        ...

    def propose(self, tenant: Tenant, bordereau: Bordereau) -> None:
        """Record a proposal; the same id again changes nothing."""
        ...

    def sign(self, tenant: Tenant, bordereau_id: str, digest: Digest) -> None:
        """PROPOSED → SIGNED, with the digest of the signed PDF.

        Raises:
            NotEliminable: no such bordereau, another PDF was signed, some document is on another signed one, or the
                other copy of some, and this one does not say so.
        """
        ...

    def kept_copies(self, tenant: Tenant) -> frozenset[str]:
        """Documents that signed bordereaux name as the copy that stays when their doubles go."""
        ...

    def decide(self, tenant: Tenant, bordereau_id: str, number: int, given: Given) -> None:
        """Write the visa of a line of a SIGNED bordereau; with the last one it is DECIDED.

        The same again changes nothing; another one only with `replace`, and the journal tells what it replaces.

        Raises:
            NotEliminable: no such bordereau or line, not in this state, or decided already: by whom and when.
        """
        ...

    def only_held_by(self, tenant: Tenant, document_ids: Collection[str]) -> frozenset[Digest]:
        """Digests of the files of these documents that no other document has, nor the chain as its own evidence."""
        ...

    def held_by_nobody(self, tenant: Tenant, digests: Collection[Digest]) -> frozenset[Digest]:
        """Those that no document has but what was purged, nor the chain; none while announced documents are to come."""
        ...

    def purging(self, tenant: Tenant, bordereau_id: str, *, objects: int, size: int) -> None:
        """So many objects and bytes are about to be taken out of staging; none, nothing is told."""
        ...

    def purged(self, tenant: Tenant, bordereau_id: str, *, objects: int, size: int) -> None:
        """DECIDED → PURGED: so many objects and bytes were taken out of staging; again, what went since is told."""
        ...

    def bordereau(self, tenant: Tenant, bordereau_id: str) -> Bordereau:
        """The bordereau of this id.

        Raises:
            NotEliminable: this coffre has none.
        """
        ...

    def bordereaux(self, tenant: Tenant) -> Sequence[Bordereau]:
        """All of the coffre, the oldest first."""
        ...
