"""Registers of deposits and withdrawals, and lists of concluded markets: numbers are taken from them, people never."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from versement.adapters.formats.stamp import PdfText
from versement.adapters.formats.tables import SHEETS, Rows, read_table
from versement.domain.paths import plain
from versement.domain.registers import Register, RegisterKind

_NAMED = re.compile(r"registre.*?(?P<kind>depot|retrait)")
_TOTAL = re.compile(r"total enveloppes (electroniques|papier)(?: *\[[^\]]{0,40}\])? *: *(\d{1,6})")
_ROW = re.compile(r"(?m)^\s*\d{1,5}\s+(electronique|papier)\b")
_COPY = re.compile(r"\b(electronique|reprographie)\b")
_SEALED = re.compile(r"[0-9a-z]+(?:_(?:offre|candidature|[0-9a-z]+))*\.crypt")
_NUMBER_COLUMN = re.compile(r"(?:n°|no|numero)(?: de| du)? marche")
_HEADER_ROWS = 30


def is_register(name: str) -> bool:
    """Whether a file name is that of a register, in a form that is read."""
    return _kind(name) is not None and name.lower().rpartition(".")[2] in {"pdf", "csv", *SHEETS}


def read_register(path: Path, name: str, read_pdf: Callable[[Path], PdfText]) -> Register:
    """See `Formats.register`."""
    kind = _kind(name) or RegisterKind.DEPOSITS
    extension = name.lower().rpartition(".")[2]
    if extension == "pdf":
        return _of_text(kind, plain("\n".join(read_pdf(path).pages)))
    return _of_rows(kind, [[plain(cell) for cell in row] for row in read_table(path, extension)])


def read_concluded(path: Path, name: str) -> tuple[str, ...] | None:
    """See `Formats.concluded`."""
    extension = name.lower().rpartition(".")[2]
    if extension not in {"csv", *SHEETS}:
        return None
    rows = read_table(path, extension)
    place = _number_column(rows)
    if place is None:
        return None
    line, column = place
    cells = (" ".join(row[column].split()) for row in rows[line + 1 :] if len(row) > column)
    return tuple(cell for cell in cells if cell and len(cell) <= 40 and any(map(str.isdigit, cell)))


def _kind(name: str) -> RegisterKind | None:
    match = _NAMED.search(plain(name))
    if match is None:
        return None
    return RegisterKind.DEPOSITS if match["kind"] == "depot" else RegisterKind.WITHDRAWALS


def _of_text(kind: RegisterKind, text: str) -> Register:
    """Totals that the register gives, else its rows."""
    totals: dict[str, int] = {}
    for way, count in _TOTAL.findall(" ".join(text.split())):
        totals[way] = totals.get(way, 0) + int(count)
    if kind is RegisterKind.WITHDRAWALS:
        ways = _COPY.findall(text)
        return Register(kind, ways.count("electronique"), ways.count("reprographie"))
    ways = _ROW.findall(text)
    return Register(
        kind,
        totals.get("electroniques", ways.count("electronique") if ways else None),
        totals.get("papier", ways.count("papier") if ways else None),
        _sealed([text]),
    )


def _of_rows(kind: RegisterKind, rows: Rows) -> Register:
    other = "papier" if kind is RegisterKind.DEPOSITS else "reprographie"
    electronic = sum("electronique" in (cell.strip() for cell in row) for row in rows)
    paper = sum(any(cell.strip().startswith(other) for cell in row) for row in rows)
    return Register(kind, electronic, paper, _sealed(cell for row in rows for cell in row))


def _sealed(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for text in texts for name in _SEALED.findall(text)}))


def _number_column(rows: Rows) -> tuple[int, int] | None:
    """Line and column of the header « N° Marché »."""
    for line, row in enumerate(rows[:_HEADER_ROWS]):
        for column, cell in enumerate(row):
            if _NUMBER_COLUMN.fullmatch(" ".join(plain(cell).split())):
                return line, column
    return None
