"""What a connector's profile makes of each finding on a file, and whether it asks for an antivirus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from versement.domain.policies import DEFAULTS
from versement.domain.policies import Policy as DomainPolicy
from versement.profiles.strict import Strict

Policy = Literal["set_aside", "remark", "accept"]
AntivirusUse = Literal["required", "off"]


def _decided(code: str, title: str, description: str) -> Any:
    return Field(DEFAULTS[code].value, title=title, description=description)


class Policies(Strict):
    """Suites données aux constats : set_aside met de côté, remark laisse passer et le dit, accept ne dit rien."""

    FILE_EMPTY: Policy = _decided("FILE_EMPTY", "Fichier vide", "Un fichier de 0 octet.")
    FILE_UNREADABLE: Policy = _decided(
        "FILE_UNREADABLE", "Fichier illisible", "Un PDF, un document bureautique ou un zip abîmé."
    )
    FILE_TRUNCATED: Policy = _decided("FILE_TRUNCATED", "Fichier tronqué", "La fin du fichier manque.")
    FILE_ENCRYPTED: Policy = _decided(
        "FILE_ENCRYPTED",
        "Fichier chiffré",
        "Un mot de passe est demandé pour l’ouvrir, ou pour ouvrir ce qu’il contient.",
    )
    FILE_TOO_HEAVY: Policy = _decided(
        "FILE_TOO_HEAVY", "Lecture trop lourde", "Le lire dépasse le temps ou la mémoire permis."
    )
    FILE_WITHOUT_PAGES: Policy = _decided("FILE_WITHOUT_PAGES", "PDF sans page", "Un PDF qui n’a aucune page.")
    FILE_SIZE_IMPOSSIBLE: Policy = _decided(
        "FILE_SIZE_IMPOSSIBLE", "Taille impossible", "Trop peu d’octets pour un fichier entier de ce format."
    )
    FILE_RESTRICTED: Policy = _decided(
        "FILE_RESTRICTED", "PDF restreint", "Un PDF chiffré qui s’ouvre sans mot de passe."
    )
    FILE_PDFA_DOUBTFUL: Policy = _decided(
        "FILE_PDFA_DOUBTFUL", "PDF/A douteux", "Un PDF qui se dit PDF/A et contient ce que la norme interdit."
    )
    FILE_IMAGE_ONLY: Policy = _decided("FILE_IMAGE_ONLY", "PDF d’images", "Un PDF dont aucune page n’a de texte.")
    FORMAT_MISMATCH: Policy = _decided(
        "FORMAT_MISMATCH", "Format contredit", "Le contenu n’est pas du format que l’extension annonce."
    )
    FORMAT_UNKNOWN: Policy = _decided(
        "FORMAT_UNKNOWN", "Format inconnu", "Ni le contenu ni l’extension ne disent de quel format il s’agit."
    )
    FORMAT_AMBIGUOUS: Policy = _decided(
        "FORMAT_AMBIGUOUS", "Format ambigu", "Le contenu répond à plusieurs formats de PRONOM."
    )
    EXTENSION_UNCHECKED: Policy = _decided(
        "EXTENSION_UNCHECKED", "Extension non contrôlée", "L’extension n’est pas dans « formats »."
    )
    NOT_SCANNED: Policy = _decided(
        "NOT_SCANNED", "Non analysé", "L’antivirus ne peut pas examiner le fichier : trop gros, ou chiffré."
    )
    EXPECTATION_UNFIT: Policy = _decided(
        "EXPECTATION_UNFIT", "Attente inapplicable", "Une attente de la fiche n’a pas pu être appliquée."
    )

    def decisions(self) -> Mapping[str, DomainPolicy]:
        """By code, what is done."""
        return {code: DomainPolicy(getattr(self, code)) for code in DEFAULTS}


ANTIVIRUS: Any = Field(
    "required",
    title="Antivirus",
    description="required : tout fichier passe par l’antivirus (clamd) avant de partir, et rien ne passe sans lui ; "
    "off : aucun fichier n’est analysé, ce que le bilan dit. off n’est admis que vers une plateforme d’essai.",
)
POLICIES: Any = Field(
    default_factory=Policies,
    title="Suites des constats",
    description="Ce qui est fait de chaque constat sur un fichier ; ce qui n’est pas donné garde sa suite par défaut.",
)
