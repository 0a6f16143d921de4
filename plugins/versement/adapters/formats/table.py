"""Indexes of any tool: CSV of any columns, encoding and separator, or the repeated element of an XML or JSON file."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from versement.adapters.formats.delimited import Shape, encoding_of, fitted, mixed, records
from versement.adapters.formats.tree_table import json_rows, named, unusable, xml_rows
from versement.domain.documents import Finding
from versement.domain.errors import ProfileError, UnreadableFile
from versement.ports.formats import TableLayout, TableReading, TableRow

MAX_BYTES = 64 << 20
MAX_JSON_BYTES = 16 << 20
"""Of a JSON file that is one value, which is held whole, several times its size."""
MAX_ROWS = 200_000
MAX_COLUMNS = 1_000
_SEPARATORS = (";", "\t", "|", ",")
"""The comma last: it also stands within numbers and titles."""
_NO_SEPARATOR = "\x1f"
_SAMPLE = 50
"""Rows by which the separator and the number of columns are told."""


def read_table(path: Path, name: str, layout: TableLayout) -> TableReading:
    """See `Formats.table`."""
    suffix = name.lower().rpartition(".")[2]
    _check_size(path, MAX_JSON_BYTES if suffix == "json" else MAX_BYTES)
    rows: list[TableRow] = []
    findings: list[Finding] = []
    for row in _rows(path, suffix, layout):
        if isinstance(row, Finding):
            findings.append(row)
        else:
            rows.append(row)
        if len(rows) + len(findings) > MAX_ROWS:
            raise UnreadableFile(
                f"Cet index dépasse {MAX_ROWS} lignes : il n’est pas lu. Découpez-le, par année par exemple."
            )
    return TableReading(tuple(rows), tuple(findings))


def _check_size(path: Path, most: int) -> None:
    size = path.stat().st_size
    if size > most:
        raise UnreadableFile(
            f"Cet index dépasse {most >> 20} Mio : il n’est pas lu. Découpez-le, par année par exemple.",
            detail=f"table of {size} bytes",
        )


def _rows(path: Path, suffix: str, layout: TableLayout) -> Iterator[TableRow | Finding]:
    encoding = _encoding(path, layout)
    if suffix == "xml":
        return xml_rows(path, layout.rows, "" if layout.encoding == "auto" else encoding)
    if suffix in {"json", "jsonl", "ndjson"}:
        return json_rows(path, layout.rows, encoding, lines=suffix != "json")
    return _csv_rows(path, encoding, layout)


def _encoding(path: Path, layout: TableLayout) -> str:
    if layout.encoding == "auto":
        return encoding_of(path)
    try:
        name = codecs.lookup(layout.encoding).name
        "".encode(name)
    except LookupError as error:
        raise ProfileError(
            f"L’encodage « {layout.encoding} » de l’index n’est pas connu : écrivez « auto », « utf-8 », « latin-1 », "
            "« cp1252 » ou « utf-16 »."
        ) from error
    return "utf-8-sig" if name == "utf-8" else name


def _csv_rows(path: Path, encoding: str, layout: TableLayout) -> Iterator[TableRow | Finding]:
    separator = _separator(path, encoding, layout)
    start = list(_sampled(path, encoding, separator))
    if not start:
        raise UnreadableFile("Cet index est vide : redéposez le fichier d’origine.")
    columns = _named(start[0][1]) if layout.header else _numbered(start)
    if len(columns) > MAX_COLUMNS or any("\0" in column or "\ufffd" in column for column in columns):
        raise UnreadableFile(
            "Ce fichier n’est pas un index : sa première ligne ne se lit pas comme des noms de colonnes. Vérifiez le "
            "fichier, et `encoding` et `separator` dans la fiche de connecteur."
        )
    shape = Shape(encoding, separator, columns)
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        for line, cells in islice(records(stream, shape, first=1), int(layout.header), None):
            if any(map(str.strip, cells)):
                yield _row(line, cells, shape)


def _separator(path: Path, encoding: str, layout: TableLayout) -> str:
    if layout.separator != "auto":
        return layout.separator
    scores = []
    for separator in _SEPARATORS:
        widths = [len(cells) for _, cells in _sampled(path, encoding, separator)]
        width = (widths[0] if layout.header else Counter(widths).most_common(1)[0][0]) if widths else 0
        scores.append(widths.count(width) / len(widths) if width > 1 else 0.0)
    best = max(scores)
    return _SEPARATORS[scores.index(best)] if best else _NO_SEPARATOR


def _sampled(path: Path, encoding: str, separator: str) -> list[tuple[int, list[str]]]:
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        return list(islice(records(stream, Shape(encoding, separator, ()), first=1), _SAMPLE))


def _named(header: Sequence[str]) -> tuple[str, ...]:
    """Names of columns: a repeated one is numbered, one without a name has its place; padding is dropped."""
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    keys: dict[str, str] = {}
    for place, name in enumerate(names, start=1):
        named(keys, name or f"c{place}", "")
    return tuple(keys)


def _numbered(start: Sequence[tuple[int, list[str]]]) -> tuple[str, ...]:
    width = Counter(len(cells) for _, cells in start).most_common(1)[0][0]
    return tuple(f"c{place}" for place in range(1, width + 1))


def _row(line: int, cells: list[str], shape: Shape) -> TableRow | Finding:
    placed = fitted(cells, shape)
    if placed is None:
        return unusable(f"ligne {line}", f"{len(shape.columns)} colonnes étaient attendues, {len(cells)} ont été lues")
    if any("\ufffd" in cell or "\0" in cell or mixed(cell, shape.encoding) for cell in placed):
        return unusable(f"ligne {line}", "des caractères y sont illisibles (encodage mélangé)")
    return TableRow(line, dict(zip(shape.columns, placed, strict=True)))
