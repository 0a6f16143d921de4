"""Drop of Saint-Aubin's public contracts: two consultation archives, and the notices that describe them.

The second archive has what real ones have: names that a tool spoilt, and an archive within the archive.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from reportlab.platypus import Flowable, Paragraph, Spacer

from sandbox.samples.pdf import PLAIN, TITLE, render
from sandbox.samples.saint_aubin import SAINT_AUBIN

WHEN = (2026, 3, 2, 10, 20, 30)
ROOF = ("2025-07", "Réfection de la toiture de l’école Jules-Verne", "45261900", "99900071400017")
SUPPLIES = ("2025-11", "Fournitures scolaires", "39162110", "99900083900012")
"""Number, objet, CPV, SIRET of the holder."""

_ROOF_PIECES = (
    "1. Préparation/Estimation des besoins.pdf",
    "2. Consultation/DCE/Règlement de la consultation.pdf",
    "2. Consultation/DCE/Cahier des clauses techniques.pdf",
    "2. Consultation/Publicité/Avis de marché.pdf",
    "3. Offres/Offres retenues/Couvreurs du Vexin/Acte d’engagement.pdf",
    "3. Offres/Offres non retenues/Toitures de la Viosne/Mémoire technique.pdf",
    "4. Attribution/Rapport d’analyse des offres.pdf",
    "5. Notification/Lettre de notification.pdf",
    "6. Exécution/Ordre de service n° 1.pdf",
)
_SUPPLIES_PIECES = (
    "1. Préparation/Recensement des écoles.pdf",
    "2. Consultation/DCE/Lettre de consultation.pdf",
)
_OFFER = ("Bordereau des prix.pdf", "Mémoire.pdf")


def markets() -> Mapping[str, bytes]:
    """Every path of the drop with its bytes."""
    roof = {path: _piece(path, ROOF[1]) for path in _ROOF_PIECES} | {"Thumbs.db": b"residue"}
    offer = _zip({name: _piece(name, SUPPLIES[1]) for name in _OFFER})
    supplies = {path: _piece(path, SUPPLIES[1]) for path in _SUPPLIES_PIECES}
    supplies["3. Offres/Offres retenues/Papeterie du Val/Offre.zip"] = offer
    return {
        f"{ROOF[0]}.zip": _zip(roof),
        f"{SUPPLIES[0]}.zip": _zip({_spoilt(path): data for path, data in supplies.items()}),
        f"decp-{SAINT_AUBIN.siret}-2026-03-02-01.json": _notices((ROOF, SUPPLIES)),
    }


def _piece(path: str, market: str) -> bytes:
    name = path.rpartition("/")[2].removesuffix(".pdf")
    story: list[Flowable] = [Paragraph(escape(name), TITLE), Spacer(1, 14), Paragraph(escape(market), PLAIN)]
    return render(story, title=name, author=SAINT_AUBIN.name)


def _zip(content: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for path, data in content.items():
            target.writestr(zipfile.ZipInfo(path, WHEN), data)
    return made.getvalue()


def _spoilt(path: str) -> str:
    """As some tools write it: DOS bytes read as Russian ones (`PrВparation`)."""
    return path.encode("cp850").decode("cp866")


def _notices(of: Iterable[tuple[str, str, str, str]]) -> bytes:
    """DECP 2019, with the fields that describe the pieces."""
    notices = [
        {
            "id": number,
            "acheteur": {"id": SAINT_AUBIN.siret},
            "objet": title,
            "codeCPV": cpv,
            "procedure": "Procédure adaptée",
            "dateNotification": "2025-12-15",
            "datePublicationDonnees": "2026-01-12",
            "montant": 48250,
            "titulaires": [{"typeIdentifiant": "SIRET", "id": siret}],
        }
        for number, title, cpv, siret in of
    ]
    return json.dumps({"marches": notices}, ensure_ascii=False, indent=1).encode()
