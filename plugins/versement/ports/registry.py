"""What the chain remembers: every document's whereabouts, transfers, attempts, the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from versement.domain.balance import Balance
from versement.domain.decisions import Decision
from versement.domain.documents import AnnouncedDocument, FileReference, Finding, SourceDocument
from versement.domain.fixity import Digest
from versement.domain.journal import JournalEntry, Segment
from versement.domain.lifecycle import AttemptState, DocumentState, TransferState
from versement.domain.tenant import Tenant
from versement.domain.transfers import Ask, Attempt, Settlement, Transfer
from versement.ports.eliminations import Eliminations
from versement.ports.likeness import Likeness
from versement.ports.particulars import Particulars
from versement.ports.records import (
    Claim,
    CollectionRecord,
    CollectionStart,
    HeldKey,
    Judgement,
    Record,
    Story,
    Waiting,
    Wanted,
)
from versement.ports.volumes import KnownVolumes


class Registry(Likeness, Eliminations, KnownVolumes, Particulars, Protocol):
    """Rows are per tenant: no method shows or touches another tenant's. Each method is one transaction.

    The first write for a tenant keeps its number and its target's kind for ever. Every method raises TenantDiffers
    when it is given the same key with others: what an `essai` accepted must never be read as held by a production.

    Moves outside domain.lifecycle's tables raise Defect. Every method that changes something appends to the
    tenant's journal. All sequences come in a stable order (reference, then id).
    """

    # --- collections
    def announce(self, tenant: Tenant, start: CollectionStart) -> CollectionRecord:
        """Record an announcement once: documents not known yet become ANNOUNCED, the others count as known.

        A second call with the same collection id changes nothing and returns the record. A known document that
        is SET_ASIDE returns to ANNOUNCED when the source now says something else of it (other readings), or when
        it had vanished or changed under our reading (FILE_VANISHED, FILE_CHANGED), stood in a mixed drop
        (MIXED_DROP), departed from the archival profile (PROFILE_DEPARTURE), or failed a rule of the profile and
        the profile is another one now. A SET_ASIDE document with the same reference but another id is marked as
        replaced by the new one, and one that a whole announcement does not hold as withdrawn; announced again, it is
        neither.
        """
        ...

    def collection(self, tenant: Tenant, collection_id: str) -> CollectionRecord | None: ...

    def attach_evidence(
        self,
        tenant: Tenant,
        collection_id: str,
        *,
        expectations: Digest | None = None,
        report: Digest | None = None,
        page: Digest | None = None,
    ) -> None: ...

    def last_collection(self, tenant: Tenant, connector: str, window: str | None = None) -> CollectionRecord | None:
        """The last collection of a connector, or the last one that was announced for this window."""
        ...

    # --- documents
    def documents(self, tenant: Tenant, connector: str, *states: DocumentState) -> Sequence[SourceDocument]:
        """Documents of a connector in these states, whatever collection they came with."""
        ...

    def document(self, tenant: Tenant, document_id: str) -> Record | None: ...

    def announced_as(self, tenant: Tenant, document_id: str) -> AnnouncedDocument | None:
        """The document as it was last announced."""
        ...

    def collected(self, tenant: Tenant, document: SourceDocument) -> None:
        """ANNOUNCED → COLLECTED, with its files' fixity and its readings."""
        ...

    def set_aside(
        self, tenant: Tenant, document_id: str, findings: Sequence[Finding], *, judged: SourceDocument | None = None
    ) -> None:
        """Any pending state but PACKAGED → SET_ASIDE; findings replace the document's earlier ones.

        `judged` is the document with what was read of it, kept with it: it is found under its record key too.
        """
        ...

    def qualified(self, tenant: Tenant, judgements: Sequence[Judgement]) -> None:
        """COLLECTED → QUALIFIED, with formats, record key and remarks: all of these documents, or none.

        At most LARGEST_BATCH at a time, so that no other writer waits for long.
        """
        ...

    def waits(self, tenant: Tenant, document_id: str, finding: Finding) -> None:
        """Say what a QUALIFIED document waits for: its reason until it is packed; it stays pending."""
        ...

    # --- decisions
    def arbitrate(self, tenant: Tenant, decision: Decision) -> Decision:
        """Keep for ever what a person decided of a SET_ASIDE document; return it with its number and date.

        What frees the document, or may, has it judged again: → COLLECTED, with the bytes that staging has and as it
        was last announced. Else it stays SET_ASIDE: under DECIDED_REJECTED, where it waits no longer; or under its own
        code, which then waits for the source (SOURCE_ASKED).

        Raises:
            NotDecidable: the document does not wait under this code, or is not what the decision was taken on.
        """
        ...

    def decisions(self, tenant: Tenant, connector: str | None = None) -> Sequence[Decision]:
        """Every decision about the documents of a connector, or of the whole coffre, the oldest first."""
        ...

    def version(self, tenant: Tenant, document_id: str) -> str:
        """Fingerprint (domain.decisions.version_of) of a document as it was last announced and collected."""
        ...

    # --- claims
    def claim(self, tenant: Tenant, document_id: str, *, other_key: str, version: str) -> Claim:
        """Take the record of a QUALIFIED document by one INSERT.

        `duplicate` moves it to DUPLICATE of the holder; `conflict` leaves it to the caller. A record is found
        under its own key or under `other_key`. Claiming again what one holds is `taken`.
        """
        ...

    def claim_each(self, tenant: Tenant, wanted: Sequence[Wanted]) -> Sequence[Claim]:
        """As `claim`, one after the other, in one transaction: at most LARGEST_BATCH."""
        ...

    def record(self, tenant: Tenant, *keys: str) -> Record | None:
        """Who holds the record known under one of these keys."""
        ...

    def unclaimed(self, tenant: Tenant, *keys: str) -> Record | None:
        """A document known under one of these keys that holds no record (set aside, not judged), if any."""
        ...

    def unacknowledged(self, tenant: Tenant, connector: str) -> Sequence[SourceDocument]:
        """ACCEPTED documents whose source was not told yet."""
        ...

    def acknowledged(self, tenant: Tenant, document_id: str) -> None:
        """Note that a document's source was told of its acceptance; the same again changes nothing."""
        ...

    # --- transfers
    def pack(self, tenant: Tenant, transfer: Transfer) -> None:
        """Record a frozen transfer; members go QUALIFIED → PACKAGED. The same id again changes nothing."""
        ...

    def transfers(self, tenant: Tenant, connector: str, *states: TransferState) -> Sequence[Transfer]: ...

    def transfer(self, tenant: Tenant, transfer_id: str) -> Transfer | None: ...

    def transfer_of(self, tenant: Tenant, operation_id: str) -> Transfer | None:
        """The transfer that the archive took as this operation."""
        ...

    def held_key(self, tenant: Tenant, key: str) -> HeldKey | None:
        """The unit with this key, unless every transfer that carried it was refused."""
        ...

    # --- attempts
    def begin(self, tenant: Tenant, attempt: Attempt) -> bool:
        """Write the intent: READY → SENDING and a SENDING attempt; False when somebody else took it."""
        ...

    def commit(self, tenant: Tenant, attempt_id: str, *, lease: timedelta) -> None:
        """Renew the lease from now on and write COMMITTING, in one transaction, before the last block leaves.

        Raises:
            OutcomeUncertain: the lease or the deadline has passed, or somebody else settled the attempt: the
                last block may not leave.
        """
        ...

    def attempts(self, tenant: Tenant, connector: str, *states: AttemptState) -> Sequence[Attempt]: ...

    def searched_in_vain(self, tenant: Tenant, attempt_id: str, *, now: datetime) -> None:
        """Note the first empty search."""
        ...

    def end_attempt(
        self,
        tenant: Tenant,
        attempt_id: str,
        state: AttemptState,
        *,
        operation_id: str = "",
        uncommitted: bool = False,
    ) -> bool:
        """DEPOSITED or ADOPTED (with its operation id), UNCERTAIN, or CUT or CANCELLED (transfer back to READY).

        CUT may name the operation that was cancelled. False when somebody else settled the try before, whose word
        stands, or when the caller judged it as `uncommitted` and its sender has committed meanwhile.

        Raises:
            Defect: a try that was settled otherwise is said to have been taken as another operation.
        """
        ...

    def release(self, tenant: Tenant, transfer_id: str, *, unseen: bool = False) -> None:
        """An operator's decision: the archive does not hold this transfer.

        UNCERTAIN returns to READY (its open attempt CANCELLED), and so does one STOPPED because it was cut too
        often (SENDING_CUT). One STOPPED because it was refused as a whole (TRANSFER_REFUSED), for its size
        included (TRANSFER_TOO_LARGE), or whose operation was cancelled (OPERATION_CANCELLED), becomes REFUSED and its
        documents return to QUALIFIED.

        Raises:
            NotReleasable: it is in any other state, where the archive may hold it, or the archive took it more than
                once (SEVERAL_OPERATIONS), unless `unseen`: its logbook shows none of them any more.
        """
        ...

    def ask(self, tenant: Tenant, transfer_id: str, what: Ask) -> None:
        """Write into the journal, before it is done, what an operator asks of a transfer's operation."""
        ...

    def reinstate(self, tenant: Tenant, document_id: str) -> None:
        """REFUSED → QUALIFIED: what the archive refused it for was mended there, says a person.

        Raises:
            NotReleasable: the document is in any other state.
        """
        ...

    def settle(self, tenant: Tenant, transfer_id: str, settlement: Settlement) -> None:
        """Write a transfer's outcome, its documents', and promote the oldest duplicate of what was refused.

        Settling again with the same outcome changes nothing, but for the reason why it stays STOPPED or UNCERTAIN.
        UNCERTAIN only says that reason, and READY what a blank test answered: nothing is written when the transfer is
        no longer so, nor when it is not in the state that the settlement says to come from.
        """
        ...

    # --- looking back
    def balance(self, tenant: Tenant, connector: str, collection_id: str | None = None) -> Balance:
        """The invariant's table of one collection, or of everything the connector ever announced.

        Its left side is what was recorded at announcement, its right side is counted from the rows. Over all
        collections each document counts once, and nothing is already known.
        """
        ...

    def waiting(self, tenant: Tenant, connector: str, collection_id: str | None = None) -> Sequence[Waiting]:
        """What waits of a connector, or of one collection.

        What was replaced at the source or withdrawn from it waits no longer, nor what a person rejected
        (DECIDED_REJECTED); what the source was asked about waits for the authority. Nor what was set aside or refused
        and whose record a later collection has brought into the archive; a conflict of two contents waits on.
        With a collection stand also the documents of earlier ones that were set aside or refused since it began.
        """
        ...

    def waste(self, tenant: Tenant, connector: str, collection_id: str | None = None) -> Sequence[FileReference]:
        """Technical residue that a connector, or one of its collections, announced for the first time, sorted."""
        ...

    def find(self, tenant: Tenant, text: str) -> Sequence[Story]:
        """Documents whose id, reference, record key, or a file's path is exactly this text."""
        ...

    def transfer_remarks(self, tenant: Tenant, connector: str) -> Mapping[str, Sequence[Finding]]:
        """By transfer id, remarks on it as a whole, or on a unit of no document; transfers without are left out."""
        ...

    def journal(self, tenant: Tenant, *, after: int = 0, limit: int = 1000) -> Sequence[JournalEntry]: ...

    def journal_head(self, tenant: Tenant) -> JournalEntry | None:
        """The last line, whose chain stands for all the lines before it."""
        ...

    def journal_is_whole(self, tenant: Tenant) -> bool:
        """Whether each line's chain follows from the one before."""
        ...

    def seal(self, tenant: Tenant, segment: Segment, digest: Digest) -> None:
        """Write into the journal that a part of it was sealed, as a file with this digest; saying it again is nothing.

        Raises:
            Defect: the segment does not begin after the last one sealed, or ends otherwise than the journal says.
        """
        ...

    def sealed(self, tenant: Tenant) -> int:
        """Number of the last line sealed, 0 before the first seal."""
        ...
