"""What a target says of SIPs that are too large for HTTPS."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from versement.profiles.forms import AbsolutePath, Between, UploadPath, Whole
from versement.profiles.strict import Strict


class LocalDeposit(Strict):
    """Dépôt par chemin : les SIP trop gros pour HTTPS passent par un dossier que le serveur de Vitam voit aussi."""

    folder: AbsolutePath = Field(
        title="Dossier",
        description="Chemin, sur les machines d’exécution, du dossier d’arrivée de Vitam (baseUploadPath "
        "d’ingest-external) ou d’un de ses sous-dossiers.",
    )
    below: UploadPath = Field(
        "", title="Sous-dossier", description="Chemin de ce dossier sous baseUploadPath ; vide : c’est baseUploadPath."
    )
    above_bytes: Annotated[Whole, Between(1, 100_000_000_000)] = Field(
        1_000_000_000,
        title="Seuil",
        description="Octets au-delà desquels un SIP passe par ce dossier ; les autres partent par HTTPS.",
    )
