"""How the folders of a consultation say which phase of its market a file is of, unless a profile says it otherwise.

Sources: the order of the phases is that of the archives' practice for markets; folder names are those of Pastell's
`dossier-marche` and `piece-marche` and of purchasers' own trees. The tree of an Atexo archive (DAC) is not published:
what it holds under other names is said by patterns of the profile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from versement.domain.paths import plain

REJECTED: Mapping[str, str] = MappingProxyType({"phase": "3", "outcome": "rejected"})
RETAINED: Mapping[str, str] = MappingProxyType({"phase": "3", "outcome": "retained"})
OFFERS: Mapping[str, str] = MappingProxyType({"phase": "3"})
"""Offers whose fate the path does not say: nothing is guessed."""


def _phase(number: int) -> Mapping[str, str]:
    return MappingProxyType({"phase": str(number)})


FOLDERS: Sequence[tuple[str, Mapping[str, str], bool]] = (
    ("*non*retenu*", REJECTED, True),
    ("*rejete*", REJECTED, True),
    ("*ecarte*", REJECTED, True),
    ("ONR", REJECTED, True),
    ("*offre*retenu*", RETAINED, True),
    ("*attributaire*", RETAINED, True),
    ("OR", RETAINED, True),
    ("*execution*", _phase(6), False),
    ("*avenant*", _phase(6), False),
    ("*ordre* de service*", _phase(6), False),
    ("*sous-traitance*", _phase(6), False),
    ("*decompte*", _phase(6), False),
    ("*marche signe*", _phase(5), False),
    ("*notification*", _phase(5), False),
    ("*controleur*", _phase(5), False),
    ("*analyse*", _phase(4), False),
    ("*attribution*", _phase(4), False),
    ("*rapport*presentation*", _phase(4), False),
    ("CAO", _phase(4), False),
    ("EO", _phase(4), False),
    ("*plis*", OFFERS, True),
    ("*enveloppe*", OFFERS, True),
    ("*offres*", OFFERS, True),
    ("*candidature*", OFFERS, True),
    ("DCE", _phase(2), False),
    ("*lancement*", _phase(2), False),
    ("*publicite*", _phase(2), False),
    ("*dossier de consultation*", _phase(2), False),
    ("*registre*", _phase(2), False),
    ("*question*", _phase(2), False),
    ("*echange*", _phase(2), False),
    ("2.*consultation*", _phase(2), False),
    ("*preparation*", _phase(1), False),
    ("*besoin*", _phase(1), False),
    ("EB", _phase(1), False),
)
"""Folder, what it says, and whether each folder under it is a tenderer's. What is more precise comes first."""

_HEADS = ("{market}.zip", "{market}")
"""First level of a market: its archive, or the same as a folder."""


def patterns() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Patterns of paths (`domain.paths`) in order, with the values of the fields that they settle, by field code."""
    for folder, values, tenderers in FOLDERS:
        for head in _HEADS:
            if tenderers:
                yield f"{head}/**/{folder}/{{tenderer}}/**/*", values
            yield f"{head}/**/{folder}/**/*", values
    for head in _HEADS:
        yield f"{head}/**/*", MappingProxyType({})


_REJECTED = re.compile(r"(?<![a-z])(?:non[\s_.-]*(?:retenu|attributaire|selectionne)|rejete|ecarte|evince)")
_RETAINED = re.compile(r"offre.*retenu|(?<![a-z])attributaire")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


def outcome_of(path: str) -> str:
    """Fate of an offer as the words of its folders say it, empty when they say none, or both.

    A wild pattern alone takes « Canon – offre retenue » for an offer that was not.
    """
    folders = plain(path).split("/")[1:-1]
    rejected = any(folder == "onr" or _REJECTED.search(folder) for folder in folders)
    retained = any(folder == "or" or _RETAINED.search(_REJECTED.sub(" ", folder)) for folder in folders)
    return "" if rejected == retained else "rejected" if rejected else "retained"


def is_market(name: str) -> bool:
    """Whether a first folder may be a market: one that is a year holds those of many."""
    return _YEAR.fullmatch(name) is None


PIECES: Mapping[str, str] = MappingProxyType({
    "ARN": "Accusé de réception de notification",
    "AE": "Acte d’engagement",
    "AS": "Acte de sous-traitance",
    "AN": "Annexes",
    "AL": "Annonces légales",
    "AU": "Autres",
    "APD": "Avant-projet détaillé",
    "APS": "Avant-projet sommaire",
    "AV": "Avenant",
    "AC": "Avis d’appel à la concurrence",
    "BC": "Bon de commande",
    "BPU": "Bordereau des prix unitaires",
    "CCAP": "Cahier des clauses administratives particulières",
    "CCTP": "Cahier des clauses techniques particulières",
    "CA": "Courrier d’attribution",
    "CM": "Courrier",
    "CN": "Courrier de notification",
    "DS": "Déclaration sans suite",
    "DPGF": "Décomposition du prix global et forfaitaire",
    "DG": "Décompte général et définitif",
    "DQE": "Détail quantitatif estimatif",
    "DR": "Dossier de réponse",
    "EC": "Échange en cours de consultation",
    "EA": "État d’acompte",
    "E": "Étude",
    "LR": "Lettre de rejet",
    "LC": "Liste des candidatures",
    "MP": "Mise au point",
    "OS": "Ordre de service",
    "P": "Programme",
    "AO": "Rapport d’analyse des offres",
    "CAO": "Rapport de commission d’appel d’offres",
    "COP": "Rapport de commission d’ouverture des plis",
    "RP": "Rapport de présentation",
    "RDP": "Récépissé de dépôt de pli",
    "RC": "Règlement de la consultation",
})  # fmt: skip
"""The 36 `type_piece_marche` of Pastell's `piece-marche`."""

_SURE = tuple(sorted((code for code in PIECES if len(code) > 1), key=len, reverse=True))
_ALSO = MappingProxyType({"RAO": "AO", "RAPPORT D'ANALYSE": "AO", "ACTE D'ENGAGEMENT": "AE", "AVENANT": "AV"})


_LOT = re.compile(r"(?<![a-z])lots?[ _-]*(?:n[o°]?[ _-]*)?([0-9]{1,3})(?![0-9])")


def lot_of(path: str) -> str:
    """Number of the lot that a folder or file name says, the nearest to the file first; empty when none does."""
    found = (_LOT.search(part) for part in reversed(plain(path).split("/")))
    return next((str(int(match[1])) for match in found if match), "")


def piece_of(name: str) -> str:
    """Code of the piece that a file name says at its start or after a number, empty when it says none for sure."""
    bare = re.sub(r"[^A-Z0-9'&]+", " ", plain(name.rpartition(".")[0].replace("’", "'")).upper()).strip()
    bare = re.sub(r"^(?:\d+ )+", "", bare)
    for words, code in _ALSO.items():
        if bare == words or bare.startswith(f"{words} "):
            return code
    first = bare.split(" ", 1)[0]
    return first if first in _SURE else ""
