"""The rubrique of a piece of an agent's file, in the words of the organisation's table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from versement.domain.documents import Field, Finding, Readings, SourceDocument
from versement.domain.qualification import blocking
from versement.profiles.models import Profile


def with_rubrique(profile: Profile, readings: Readings) -> Readings:
    """The readings, each rubrique by its title in the table; one that the table does not know stays as it is."""
    table = profile.nomenclature
    if table is None:
        return readings
    known = {value.text: table.rubrique(value.text) for name, value in readings if name is Field.SECTION}
    return tuple(
        (name, replace(value, text=rubrique.title))
        if name is Field.SECTION and (rubrique := known[value.text])
        else (name, value)
        for name, value in readings
    )


def rubrique_findings(profile: Profile, document: SourceDocument) -> Iterator[Finding]:
    """A piece whose rubrique is none of the table's, or is not kept after current management."""
    written = document.metadata.text(Field.SECTION)
    if profile.nomenclature is None or not written:
        return
    rubrique = profile.nomenclature.rubrique(written)
    if rubrique is None:
        yield blocking(
            "RUBRIQUE_UNKNOWN",
            f"« {document.reference} » : sa rubrique n’est pas dans le tableau des rubriques du dossier d’agent "
            f"({profile.nomenclature.text}). Corrigez la source, ou ajoutez ce nom au tableau de l’organisation.",
        )
    elif rubrique.fate == "destruction":
        yield blocking(
            "RUBRIQUE_NOT_KEPT",
            f"« {document.reference} » : la rubrique « {rubrique.title} » est détruite après sa gestion courante, "
            "elle n’entre pas en archivage intermédiaire. Retirez cette pièce du dépôt, ou corrigez le tableau des "
            "rubriques.",
        )
