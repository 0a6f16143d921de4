"""The Registry port on SQLite or PostgreSQL: each method is one transaction of one tenant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

from versement.adapters.registry import (
    announcing,
    attempts,
    claims,
    decisions,
    documents,
    eliminations,
    journal,
    likeness,
    looking_back,
    particulars,
    receipts,
    states,
    transfers,
    volumes,
)
from versement.adapters.registry.database import Access, Database, Transaction
from versement.adapters.registry.recognition import recognise
from versement.adapters.registry.schema import prepare
from versement.adapters.registry.witness import Witness
from versement.domain.balance import Balance
from versement.domain.decisions import Decision
from versement.domain.documents import AnnouncedDocument, FileReference, Finding, SourceDocument
from versement.domain.elimination import Bordereau, Given
from versement.domain.fixity import Digest
from versement.domain.footprint import Collected, Volumes
from versement.domain.journal import JournalEntry, Segment
from versement.domain.lifecycle import AttemptState, DocumentState, TransferState
from versement.domain.near import Fingerprint
from versement.domain.particulars import AlikeDocuments, FormatCount, Span
from versement.domain.tenant import Tenant
from versement.domain.transfers import Ask, Attempt, Settlement, Transfer
from versement.ports.clock import Clock
from versement.ports.eliminations import Double
from versement.ports.likeness import Alike
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


class SqlRegistry:
    """A registry in a database; see the port for what each method does.

    Nothing is opened before the first call, nothing stays open over a fork. A SQLite file is created on
    first use; PostgreSQL's schema is created beforehand by its owner (`create_schema`).
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._database = Database(url)
        self._clock = clock
        self._prepared = False
        self._witness = Witness()

    def close(self) -> None:
        """Close connections; the registry may be used again."""
        self._database.close()

    def _read(self, tenant: Tenant) -> AbstractContextManager[Transaction]:
        return self._open(tenant, Access.READ)

    def _write(self, tenant: Tenant) -> AbstractContextManager[Transaction]:
        return self._open(tenant, Access.DURABLE)

    def _judge(self, tenant: Tenant) -> AbstractContextManager[Transaction]:
        """Write what concerns single documents and involves nobody outside: there are many of these."""
        return self._open(tenant, Access.REPEATABLE)

    @contextmanager
    def _open(self, tenant: Tenant, access: Access) -> Iterator[Transaction]:
        if not self._prepared:
            prepare(self._database)
            self._prepared = True
        with self._database.transaction(tenant.key, self._clock, access) as tx:
            journal.written(tx)  # what a transaction that was rolled back left
            if not self._database.on_sqlite:
                self._witness.check(tx)
            recognise(tx, tenant, access)
            yield tx
            line = journal.written(tx)
        self._witness.note(tenant.key, line)

    # --- collections
    def announce(self, tenant: Tenant, start: CollectionStart) -> CollectionRecord:
        with self._write(tenant) as tx:
            return announcing.announce(tx, start)

    def collection(self, tenant: Tenant, collection_id: str) -> CollectionRecord | None:
        with self._read(tenant) as tx:
            return announcing.find(tx, collection_id)

    def attach_evidence(
        self,
        tenant: Tenant,
        collection_id: str,
        *,
        expectations: Digest | None = None,
        report: Digest | None = None,
        page: Digest | None = None,
    ) -> None:
        given = {"expectations": expectations, "report": report, "page": page}
        with self._write(tenant) as tx:
            announcing.attach_evidence(tx, collection_id, {name: d for name, d in given.items() if d is not None})

    def last_collection(self, tenant: Tenant, connector: str, window: str | None = None) -> CollectionRecord | None:
        with self._read(tenant) as tx:
            return announcing.last(tx, connector, window)

    # --- documents
    def documents(self, tenant: Tenant, connector: str, *states: DocumentState) -> Sequence[SourceDocument]:
        with self._read(tenant) as tx:
            return documents.in_states(tx, connector, states)

    def document(self, tenant: Tenant, document_id: str) -> Record | None:
        with self._read(tenant) as tx:
            return states.record_of(tx, document_id)

    def announced_as(self, tenant: Tenant, document_id: str) -> AnnouncedDocument | None:
        with self._read(tenant) as tx:
            return documents.announced_as(tx, document_id)

    def collected(self, tenant: Tenant, document: SourceDocument) -> None:
        with self._judge(tenant) as tx:
            documents.collected(tx, document)

    def set_aside(
        self, tenant: Tenant, document_id: str, findings: Sequence[Finding], *, judged: SourceDocument | None = None
    ) -> None:
        with self._judge(tenant) as tx:
            documents.set_aside(tx, document_id, findings, judged)

    def qualified(self, tenant: Tenant, judgements: Sequence[Judgement]) -> None:
        with self._judge(tenant) as tx:
            documents.qualified(tx, judgements)

    def waits(self, tenant: Tenant, document_id: str, finding: Finding) -> None:
        with self._judge(tenant) as tx:
            documents.waits(tx, document_id, finding)

    # --- decisions
    def arbitrate(self, tenant: Tenant, decision: Decision) -> Decision:
        with self._write(tenant) as tx:
            return decisions.decide(tx, decision)

    def decisions(self, tenant: Tenant, connector: str | None = None) -> Sequence[Decision]:
        with self._read(tenant) as tx:
            return decisions.every(tx, connector)

    def version(self, tenant: Tenant, document_id: str) -> str:
        with self._read(tenant) as tx:
            return decisions.version(tx, document_id)

    # --- claims
    def unacknowledged(self, tenant: Tenant, connector: str) -> Sequence[SourceDocument]:
        with self._read(tenant) as tx:
            return receipts.missing(tx, connector)

    def acknowledged(self, tenant: Tenant, document_id: str) -> None:
        with self._write(tenant) as tx:
            receipts.note(tx, document_id)

    def claim(self, tenant: Tenant, document_id: str, *, other_key: str, version: str) -> Claim:
        return self.claim_each(tenant, [Wanted(document_id, other_key, version)])[0]

    def claim_each(self, tenant: Tenant, wanted: Sequence[Wanted]) -> Sequence[Claim]:
        with self._judge(tenant) as tx:
            return claims.take_each(tx, wanted)

    def record(self, tenant: Tenant, *keys: str) -> Record | None:
        with self._read(tenant) as tx:
            return claims.record(tx, keys)

    def unclaimed(self, tenant: Tenant, *keys: str) -> Record | None:
        with self._read(tenant) as tx:
            return claims.unclaimed(tx, keys)

    def remark(self, tenant: Tenant, document_id: str, finding: Finding) -> None:
        with self._judge(tenant) as tx:
            documents.remark(tx, document_id, finding)

    # --- likeness
    def holders(self, tenant: Tenant, versions: Collection[str]) -> Mapping[str, Sequence[str]]:
        with self._read(tenant) as tx:
            return likeness.holders(tx, versions)

    def unread(self, tenant: Tenant, document_ids: Sequence[str]) -> set[str]:
        with self._read(tenant) as tx:
            return likeness.unread(tx, document_ids)

    def keep_fingerprints(
        self, tenant: Tenant, prints: Mapping[str, Fingerprint | None], *, collection_id: str
    ) -> None:
        with self._judge(tenant) as tx:
            likeness.keep(tx, prints, collection_id)

    def alike(self, tenant: Tenant, document_id: str, made: Fingerprint, *, least: float) -> Sequence[Alike]:
        with self._read(tenant) as tx:
            return likeness.alike(tx, document_id, made, least)

    # --- transfers
    def pack(self, tenant: Tenant, transfer: Transfer) -> None:
        with self._write(tenant) as tx:
            transfers.pack(tx, transfer)

    def transfers(self, tenant: Tenant, connector: str, *states: TransferState) -> Sequence[Transfer]:
        with self._read(tenant) as tx:
            return transfers.in_states(tx, connector, states)

    def transfer(self, tenant: Tenant, transfer_id: str) -> Transfer | None:
        with self._read(tenant) as tx:
            return transfers.find(tx, transfer_id)

    def transfer_of(self, tenant: Tenant, operation_id: str) -> Transfer | None:
        with self._read(tenant) as tx:
            return transfers.find_by_operation(tx, operation_id)

    def held_key(self, tenant: Tenant, key: str) -> HeldKey | None:
        with self._read(tenant) as tx:
            return transfers.held_key(tx, key)

    # --- attempts
    def begin(self, tenant: Tenant, attempt: Attempt) -> bool:
        with self._write(tenant) as tx:
            return attempts.begin(tx, attempt)

    def commit(self, tenant: Tenant, attempt_id: str, *, lease: timedelta) -> None:
        with self._write(tenant) as tx:
            attempts.commit(tx, attempt_id, lease=lease)

    def attempts(self, tenant: Tenant, connector: str, *states: AttemptState) -> Sequence[Attempt]:
        with self._read(tenant) as tx:
            return attempts.in_states(tx, connector, states)

    def searched_in_vain(self, tenant: Tenant, attempt_id: str, *, now: datetime) -> None:
        with self._write(tenant) as tx:
            attempts.searched_in_vain(tx, attempt_id, now=now)

    def end_attempt(
        self,
        tenant: Tenant,
        attempt_id: str,
        state: AttemptState,
        *,
        operation_id: str = "",
        uncommitted: bool = False,
    ) -> bool:
        with self._write(tenant) as tx:
            return attempts.end(tx, attempt_id, state, operation_id=operation_id, uncommitted=uncommitted)

    def reinstate(self, tenant: Tenant, document_id: str) -> None:
        with self._write(tenant) as tx:
            documents.reinstate(tx, document_id)

    def settle(self, tenant: Tenant, transfer_id: str, settlement: Settlement) -> None:
        with self._write(tenant) as tx:
            transfers.settle(tx, transfer_id, settlement)

    def release(self, tenant: Tenant, transfer_id: str, *, unseen: bool = False) -> None:
        with self._write(tenant) as tx:
            attempts.release(tx, transfer_id, unseen=unseen)

    def ask(self, tenant: Tenant, transfer_id: str, what: Ask) -> None:
        with self._write(tenant) as tx:
            transfers.ask(tx, transfer_id, what)

    # --- looking back
    def balance(self, tenant: Tenant, connector: str, collection_id: str | None = None) -> Balance:
        with self._read(tenant) as tx:
            return looking_back.balance(tx, connector, collection_id)

    def waiting(self, tenant: Tenant, connector: str, collection_id: str | None = None) -> Sequence[Waiting]:
        with self._read(tenant) as tx:
            return looking_back.waiting(tx, connector, collection_id)

    def waste(self, tenant: Tenant, connector: str, collection_id: str | None = None) -> Sequence[FileReference]:
        with self._read(tenant) as tx:
            return looking_back.residue(tx, connector, collection_id)

    def find(self, tenant: Tenant, text: str) -> Sequence[Story]:
        with self._read(tenant) as tx:
            return looking_back.find(tx, text)

    def transfer_remarks(self, tenant: Tenant, connector: str) -> Mapping[str, Sequence[Finding]]:
        with self._read(tenant) as tx:
            return looking_back.transfer_remarks(tx, connector)

    def journal(self, tenant: Tenant, *, after: int = 0, limit: int = 1000) -> Sequence[JournalEntry]:
        with self._read(tenant) as tx:
            return journal.page(tx, after=after, limit=limit)

    def journal_head(self, tenant: Tenant) -> JournalEntry | None:
        with self._read(tenant) as tx:
            return journal.head(tx)

    def journal_is_whole(self, tenant: Tenant) -> bool:
        with self._read(tenant) as tx:
            return journal.is_whole(tx)

    def seal(self, tenant: Tenant, segment: Segment, digest: Digest) -> None:
        with self._write(tenant) as tx:
            journal.seal(tx, segment, digest)

    def sealed(self, tenant: Tenant) -> int:
        with self._read(tenant) as tx:
            return journal.sealed(tx)

    # --- particulars
    def formats_of(self, tenant: Tenant, collection_id: str) -> Sequence[FormatCount]:
        with self._read(tenant) as tx:
            return particulars.formats(tx, collection_id)

    def alikes_of(self, tenant: Tenant, collection_id: str) -> Sequence[AlikeDocuments]:
        with self._read(tenant) as tx:
            return particulars.alikes(tx, collection_id)

    def references(self, tenant: Tenant, document_ids: Collection[str]) -> Mapping[str, str]:
        with self._read(tenant) as tx:
            return particulars.references(tx, document_ids)

    def spans_of(self, tenant: Tenant, collection_id: str) -> Sequence[Span]:
        with self._read(tenant) as tx:
            return particulars.spans(tx, collection_id)

    # --- volumes
    def volumes(self, tenant: Tenant, connector: str | None = None, collection_id: str | None = None) -> Volumes:
        with self._read(tenant) as tx:
            return volumes.total(tx, connector, collection_id)

    def volumes_over_time(self, tenant: Tenant, connector: str) -> Sequence[Collected]:
        with self._read(tenant) as tx:
            return volumes.over_time(tx, connector)

    # --- eliminations
    def final_doubles(self, tenant: Tenant) -> Sequence[Double]:
        with self._read(tenant) as tx:
            return eliminations.final_doubles(tx)

    def in_bordereaux(self, tenant: Tenant, *, again: bool = False) -> frozenset[str]:
        with self._read(tenant) as tx:
            return eliminations.in_bordereaux(tx, again=again)

    def propose(self, tenant: Tenant, bordereau: Bordereau) -> None:
        with self._write(tenant) as tx:
            eliminations.propose(tx, bordereau)

    def sign(self, tenant: Tenant, bordereau_id: str, digest: Digest) -> None:
        with self._write(tenant) as tx:
            eliminations.sign(tx, bordereau_id, digest)

    def decide(self, tenant: Tenant, bordereau_id: str, number: int, given: Given) -> None:
        with self._write(tenant) as tx:
            eliminations.decide(tx, bordereau_id, number, given)

    def kept_copies(self, tenant: Tenant) -> frozenset[str]:
        with self._read(tenant) as tx:
            return eliminations.kept_copies(tx)

    def only_held_by(self, tenant: Tenant, document_ids: Collection[str]) -> frozenset[Digest]:
        with self._read(tenant) as tx:
            return eliminations.only_held_by(tx, document_ids)

    def held_by_nobody(self, tenant: Tenant, digests: Collection[Digest]) -> frozenset[Digest]:
        with self._read(tenant) as tx:
            return eliminations.held_by_nobody(tx, digests)

    def purging(self, tenant: Tenant, bordereau_id: str, *, objects: int, size: int) -> None:
        with self._write(tenant) as tx:
            eliminations.purging(tx, bordereau_id, objects=objects, size=size)

    def purged(self, tenant: Tenant, bordereau_id: str, *, objects: int, size: int) -> None:
        with self._write(tenant) as tx:
            eliminations.purged(tx, bordereau_id, objects=objects, size=size)

    def bordereau(self, tenant: Tenant, bordereau_id: str) -> Bordereau:
        with self._read(tenant) as tx:
            return eliminations.existing(tx, bordereau_id)

    def bordereaux(self, tenant: Tenant) -> Sequence[Bordereau]:
        with self._read(tenant) as tx:
            return eliminations.every(tx)
