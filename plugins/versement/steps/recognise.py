"""What a sample drop is: which layout its files have, and what an index in it says."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from versement.domain.columns import names_a_file
from versement.domain.errors import UnreadableFile
from versement.ports.formats import Formats
from versement.seda.xml import Unreadable, local_name, read_xml

LOOKED_AT = 5_000
"""Files of a drop that are listed; a sample has fewer."""
READ = 200
"""Files whose content is looked at."""
HEAD = 2 << 20
"""Bytes of an index that are read."""
DESCRIBED = (".json", ".xml", ".yaml", ".yml", ".txt")
_ACT = re.compile(r"(?:^|/)(?:99_[A-Z]{2}-)?\d{3}-\d{9}-\d{6,8}-[0-9A-Z_]+-(?:DE|AR|AI|CC|BF|AU)(?![A-Z])")
_TOOL = re.compile(rb"acte_nature|numero_de_lacte|nature_acte|numero_interne|EnveloppeCLMISILL|actes:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sample:
    """What was recognised.

    Attributes:
        layout: `actes`, `index`, `folders` or `files`.
        why: French, one sentence for each thing that tells so.
        archives: file names of zips.
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
    index: str = ""
    columns: tuple[str, ...] = ()
    file_column: str = ""
    metadata: str = ""
    depth: int = 0


@dataclass(slots=True)
class _Drop:
    root: Path
    paths: list[str] = field(default_factory=list)

    def at(self, path: str) -> Path:
        return self.root / path


def recognise(folder: Path, formats: Formats) -> Sample:
    """Look at a sample drop; nothing of it is changed, and values of its documents are not kept."""
    drop = _Drop(folder, sorted(_listed(folder)))
    archives = any(path.lower().endswith((".zip", ".tar", ".tar.gz", ".tgz")) for path in drop.paths)
    found = _acts(drop, formats) or _index(drop) or _folders(drop) or Sample("files", ("un fichier est un document",))
    return replace(found, files=len(drop.paths), archives=archives)


def _listed(folder: Path) -> Iterator[str]:
    count = 0
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            count += 1
            if count > LOOKED_AT:
                return
            yield (Path(place) / name).relative_to(folder).as_posix()


def _acts(drop: _Drop, formats: Formats) -> Sample | None:
    why: list[str] = []
    if any(_ACT.search(path) for path in drop.paths):
        why.append("des fichiers portent un nom ACTES")
    for path in [path for path in drop.paths if path.lower().endswith((".csv", ".xml", ".json"))][:READ]:
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


def _index(drop: _Drop) -> Sample | None:
    names = {path.rpartition("/")[2] for path in drop.paths}
    for path in [path for path in drop.paths if path.lower().endswith((".csv", ".xml", ".json"))][:READ]:
        columns, rows = table_of(drop.at(path))
        if len(columns) < 2:
            continue
        named = {
            column: sum(row.get(column, "").replace("\\", "/").rpartition("/")[2] in names for row in rows)
            for column in columns
        }
        best = max(columns, key=lambda column: (named[column], names_a_file(column)))
        if named[best] or names_a_file(best):
            why = f"« {path} » est un index de {len(rows)} lignes ; la colonne « {best} » nomme les fichiers"
            return Sample("index", (why,), index=path.rpartition("/")[2], columns=columns, file_column=best)
    return None


def _folders(drop: _Drop) -> Sample | None:
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
    read = {".csv": _csv, ".json": _json, ".xml": _xml}.get(path.suffix.lower())
    try:
        rows = read(path) if read else []
    except (ValueError, csv.Error, Unreadable, RecursionError):
        rows = []
    columns = tuple(dict.fromkeys(name for row in rows for name in row if name.strip()))
    return columns, rows


def _csv(path: Path) -> list[dict[str, str]]:
    data = _head(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    separator = max(";,\t|", key=first.count)
    lines = csv.reader(io.StringIO(text), delimiter=separator)
    heads = [head.strip() for head in next(lines, [])]
    return [dict(zip(heads, line, strict=False)) for line in lines if any(line)]


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
