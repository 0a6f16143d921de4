"""Small values of the domain for tests; each builder gives what the test does not care about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from versement.domain.documents import (
    AnnouncedDocument,
    AnnouncedFile,
    CollectedFile,
    Field,
    FileReference,
    Finding,
    Kind,
    Readings,
    Role,
    Severity,
    SourceDocument,
    Value,
    ValueSource,
)
from versement.domain.duplicates import document_id
from versement.domain.fixity import Digest, Fixity, Meter
from versement.domain.lifecycle import AttemptState
from versement.domain.tenant import Tenant
from versement.domain.transfers import Attempt, PackedEntry, PlannedUnit, Transfer
from versement.ports.records import CollectionStart

CONNECTOR = "deliberations"
NOON = datetime(2024, 6, 3, 12, tzinfo=UTC)


@dataclass(slots=True)
class FixedClock:
    """A clock that moves only when told to."""

    at: datetime = field(default=NOON)

    def now(self) -> datetime:
        return self.at

    def advance(self, **lapse: float) -> datetime:
        """Move on by a timedelta's arguments; return the new time."""
        self.at += timedelta(**lapse)
        return self.at


def a_tenant(organisation: str = "pontoise", *, target: str = "essai") -> Tenant:
    return Tenant(organisation, "actes", 1, target, "essai")


def a_fixity(content: bytes = b"contenu") -> Fixity:
    meter = Meter()
    meter.update(content)
    return meter.fixity()


def a_reading(name: Field = Field.NUMBER, text: str = "2024-01") -> tuple[Field, Value]:
    return name, Value(text, ValueSource.INDEX)


def an_announced_document(
    reference: str = "actes/1.pdf",
    *,
    annexes: Sequence[str] = (),
    missing: Sequence[str] = (),
    readings: Readings = (),
    modified: int = 1_700_000_000,
) -> AnnouncedDocument:
    """An act, with annexes that the listing holds and `missing` ones that it does not."""
    listed = [(reference, Role.ACT), *((path, Role.ANNEX) for path in annexes)]
    return AnnouncedDocument(
        reference=reference,
        kind=Kind.ACT,
        files=(
            *(AnnouncedFile(path, role, FileReference(path, 7, modified)) for path, role in listed),
            *(AnnouncedFile(path, Role.ANNEX, None) for path in missing),
        ),
        readings=readings,
    )


def a_collection(
    documents: Iterable[AnnouncedDocument] = (),
    *,
    run: str = "run-1",
    connector: str = CONNECTOR,
    waste: Sequence[FileReference] = (),
    findings: Sequence[Finding] = (),
) -> CollectionStart:
    """The announcement of one run, with the ids that the chain gives."""
    announced = {document_id(connector, document): document for document in documents}
    return CollectionStart(
        id=f"{connector}:{run}",
        connector=connector,
        run_id=run,
        window="tout ce qui est arrivé",
        profile=Digest.of(b"profile"),
        listing_paths=sum(len(document.files) for document in announced.values()) + len(waste),
        listing=Digest.of("\n".join(announced).encode()),
        documents=announced,
        waste=tuple(waste),
        findings=tuple(findings),
    )


def a_collected_document(
    announced: AnnouncedDocument,
    *,
    key: str = "",
    content: bytes = b"contenu",
    connector: str = CONNECTOR,
    run: str = "run-1",
) -> SourceDocument:
    """The document with its files in staging: the same bytes in each but the missing ones."""
    return SourceDocument(
        id=document_id(connector, announced),
        connector=connector,
        collection=f"{connector}:{run}",
        reference=announced.reference,
        kind=announced.kind,
        files=tuple(_brought(file, content) for file in announced.files),
        readings=announced.readings,
        record_key=key,
        row=announced.row,
        attests=announced.attests,
    )


def _brought(file: AnnouncedFile, content: bytes) -> CollectedFile:
    if file.reference is None:
        return CollectedFile(file.path, file.role, None, None)
    modified = datetime.fromtimestamp(file.reference.modified, UTC)
    return CollectedFile(
        file.path, file.role, a_fixity(content), modified, "fmt/95", "application/pdf", "Acrobat PDF/A"
    )


def a_finding(code: str = "FORMAT_MISMATCH", *, blocks: bool = True) -> Finding:
    severity = Severity.SET_ASIDE if blocks else Severity.REMARK
    return Finding(code, severity, f"Constat {code}.")


def a_transfer(
    members: Sequence[SourceDocument],
    *,
    name: str = "versement-1",
    run: str = "run-1",
    units: Sequence[PlannedUnit] | None = None,
    follows: str = "",
) -> Transfer:
    """A frozen transfer; when its units are not given, one for each member's main file, keyed by the record."""
    planned = tuple(units) if units is not None else tuple(_unit(i, member) for i, member in enumerate(members))
    return Transfer(
        id=name,
        connector=CONNECTOR,
        collection=f"{CONNECTOR}:{run}",
        target="essai",
        archival_agreement="IC-000001",
        profile=Digest.of(b"profile"),
        manifest=a_fixity(b"manifest"),
        size=1234,
        unit_count=len(planned),
        members=tuple(member.id for member in members),
        units=planned,
        entries=(PackedEntry("content/1.pdf", a_fixity()),),
        follows=follows,
    )


def _unit(position: int, member: SourceDocument) -> PlannedUnit:
    return PlannedUnit(
        key=member.record_key,
        xml_id=f"AU{position}",
        document_id=member.id,
        path=member.reference,
        object_xml_id="BDO1",
        digest=a_fixity().digest,
    )


def system_ids(transfer: Transfer) -> Mapping[str, str]:
    """A SystemId for each of a transfer's units, by the unit's id in the manifest."""
    return {unit.xml_id: f"guid-{transfer.id}-{unit.xml_id}" for unit in transfer.units}


def an_attempt(transfer_id: str = "versement-1", *, name: str = "tentative-1", now: datetime = NOON) -> Attempt:
    """A try that may send for an hour, under a lease of two."""
    return Attempt(
        id=name,
        transfer_id=transfer_id,
        state=AttemptState.SENDING,
        lease_until=now + timedelta(hours=2),
        deadline=now + timedelta(hours=1),
    )
