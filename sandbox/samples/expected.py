"""EXPECTED.json: what should become of every path and document of a drop, for tests and for the demo to compare.

The form of the answer is described in its own `about` entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.samples.model import (
    Act,
    Batch,
    Body,
    Commune,
    Outcome,
    act_id,
    act_path,
    cancellation_path,
    file_name,
    message_path,
    receipt_path,
)

ABOUT = (
    "Une entrée par lot : « first » avant le premier passage, « late » ce qui est déposé ensuite. "
    "« documents » : référence, nature, pièces, sort attendu (outcome), lettres des problèmes, motif. "
    "« interchangeable » : références dont les sorts peuvent s’échanger. "
    "« waits_for » : acte que le document attend. « totals » : décompte des documents et des pièces par sort, "
    "pour ce lot seul (au passage suivant, les documents du premier lot sont déjà connus)."
)
PROBLEMS = {
    "a": "le même acte sous deux noms",
    "b": "une annexe de deux délibérations, ou aux mêmes octets sous deux noms",
    "c": "un IDActe avec deux contenus",
    "d": "un fichier vide",
    "e": "un fichier qui n’est pas ce que dit son extension",
    "f": "une ligne d’index sans fichier",
    "g": "un PDF sans ligne, sans tampon et sans ARActe",
    "h": "un ARActe qui contredit l’index",
    "i": "un ARActe, ou un acte, qui arrive après le premier passage",
    "j": "un acte d’une autre commune",
    "k": "des résidus d’outils",
    "l": "des accents, apostrophes, guillemets, espaces, virgules, & et < dans les noms et objets",
    "m": "un acte annulé",
    "n": "une annexe dans un format que le contrat d’entrée refuse",
}
ACT = "acte"
ANNEX = "annexe"
MESSAGE = "message ACTES"
RECEIPT = "ARActe"
CANCELLATION = "ARAnnulation"

Document = dict[str, Any]


def expected(commune: Commune) -> dict[str, Any]:
    """The whole content of EXPECTED.json."""
    letters = sorted({letter for act in commune.acts for letter in act.problems} | set("k" * bool(commune.waste)))
    return {
        "about": ABOUT,
        "organisation": {
            "key": commune.key,
            "name": commune.name,
            "siren": commune.siren,
            "siret": commune.siret,
            "department": commune.department,
            "prefecture": commune.prefecture,
            "tenant": commune.tenant,
        },
        "problems": {letter: PROBLEMS[letter] for letter in letters},
        "batches": {batch.value: _batch(commune, batch) for batch in Batch},
    }


def _batch(commune: Commune, batch: Batch) -> dict[str, Any]:
    documents = sorted(_documents(commune, batch), key=lambda document: str(document["reference"]))
    waste = sorted(path for path, _ in commune.waste) if batch is Batch.FIRST else []
    outcomes = Counter(document["outcome"] for document in documents)
    pieces = Counter(document["outcome"] for document in documents for _ in document["files"])
    for counted in (outcomes, pieces):
        counted[Outcome.WASTE.value] = len(waste)
    return {
        "index": [layout.path for when, layout in commune.indexes if when is batch],
        "waste": [{"path": path, "problems": "k"} for path in waste],
        "documents": documents,
        "totals": {
            "documents": {outcome.value: outcomes[outcome.value] for outcome in Outcome},
            "files": {outcome.value: pieces[outcome.value] for outcome in Outcome},
        },
    }


def _documents(commune: Commune, batch: Batch) -> Iterator[Document]:
    for act in commune.acts:
        if act.batch is batch:
            yield from _act_documents(commune, act)
            if act.cancelled:
                yield _attached(commune, act, CANCELLATION, cancellation_path(commune, act))
        if act.receipt and act.receipt.batch is batch:
            document = _attached(commune, act, RECEIPT, receipt_path(commune, act))
            if act.receipt.wrong_date:
                document["id_acte"] = act_id(commune, act, act.receipt.wrong_date)
            yield document


def _act_documents(commune: Commune, act: Act) -> Iterator[Document]:
    path = act_path(commune, act)
    absent = act.body is Body.ABSENT
    named = file_name(path) if absent else path  # an index gives names, not folders
    files = [_piece(named, ACT, present=not absent), *(_piece(item.path, ANNEX) for item in act.annexes)]
    if act.message:
        files.append(_piece(message_path(commune, act), MESSAGE))
    reference = f"index:{act.number}" if absent else path
    rivals = _interchangeable(commune, act)
    yield _document(reference, ACT, commune, act) | {"files": files, "interchangeable": rivals}
    for copy in act.copies:
        yield _document(copy, ACT, commune, act) | {
            "files": [_piece(copy, ACT)],
            "outcome": Outcome.DUPLICATE.value,
            "interchangeable": rivals,
        }


def _attached(commune: Commune, act: Act, kind: str, path: str) -> Document:
    """A document that hangs on its act: it waits for as long as the act is not accepted."""
    accepted = act.outcome is Outcome.ACCEPTED
    outcome = Outcome.ACCEPTED if accepted else Outcome.PENDING
    return _document(path, kind, commune, act) | {
        "files": [_piece(path, kind)],
        "outcome": outcome.value,
        "waits_for": None if accepted else act_path(commune, act),
        "reason": act.reason if accepted else "Son acte n’est pas accepté.",
    }


def _document(reference: str, kind: str, commune: Commune, act: Act) -> Document:
    return {
        "reference": reference,
        "kind": kind,
        "id_acte": act_id(commune, act),
        "number": act.number,
        "date": act.seance.day.isoformat(),
        "title": act.title,
        "matter": act.matter,
        "files": [],
        "outcome": act.outcome.value,
        "problems": act.problems,
        "reason": act.reason,
        "interchangeable": [],
        "waits_for": None,
    }


def _interchangeable(commune: Commune, act: Act) -> Sequence[str]:
    """References of all that carries the same IDActe, when there are several."""
    same = [other for other in commune.acts if act.number and act_id(commune, other) == act_id(commune, act)]
    paths = sorted(path for other in same for path in (act_path(commune, other), *other.copies))
    return paths if len(paths) > 1 else []


def _piece(path: str, role: str, *, present: bool = True) -> dict[str, Any]:
    return {"path": path, "role": role, "present": present}
