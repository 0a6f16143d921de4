"""Plain-text tables for the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from versement.domain.balance import HEADINGS, Balance, Counts


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


def _row(label: str, counts: Counts) -> list[str]:
    return [label, *(str(getattr(counts, name)) for name in HEADINGS), "oui" if counts.adds_up else "NON"]
