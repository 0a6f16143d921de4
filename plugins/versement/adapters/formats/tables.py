"""Tables as people keep them (xls, xlsx, ods, csv), as rows of text; a spreadsheet is read in a child process."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from versement.adapters.child import command, environment
from versement.domain.errors import UnreadableFile

SHEETS = frozenset({"xls", "xlsx", "ods"})
MAX_BYTES = 32 << 20
MAX_ROWS, MAX_COLUMNS = 20_000, 100
SECONDS = 30.0
MEMORY = 1 << 30
_DELIMITERS = (";", ",", "\t", "|")

Rows = Sequence[Sequence[str]]


def read_table(path: Path, extension: str) -> Rows:
    """Rows of all sheets, one after the other, cut at MAX_ROWS and MAX_COLUMNS.

    Raises:
        UnreadableFile: not such a table, or beyond the bounds on size, time and memory.
    """
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFile(f"Ce tableau dépasse {MAX_BYTES >> 20} Mio : il n’est pas lu. Découpez-le.")
    return _sheet(path) if extension in SHEETS else _csv(path)


def _sheet(path: Path) -> Rows:
    arguments = (str(path), str(MEMORY), str(MAX_ROWS), str(MAX_COLUMNS))
    try:
        done = subprocess.run(
            command("formats.sheet_tool", *arguments),
            capture_output=True,
            check=True,
            timeout=SECONDS,
            env=environment(),
        )
        rows: Rows = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise UnreadableFile(
            "Ce tableau ne peut pas être lu : il est abîmé, protégé, ou démesuré. Enregistrez-le à nouveau.",
            detail=type(error).__name__,
        ) from error
    return rows


def _csv(path: Path) -> Rows:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    head = text[: 1 << 14]
    delimiter = max(_DELIMITERS, key=head.count)
    rows = []
    try:
        for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter):
            rows.append(row[:MAX_COLUMNS])
            if len(rows) == MAX_ROWS:
                break
    except csv.Error as error:
        raise UnreadableFile(
            "Ce tableau n’est pas un CSV lisible. Exportez-le à nouveau.", detail="csv.Error"
        ) from error
    return rows
