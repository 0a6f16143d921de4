"""Announce what the source holds, then bring it to staging. What the bytes say is judged by qualify."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from versement.domain.documents import (
    AnnouncedDocument,
    AnnouncedFile,
    CollectedFile,
    Field,
    Finding,
    Metadata,
    SourceDocument,
)
from versement.domain.duplicates import document_id
from versement.domain.errors import Defect, FileChanged, FileVanished, StagingBusy, UnreadableFile
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DocumentState
from versement.domain.qualification import blocking
from versement.ports.formats import Formats
from versement.ports.records import CollectionRecord, CollectionStart
from versement.ports.source import Source
from versement.steps.chain import Chain, log
from versement.steps.corrections import Corrected
from versement.steps.cut_pages import CutSource
from versement.steps.layouts import grouping_of
from versement.steps.opened import OpenedSource
from versement.steps.reading import Reader, bounded
from versement.steps.said_otherwise import tell_said_otherwise

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
        return f"documents datés du {self.first or '…'} au {self.last or '…'}"

    def takes(self, document: AnnouncedDocument) -> bool:
        day = Metadata.settled(document.readings).text(Field.DATE)
        if not day:
            return True
        return (self.first is None or day >= self.first.isoformat()) and (
            self.last is None or day <= self.last.isoformat()
        )


def collect(chain: Chain, source: Source, formats: Formats, *, run_id: str, window: Window) -> CollectionRecord:
    """Announce once per run, then collect whatever was announced and not brought yet, whichever run announced it.

    Raises:
        SourceUnavailable: nothing is lost, the next try goes on from where this one stopped.
        StagingFull: likewise, once there is room.
    """
    passing: set[Digest] = set()
    opened = _opened(chain, source, formats, passing)
    reader = Reader(chain, CutSource(opened, chain.staging, formats, passing), passing=passing)
    collection_id = f"{chain.connector}:{run_id}"
    record = chain.registry.collection(chain.tenant, collection_id)
    if record is None:
        with chain.staging.holding(chain.tenant):
            start = _announcement(reader, formats, (collection_id, run_id), window)
            record = chain.registry.announce(chain.tenant, start)
        tell_said_otherwise(chain, start.documents)
    log.info(
        "Annonce : %d documents et %d fichiers, dont déjà connus %d et %d.",
        record.announced_documents,
        record.announced_files,
        record.known_documents,
        record.known_files,
    )
    waiting = chain.registry.documents(chain.tenant, chain.connector, DocumentState.ANNOUNCED)
    _collect_all(reader, waiting)
    _let_pass(chain, passing)
    return record


def _let_pass(chain: Chain, passing: Collection[Digest]) -> None:
    """Forget archives that were opened and PDFs that were cut: each document has its own bytes, and may have to go."""
    if not passing:
        return
    try:
        with chain.staging.removing(chain.tenant):
            for digest in sorted(chain.registry.held_by_nobody(chain.tenant, passing)):
                chain.staging.remove(chain.tenant, digest)
    except StagingBusy:
        log.info("Archives ouvertes et PDF découpés : une autre étape écrit, la prochaine collecte les retirera.")


def _opened(chain: Chain, source: Source, formats: Formats, passing: set[Digest]) -> Source:
    """The source with its corrected files in place, its archives opened as folders when the profile says which."""
    drop = chain.profile.connector.drop
    corrected = Corrected(source, chain.profile.connector.corrections)
    if not drop.archives:
        return corrected
    return OpenedSource(corrected, chain.staging, formats.archive, drop.archives, depth=drop.depth, passing=passing)


def _announcement(reader: Reader, formats: Formats, ids: tuple[str, str], window: Window) -> CollectionStart:
    chain = reader.chain
    listing = reader.source.listing(chain.tenant)
    log.info("Le dépôt contient %d fichiers.", len(listing))
    grouping = grouping_of(reader, formats, listing)
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
        findings=grouping.findings,
        whole=listing.whole and window.first is None and window.last is None,
    )


def _collect_all(reader: Reader, waiting: Sequence[SourceDocument]) -> None:
    """Some documents at a time: their bytes first, then what the registry says of them."""
    told = count = 0
    announced = ((document, _announced(reader.chain, document)) for document in waiting)
    for together in bounded(announced, lambda pair: _weight(pair[1])):
        with reader.chain.staging.holding(reader.chain.tenant):
            reader.bring(file.reference for _, one in together for file in one.files if file.reference)
            for document, one in together:
                _collect_one(reader, document, one)
        count += len(together)
        if count - told >= PROGRESS_EVERY or count == len(waiting):
            log.info("Collecte : %d documents sur %d.", count, len(waiting))
            told = count


def _announced(chain: Chain, document: SourceDocument) -> AnnouncedDocument:
    announced = chain.registry.announced_as(chain.tenant, document.id)
    if announced is None:
        raise Defect(
            f"« {document.reference} » n’a pas d’annonce dans le registre : signalez-le aux développeurs.",
            detail=f"no announcement of {document.id}",
        )
    return announced


def _weight(announced: AnnouncedDocument) -> tuple[int, int]:
    sizes = [file.reference.size for file in announced.files if file.reference]
    return max(len(sizes), 1), sum(size for size in sizes if size > 0)


def _collect_one(reader: Reader, document: SourceDocument, announced: AnnouncedDocument) -> None:
    chain = reader.chain
    files: list[CollectedFile] = []
    findings: list[Finding] = []
    for announced_file in announced.files:
        try:
            files.append(_bring(reader, announced_file))
        except FileVanished as error:
            findings.append(blocking("FILE_VANISHED", _shown(error, announced_file), announced_file.path))
        except FileChanged as error:
            findings.append(blocking("FILE_CHANGED", _shown(error, announced_file), announced_file.path))
        except UnreadableFile as error:
            findings.append(blocking("FILE_UNREADABLE", _shown(error, announced_file), announced_file.path))
    now = chain.registry.document(chain.tenant, document.id)
    if now is None or now.state is not DocumentState.ANNOUNCED:
        log.info("Un document a été collecté entre-temps par une autre exécution.")
    elif findings:
        chain.registry.set_aside(chain.tenant, document.id, findings)
    else:
        chain.registry.collected(
            chain.tenant, replace(document, files=tuple(files), readings=announced.readings, row=announced.row)
        )


def _shown(error: FileVanished | FileChanged | UnreadableFile, file: AnnouncedFile) -> str:
    """What the source says of a file, under the name by which it is shown."""
    return error.message.replace(file.reference.path, file.path) if file.reference else error.message


def _bring(reader: Reader, file: AnnouncedFile) -> CollectedFile:
    if file.reference is None:
        return CollectedFile(file.path, file.role, None, None)
    fixity = reader.stage(file.reference)
    return CollectedFile(file.path, file.role, fixity, file.reference.moment)
