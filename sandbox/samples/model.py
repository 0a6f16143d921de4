"""What a commune's drop is made of: séances, délibérations, their files and messages, and what becomes of each.

Pure data with the names that follow from it; texts are in the tables of each commune.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
NATURE = "DE"
NATURE_CODE = "1"

MATTERS = {
    "1.1": "Commande publique/Marchés publics",
    "2.1": "Urbanisme/Documents d'urbanisme",
    "3.2": "Domaine et patrimoine/Aliénations",
    "3.5": "Domaine et patrimoine/Autres actes de gestion du domaine public",
    "4.1": "Fonction publique/Personnel titulaires et stagiaires de la F.P.T.",
    "5.1": "Institutions et vie politique/Élection exécutif",
    "5.2": "Institutions et vie politique/Fonctionnement des assemblées",
    "5.3": "Institutions et vie politique/Désignation de représentants",
    "5.4": "Institutions et vie politique/Délégation de fonctions",
    "5.6": "Institutions et vie politique/Exercice des mandats locaux",
    "7.1": "Finances locales/Décisions budgétaires",
    "7.2": "Finances locales/Fiscalité",
    "7.5": "Finances locales/Subventions",
    "7.10": "Finances locales/Divers",
    "8.1": "Domaines de compétences par thèmes/Enseignement",
    "8.3": "Domaines de compétences par thèmes/Voirie",
    "8.8": "Domaines de compétences par thèmes/Environnement",
    "8.9": "Domaines de compétences par thèmes/Culture",
    "9.4": "Autres domaines de compétences/Vœux et motions",
}


class Batch(StrEnum):
    """When a file is dropped: before the first run, or after it."""

    FIRST = "first"
    LATE = "late"


class Outcome(StrEnum):
    """What should become of a document, in the words of the table that the demo ends with."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    SET_ASIDE = "set aside"
    REFUSED = "refused"
    PENDING = "pending"
    WASTE = "waste"


class Picture(StrEnum):
    """What an annex looks like."""

    TABLE = "table"
    PLAN = "plan"
    TEXT = "text"
    PHOTO = "photo"


class Body(StrEnum):
    """What stands where the délibération's PDF should be."""

    PDF = "pdf"
    EMPTY = "empty"
    EXECUTABLE = "executable"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seance:
    """One meeting of the council.

    Attributes:
        folder: where its files are dropped by default; empty for the drop's root.
        sent: day of the transmission to the préfecture, and of its acknowledgement.
        members: present, the mayor first.
        proxies: absent and represented.
    """

    day: date
    hour: str
    folder: str
    sent: date
    members: tuple[str, ...]
    proxies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Annex:
    """One annex. `lines` are rows for a table (cells split at `|`), paragraphs for a text, labels for a plan."""

    path: str
    title: str
    picture: Picture = Picture.TABLE
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An ARActe: its encoding, its batch, and the date that it wrongly gives to the act, if it does."""

    encoding: str
    batch: Batch = Batch.FIRST
    wrong_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One délibération, how it is dropped, and what should become of it.

    Attributes:
        number: numéro interne (15 characters at most of A-Z, 0-9, _); empty for a draft.
        printed: number as the register prints it.
        file: path; empty for the file name that the ACTES convention gives, in the séance's folder.
        siren: of another commune, when the act was dropped here by mistake.
        votes: for, against, abstentions.
        message: encoding of its ACTES message, empty when there is none.
        copies: other paths that hold the same bytes.
        reason: for problems, one French sentence for the reader of EXPECTED.json.
    """

    number: str
    printed: str
    seance: Seance
    matter: str
    title: str
    speaker: str
    whereas: tuple[str, ...]
    decides: tuple[str, ...]
    votes: tuple[int, int, int]
    file: str = ""
    commune: str = ""
    siren: str = ""
    body: Body = Body.PDF
    stamped: bool = True
    indexed: bool = True
    message: str = ""
    receipt: Receipt | None = None
    annexes: tuple[Annex, ...] = ()
    copies: tuple[str, ...] = ()
    cancelled: date | None = None
    batch: Batch = Batch.FIRST
    outcome: Outcome = Outcome.ACCEPTED
    problems: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """How the SCDL index of one batch is written."""

    path: str
    delimiter: str
    encoding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commune:
    """One commune and everything that it drops.

    Attributes:
        key: folder of its drop and account of the SFTP server.
        apostrophe: the one its telegraphy tool stamps with.
        waste: residue of tools, with its bytes.
    """

    key: str
    name: str
    department: str
    siren: str
    siret: str
    prefecture: str
    tenant: int
    room: str
    site: str
    acts: tuple[Act, ...]
    apostrophe: str = "’"
    indexes: tuple[tuple[Batch, Index], ...] = ()
    waste: tuple[tuple[str, bytes], ...] = ()


def long_date(day: date) -> str:
    """`jeudi 12 mars 2026`."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """`12/03/2026`."""
    return f"{day:%d/%m/%Y}"


def act_id(commune: Commune, act: Act, day: date | None = None) -> str:
    """The IDActe, `095-219509908-20260312-2026_014-DE`; empty for a draft."""
    if not act.number:
        return ""
    siren = act.siren or commune.siren
    return f"{commune.department}-{siren}-{day or act.seance.day:%Y%m%d}-{act.number}-{NATURE}"


def act_path(commune: Commune, act: Act) -> str:
    """Where the act's PDF is dropped."""
    return act.file or _join(act.seance.folder, f"99_DE-{act_id(commune, act)}-1-1_1.pdf")


def message_path(commune: Commune, act: Act) -> str:
    return _join(_folder(act_path(commune, act)), f"{act_id(commune, act)}-1-1_0.xml")


def receipt_path(commune: Commune, act: Act) -> str:
    return _join(_folder(act_path(commune, act)), f"{act_id(commune, act)}-1-2_1.xml")


def cancellation_path(commune: Commune, act: Act) -> str:
    return _join(_folder(act_path(commune, act)), f"{act_id(commune, act)}-6-2_1.xml")


def file_name(path: str) -> str:
    return path.rpartition("/")[2]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
