"""The archival tree of actes: séance › acte › its files, annexes, ARActe.

The series above belongs to the plan de classement: the ingest contract attaches séances to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from versement.domain.dates import in_words
from versement.domain.documents import CollectedFile, Field, Kind, Metadata, Role, SourceDocument
from versement.domain.errors import Defect
from versement.domain.identity import act_key, seance_key
from versement.profiles.management import ManagementRule
from versement.profiles.models import Organisation
from versement.profiles.rules import rule_for
from versement.seda.model import ArchiveUnit, Attachment, Event, Keyword
from versement.steps.placing import Placed, object_of
from versement.steps.starts import rules_group, rules_of

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


def placed_act(organisation: Organisation, act: SourceDocument, attestations: Sequence[SourceDocument]) -> Placed:
    """A new act under its séance, with what attests it."""
    members = (act, *attestations)
    row = rule_for(organisation, "actes", act.metadata)
    if row is None:
        raise Defect(
            "Un acte sans règle d’accès est arrivé à l’empaquetage : signalez-le aux développeurs.",
            detail="packaging an act without management rule",
        )
    unit = replace(_act_unit(act, row), children=tuple(_items(members)))
    return Placed(unit, (seance_unit(act),), members, group=rules_group(row))


def placed_attestations(act: SourceDocument, attestations: Sequence[SourceDocument]) -> Placed:
    """What attests an act that the archive holds already: it goes under it."""
    key = act_key(act.record_key)
    unit = ArchiveUnit(
        key=key,
        level="File",
        title=act.metadata.text(Field.TITLE),
        originating_system_id=key,
        attach_to=Attachment(key),
        children=tuple(_items(attestations)),
    )
    return Placed(unit, (), tuple(attestations))


def seance_unit(act: SourceDocument) -> ArchiveUnit:
    """The séance that took an act: one for each SIREN and day."""
    day, key = day_of(act), seance_key(act.metadata)
    return ArchiveUnit(
        key=key,
        level="File",
        title=f"Séance du {in_words(day)}",
        originating_system_id=key,
        start_date=day,
        end_date=day,
    )


def _items(documents: Sequence[SourceDocument]) -> Iterator[ArchiveUnit]:
    return (_item(item, day_of(document)) for document in documents for item in items_of(document))


def _act_unit(act: SourceDocument, row: ManagementRule) -> ArchiveUnit:
    metadata = act.metadata
    key = act_key(act.record_key)
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
        rules=rules_of(row, metadata),
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
    return ArchiveUnit(
        key=key,
        level="Item",
        title=title,
        originating_system_id=key,
        start_date=day,
        end_date=day,
        object=object_of(file),
    )
