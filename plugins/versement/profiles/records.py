"""What a connector profile says of records that are no acts: fields, identity, tree. Families give defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from versement.domain import documents
from versement.domain.mapping import ROOTS, TRANSFORMS
from versement.domain.titles import fields_of
from versement.profiles.forms import Form, OptionalText, Text, Truth, refusal
from versement.profiles.strict import Strict

Family = Literal["actes", "marches", "paie", "agents", "documents"]
Nature = Literal["DE", "AR", "AI", "CC", "BF", "AU"]

FIELDS = {name.name.lower(): name for name in documents.Field}
"""Fields of metadata by their code in a profile."""

FieldCode = Annotated[
    str, Form("|".join(sorted(FIELDS)), f"un champ connu ({', '.join(sorted(FIELDS))})", FIELDS.__contains__)
]
DottedPath = Annotated[
    str,
    Form(
        rf"(?:{'|'.join(ROOTS)})(?:\.[^.\x00-\x1f]{{1,100}}){{1,8}}",
        f"un chemin pointé qui commence par {', '.join(f'{root}.' for root in ROOTS)}",
    ),
]
Transform = Annotated[
    str, Form("|".join(sorted(TRANSFORMS)), f"une transformation connue ({', '.join(sorted(TRANSFORMS))})")
]


def _known_fields(text: str) -> bool:
    names = fields_of(text)
    return names is not None and all(name in FIELDS for name in names)


Title = Annotated[
    str,
    Form(
        r"[^\x00-\x1f\x7f\u2028\u2029]{1,500}",
        "un texte où {champ} nomme un champ connu, comme « Marché {market} »",
        _known_fields,
    ),
]
OptionalTitle = Annotated[str, Form(r"|[^\x00-\x1f\x7f\u2028\u2029]{1,500}", "un tel texte, ou rien", _known_fields)]
Level = Literal[
    "Fonds", "Subfonds", "Class", "Collection", "Series", "Subseries", "RecordGrp", "SubGrp", "File", "Item"
]


class FieldOrigin(Strict):
    """D’où vient un champ."""

    read: tuple[DottedPath, ...] = Field(
        (),
        title="Lire",
        description="Chemins pointés, dans l’ordre : le premier qui donne une valeur est retenu. "
        "index. (colonne de l’index), metadata. (fichier de métadonnées), notice. (données essentielles), path. "
        "(parties nommées du chemin, et name, stem, extension, folder), organisation. (siren, label).",
    )
    transform: tuple[Transform, ...] = Field(
        (), title="Transformer", description="Transformations nommées, appliquées dans l’ordre à la valeur lue."
    )
    codes: Mapping[Text, OptionalText] = Field(
        {},
        title="Table",
        description="Table de correspondance appliquée en dernier : valeur lue, valeur retenue. Une valeur absente de "
        "la table est gardée telle quelle.",
    )
    value: OptionalText = Field("", title="Valeur fixe", description="Retenue quand rien n’est lu.")

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> Self:
        if not self.read and not self.value:
            raise refusal("au moins un chemin (read) ou une valeur fixe (value)", "ni l’un ni l’autre")
        return self


class _Shape(Strict):
    level: Level = Field("Item", title="Niveau", description="DescriptionLevel du SEDA.")
    title: Title = Field(title="Intitulé", description="Title : texte où {champ} est remplacé par sa valeur.")
    description: OptionalTitle = Field("", title="Description", description="Description : un tel texte, ou rien.")
    document_type: OptionalText = Field("", title="Type", description="DocumentType, ou rien.")
    keywords: tuple[FieldCode, ...] = Field((), title="Mots-clés", description="Champs repris en mots-clés.")
    agency_identifier: FieldCode | None = Field(
        None,
        title="Identifiant du producteur",
        description="Champ repris comme OriginatingAgencyArchiveUnitIdentifier.",
    )


class Branch(_Shape):
    """Une unité au-dessus des documents : elle n’est versée qu’une fois, même si ses pièces arrivent plus tard."""

    level: Level = Field("RecordGrp", title="Niveau", description="DescriptionLevel du SEDA.")
    key: Annotated[tuple[FieldCode, ...], Field(min_length=1)] = Field(
        title="Clé",
        description="Champs qui, avec ceux des branches au-dessus, font la clé de l’unité. Un document auquel il en "
        "manque un est mis de côté, sauf si la branche est facultative.",
    )
    optional: Truth = Field(
        False, title="Facultative", description="true : un document sans ces champs se range sous la branche d’avant."
    )
    natures: tuple[Nature, ...] = Field(
        (),
        title="Natures",
        description="Famille actes, et elle seule : natures des actes que cette branche range ; sa clé et son intitulé "
        "n’ont alors que year, nature ou date. Les actes des autres natures restent sous la séance de leur jour.",
    )


class UnitShape(_Shape):
    """L’unité d’un document."""


OF_EVERY_ACT = frozenset({"year", "nature", "date"})
"""Fields that no act in the archive lacks, its SIREN aside, which each of its branches' keys begins with."""


def check_branches(family: Family, tree: Iterable[Branch]) -> None:
    """Refuse what a tree of acts, or of any other records, cannot have.

    What a branch of acts says never depends on which act came first: it is made of its key alone.
    """
    for branch in tree:
        if family != "actes":
            if branch.natures:
                raise refusal("natures pour la famille actes seulement", "dans une autre")
        elif not branch.natures or branch.optional:
            raise refusal(
                "les natures (natures) de chaque branche d’actes, dont aucune n’est facultative", "autre chose"
            )
        elif not OF_EVERY_ACT.issuperset(branch.key) or not set(branch.key).issuperset(_said(branch)):
            raise refusal(
                "year, nature ou date dans la clé d’une branche d’actes, et ce qui est en clé ailleurs", "plus"
            )


def _said(branch: Branch) -> Iterable[str]:
    """Fields whose value a branch shows."""
    named = (*(fields_of(branch.title) or ()), *(fields_of(branch.description) or ()), *branch.keywords)
    return (*named, branch.agency_identifier) if branch.agency_identifier else named
