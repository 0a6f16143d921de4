"""What goes into the registry and comes out of it: values, without the registry itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from versement.domain.documents import AnnouncedDocument, FileReference, Finding, SourceDocument
from versement.domain.fixity import Digest
from versement.domain.journal import JournalEntry
from versement.domain.lifecycle import DocumentState, TransferState
from versement.domain.transfers import PlannedUnit, Transfer

LARGEST_BATCH = 100
"""Documents that one transaction writes."""

Judgement = tuple[SourceDocument, Sequence[Finding]]
"""A document with what was read of it, and what was found."""


@dataclass(frozen=True, slots=True)
class CollectionStart:
    """The left side of the invariant, as the source's own listing gives it, before any state exists.

    Attributes:
        id: unique within the tenant, from connector and run.
        documents: by document id (domain.duplicates.document_id), in order.
        listing_paths: number of paths in the listing.
        listing: digest of the listing's references.
        findings: about the drop as a whole (broken index rows…).
        whole: the documents are all that the source holds, not those of some days only.
    """

    id: str
    connector: str
    run_id: str
    window: str
    profile: Digest
    listing_paths: int
    listing: Digest
    documents: Mapping[str, AnnouncedDocument]
    waste: tuple[FileReference, ...]
    findings: tuple[Finding, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class CollectionRecord:
    """One collection as recorded; `expectations`, `report`, `page`: digests in staging, None before their step."""

    id: str
    connector: str
    run_id: str
    window: str
    profile: Digest
    listing_paths: int
    announced_documents: int
    announced_files: int
    known_documents: int
    known_files: int
    started: datetime
    findings: tuple[Finding, ...]
    expectations: Digest | None
    report: Digest | None
    page: Digest | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Answer to a claim: `taken`, `duplicate` (same key, same bytes) or `conflict` (same key, other bytes).

    Attributes:
        holder: id of the document that holds the record; the claimant itself when taken.
    """

    outcome: str
    holder: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a document claims; see `Registry.claim`."""

    document: str
    other_key: str
    version: str


@dataclass(frozen=True, slots=True)
class Record:
    """The document that holds a record, and its state."""

    document: SourceDocument
    state: DocumentState
    reason: str


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A unit that some transfer of this tenant carries: enough to attach to it, or to wait for it.

    Attributes:
        transfer_state: of the last transfer that creates it.
        system_id: empty until accepted.
    """

    key: str
    transfer_id: str
    transfer_state: TransferState
    system_id: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits, and for whom. Nothing personal: reference, code, French text.

    Attributes:
        asked: a person asked the source, who has not answered yet.
    """

    document_id: str
    reference: str
    record_key: str
    state: DocumentState
    code: str
    message: str
    actor: str
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """Everything known of one document, for `versement document`."""

    document: SourceDocument
    state: DocumentState
    reason: str
    original: str
    collection: CollectionRecord
    findings: tuple[Finding, ...]
    """Of the document itself, then remarks on its transfers as a whole."""
    transfers: tuple[Transfer, ...]
    units: tuple[tuple[PlannedUnit, str, str], ...]
    """Planned unit, unit SystemId, object SystemId (both empty until accepted)."""
    journal: tuple[JournalEntry, ...]
