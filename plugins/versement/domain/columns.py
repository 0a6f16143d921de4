"""Which field a column of somebody's index means, by its name. What two columns could mean is left to a person."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "identifier": ("identifiant", "id", "reference", "cote", "numero document", "id document"),
    "title": ("titre", "title", "objet", "libelle", "intitule", "designation"),
    "description": ("description", "resume", "commentaire", "observations"),
    "date": ("date", "date document", "date acte", "date du document", "date creation", "jour"),
    "start": ("date debut", "debut"),
    "end": ("date fin", "fin"),
    "year": ("annee", "exercice", "millesime"),
    "siren": ("siren", "siren collectivite"),
    "entity": ("entite", "service", "direction"),
    "number": ("numero", "num", "numero acte"),
    "matter": ("matiere", "code matiere"),
    "market": ("marche", "numero marche", "num marche", "id marche"),
    "market_title": ("objet marche", "intitule marche", "libelle marche"),
    "phase": ("phase",),
    "lot": ("lot", "numero lot"),
    "tenderer": ("soumissionnaire", "candidat"),
    "notified": ("date notification", "notification"),
    "signed": ("date signature",),
    "amount": ("montant", "montant ht"),
    "agent": ("matricule", "matricule agent", "agent", "id agent"),
    "birth": ("date naissance", "naissance", "date de naissance"),
    "period": ("periode", "mois", "periode paie"),
    "section": ("rubrique",),
    "piece": ("type", "type piece", "type document", "nature document"),
}
"""By field, names that columns bear for it, plain: no accents, no case, blanks between words."""
FILE = ("fichier", "nom fichier", "nom du fichier", "file", "filename", "chemin", "document", "pdf", "piece jointe")
"""Names of the column that says which file a row is about."""
FIRST = ("page", "page debut", "premiere page", "page de debut", "first page")
LAST = ("page fin", "derniere page", "page de fin", "last page")
"""Names of the columns that say at which pages of one PDF for all a row's document begins and ends."""
CLOSE = 0.86
"""Similarity from which a name that is none of the known ones counts as one of them."""
_WORDS = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Guess:
    """What the names of columns tell.

    Attributes:
        fields: by field code, its column.
        doubtful: by field code, the columns between which a person must choose.
        unused: columns that mean no known field.
    """

    fields: Mapping[str, str]
    doubtful: Mapping[str, tuple[str, ...]]
    unused: tuple[str, ...]


def guess(columns: Iterable[str]) -> Guess:
    """Match columns to fields by name; a column serves one field, an exact name before a similar one."""
    found: dict[str, list[tuple[float, str]]] = {}
    unused: list[str] = []
    for column in dict.fromkeys(columns):
        name, score = _best(plain(column))
        if name:
            found.setdefault(name, []).append((score, column))
        else:
            unused.append(column)
    fields: dict[str, str] = {}
    doubtful: dict[str, tuple[str, ...]] = {}
    for name, scored in found.items():
        top = max(score for score, _ in scored)
        best = [column for score, column in scored if score == top]
        if len(best) == 1:
            fields[name] = best[0]
            unused += [column for _, column in scored if column != best[0]]
        else:
            doubtful[name] = tuple(column for _, column in scored)
    return Guess(fields, doubtful, tuple(unused))


def family_of(columns: Iterable[str]) -> str:
    """The family whose index has such columns: paie or agents, when they tell agents apart; else nothing."""
    found = guess(columns)
    told = {*found.fields, *found.doubtful}
    if "agent" not in told:
        return ""
    if "period" in told:
        return "paie"
    return "agents" if told & {"birth", "section", "piece"} else ""


def page_columns(columns: Iterable[str]) -> tuple[str, str]:
    """Columns of the first and last pages of a row's document within one PDF for all; empty where there is none."""
    named = {plain(column): column for column in columns}
    first, last = (next((named[name] for name in names if name in named), "") for names in (FIRST, LAST))
    return (first, last) if first else ("", "")


def names_a_file(column: str) -> bool:
    """Whether a column is called as those that name files are."""
    return plain(column) in FILE


def plain(text: str) -> str:
    """Words of a name, without case, accents or punctuation."""
    bare = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)).encode("ascii", "ignore")
    return " ".join(_WORDS.findall(bare.decode().lower()))


def _best(name: str) -> tuple[str, float]:
    """The field of the nearest known name, and how near it is; nothing when none is near."""
    scores = {
        code: max(difflib.SequenceMatcher(None, name, known).ratio() for known in names)
        for code, names in SYNONYMS.items()
    }
    best = max(scores, key=lambda code: scores[code])
    return (best, scores[best]) if name and scores[best] >= CLOSE else ("", 0.0)
