"""The archival tree of délibérations: séance › délibération › acte, annexes, ARActe.

The series above belongs to the plan de classement: the ingest contract attaches séances to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from versement.domain.documents import CollectedFile, Field, Kind, Metadata, Role, SourceDocument
from versement.domain.errors import Defect
from versement.domain.identity import act_key, seance_key
from versement.profiles.models import Organisation
from versement.profiles.rules import rule_for
from versement.seda.model import ArchiveUnit, Attachment, BinaryObject, Event, Keyword, Rule

EVENTS = (
    (Field.SENT, "TRANSMISSION", "Transmission au contrôle de légalité"),
    (Field.RECEIVED, "AR", "Réception par la préfecture"),
    (Field.PUBLISHED, "PUBLICATION", "Publication"),
    (Field.CANCELLED, "ANNULATION", "Annulation de la transmission"),
)
"""What befell an act, as SEDA events: field of the date, type code, French label."""

TITLES = {
    Kind.ACKNOWLEDGEMENT: "Accusé de réception de la préfecture (ARActe)",
    Kind.CANCELLATION: "Accusé de réception de l’annulation (ARAnnulation)",
}


@dataclass(frozen=True, slots=True)
class ActBranch:
    """One act and what comes with it in the same transfer.

    Attributes:
        act: the act's document; its files make items unless `held`.
        held: the act is already in the archive and only receives children.
        attestations: acknowledgements and cancellations of this act.
    """

    act: SourceDocument
    held: bool
    attestations: tuple[SourceDocument, ...]


def day_of(document: SourceDocument) -> date:
    """Date of the act.

    Raises:
        Defect: qualification let a document without date through.
    """
    day = document.metadata.date(Field.DATE)
    if day is None:
        raise Defect(
            f"« {document.reference} » est qualifié sans date : signalez-le aux développeurs.",
            detail="qualified document without date",
        )
    return day


MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


def in_words(day: date) -> str:
    """`1er mars 2026`."""
    return f"{day.day}{'er' if day.day == 1 else ''} {MONTHS[day.month - 1]} {day.year}"


def seance_unit(organisation: Organisation, branches: Sequence[ActBranch], *, held: bool) -> ArchiveUnit:
    """The séance of these new acts (same date), already in the archive or to be created."""
    first = branches[0].act
    day, key = day_of(first), seance_key(first.metadata)
    return ArchiveUnit(
        key=key,
        level="File",
        title=f"Séance du {in_words(day)}",
        originating_system_id=key,
        start_date=day,
        end_date=day,
        attach_to=Attachment(key) if held else None,
        children=tuple(act_unit(organisation, branch) for branch in branches),
    )


def act_unit(organisation: Organisation, branch: ActBranch) -> ArchiveUnit:
    act, metadata = branch.act, branch.act.metadata
    key = act_key(act.record_key)
    documents = branch.attestations if branch.held else (act, *branch.attestations)
    children = tuple(_item(item, day_of(document)) for document in documents for item in items_of(document))
    if branch.held:
        return ArchiveUnit(
            key=key,
            level="File",
            title=metadata.text(Field.TITLE),
            originating_system_id=key,
            attach_to=Attachment(key),
            children=children,
        )
    matter = " ".join(filter(None, (metadata.text(Field.MATTER), metadata.text(Field.MATTER_NAME))))
    return ArchiveUnit(
        key=key,
        level="File",
        title=metadata.text(Field.TITLE),
        originating_system_id=key,
        agency_identifier=metadata.text(Field.NUMBER),
        document_type="Délibération" if metadata.text(Field.NATURE) == "DE" else "Acte",
        keywords=(Keyword(matter),) if matter else (),
        transacted_date=metadata.date(Field.DATE),
        sent_date=metadata.date(Field.SENT),
        received_date=metadata.date(Field.RECEIVED),
        start_date=day_of(act),
        end_date=day_of(act),
        events=_events(metadata),
        rules=_rules(organisation, metadata),
        children=children,
    )


def _events(metadata: Metadata) -> tuple[Event, ...]:
    dated = ((metadata.date(name), code, label) for name, code, label in EVENTS)
    return tuple(Event(type_code=code, type=label, when=when) for when, code, label in dated if when)


def items_of(document: SourceDocument) -> tuple[tuple[str, str, CollectedFile], ...]:
    """Key, title and file of each item that a document makes."""
    if document.kind is not Kind.ACT:
        return ((document.record_key, TITLES[document.kind], document.files[0]),)
    key = act_key(document.record_key)
    items, annexes, messages = [], 0, 0
    for file in document.files:
        if file.role is Role.ANNEX:
            annexes += 1
            items.append((f"{key}#annexe-{annexes}", file.name, file))
        elif file.role is Role.ACT:
            items.append((f"{key}#acte", "Acte", file))
        else:
            messages += 1
            suffix = f"-{messages}" if messages > 1 else ""
            items.append((f"{key}#message{suffix}", "Message de transmission (ACTES)", file))
    return tuple(items)


def _item(item: tuple[str, str, CollectedFile], day: date) -> ArchiveUnit:
    key, title, file = item
    if file.fixity is None:
        raise Defect(
            f"« {file.path} » est empaqueté sans contenu : signalez-le aux développeurs.",
            detail="packaging a file without bytes",
        )
    return ArchiveUnit(
        key=key,
        level="Item",
        title=title,
        originating_system_id=key,
        start_date=day,
        end_date=day,
        object=BinaryObject(
            fixity=file.fixity,
            filename=file.name,
            last_modified=file.modified,
            puid=file.puid,
            mime=file.mime,
            format_name=file.format_name,
        ),
    )


def _rules(organisation: Organisation, metadata: Metadata) -> tuple[Rule, ...]:
    row = rule_for(organisation, metadata.text(Field.NATURE), metadata.text(Field.MATTER))
    if row is None:
        raise Defect(
            "Un acte sans règle d’accès est arrivé à l’empaquetage : signalez-le aux développeurs.",
            detail="packaging an act without management rule",
        )
    rules = []
    if row.appraisal is not None:
        start = _start(row.appraisal.start, metadata)
        rules.append(Rule("AppraisalRule", row.appraisal.rule, start, row.appraisal.final_action))
    rules.append(Rule("AccessRule", row.access.rule, _start(row.access.start, metadata)))
    return tuple(rules)


def _start(event: str, metadata: Metadata) -> date | None:
    return metadata.date(Field.RECEIVED if event == "received_date" else Field.DATE)
