"""What an organisation says of eliminations and of the footprint of what it stores."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from versement.profiles.forms import Between, Number, OptionalText, Text, Whole
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
    footprint: Footprint = Field(Footprint(), title="Empreinte", description="Facteur d’émission du stockage.")
