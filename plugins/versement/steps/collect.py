"""Announce what the source holds, then bring it to staging. What the bytes say is judged by qualify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from versement.domain.documents import (
    AnnouncedDocument,
    AnnouncedFile,
    CollectedFile,
    Field,
    FileReference,
    Finding,
    Metadata,
    SourceDocument,
)
from versement.domain.drop import ActesMessage, IndexRow
from versement.domain.duplicates import document_id
from versement.domain.errors import Defect, FileChanged, FileVanished, SourceUnavailable, UnreadableFile
from versement.domain.fixity import Digest, Fixity
from versement.domain.grouping import Grouping, group
from versement.domain.lifecycle import DocumentState
from versement.domain.qualification import blocking, remark
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
    indexes, index_findings = _read_indexes(reader, formats, listing)
    messages, message_findings = _read_messages(reader, formats, listing)
    grouping = group(listing, indexes, messages, chain.profile.connector.waste)
    _check_nothing_lost(listing, grouping)
    listed = "\n".join(f"{file.path}\t{file.size}\t{file.modified}" for file in listing)
    return CollectionStart(
        id=ids[0],
        connector=chain.connector,
        run_id=ids[1],
        window=str(window),
        profile=chain.staging.put(chain.tenant, [chain.profile.frozen()]).digest,
        listing_paths=len(listing),
        listing=Digest.of(listed.encode("utf-8", "surrogateescape")),
        documents={
            document_id(chain.connector, document): document
            for document in grouping.documents
            if window.takes(document)
        },
        waste=grouping.waste,
        findings=(*listing.left, *index_findings, *message_findings, *grouping.findings),
        whole=listing.whole and window.first is None and window.last is None,
    )


def _read_indexes(
    reader: _Reader, formats: Formats, listing: Sequence[FileReference]
) -> tuple[Mapping[str, Sequence[IndexRow]], list[Finding]]:
    rows: dict[str, Sequence[IndexRow]] = {}
    findings: list[Finding] = []
    if reader.chain.profile.connector.index == "none":
        return rows, findings
    for reference in listing:
        if reference.folder or not reference.name.lower().endswith(".csv"):
            continue
        path = _staged_path(reader, reference)
        try:
            if formats.is_index(path, reference.name):
                reading = formats.index(path)
                rows[reference.path] = reading.rows
                findings += [_of_the_index(finding, reference) for finding in reading.findings]
        except UnreadableFile as error:
            findings.append(blocking("INDEX_UNREADABLE", f"« {reference.path} » : {error.message}", reference.path))
    return rows, findings


def _of_the_index(finding: Finding, reference: FileReference) -> Finding:
    return replace(finding, path=reference.path, message=f"« {reference.path} », {finding.message}")


def _staged_path(reader: _Reader, reference: FileReference) -> Path:
    try:
        digest = reader.stage(reference).digest
    except (FileChanged, FileVanished) as error:
        # Without its index the drop would be judged wrongly: better later than wrong.
        raise SourceUnavailable(
            f"L’index « {reference.path} » change pendant sa lecture : la collecte reprendra quand son dépôt "
            "sera terminé.",
            detail=error.detail,
        ) from error
    return reader.chain.staging.path(reader.chain.tenant, digest)


def _read_messages(
    reader: _Reader, formats: Formats, listing: Sequence[FileReference]
) -> tuple[Mapping[str, ActesMessage], list[Finding]]:
    chain = reader.chain
    messages: dict[str, ActesMessage] = {}
    findings: list[Finding] = []
    for reference in listing:
        if not reference.name.lower().endswith(".xml"):
            continue
        try:
            digest = reader.stage(reference).digest
            message = formats.message(chain.staging.path(chain.tenant, digest))
        except (FileChanged, FileVanished):
            continue  # collected later as a file of its own, which says what happened to it
        except UnreadableFile as error:
            findings.append(remark("MESSAGE_UNREADABLE", f"« {reference.path} » : {error.message}", reference.path))
            continue
        if message is not None:
            messages[reference.path] = message
    return messages, findings


def _check_nothing_lost(listing: Sequence[FileReference], grouping: Grouping) -> None:
    placed = {reference.path for reference in (*grouping.waste, *grouping.indexes)}
    placed |= {file.path for document in grouping.documents for file in document.files if file.reference}
    lost = {reference.path for reference in listing} - placed
    if lost:
        raise Defect(
            f"{len(lost)} fichiers du dépôt ne sont rattachés à rien : rien n’a été collecté, signalez-le aux "
            "développeurs.",
            detail=f"paths lost by grouping: {sorted(lost)[:5]}",
        )


def _collect_one(reader: _Reader, document: SourceDocument) -> None:
    chain = reader.chain
    announced = chain.registry.announced_as(chain.tenant, document.id)
    if announced is None:
        raise Defect(
            f"« {document.reference} » n’a pas d’annonce dans le registre : signalez-le aux développeurs.",
            detail=f"no announcement of {document.id}",
        )
    files: list[CollectedFile] = []
    findings: list[Finding] = []
    for announced_file in announced.files:
        try:
            files.append(_bring(reader, announced_file))
        except FileVanished as error:
            findings.append(blocking("FILE_VANISHED", error.message, announced_file.path))
        except FileChanged as error:
            findings.append(blocking("FILE_CHANGED", error.message, announced_file.path))
    now = chain.registry.document(chain.tenant, document.id)
    if now is None or now.state is not DocumentState.ANNOUNCED:
        log.info("Un document a été collecté entre-temps par une autre exécution.")
    elif findings:
        chain.registry.set_aside(chain.tenant, document.id, findings)
    else:
        chain.registry.collected(
            chain.tenant, replace(document, files=tuple(files), readings=announced.readings, row=announced.row)
        )


def _bring(reader: _Reader, file: AnnouncedFile) -> CollectedFile:
    if file.reference is None:
        return CollectedFile(file.path, file.role, None, None)
    fixity = reader.stage(file.reference)
    return CollectedFile(file.path, file.role, fixity, datetime.fromtimestamp(file.reference.modified, UTC))
