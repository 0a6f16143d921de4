"""The bordereau and its annex as CSV: `;`, UTF-8 with BOM, as office tools open it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from versement.domain.elimination import GO, Bordereau, Held, Item, Line

HEADINGS = (
    "N°",
    "Motif",
    "Nombre de fichiers",
    "Volume (Go)",
    "Catégories de documents",
    "Date de début",
    "Date de fin",
    "Observations",
    "Visa",
)
ANNEX_HEADINGS = (
    "Ligne",
    "Document",
    "Référence",
    "Date",
    "Empreinte SHA-512",
    "Octets",
    "Exemplaire conservé",
    "Coffre",
    "Versement",
    "Opération",
    "Exemplaire proposé aussi",
    "Conservé en échantillon",
)
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def table(bordereau: Bordereau) -> bytes:
    """One row for each line, then one without number for each hold that keeps some off; volumes in Go of 10⁹ bytes."""
    return _sheet(HEADINGS, (*(_line(line) for line in bordereau.lines), *(_held(held) for held in bordereau.held)))


def annex(bordereau: Bordereau) -> bytes:
    """One row for each file of each document, and for a double the copy that is kept."""
    rows = (row for line in bordereau.lines for item in line.items for row in _files(line, item))
    return _sheet(ANNEX_HEADINGS, rows)


def _line(line: Line) -> Sequence[str]:
    first, last = (day.isoformat() for day in line.days) if line.days else ("", "")
    volume = f"{line.size / GO:.9f}".replace(".", ",")
    return (
        *(str(line.number), line.ground.value, str(line.files), volume),
        *(line.category, first, last, line.observations, line.visa.value),
    )


def _held(held: Held) -> Sequence[str]:
    why = f"Gel « {held.name} » depuis le {held.since:%d/%m/%Y} : {held.reason}"
    return ("", "non proposé", str(held.files), f"{held.size / GO:.9f}".replace(".", ","), "", "", "", why, "")


def _files(line: Line, item: Item) -> Iterable[Sequence[str]]:
    kept = (item.kept.reference, item.kept.tenant, item.kept.transfer, item.kept.operation) if item.kept else ("",) * 4
    day = item.day.isoformat() if item.day else ""
    for digest, size in item.files:
        named = (str(line.number), item.document_id, item.reference, day, digest.value, str(size))
        yield (*named, *kept, "oui" if item.kept and item.kept.going else "", "oui" if item.sampled else "")


def _sheet(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_shown(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def _shown(cell: str) -> str:
    """A name that a spreadsheet would take for a formula is marked as text."""
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell
