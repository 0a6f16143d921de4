"""From a drop's listing to the documents that it announces: a pure function of names, indexes and messages.

What the files' bytes say comes later; no path of the listing is ever lost.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from versement.domain.documents import (
    AnnouncedDocument,
    AnnouncedFile,
    Field,
    FileReference,
    Finding,
    Kind,
    Metadata,
    Readings,
    Role,
    Severity,
)
from versement.domain.drop import ActesMessage, IndexRow

_ACTES_NAME = re.compile(
    r"(?:[0-9A-Z]{2}_[A-Z]{2}-)?"
    r"(?P<stem>\d[0-9AB]{2}-\d{9}-\d{8}-[A-Za-z0-9_]{1,15}-[A-Z]{2}-1-1)_(?P<rank>\d+)\.[A-Za-z0-9]+"
)
_ANNEX_MARK = re.compile(r"[_-]annexe", re.IGNORECASE)
_OWN_ROLES = {Kind.ACKNOWLEDGEMENT: Role.ACKNOWLEDGEMENT, Kind.CANCELLATION: Role.CANCELLATION}


@dataclass(frozen=True, slots=True)
class Grouping:
    """What a drop announces. Every path of the listing is in `waste`, in `indexes`, or in a document's files.

    Attributes:
        documents: sorted by reference, which no two share.
        findings: names that point at several files, rows that point at one file (all remarks).
    """

    documents: tuple[AnnouncedDocument, ...]
    waste: tuple[FileReference, ...]
    indexes: tuple[FileReference, ...]
    findings: tuple[Finding, ...]


def group(
    listing: Iterable[FileReference],
    indexes: Mapping[str, Sequence[IndexRow]],
    messages: Mapping[str, ActesMessage],
    waste_patterns: Sequence[str],
) -> Grouping:
    """Group a listing into documents.

    Args:
        listing: the drop's files, in any order.
        indexes: rows of each SCDL index, by its path.
        messages: each ACTES message, by its path.
        waste_patterns: of base names (`*` and `?`), whatever their case.
    """
    files = {reference.path: reference for reference in sorted(listing)}
    waste = {path for path in files if is_waste(path, waste_patterns)}
    kept = files.keys() - waste
    read = {path: messages[path] for path in sorted(kept & messages.keys() - indexes.keys())}
    drop = _Drop(files, _Names(sorted(kept - indexes.keys() - read.keys())))
    for path, message in read.items():
        if message.kind is Kind.ACT:
            drop.add_message(path, message)
    for path, message in read.items():
        if message.kind is not Kind.ACT:
            drop.add_attestation(path, message)
    for index in sorted(kept & indexes.keys()):
        drop.add_rows(index, indexes[index])
    drop.attach_by_identifier(read)
    drop.add_by_name()
    return Grouping(
        documents=drop.documents(has_index=bool(kept & indexes.keys())),
        waste=tuple(files[path] for path in sorted(waste)),
        indexes=tuple(files[path] for path in sorted(kept & indexes.keys())),
        findings=tuple(dict.fromkeys(drop.findings)),
    )


def is_waste(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path's base name matches one of the patterns, whatever its case."""
    name = _base(path).casefold()
    return any(fnmatch.fnmatchcase(name, pattern.casefold()) for pattern in patterns)


@dataclass(slots=True)
class _Act:
    """An act while it is put together; `path` is its main file's, or the name of one that is missing."""

    path: str
    present: bool
    annexes: dict[str, bool] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    readings: list[Readings] = field(default_factory=list)
    row: bool = False
    role: Role = Role.ACT

    def add_annexes(self, paths: Iterable[tuple[str, bool]]) -> None:
        """Add what is not there yet: a present file by its path, a missing one by its name."""
        missing = {_key(path) for path, present in self.annexes.items() if not present}
        for path, present in paths:
            if path == self.path or (not present and _key(path) in missing):
                continue
            self.annexes[path] = present or self.annexes.get(path, False)

    def add_readings(self, readings: Readings) -> None:
        if readings and readings not in self.readings:
            self.readings.append(readings)

    def present_files(self) -> Iterator[str]:
        """Paths of act and annexes that are in the drop."""
        if self.present:
            yield self.path
        yield from (path for path, present in self.annexes.items() if present)

    def identifiers(self) -> set[str]:
        """Every IDActe that something says this act has."""
        return {value.text for part in self.readings for name, value in part if name is Field.ID_ACTE}


class _Names:
    """The drop's files by name, compared in NFC."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        self._everywhere: dict[str, list[str]] = {}
        self._in_folder: dict[tuple[str, str], list[str]] = {}
        self._actes: dict[str, list[str]] = {}
        for path in paths:
            match = _ACTES_NAME.fullmatch(_base(path))
            if match and int(match["rank"]) == 1:
                self._actes.setdefault(match["stem"], []).append(path)
            self._everywhere.setdefault(_key(path), []).append(path)
            self._in_folder.setdefault((_folder(path), _key(path)), []).append(path)

    def of_acte(self, identifier: str) -> list[str]:
        """Main files whose ACTES name carries that IDActe."""
        return self._actes.get(f"{identifier}-1-1", [])

    def of(self, name: str, folder: str | None) -> list[str]:
        """Files of that name: those of the folder, else those of the whole drop."""
        here = self._in_folder.get((folder, _key(name)), []) if folder is not None else []
        found = here or self._everywhere.get(_key(name), [])
        exact = [path for path in found if _base(path) == name]
        return exact if len(exact) == 1 else found


class _Drop:
    """Acts and attestations while a drop is grouped."""

    def __init__(self, files: Mapping[str, FileReference], names: _Names) -> None:
        self.files = files
        self.names = names
        self.findings: list[Finding] = []
        self._acts: dict[str, _Act] = {}  # by path of the act's file, or of what announces it
        self._attestations: dict[str, ActesMessage] = {}
        self._rows: dict[str, Readings] = {}  # by path of the act's file: the row that took it
        self._missing_rows: dict[tuple[str, Readings], _Act] = {}
        self._ranks: dict[str, int] = {}  # by DELIB_ID: rows without a file that carry it

    def add_message(self, path: str, message: ActesMessage) -> None:
        """An `Acte` message: its act, even when the files that it names are not there."""
        folder = _folder(path)
        name = _named(message.act_file)
        found = self._find(name, folder, by=path)
        missing = _Act(_joined(folder, name), present=False)
        act = self._acts.setdefault(found or path, _Act(found, present=True) if found else missing)
        act.messages.append(path)
        self._complete(act, path, message)

    def add_attestation(self, path: str, message: ActesMessage) -> None:
        """An ARActe or ARAnnulation: a document of its own, and what it says of an act that is there."""
        self._attestations[path] = message
        found = self._find(_named(message.act_file), _folder(path), by=path)
        if found:
            self._complete(self._acts.setdefault(found, _Act(found, present=True)), path, message)

    def add_rows(self, index: str, rows: Sequence[IndexRow]) -> None:
        """An index: each row goes to its file, or becomes a document whose file is missing."""
        identified = self._identified()
        for row in rows:
            found = self._find(row.file_name, None, by=index)
            if not found and not self.names.of(row.file_name, None):
                found = self._of_identifier(row, identified)
            if found and self._rows.setdefault(found, row.readings) != row.readings:
                self._remark(
                    "INDEX_SAME_FILE",
                    f"« {index} », ligne {row.line} : le fichier « {_base(found)} » est déjà celui "
                    "d’une autre ligne. Une ligne par acte est attendue ; corrigez DELIB_URL dans l’une des deux.",
                    index,
                )
                found = ""
            self._take_row(row, found)

    def attach_by_identifier(self, messages: Mapping[str, ActesMessage]) -> None:
        """What attests an act without naming its file finds it by its IDActe."""
        acts: dict[str, list[_Act]] = {}
        for act in self._acts.values():
            for identifier in act.identifiers():
                acts.setdefault(identifier, []).append(act)
        for message in messages.values():
            identifier = Metadata.settled(message.readings).text(Field.ID_ACTE)
            if message.kind is not Kind.ACT and identifier:
                for act in acts.get(identifier, ()):
                    act.add_readings(_of_the_act(message))

    def add_by_name(self) -> None:
        """Files that nothing names: annexes by their name, else documents of their own."""
        claimed = {path for act in self._acts.values() for path in act.present_files()}
        free = [path for path in self.names.paths if path not in claimed]
        free = self._add_actes_names(free)
        free = self._add_annex_names(free)
        for path in free:
            role = Role.ACT if _is_pdf(path) else Role.UNKNOWN
            self._acts[path] = _Act(path, present=True, role=role)

    def documents(self, *, has_index: bool) -> tuple[AnnouncedDocument, ...]:
        """Every document, sorted by reference."""
        made = [self._attestation(path, message) for path, message in self._attestations.items()]
        made += [self._act(reference, act, has_index=has_index) for reference, act in self._acts.items()]
        return tuple(sorted(made, key=lambda document: document.reference))

    def _find(self, name: str, folder: str | None, *, by: str) -> str:
        """Path of the one file of that name, empty when there is none or no way to choose."""
        found = self.names.of(name, folder) if name else []
        if len(found) > 1:
            self._remark(
                "NAME_AMBIGUOUS",
                f"« {by} » nomme « {name} », un nom que {len(found)} fichiers portent "
                f"({', '.join(found[:3])}{' …' if len(found) > 3 else ''}) : impossible de savoir lequel. "
                "Donnez-leur des noms différents.",
                by,
            )
        return found[0] if len(found) == 1 else ""

    def _complete(self, act: _Act, path: str, message: ActesMessage) -> None:
        folder = _folder(path)
        names = [name for name in map(_named, message.annex_files) if name]
        found = [(self._find(name, folder, by=path), name) for name in names]
        act.add_annexes((known or _joined(folder, name), bool(known)) for known, name in found)
        act.add_readings(_of_the_act(message))

    def _take_row(self, row: IndexRow, found: str) -> None:
        act = self._acts.setdefault(found, _Act(found, present=True)) if found else self._missing(row)
        act.row = True
        act.add_readings(row.readings)

    def _missing(self, row: IndexRow) -> _Act:
        """The act of a row without a file: one for each different row, whatever their identifiers."""
        known = self._missing_rows.get((row.identifier, row.readings))
        if known is None:
            rank = self._ranks.get(row.identifier, 0)
            reference = ""
            while not reference or reference in self.files or reference in self._acts:
                rank += 1
                reference = f"index:{row.identifier}" + (f"#{rank}" if rank > 1 else "")
            self._ranks[row.identifier] = rank
            known = _Act(row.file_name or row.identifier, present=False)
            self._missing_rows[row.identifier, row.readings] = self._acts[reference] = known
        return known

    def _add_actes_names(self, free: Sequence[str]) -> list[str]:
        """ACTES names: `_1` is the act, `_2` and after its annexes. Returns what is left."""
        stems: dict[tuple[str, str], dict[int, list[str]]] = {}
        for path in self.names.paths:
            match = _ACTES_NAME.fullmatch(_base(path))
            if match:
                ranks = stems.setdefault((_folder(path), match["stem"]), {})
                ranks.setdefault(int(match["rank"]), []).append(path)
        left = set(free)
        for ranks in stems.values():
            main = ranks.get(1, [])
            if len(main) != 1 or not (main[0] in left or main[0] in self._acts):
                continue
            act = self._acts.setdefault(main[0], _Act(main[0], present=True))
            annexes = [path for rank in sorted(ranks) if rank > 1 for path in ranks[rank] if path in left]
            act.add_annexes((path, True) for path in annexes)
            left -= {main[0], *annexes}
        return sorted(left)

    def _add_annex_names(self, free: Sequence[str]) -> list[str]:
        """`<stem>_annexe…` beside `<stem>.pdf`. Returns what is left."""
        candidates = (path for path in (*self._acts, *free) if path in self.files and _is_pdf(path))
        mains = {_stem_key(path): path for path in sorted(candidates, reverse=True)}
        left: list[str] = []
        for path in sorted(free, key=lambda path: (len(path), path)):
            main = _main_of(path, mains)
            if main is None:
                left.append(path)
                continue
            self._acts.setdefault(main, _Act(main, present=True)).add_annexes([(path, True)])
            if mains.get(_stem_key(path)) == path:
                del mains[_stem_key(path)]
        return sorted(path for path in left if path not in self._acts)

    def _act(self, reference: str, act: _Act, *, has_index: bool) -> AnnouncedDocument:
        files = [self._file(act.path, act.role, present=act.present)] if act.present or act.path else []
        files += [self._file(path, Role.ANNEX, present=present) for path, present in act.annexes.items()]
        files += [self._file(path, Role.MESSAGE, present=True) for path in act.messages]
        readings = tuple(reading for part in act.readings for reading in part)
        return AnnouncedDocument(
            reference, Kind.ACT, tuple(files), readings=readings, row=act.row if has_index else None
        )

    def _attestation(self, path: str, message: ActesMessage) -> AnnouncedDocument:
        own = self._file(path, _OWN_ROLES[message.kind], present=True)
        name = _named(message.act_file)
        return AnnouncedDocument(path, message.kind, (own,), readings=message.readings, attests=(name,) if name else ())

    def _identified(self) -> Mapping[str, set[str]]:
        """Paths of acts that are there, by each IDActe that something says they have."""
        paths: dict[str, set[str]] = {}
        for act in self._acts.values():
            for identifier in act.identifiers() if act.present else ():
                paths.setdefault(identifier, set()).add(act.path)
        return paths

    def _of_identifier(self, row: IndexRow, identified: Mapping[str, set[str]]) -> str:
        """Path of the one act that a message or its ACTES name gives the row's IDActe; empty when there is none."""
        identifier = Metadata.settled(row.readings).text(Field.ID_ACTE)
        paths = identified.get(identifier, set()) | set(self.names.of_acte(identifier)) if identifier else set()
        return next(iter(paths)) if len(paths) == 1 else ""

    def _file(self, path: str, role: Role, *, present: bool) -> AnnouncedFile:
        if present:
            return AnnouncedFile(path, role, self.files[path])
        namesakes = len(self.names.of(_base(path), _folder(path) or None))
        missing = "" if not namesakes else "INDEX_SAME_FILE" if namesakes == 1 else "NAME_AMBIGUOUS"
        return AnnouncedFile(path, role, None, missing)

    def _remark(self, code: str, message: str, path: str) -> None:
        self.findings.append(Finding(code, Severity.REMARK, message, path))


def _of_the_act(message: ActesMessage) -> Readings:
    """What a message says of its act; of a cancellation, that the act is cancelled."""
    if message.kind is not Kind.CANCELLATION:
        return message.readings
    return tuple(reading for reading in message.readings if reading[0] is Field.CANCELLED)


def _main_of(path: str, mains: Mapping[tuple[str, str], str]) -> str | None:
    """The act that a file's name makes it an annex of: the one with the longest name."""
    name = _key(path)
    for mark in reversed(list(_ANNEX_MARK.finditer(name))):
        main = mains.get((_folder(path), name[: mark.start()]))
        if main is not None and main != path:
            return main
    return None


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _named(name: str) -> str:
    """The file name that a message gives, without any folder before it."""
    return re.split(r"[/\\]", name.strip())[-1]


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else name


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", _base(path))


def _stem_key(path: str) -> tuple[str, str]:
    return _folder(path), _key(path).rpartition(".")[0]


def _is_pdf(path: str) -> bool:
    return path.lower().endswith(".pdf")
