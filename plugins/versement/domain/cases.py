"""What a person may decide of a document that a finding sets aside: a closed table, by the finding's code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Choice(StrEnum):
    """What a person decides, in the words of the question."""

    ACCEPT = "accepter tel quel"
    CORRECT = "corriger une valeur"
    NEW_VERSION = "nouvelle version"
    KEEP_FIRST = "garder la première"
    REJECT = "rejeter"
    ASK = "demander à la source"


ALWAYS = (Choice.REJECT, Choice.ASK)
"""What can be decided of any document set aside: neither sends anything."""


@dataclass(frozen=True, slots=True)
class Case:
    """One code: what it is about, what may be decided of it, and why it cannot be accepted as it is.

    Attributes:
        about: French, without any value of a document.
        choices: in the order in which they are offered.
        why_not: French reason; empty when it may be accepted as it is.
    """

    about: str
    choices: tuple[Choice, ...]
    why_not: str = ""


def _as_is(about: str, *more: Choice) -> Case:
    return Case(about, (Choice.ACCEPT, *more, *ALWAYS))


def _never(about: str, why_not: str, *more: Choice) -> Case:
    return Case(about, (*more, *ALWAYS), why_not)


_NO_BYTES = "il n’y a rien à archiver tant que le fichier n’est pas là"
_NO_IDENTITY = "sans cette valeur, le document ne peut être ni identifié ni rangé"
_NO_ACCESS = "personne ne sait qui pourrait le consulter, et l’accès n’est jamais ouvert par défaut"
_NOT_OURS = "ce document n’est pas celui de la collectivité : il ne peut pas entrer dans son coffre"
_DANGER = "un fichier dangereux, ou qui peut l’être, n’entre pas aux archives"
_UNREADABLE = "un fichier illisible aujourd’hui le resterait aux archives"
_OTHERS = "les pages d’une personne pourraient partir au nom d’une autre"
_PERSONAL = "une donnée sensible n’a pas sa place dans une description"

CASES: Mapping[str, Case] = MappingProxyType(
    {
        "VALUES_CONTRADICT": _as_is("Deux sources se contredisent ; la première en rang fait foi.", Choice.CORRECT),
        "DATE_AHEAD": _as_is("La date est postérieure à la collecte.", Choice.CORRECT),
        "DEPARTEMENT_FOREIGN": _as_is("L’IDActe commence par un autre département.", Choice.CORRECT),
        "FORMAT_MISMATCH": _as_is("Le contenu n’est pas du format que l’extension annonce."),
        "INDEX_ROW_MISSING": _as_is("L’acte n’est dans aucune ligne de l’index, que la fiche exige."),
        "ACT_ANOMALY": _as_is("La préfecture a signalé une anomalie."),
        "ACKNOWLEDGEMENT_MISSING": _as_is("Rien ne dit que la préfecture a reçu l’acte."),
        "FORMAT_UNKNOWN": _as_is("Ni le contenu ni l’extension ne disent le format ; la plateforme peut le refuser."),
        "EXPECTATION_FAILED": _as_is("Le document ne répond pas à une attente de la fiche.", Choice.CORRECT),
        "IDENTITY_CONFLICT": _never(
            "Un autre document porte le même identifiant avec un contenu différent.",
            "deux contenus ne peuvent pas porter la même identité : dites s’il s’agit d’une nouvelle version",
            *(Choice.NEW_VERSION, Choice.KEEP_FIRST),
        ),
        "IDENTITY_MISSING": _never("L’acte ne peut pas être identifié.", _NO_IDENTITY, Choice.CORRECT),
        "SIREN_MISSING": _never("Aucune source ne donne le SIREN.", _NO_IDENTITY, Choice.CORRECT),
        "DATE_MISSING": _never("Aucune source ne donne la date.", _NO_IDENTITY, Choice.CORRECT),
        "TITLE_MISSING": _never("Aucune source ne donne l’objet.", _NO_IDENTITY, Choice.CORRECT),
        "FIELD_MISSING": _never("Un champ obligatoire manque.", _NO_IDENTITY, Choice.CORRECT),
        "ACCESS_UNDETERMINED": _never("Aucune règle ne dit qui peut y accéder.", _NO_ACCESS, Choice.CORRECT),
        "ACCESS_OPEN": _never("La règle ouvrirait à tous un acte qui peut nommer une personne.", _NO_ACCESS),
        "DESTROY_NOT_VALIDATED": _never(
            "La règle prévoit une élimination que les Archives départementales n’ont pas validée.",
            "une élimination non validée n’est jamais envoyée : faites valider la règle, ou changez-la",
        ),
        "PROFILE_DEPARTURE": _never(
            "Le document ne respecte pas le profil d’archivage.",
            "la plateforme refuserait le versement entier",
            Choice.CORRECT,
        ),
        "SIREN_FOREIGN": _never("L’acte porte le SIREN d’une autre collectivité.", _NOT_OURS),
        "MIXED_DROP": _never("Le dépôt mêle les actes de plusieurs collectivités.", _NOT_OURS),
        "ROLE_UNKNOWN": _never(
            "Rien ne dit de quel document relève ce fichier.",
            "un fichier sans document n’aurait ni identité, ni règle, ni place",
        ),
        "FILE_MISSING": _never("Un fichier annoncé est absent.", _NO_BYTES),
        "FILE_EMPTY": _never("Un fichier fait 0 octet.", _NO_BYTES),
        "FILE_VANISHED": _never("Un fichier a disparu pendant la collecte.", _NO_BYTES),
        "FILE_CHANGED": _never("Un fichier changeait pendant sa lecture.", _NO_BYTES),
        "FILE_UNREADABLE": _never(
            "Un fichier ne s’ouvre pas, ou pas en entier : abîmé, ou protégé par un mot de passe.", _UNREADABLE
        ),
        "ARCHIVE_CLOSED": _never("Une archive ne s’ouvre pas.", _UNREADABLE),
        "FILE_TRUNCATED": _never("La fin d’un fichier manque.", _UNREADABLE),
        "FILE_ENCRYPTED": _never("Il faut un mot de passe pour ouvrir un fichier.", _UNREADABLE),
        "FILE_WITHOUT_PAGES": _never("Un PDF n’a aucune page.", _UNREADABLE),
        "FILE_SIZE_IMPOSSIBLE": _never("Un fichier est trop petit pour son format.", _UNREADABLE),
        "FILE_TOO_HEAVY": _never("Lire un fichier dépasse le temps ou la mémoire permis.", _DANGER),
        "NOT_SCANNED": _never("L’antivirus n’examine pas un fichier : trop gros, trop long, ou chiffré.", _DANGER),
        "PAGES_OVERLAP": _never("L’index donne une même page à deux documents.", _OTHERS),
        "PAGES_UNCLAIMED": _never("Des pages ne sont données à personne.", _OTHERS),
        "PAGES_BEYOND": _never("L’index donne des pages que le PDF n’a pas.", _OTHERS),
        "PAGES_UNPROVEN": _never("Les pages ne portent pas la valeur attendue.", _OTHERS),
        "PAGES_UNREADABLE": _never("Le PDF qui réunit les documents ne se découpe pas.", _UNREADABLE),
        "PERSONAL_DATA_IN_METADATA": _never(
            "Une valeur à verser porte une donnée sensible.", _PERSONAL, Choice.CORRECT
        ),
        "PERSONAL_DATA_IN_NAME": _never("Un nom de fichier ou de dossier porte une donnée sensible.", _PERSONAL),
        "PERSONAL_DATA_IN_RUN": _never("Un document de la même paie porte une donnée sensible.", _PERSONAL),
        "BIRTH_DIFFERS": _never("Les pièces du dossier donnent plusieurs dates de naissance.", _NO_IDENTITY),
        "BIRTH_CHANGED": _as_is("Les pièces déjà versées du dossier donnent une autre date de naissance."),
        "RUBRIQUE_UNKNOWN": _never("La rubrique n’est pas au tableau des rubriques.", _NO_ACCESS, Choice.CORRECT),
        "RUBRIQUE_NOT_KEPT": _never(
            "Le tableau dit que cette rubrique n’est pas conservée.",
            "ce que le tableau détruit n’entre pas aux archives",
        ),
        "INDEX_FILE_UNNAMED": _never("La ligne d’index ne mène à aucun fichier.", _NO_BYTES),
        "INDEX_SAME_FILE": _never("Deux lignes de l’index donnent le même fichier.", _NO_BYTES),
        "NAME_AMBIGUOUS": _never("Plusieurs fichiers portent le nom annoncé.", _NO_BYTES),
        "INFECTED": _never("L’antivirus a reconnu un virus.", _DANGER),
    }
)
NOTHING_TO_KEEP = frozenset(code for code, case in CASES.items() if case.why_not in (_NO_BYTES, _UNREADABLE, _DANGER))
"""Codes of documents whose files cannot be archived: another deposit of the same record settles them."""
UNKNOWN = _never(
    "Ce constat n’est pas au tableau des décisions.", "ce qui n’est pas au tableau ne s’accepte pas tel quel"
)


def case_of(code: str) -> Case:
    """What may be decided of a code; one that the table does not have is only rejected or asked about."""
    return CASES.get(code, UNKNOWN)
