"""The archival tree of actes: séance, or year of its nature › acte › its files, annexes, ARActe.

The series above belongs to the plan de classement: the ingest contract attaches séances and years to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from versement.domain.dates import in_words
from versement.domain.documents import Field, Metadata, SourceDocument
from versement.domain.errors import Defect
from versement.domain.identity import act_key, seance_key, slug
from versement.profiles.management import ManagementRule
from versement.profiles.models import Organisation, Profile
from versement.seda.model import ArchiveUnit, Attachment, Event, Keyword
from versement.steps.act_items import Item, items_of, shown_name
from versement.steps.filing import filed
from versement.steps.individual import names_persons, rule_of, title_of
from versement.steps.placing import Placed, object_of
from versement.steps.starts import rules_group, rules_of

EVENTS = (
    (Field.SENT, "TRANSMISSION", "Transmission au contrôle de légalité"),
    (Field.RECEIVED, "AR", "Réception par la préfecture"),
    (Field.PUBLISHED, "PUBLICATION", "Publication"),
    (Field.CANCELLED, "ANNULATION", "Annulation de la transmission"),
)
"""What befell an act, as SEDA events: field of the date, type code, French label."""


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


def placed_act(profile: Profile, act: SourceDocument, attestations: Sequence[SourceDocument]) -> Placed:
    """A new act under what its nature asks for, else its séance, with what attests it."""
    organisation, members = profile.organisation, (act, *attestations)
    row = rule_of(organisation, act)
    if row is None:
        raise Defect(
            "Un acte sans règle d’accès est arrivé à l’empaquetage : signalez-le aux développeurs.",
            detail="packaging an act without management rule",
        )
    unit = _act_unit(act, row, title_of(organisation, act))
    unit = replace(unit, children=tuple(_items(members, neutral=names_persons(organisation, act))))
    return Placed(unit, tuple(filed(profile, act)) or (seance_unit(act),), members, group=rules_group(row))


def placed_attestations(
    organisation: Organisation, act: SourceDocument, attestations: Sequence[SourceDocument]
) -> Placed:
    """What attests an act that the archive holds already: it goes under it."""
    key = act_key(act.record_key)
    unit = ArchiveUnit(
        key=key,
        level="File",
        title=title_of(organisation, act),
        originating_system_id=key,
        attach_to=Attachment(key),
        children=tuple(_items(attestations, neutral=names_persons(organisation, act))),
    )
    return Placed(unit, (), tuple(attestations))


def placed_piece(organisation: Organisation, piece: SourceDocument) -> Placed:
    """A piece under its séance, with what signs or proves it."""
    row = rule_of(organisation, piece)
    if row is None:
        raise Defect(
            "Une pièce de séance sans règle d’accès est arrivée à l’empaquetage : signalez-le aux développeurs.",
            detail="packaging a piece of a séance without management rule",
        )
    first, *others = _items((piece,), neutral=names_persons(organisation, piece))
    unit = replace(first, rules=rules_of(row, piece.metadata))
    if others:
        file = replace(first, key=f"{first.key}-fichier", originating_system_id=f"{first.key}-fichier")
        unit = replace(unit, level="File", object=None, children=(file, *others))
    return Placed(unit, (seance_unit(piece),), (piece,), group=rules_group(row))


def seance_unit(document: SourceDocument) -> ArchiveUnit:
    """The séance that took an act, or that a piece is of: one for each SIREN, day and body."""
    day, key = day_of(document), seance_key(document.metadata)
    body = clean_body(document.metadata) if key.count("/") > SEANCE_OF_ALL else ""
    return ArchiveUnit(
        key=key,
        level="File",
        title=f"Séance du {in_words(day)}{body}",
        originating_system_id=key,
        start_date=day,
        end_date=day,
    )


SEANCE_OF_ALL = 2
"""Slashes in the key of a séance whose body is not told apart."""


def clean_body(metadata: Metadata) -> str:
    """The body that sat, as the title of its séance ends."""
    return f" – {slug(metadata.text(Field.ASSEMBLY)).replace('-', ' ')}"


def _items(documents: Sequence[SourceDocument], *, neutral: bool) -> Iterator[ArchiveUnit]:
    seen: set[str] = set()
    for document in documents:
        for item in items_of(document, neutral=neutral):
            if item[0] not in seen:  # two late documents of one act may bring the same proof
                seen.add(item[0])
                yield _item(item, day_of(document), shown_name(item, neutral=neutral))


def _act_unit(act: SourceDocument, row: ManagementRule, title: str) -> ArchiveUnit:
    metadata = act.metadata
    key = act_key(act.record_key)
    matter = " ".join(filter(None, (metadata.text(Field.MATTER), metadata.text(Field.MATTER_NAME))))
    return ArchiveUnit(
        key=key,
        level="File",
        title=title,
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


def _item(item: Item, day: date, name: str) -> ArchiveUnit:
    key, title, file = item
    return ArchiveUnit(
        key=key,
        level="Item",
        title=title,
        originating_system_id=key,
        start_date=day,
        end_date=day,
        object=object_of(file, name),
    )
