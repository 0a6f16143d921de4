"""Plain-text tables for the terminal."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from versement.domain.balance import HEADINGS, Balance, Counts
from versement.ports.records import Waiting


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows aligned in columns, the first one as heading."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def _width(text: str) -> int:
    return sum(1 for char in text if not unicodedata.combining(char))


def balance_rows(label: str, balance: Balance) -> list[list[str]]:
    """Two rows: documents and files."""
    return [_row(f"{label} – documents", balance.documents), _row(f"{label} – pièces", balance.files)]


def balance_heading() -> list[str]:
    return ["", *HEADINGS.values(), "Compte juste"]


def waiting_lines(waiting: Iterable[Waiting]) -> list[str]:
    """One line for each thing that waits; what many documents wait for alike stands once, with their number."""
    counted = Counter((item.actor, item.message, item.code) for item in waiting)
    return [
        f"  [{actor}] {message} ({code})" + (f" : {number} documents" if number > 1 else "")
        for (actor, message, code), number in counted.items()
    ]


def _row(label: str, counts: Counts) -> list[str]:
    return [label, *(str(getattr(counts, name)) for name in HEADINGS), "oui" if counts.adds_up else "NON"]
