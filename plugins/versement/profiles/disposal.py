"""What an organisation says of eliminations and of the footprint of what it stores."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from versement.profiles.forms import Between, Day, Name, Number, OptionalDay, OptionalText, Text, Whole, refusal
from versement.profiles.strict import Strict


class Footprint(Strict):
    """Empreinte du stockage : ordre de grandeur."""

    kilograms: Annotated[Number, Between(0.0001, 100)] = Field(
        0.0116,
        title="Facteur",
        description="kgCO2e par unité stockée et par an, pour une copie. Ordre de grandeur : de 0,0116 à 0,28.",
    )
    unit: Literal["Go", "Gio"] = Field(
        "Gio", title="Unité", description="Unité du facteur : Go (10⁹ octets) ou Gio (2³⁰ octets, comme Archifiltre)."
    )
    copies: Annotated[Whole, Between(1, 20)] = Field(
        2, title="Copies", description="Nombre de copies que tient le système d’archivage."
    )
    source: Text = Field(
        "Archifiltre (2024), d’après la Base IMPACTS Numérique de l’ADEME",
        title="Source",
        description="D’où vient le facteur, avec sa date.",
    )


class Hold(Strict):
    """Gel : des documents qui ne s’éliminent pas tant qu’il n’est pas levé."""

    name: Name = Field(title="Nom", description="Nom du gel, repris par les bordereaux.")
    reason: Text = Field(title="Motif", description="Pourquoi, comme « Contentieux en cours, dossier 2026-12 ».")
    since: Day = Field(title="Depuis", description="Premier jour du gel.")
    lifted: OptionalDay = Field("", title="Levé", description="Premier jour où il ne vaut plus ; vide : il vaut.")
    rules: tuple[Text, ...] = Field(
        (), title="Règles", description="Noms de lignes du tableau des règles : tout document qu’elles couvrent."
    )
    connectors: tuple[Name, ...] = Field((), title="Connecteurs", description="Tout document de ces connecteurs.")
    references: tuple[Text, ...] = Field(
        (), title="Références", description="Références des documents, telles que le bilan les montre (* et ? permis)."
    )

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if not (self.rules or self.connectors or self.references):
            raise refusal(
                "au moins une règle (rules), un connecteur (connectors) ou une référence (references)", "rien"
            )
        if self.lifted and self.lifted <= self.since:
            raise refusal("une levée (lifted) après le début du gel (since)", "avant, ou le même jour")
        return self


class Disposal(Strict):
    """Éliminations, et empreinte de ce qui est évité."""

    signatory: OptionalText = Field(
        "",
        title="Signataire",
        description="Qui signe les bordereaux d’élimination, comme « Le maire ». Vide : aucun n’est proposé.",
    )
    service: OptionalText = Field("", title="Service", description="Direction ou service, en tête du bordereau.")
    agent: OptionalText = Field("", title="Agent en charge", description="Qui prépare les éliminations.")
    originals: Annotated[Whole, Between(1, 9)] = Field(
        2, title="Originaux", description="Nombre d’originaux que demandent les Archives départementales."
    )
    holds: tuple[Hold, ...] = Field(
        (), title="Gels", description="Documents qui ne s’éliminent pas : les bordereaux les laissent et le disent."
    )
    footprint: Footprint = Field(Footprint(), title="Empreinte", description="Facteur d’émission du stockage.")
