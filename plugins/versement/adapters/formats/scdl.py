"""SCDL indexes of délibérations (CSV): whatever their encoding and delimiter, one broken row never costs another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from versement.adapters.formats.delimited import (
    HEAD,
    MAX_LINE,
    Shape,
    encoding_of,
    fitted,
    lenient,
    marked_encoding,
    mixed,
    records,
)
from versement.adapters.formats.text import clean, iso_date, without_escapes
from versement.domain.classification import matter_of
from versement.domain.documents import Field, Finding, Readings, Severity, Value, ValueSource
from versement.domain.drop import IndexRow
from versement.domain.errors import UnreadableFile
from versement.domain.identity import NATURES, IdActe
from versement.ports.formats import IndexReading

REQUIRED = ("COLL_SIRET", "DELIB_ID", "DELIB_DATE", "DELIB_OBJET")
MAX_BYTES = 256 << 20
_DELIMITERS = (",", ";", "\t")


def is_index(path: Path, name: str) -> bool:
    """See `Formats.is_index`."""
    if not name.lower().endswith(".csv"):
        return False
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    encoding = marked_encoding(head) or "cp1252"  # column names are ASCII
    return _columns(head.decode(encoding, errors="replace").splitlines()) is not None


def read_index(path: Path) -> IndexReading:
    """See `Formats.index`."""
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFile(
            f"Cet index dépasse {MAX_BYTES >> 20} Mio : il n’est pas lu. Découpez-le, par année par exemple.",
            detail=f"index of {path.stat().st_size} bytes",
        )
    encoding = encoding_of(path)
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        found = _columns([stream.readline(MAX_LINE)])
    if found is None:
        raise UnreadableFile(
            "Ce fichier n’est pas un index SCDL : sa première ligne ne porte pas les colonnes "
            f"{', '.join(REQUIRED)}, séparées par « , » ou « ; ». Vérifiez le fichier déposé."
        )
    shape = Shape(encoding, *found)
    rows: list[IndexRow] = []
    findings: list[Finding] = []
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        stream.readline(MAX_LINE)
        for line, cells in records(stream, shape):
            row, problems = _row(line, cells, shape)
            findings += problems
            if row:
                rows.append(row)
    return IndexReading(tuple(rows), tuple(findings))


def _columns(lines: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """Delimiter and columns of a header row, when it is an index's."""
    header = lines[0].strip("\r\n\ufeff") if lines else ""
    for delimiter in _DELIMITERS:
        cells = tuple(cell.strip().upper() for cell in lenient(header, delimiter))
        if set(REQUIRED) <= set(cells):
            return delimiter, cells[: max(place for place, cell in enumerate(cells) if cell) + 1]
    return None


def _row(line: int, cells: list[str], shape: Shape) -> tuple[IndexRow | None, list[Finding]]:
    """The row, and what is wrong with it; no row when it cannot be used at all."""
    placed = fitted(cells, shape)
    if placed is None:
        return None, [_unusable(line, f"{len(shape.columns)} colonnes étaient attendues, {len(cells)} ont été lues")]
    if any("\ufffd" in cell or mixed(cell, shape.encoding) for cell in placed):
        return None, [_unusable(line, "des caractères y sont illisibles (encodage mélangé)")]
    raw, twice = _by_column(shape.columns, placed)
    if twice:
        return None, [_unusable(line, f"la colonne {twice} y est plusieurs fois, avec des valeurs différentes")]
    row = {name: clean(without_escapes(cell)) for name, cell in raw.items()}
    if not row["DELIB_ID"]:
        return None, [_unusable(line, "DELIB_ID y est vide")]
    values = _values(row)
    problems = [
        Finding(
            "INDEX_VALUE",
            Severity.REMARK,
            f"ligne {line} : {column} n’est pas {expected} ; la ligne est prise sans cette valeur.",
        )
        for column, name, expected in _CHECKED
        if row.get(column) and not values.get(name)
    ]
    readings: Readings = tuple((name, Value(text, ValueSource.INDEX)) for name, text in values.items() if text)
    place = _place(raw.get("DELIB_URL", "").strip())
    return IndexRow(line, row["DELIB_ID"], place.rpartition("/")[2], readings, place), problems


def _by_column(columns: Sequence[str], cells: Sequence[str]) -> tuple[dict[str, str], str]:
    """Cells by column, and the first of SCDL's columns that says two things."""
    raw: dict[str, str] = {}
    twice = ""
    for name, cell in zip(columns, cells, strict=True):
        known = raw.get(name, "").strip()
        if known and cell.strip() not in ("", known) and name.startswith(_OF_SCDL):
            twice = twice or name
        raw[name] = cell if not known else raw[name]
    return raw, twice


_OF_SCDL = ("COLL_", "DELIB_", "PREF_", "NATURE_ACTE", "PUBLICATION_DATE")

_CHECKED = (
    ("COLL_SIRET", Field.SIREN, "un SIRET de 14 chiffres"),
    ("DELIB_DATE", Field.DATE, "une date AAAA-MM-JJ"),
    ("PREF_DATE", Field.RECEIVED, "une date AAAA-MM-JJ"),
)


def _values(row: dict[str, str]) -> dict[Field, str]:
    identifier = IdActe.parse(row["DELIB_ID"])
    siret = row["COLL_SIRET"].replace(" ", "")
    nature = row.get("NATURE_ACTE", "")
    matter, _ = matter_of(row.get("DELIB_MATIERE_CODE", ""))
    return {
        Field.ID_ACTE: str(identifier) if identifier else "",
        Field.SIREN: siret[:9] if re.fullmatch(r"\d{14}", siret) else "",
        Field.NUMBER: identifier.number if identifier else row["DELIB_ID"],
        Field.DATE: iso_date(row["DELIB_DATE"]),
        Field.TITLE: row["DELIB_OBJET"],
        Field.NATURE: NATURES.get(nature, nature if nature in NATURES.values() else ""),
        Field.MATTER: matter,
        Field.MATTER_NAME: row.get("DELIB_MATIERE_NOM", ""),
        Field.RECEIVED: iso_date(row.get("PREF_DATE", "")),
        Field.PUBLISHED: iso_date(row.get("PUBLICATION_DATE", "")),
    }


def _place(url: str) -> str:
    """Path of a URL, decoded, without what a `#` or `?` adds to it; or a plain path."""
    try:
        path = urlsplit(url).path if "://" in url else url
    except ValueError:
        return ""
    return unicodedata.normalize("NFC", unquote(path).replace("\\", "/"))


def _unusable(line: int, why: str) -> Finding:
    return Finding(
        "INDEX_ROW",
        Severity.SET_ASIDE,
        f"ligne {line} : {why} ; la ligne n’est pas prise en compte, les autres le sont. "
        "Corrigez-la et redéposez l’index.",
    )
