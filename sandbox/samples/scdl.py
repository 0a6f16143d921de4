"""The SCDL 2.1.5 index of délibérations that a commune publishes beside them."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

from sandbox.samples.model import MATTERS, Act, Commune, Index, act_path, file_name

COLUMNS = (
    "COLL_NOM",
    "COLL_SIRET",
    "DELIB_ID",
    "DELIB_DATE",
    "DELIB_MATIERE_CODE",
    "DELIB_MATIERE_NOM",
    "DELIB_OBJET",
    "BUDGET_ANNEE",
    "BUDGET_NOM",
    "PREF_ID",
    "PREF_DATE",
    "VOTE_EFFECTIF",
    "VOTE_REEL",
    "VOTE_POUR",
    "VOTE_CONTRE",
    "VOTE_ABSTENTION",
    "DELIB_URL",
)
BUDGETARY = "7.1"


def index(commune: Commune, acts: Iterable[Act], layout: Index) -> bytes:
    """The index's bytes; what its encoding cannot write becomes a question mark, as exports do."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=layout.delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows(row(commune, act) for act in acts)
    return target.getvalue().encode(layout.encoding, errors="replace")


def row(commune: Commune, act: Act) -> tuple[str, ...]:
    """One row, in the order of the columns."""
    name = unicodedata.normalize("NFC", file_name(act_path(commune, act)))
    cast = sum(act.votes)
    budget = (str(act.seance.day.year), "Budget principal") if act.matter == BUDGETARY else ("", "")
    return (
        commune.name,
        commune.siret,
        act.number,
        act.seance.day.isoformat(),
        act.matter,
        MATTERS[act.matter],
        act.title,
        *budget,
        commune.prefecture,
        act.seance.sent.isoformat(),
        str(max(cast, len(act.seance.members) + len(act.seance.proxies))),
        str(cast),
        *(str(votes) for votes in act.votes),
        f"{commune.site}/{quote(name)}",
    )
