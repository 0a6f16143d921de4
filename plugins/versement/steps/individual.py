"""Acts about persons: which they are for an organisation, the rule that they must have, the words that name them."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from versement.domain.documents import Field, Finding, Kind, Metadata, Readings, SourceDocument, Value, ValueSource
from versement.domain.identity import IdActe
from versement.domain.individual import is_individual, neutral_name, of_social_body
from versement.domain.qualification import blocking
from versement.profiles.management import ManagementRule
from versement.profiles.models import Organisation
from versement.profiles.rules import rule_for

COLLECTIVE = ("DE", "AR")
"""Natures of acts that a row of the table may declare to name nobody."""


def rule_of(organisation: Organisation, document: SourceDocument) -> ManagementRule | None:
    """The row that governs an act, or a piece of a séance: that of the délibérations of no known matière."""
    metadata = document.metadata
    if document.kind is Kind.SEANCE:
        metadata = Metadata(MappingProxyType({**metadata.values, Field.NATURE: Value("DE", ValueSource.PROFILE)}))
    return rule_for(organisation, "actes", metadata)


def names_persons(organisation: Organisation, document: SourceDocument) -> bool:
    """Whether what is said of a document, or the name of its files, may name a person."""
    metadata, bodies = document.metadata, organisation.social_bodies
    if of_social_body(metadata, bodies):
        return True
    if document.kind is Kind.SEANCE or not is_individual(metadata, bodies):
        return False
    row = rule_of(organisation, document)
    return not (row is not None and row.names_nobody and metadata.text(Field.NATURE) in COLLECTIVE)


def title_of(organisation: Organisation, act: SourceDocument) -> str:
    """The act's objet, or neutral words where it may name a person."""
    return neutral_name(act.metadata) if names_persons(organisation, act) else act.metadata.text(Field.TITLE)


def closed_enough(organisation: Organisation, document: SourceDocument, rule: ManagementRule) -> Iterator[Finding]:
    """What names persons is never sent under a rule that opens it at once."""
    if rule.access.duration == 0 and names_persons(organisation, document):
        yield blocking(
            "ACCESS_OPEN",
            f"« {document.reference} » : la règle « {rule.name} » l’ouvrirait à tous dès à présent, alors qu’il peut "
            "nommer une personne (acte individuel, matière 4, 8.2 ou 2.3, CCAS). Ajoutez avant elle une ligne qui lui "
            "soit propre ; si ces délibérations ou arrêtés ne nomment personne, écrivez-y names_nobody: true.",
        )


def with_own_siren(organisation: Organisation, kind: Kind, readings: Readings) -> Readings:
    """The SIREN of an organisation that has only one, for what does not say whose it is.

    Only what a tool describes, pieces of séances, and exchanges, which find their act: a bare act may be anybody's.
    """
    metadata = Metadata.settled(readings)
    described = any(value.source is ValueSource.METADATA for _, value in readings)
    known = metadata.text(Field.SIREN) or IdActe.parse(metadata.text(Field.ID_ACTE))
    if known or not (described or kind in (Kind.SEANCE, Kind.EXCHANGE)) or len(organisation.sirens) != 1:
        return readings
    return (*readings, (Field.SIREN, Value(organisation.sirens[0], ValueSource.PROFILE)))
