"""Acts about a person: what may not be open to all, nor carry a name in a title."""

from __future__ import annotations

from collections.abc import Collection

from versement.domain.classification import CODE
from versement.domain.documents import Field, Metadata
from versement.domain.identity import IdActe, normalised_number, siren_of

NATURE = "AI"
MATTERS = ("4", "8.2", "2.3")
"""Public service, social aid, droit de préemption: codes of matières whose acts name persons."""


def is_individual(metadata: Metadata, social_bodies: Collection[str]) -> bool:
    """Whether an act is taken to be about a person.

    Individual by nature, in a matière whose acts name persons, or by a body of social aid.

    Args:
        metadata: of the act.
        social_bodies: SIREN of each CCAS or CIAS.
    """
    identifier = IdActe.parse(metadata.text(Field.ID_ACTE))
    nature = metadata.text(Field.NATURE) or (identifier.nature if identifier else "")
    return nature == NATURE or in_matters(metadata.text(Field.MATTER)) or of_social_body(metadata, social_bodies)


def of_social_body(metadata: Metadata, social_bodies: Collection[str]) -> bool:
    """Whether a body of social aid took the act, or sat."""
    return siren_of(metadata) in social_bodies


def in_matters(code: str) -> bool:
    """Whether a matière is one whose acts name persons, or may be: one that is said and cannot be read, or its class.

    None, when the source says none, is no matière.
    """
    if code and CODE.fullmatch(code) is None:
        return True
    return any(f"{code}.".startswith(f"{matter}.") or matter.startswith(f"{code}.") for matter in MATTERS)


def neutral_name(metadata: Metadata) -> str:
    """Words for an act that say nothing of the person: its number alone."""
    number = normalised_number(metadata.text(Field.NUMBER))
    return f"Acte individuel n° {number}" if number else "Acte individuel"
