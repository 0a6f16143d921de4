"""What a sample drop is: which layout its files have, and what an index in it says."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from versement.domain.columns import family_of, names_a_file
from versement.domain.errors import UnreadableFile
from versement.domain.market_tree import patterns
from versement.domain.paths import PathPattern
from versement.ports.formats import Formats
from versement.seda.xml import Unreadable, local_name, read_xml
from versement.steps.sampled import HEAD, SampledDrop

READ = 200
"""Files whose content is looked at."""
DESCRIBED = (".json", ".xml", ".yaml", ".yml", ".txt")
_ACT = re.compile(r"(?:^|/)(?:99_[A-Z]{2}-)?\d{3}-\d{9}-\d{6,8}-[0-9A-Z_]+-(?:DE|AR|AI|CC|BF|AU)(?![A-Z])")
_TOOL = re.compile(
    rb"acte_nature|numero_de_lacte|nature_acte|numero_interne|EnveloppeCLMISILL|actes:|<dossierActe|webdelibdossier",
    re.IGNORECASE,
)
_SEANCE = re.compile(r"(?:^|/)00__convocation[^/]*$", re.IGNORECASE)
"""What idelibre calls the first piece of a séance."""
_PHASES = 2
"""Phases of a market from which a drop is one of markets."""
_VALUE = re.compile(r"\d[\d/ .:-]{3,}|.*\.[A-Za-z]{3,4}")
"""A date, a number or the name of a file: what no column is called."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was recognised.

    Attributes:
        layout: `actes`, `index`, `folders` or `files`.
        why: French, one sentence for each thing that tells so.
        archives: some of its files are archives.
        family: what its folders or columns look like, for a person to confirm; or empty.
        notices: DECP notices are among its files.
        header: the index begins with the names of its columns; else they are c1, c2, c3…
        index: name of the index file, or empty.
        columns: of the index.
        file_column: the column that names files, or empty.
        metadata: name of the file that describes each folder, or empty.
        depth: levels of folders above the described ones.
    """

    layout: str
    why: tuple[str, ...]
    files: int = 0
    archives: bool = False
    family: str = ""
    notices: bool = False
    header: bool = True
    index: str = ""
    columns: tuple[str, ...] = ()
    file_column: str = ""
    metadata: str = ""
    depth: int = 0


def recognise(folder: Path, formats: Formats) -> Sample:
    """Look at a sample drop; nothing of it is changed, and values of its documents are not kept."""
    with tempfile.TemporaryDirectory(prefix="versement-") as copies:
        drop = SampledDrop(folder, Path(copies))
        drop.look(formats)
        found = _acts(drop, formats) or _markets(drop, formats) or _index(drop) or _folders(drop)
        found = found or Sample("files", ("un fichier est un document",))
    return replace(found, files=drop.files, archives=bool(drop.archives))


def _acts(drop: SampledDrop, formats: Formats) -> Sample | None:
    why: list[str] = []
    if any(_ACT.search(path) for path in drop.paths):
        why.append("des fichiers portent un nom ACTES")
    if any(_SEANCE.search(path) for path in drop.paths):
        why.append("des dossiers de séance s’y trouvent")
    for path in drop.tables(READ):
        try:
            if path.lower().endswith(".csv") and formats.is_index(drop.at(path), path):
                why.append(f"« {path} » est un index SCDL")
            elif path.lower().endswith(".xml") and formats.message(drop.at(path)) is not None:
                why.append("des messages ACTES s’y trouvent")
            elif _TOOL.search(_head(drop.at(path))[:20_000]):
                why.append("des descriptions d’un tiers de télétransmission s’y trouvent")
        except UnreadableFile:
            continue
    return Sample("actes", tuple(dict.fromkeys(why))) if why else None


def _markets(drop: SampledDrop, formats: Formats) -> Sample | None:
    """Folders of several phases of a market, or notices of markets."""
    known = [(PathPattern(text), values["phase"]) for text, values in patterns() if "phase" in values]
    phases = {phase for path in drop.paths for pattern, phase in known if pattern.match(path) is not None}
    notices = any(_is_notices(drop, path, formats) for path in drop.tables(READ))
    why = []
    if len(phases) >= _PHASES:
        why.append(f"des dossiers portent le nom de {len(phases)} phases d’un marché")
    if notices:
        why.append("des données essentielles (DECP) s’y trouvent")
    return Sample("files", tuple(why), family="marches", notices=notices) if why else None


def _is_notices(drop: SampledDrop, path: str, formats: Formats) -> bool:
    try:
        return path.lower().endswith((".json", ".xml")) and formats.is_notices(drop.at(path), path)
    except (UnreadableFile, OSError):
        return False


def _index(drop: SampledDrop) -> Sample | None:
    names = {path.rpartition("/")[2] for path in drop.paths}
    for path in drop.tables(READ):
        columns, rows, header = _table(drop.at(path))
        if len(columns) < 2 or (path.lower().endswith(".txt") and len(columns) * len(rows) < 4):
            continue
        named = {
            column: sum(row.get(column, "").replace("\\", "/").rpartition("/")[2] in names for row in rows)
            for column in columns
        }
        best = max(columns, key=lambda column: (named[column], names_a_file(column)))
        if named[best] or names_a_file(best):
            lines = f"{len(rows)} ligne{'s' if len(rows) > 1 else ''}"
            why = (
                f"« {_printable(path)} » est un index de {lines} ; la colonne « {_printable(best)} » nomme les fichiers"
            )
            name, family = _printable(path.rpartition("/")[2]), family_of(columns)
            return Sample("index", (why,), index=name, columns=columns, file_column=best, family=family, header=header)
    return None


def _printable(name: str) -> str:
    """A name as a pattern that it fits: `?` for each sign that would break a line."""
    return "".join(character if character.isprintable() else "?" for character in name)


def _folders(drop: SampledDrop) -> Sample | None:
    """One description of the same name in each folder of the same depth."""
    for ending in DESCRIBED:
        holders: dict[str, list[str]] = {}
        for path in drop.paths:
            above, _, name = path.rpartition("/")
            if above and name.lower().endswith(ending):
                holders.setdefault(name, []).append(above)
        for name, places in sorted(holders.items()):
            depths = {place.count("/") for place in places}
            if len(places) > 1 and len(depths) == 1:
                why = f"chacun des {len(places)} dossiers a son fichier « {name} »"
                return Sample("folders", (why,), metadata=name, depth=depths.pop())
    return None


def table_of(path: Path) -> tuple[tuple[str, ...], Sequence[dict[str, str]]]:
    """Columns and rows of a CSV, XML or JSON index; none when it is no table. Never raises for what it holds."""
    columns, rows, _ = _table(path)
    return columns, rows


def _table(path: Path) -> tuple[tuple[str, ...], Sequence[dict[str, str]], bool]:
    """The same, and whether the columns have names of their own."""
    rows: list[dict[str, str]]
    header = True
    try:
        if path.suffix.lower() in (".csv", ".txt"):
            rows, header = _csv(path)
        else:
            read = {".json": _json, ".xml": _xml}.get(path.suffix.lower())
            rows = read(path) if read else []
    except (ValueError, csv.Error, Unreadable, RecursionError):
        rows = []
    columns = tuple(dict.fromkeys(name for row in rows for name in row if name.strip()))
    return columns, rows, header


def _csv(path: Path) -> tuple[list[dict[str, str]], bool]:
    """Rows, and whether the first line names their columns: a line of values is a row like the others."""
    data = _head(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    separator = max(";,\t|", key=first.count)
    lines = list(csv.reader(io.StringIO(text), delimiter=separator))
    heads = [head.strip() for head in lines[0]] if lines else []
    header = not any(_VALUE.fullmatch(head) for head in heads)
    if not header:
        heads = [f"c{rank}" for rank, _ in enumerate(heads, start=1)]
    return [dict(zip(heads, line, strict=False)) for line in lines[header:] if any(line)], header


def _json(path: Path) -> list[dict[str, str]]:
    found = json.loads(_head(path))
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), [])
    return [_leaves(row) for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _xml(path: Path) -> list[dict[str, str]]:
    root = read_xml(_head(path))
    rows = [{local_name(item): item.text or "" for item in row if not len(item)} for row in root]
    return [row for row in rows if row] if len(rows) > 1 else []


def _leaves(row: dict[str, object]) -> dict[str, str]:
    return {str(name): str(value) for name, value in row.items() if isinstance(value, str | int | float)}


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""
