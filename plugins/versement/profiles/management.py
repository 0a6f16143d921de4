"""The table of management rules of an organisation: which records, which fate, which access, on what ground."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from versement.profiles.forms import Between, Identifier, Matter, Name, OptionalText, Siren, Text, Truth, Whole, refusal
from versement.profiles.records import Family, FieldCode, Nature
from versement.profiles.strict import Strict

Unit = Literal["Day", "Month", "Year"]
Start = Literal[
    "act_date",
    "received_date",
    "document_date",
    "latest_date",
    "notified_date",
    "signed_date",
    "end_date",
    "birth_date",
    "period_end",
]


EVENTS: Mapping[Start, str] = MappingProxyType(
    {
        "act_date": "la date de l’acte",
        "document_date": "la date du document",
        "latest_date": "la date du plus récent document du dossier",
        "received_date": "la réception par la préfecture",
        "notified_date": "la notification",
        "signed_date": "la signature",
        "end_date": "la date de fin",
        "birth_date": "la naissance",
        "period_end": "le dernier jour de la période",
    }
)
"""Events that start a delay, in French, with their article."""


def event_in_words(event: Start, family: Family) -> str:
    """What starts a delay, as an archivist calls it for the records of a family; it reads after « depuis »."""
    return "la fin de l’exécution du marché" if (event, family) == ("end_date", "marches") else EVENTS[event]


class _Rule(Strict):
    rule: Identifier = Field(title="Règle", description="Identifiant de la règle dans le référentiel du coffre.")
    duration: Annotated[Whole, Between(0, 999)] = Field(
        title="Durée", description="Durée de la règle, en nombre d’unités."
    )
    unit: Unit = Field("Year", title="Unité", description="Day (jours), Month (mois) ou Year (années).")
    start: Start = Field(
        "act_date",
        title="Départ",
        description="Événement qui fait courir la durée : act_date, date de l’acte ; received_date, date de réception "
        "par la préfecture ; document_date, date du document ; latest_date, date du plus récent document du dossier ; "
        "notified_date, notification ; signed_date, signature ; end_date, fin, et pour un marché fin de son "
        "exécution ; birth_date, naissance ; period_end, dernier jour de la période. Jamais deviné : s’il est inconnu, "
        "il reste à compléter.",
    )
    text: Text = Field(title="Texte", description="Texte qui fonde la règle.")
    article: Text = Field(title="Article", description="Article ou rubrique de ce texte.")


class AppraisalRule(_Rule):
    """Durée d’utilité administrative et sort final."""

    final_action: Literal["Keep", "Destroy"] = Field(
        title="Sort final", description="Keep : conserver. Destroy : éliminer."
    )
    validated: Truth = Field(
        title="Validée",
        description="true si les Archives départementales ont validé cette règle, false sinon. Un Destroy non "
        "validé n’est jamais versé : ses documents sont mis de côté.",
    )


class AccessRule(_Rule):
    """Délai de communicabilité."""


class ManagementRule(Strict):
    """Une ligne du tableau des règles : à quels documents, quelle durée, quel accès."""

    name: Name = Field(title="Nom", description="Nom de la ligne, repris dans les constats.")
    family: Family = Field(
        "actes", title="Famille", description="Documents couverts : actes, marches, paie, agents ou documents."
    )
    natures: tuple[Nature, ...] = Field(
        (),
        title="Natures",
        description="Pour les actes, natures couvertes : DE délibérations, AR actes réglementaires, AI actes "
        "individuels, CC contrats, BF documents budgétaires, AU autres.",
    )
    matters: tuple[Matter, ...] = Field(
        (),
        title="Matières",
        description="Pour les actes, codes de matière couverts avec leurs subdivisions (4 couvre 4.1). Vide : "
        "toutes, même inconnue.",
    )
    sirens: tuple[Siren, ...] = Field(
        (), title="SIREN", description="Pour les actes, SIREN couverts, comme celui du CCAS. Vide : tous."
    )
    names_nobody: Truth = Field(
        False,
        title="Ne nomme personne",
        description="Pour des délibérations et actes réglementaires de matière 4, 8.2 ou 2.3 : true s’ils ne nomment "
        "personne ; ils gardent alors leur objet et peuvent être ouverts à tous. L’archiviste en répond.",
    )
    when: Mapping[FieldCode, Annotated[tuple[OptionalText, ...], Field(min_length=1)]] = Field(
        {},
        title="Quand",
        description='Pour les autres familles, valeurs que doivent avoir certains champs, comme phase: ["3"]. '
        "Vide : tous les documents de la famille.",
    )
    appraisal: AppraisalRule | None = Field(
        None, title="Sort final", description="Durée et sort final ; absent : aucun n’est déclaré."
    )
    access: AccessRule = Field(title="Accès", description="Délai au bout duquel chacun peut y accéder.")

    @model_validator(mode="after")
    def _covers_what_its_family_has(self) -> Self:
        if self.family == "actes" and not self.natures:
            raise refusal("les natures d’actes que cette ligne couvre (natures)", "aucune")
        if self.family == "actes" and self.when:
            raise refusal("des natures et des matières, pour la famille actes", "when")
        if self.family != "actes" and (self.natures or self.matters):
            raise refusal("when, pour cette famille", "natures ou matters")
        return self

    @property
    def sendable(self) -> bool:
        """False when it would destroy and nobody validated it."""
        appraisal = self.appraisal
        return appraisal is None or appraisal.final_action == "Keep" or appraisal.validated
