"""Drop of Saint-Aubin's old minutes: PDF in a folder per year, as a shared folder holds them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from xml.sax.saxutils import escape

from reportlab.platypus import Paragraph, Spacer

from sandbox.samples.model import long_date
from sandbox.samples.pdf import PLAIN, TITLE, render
from sandbox.samples.saint_aubin import SAINT_AUBIN

_MINUTES = (
    ("PV", "Procès-verbal", date(2023, 9, 21)),
    ("PV", "Procès-verbal", date(2024, 3, 14)),
    ("CR", "Compte rendu", date(2024, 3, 14)),
    ("PV", "Procès-verbal", date(2024, 6, 20)),
)


def minutes() -> Mapping[str, bytes]:
    """Every path of the drop with its bytes."""
    found = {f"{day.year}/{kind}_CM_{day:%Y%m%d}.pdf": _minutes(name, day) for kind, name, day in _MINUTES}
    return found | {"2024/Thumbs.db": b"residue"}


def _minutes(name: str, day: date) -> bytes:
    title = f"{name} du Conseil municipal du {long_date(day)}"
    text = f"Le Conseil municipal de {SAINT_AUBIN.name.removeprefix('Commune de ')} s’est réuni en {SAINT_AUBIN.room}."
    return render(
        [Paragraph(escape(title), TITLE), Spacer(1, 14), Paragraph(escape(text), PLAIN)], title=title, author=""
    )
