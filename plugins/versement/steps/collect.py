"""Announce what the source holds, then bring it to staging. What the bytes say is judged by qualify."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from versement.domain.documents import (
    AnnouncedDocument,
    Field,
    FileReference,
    Metadata,
)
from versement.domain.duplicates import document_id
from versement.domain.fixity import Digest, Fixity
from versement.domain.grouping import group
from versement.domain.lifecycle import DocumentState
from versement.ports.formats import Formats
from versement.ports.registry import CollectionRecord, CollectionStart
from versement.ports.source import Source
from versement.steps.chain import Chain, log

PROGRESS_EVERY = 100
"""Documents between two lines of progress in the log."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which acts a run is about, by date of the act, both ends included; none = whatever has arrived.

    A document whose date is not known before it is read always belongs to the run.
    """

    first: date | None = None
    last: date | None = None

    def __str__(self) -> str:
        if self.first is None and self.last is None:
            return "tout ce qui est arrivé"
        return f"actes du {self.first or '…'} au {self.last or '…'}"

    def takes(self, document: AnnouncedDocument) -> bool:
        day = Metadata.settled(document.readings).text(Field.DATE)
        if not day:
            return True
        return (self.first is None or day >= self.first.isoformat()) and (
            self.last is None or day <= self.last.isoformat()
        )


@dataclass(slots=True)
class _Reader:
    """Brings files to staging, each path once."""

    chain: Chain
    source: Source
    staged: dict[str, Fixity] = field(default_factory=dict)

    def stage(self, reference: FileReference) -> Fixity:
        known = self.staged.get(reference.path)
        if known is None:
            known = self.chain.staging.put(self.chain.tenant, self.source.read(self.chain.tenant, reference))
            self.staged[reference.path] = known
        return known


def collect(chain: Chain, source: Source, formats: Formats, *, run_id: str, window: Window) -> CollectionRecord:
    """Announce once per run, then collect whatever was announced and not brought yet, whichever run announced it.

    Raises:
        SourceUnavailable: nothing is lost, the next try goes on from where this one stopped.
        StagingFull: likewise, once there is room.
    """
    reader = _Reader(chain, source)
    collection_id = f"{chain.connector}:{run_id}"
    record = chain.registry.collection(chain.tenant, collection_id)
    if record is None:
        record = chain.registry.announce(chain.tenant, _announcement(reader, formats, (collection_id, run_id), window))
    log.info(
        "Annonce : %d documents et %d fichiers, dont déjà connus %d et %d.",
        record.announced_documents,
        record.announced_files,
        record.known_documents,
        record.known_files,
    )
    waiting = chain.registry.documents(chain.tenant, chain.connector, DocumentState.ANNOUNCED)
    for count, document in enumerate(waiting, start=1):
        _collect_one(reader, document)
        if count % PROGRESS_EVERY == 0 or count == len(waiting):
            log.info("Collecte : %d documents sur %d.", count, len(waiting))
    return record


def _announcement(reader: _Reader, formats: Formats, ids: tuple[str, str], window: Window) -> CollectionStart:
    chain = reader.chain
    listing = reader.source.listing(chain.tenant)
    log.info("Le dépôt contient %d fichiers.", len(listing))
    rows, index_findings, indexes = _read_indexes(reader, formats, listing)
    messages, message_findings = _read_messages(reader, formats, listing)
    grouping = group(listing, indexes, messages, chain.profile.connector.waste)
    _check_nothing_lost(listing, grouping)
    taken = [document for document in grouping.documents if window.takes(document)]
    del rows
    return CollectionStart(
        id=ids[0],
        connector=chain.connector,
        run_id=ids[1],
        window=str(window),
        profile=chain.staging.put(chain.tenant, [chain.profile.frozen()]).digest,
        listing_paths=len(listing),
        listing=Digest.of(
            "\n".join(f"{f.path}\t{f.size}\t{f.modified}" for f in listing).encode("utf-8", "surrogateescape")
        ),
        documents={document_id(chain.connector, document): document for document in taken},
        waste=grouping.waste,
        findings=(*index_findings, *message_findings, *grouping.findings),
    )
