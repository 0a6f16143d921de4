"""What profiles say of documents set aside: who decides, and where corrected files are dropped."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from versement.profiles.forms import OptionalText, Text
from versement.profiles.strict import Strict


class Arbitrage(Strict):
    """Arbitrage : à qui sont posées les questions sur les documents mis de côté."""

    respondents: tuple[Text, ...] = Field(
        (),
        title="Répondants",
        description="Identifiants, dans Airflow, de ceux qui peuvent répondre : le nom de connexion, ou avec FAB le "
        "numéro du compte. Vide : aucune question n’est posée.",
    )


Corrections = Annotated[
    OptionalText,
    Field(
        title="Corrections",
        description="Dossier du dépôt où sont déposés les fichiers corrigés, chacun sous le chemin de celui qu’il "
        "remplace ; vide : il n’y en a pas.",
    ),
]
