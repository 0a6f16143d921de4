"""Who signed which version of a connector's profile: the models of `_visas.yaml`."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from versement.profiles.forms import Day, Digest, OptionalDigest, Text
from versement.profiles.strict import Strict


class Visa(Strict):
    """Visa : la signature d’une version de la fiche, sous laquelle ses documents sont versés."""

    name: Text = Field(title="Signataire", description="Nom et qualité de la personne qui a signé la fiche.")
    date: Day = Field(title="Date", description="Jour de la signature, sous la forme AAAA-MM-JJ.")
    digest: Digest = Field(
        title="Empreinte",
        description="Empreinte de la version signée, telle que la donnent la page à signer et profile check. Ce qui "
        "change le sens de la fiche la change ; la planification, la connexion et les tailles ne la changent pas.",
    )
    files: Mapping[Text, OptionalDigest] = Field(
        {},
        title="Fichiers",
        description="Empreinte, à la signature, du contenu de chaque fichier que la fiche nomme (classification). "
        "Écrit par profile sign : sert à dire lequel a changé.",
    )
