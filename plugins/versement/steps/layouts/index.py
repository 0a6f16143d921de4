"""Layout `index`: one document per row of an index, with the files that the row names, or with its pages of one PDF."""

from __future__ import annotations

import fnmatch
import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from versement.domain.documents import AnnouncedDocument, AnnouncedFile, FileReference, Finding, Kind, Role, Severity
from versement.domain.errors import UnreadableFile
from versement.domain.grouping import Grouping, parted
from versement.domain.pages import Claim, claim_of, cut_reference, proofs, shares
from versement.domain.people import names_in
from versement.domain.qualification import blocking, remark
from versement.ports.formats import Formats, TableLayout, TableRow
from versement.profiles.drops import IndexDrop
from versement.steps.cut_pages import stage_cuts
from versement.steps.layouts.described import Describing
from versement.steps.reading import Reader

Indexed = tuple[Grouping, Mapping[str, Sequence[str]]]
"""With names of people, by reference of the document that is about them."""


def index_of(reader: Reader, formats: Formats, drop: IndexDrop, listing: Sequence[FileReference]) -> Indexed:
    """One document for each row; a file that no row names is a document that nobody knows."""
    profile = reader.chain.profile
    waste, kept = parted(listing, profile.connector.waste)
    indexes = [file for file in kept if fnmatch.fnmatchcase(file.name.casefold(), drop.index.casefold())]
    making = _Making(reader, formats, drop, Describing(profile, drop), _Names(set(kept) - set(indexes)))
    for index in indexes:
        making.read(index)
    making.take()
    making.cut()
    taken = {file.reference for document in making.documents for file in document.files} | making.containers
    making.documents += [_unknown(file) for file in kept if file not in taken and file not in indexes]
    grouping = Grouping(
        tuple(making.documents),
        waste,
        tuple(sorted({*indexes, *making.containers})),
        tuple(dict.fromkeys(making.findings)),
    )
    return grouping, making.people


def _unknown(file: FileReference) -> AnnouncedDocument:
    return AnnouncedDocument(file.path, Kind.RECORD, (AnnouncedFile(file.path, Role.UNKNOWN, file),))


class _Names:
    """Files of a drop, by what an index may call them."""

    def __init__(self, files: Iterable[FileReference]) -> None:
        self._paths: dict[str, list[FileReference]] = {}
        self._names: dict[str, list[FileReference]] = {}
        for file in sorted(files):
            self._paths.setdefault(_key(file.path), []).append(file)
            self._names.setdefault(_key(file.name), []).append(file)

    def found(self, index: FileReference, written: str) -> tuple[FileReference | None, str]:
        """The file that an index names, by its path from the index or by its name; else why there is none.

        By its name it is found below the index only, and only in folders that do not contradict those that are
        written: another agent's `nomination.pdf` is not the one that is lacking. Of files whose names differ by case
        alone, it is the one that is written so.
        """
        written = written.replace("\\", "/")
        path = posixpath.normpath(posixpath.join(index.folder, written))
        if at_path := self._paths.get(_key(path)):
            return _only(_written_so(at_path, path))
        said = [_key(part) for part in written.split("/") if part not in ("", ".", "..")]
        below = f"{index.folder}/" if index.folder else ""
        namesakes = [
            file
            for file in self._names.get(said[-1] if said else "", ())
            if file.path.startswith(below) and _agree(said, _key(file.path.removeprefix(below)).split("/"))
        ]
        return _only(_written_so(namesakes, written.rpartition("/")[2]))


def _only(found: Sequence[FileReference]) -> tuple[FileReference | None, str]:
    if len(found) == 1:
        return found[0], ""
    return None, "NAME_AMBIGUOUS" if found else ""


def _written_so(found: Sequence[FileReference], written: str) -> Sequence[FileReference]:
    """Of several files, those whose path ends as it is written, case included, if there are any."""
    ending = f"/{unicodedata.normalize('NFC', written)}"
    exact = [file for file in found if f"/{unicodedata.normalize('NFC', file.path)}".endswith(ending)]
    return exact or found


def _agree(written: Sequence[str], found: Sequence[str]) -> bool:
    """Whether one path ends as the other one: an export writes its own folders above, a drop adds others."""
    common = min(len(written), len(found))
    return written[-common:] == found[-common:]


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


@dataclass(slots=True)
class _Making:
    """Documents of the rows, as they are put together."""

    reader: Reader
    formats: Formats
    drop: IndexDrop
    describing: Describing
    names: _Names
    documents: list[AnnouncedDocument] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    people: dict[str, Sequence[str]] = field(default_factory=dict)
    containers: set[FileReference] = field(default_factory=set)
    _rows: list[tuple[FileReference, TableRow]] = field(default_factory=list)
    _waiting: dict[FileReference, list[tuple[FileReference, TableRow]]] = field(default_factory=dict)
    _references: set[str] = field(default_factory=set)
    _taken: set[str] = field(default_factory=set)
    _mains: set[str] = field(default_factory=set)
    _disputed: set[str] = field(default_factory=set)

    def read(self, index: FileReference) -> None:
        """Read an index's rows; `take` makes their documents."""
        layout = TableLayout(self.drop.encoding, self.drop.separator, self.drop.header, self.drop.rows)
        try:
            reading = self.formats.table(self.reader.index_path(index), index.name, layout)
        except UnreadableFile as error:
            self.findings.append(blocking("INDEX_UNREADABLE", f"« {index.path} » : {error.message}", index.path))
            return
        for finding in reading.findings:
            told = replace(finding, path=index.path, message=f"« {index.path} », {finding.message}")
            self.findings.append(told)
        self._tell_swapped(index, reading.rows)
        for row in reading.rows:
            if self._swallows(index, row):
                self.findings.append(_swallowing(index, row))
            else:
                self._rows.append((index, row))

    def _swallows(self, index: FileReference, row: TableRow) -> bool:
        """Whether a cell over several lines holds what names a file: a quote left open took another row in."""
        cells = (cell for cell in row.cells.values() if "\n" in cell)
        return any(self.names.found(index, part.strip())[0] for cell in cells for part in _PARTS.split(cell) if part)

    def take(self) -> None:
        """Make the documents of the rows; those whose pages are to be cut wait for `cut`."""
        self._disputed = set() if self.drop.pages else self._claimed_twice()
        for index, row in self._rows:
            files = self._files(index, row)
            if self.drop.pages and files and files[0].reference is not None:
                self._waiting.setdefault(files[0].reference, []).append((index, row))
                continue
            named = files and files[0].path not in self._disputed
            self._add(files[0].path if named else f"{index.path}#{row.line}", files, row, index)

    def _claimed_twice(self) -> set[str]:
        """Paths of the files that rows which differ give as their document: whose they are is not known."""
        claims: dict[str, list[Mapping[str, str]]] = {}
        for index, row in self._rows:
            for path in self.drop.file:
                if written := self._cell(row, path):
                    found, _ = self.names.found(index, written)
                    if found is not None:
                        claims.setdefault(found.path, []).append(row.cells)
                    break
        self._mains = set(claims)
        return {path for path, rows in claims.items() if any(row != rows[0] for row in rows)}

    def cut(self) -> None:
        """Make the documents of the rows that share a PDF."""
        for container, rows in sorted(self._waiting.items(), key=lambda item: item[0]):
            self.containers.add(container)
            try:
                self._cut_one(container, rows)
            except UnreadableFile as error:
                message = f"« {container.path} » : {error.message}"
                self.findings.append(blocking("FILE_UNREADABLE", message, container.path))
                for index, row in rows:
                    self._lack(container, f"{container.path}#{row.line}", index, row, "PAGES_UNREADABLE")

    def _cut_one(self, container: FileReference, rows: Sequence[tuple[FileReference, TableRow]]) -> None:
        claims = [self._claim(place, row) for place, (_, row) in enumerate(rows)]
        broken = [row.line for (_, row), claim in zip(rows, claims, strict=True) if claim is None]
        count = self.formats.page_count(self.reader.index_path(container))
        found = shares(count, filter(None, claims), broken=broken)
        cuts = stage_cuts(self.reader, self.formats, container, found.good)
        for finding in found.whole:
            message = f"« {container.path} » : {finding.message}"
            self.findings.append(replace(finding, path=container.path, message=message))
        why = {claim: finding.code for claim, finding in found.refused}
        unproven = self._unproven(
            [(row, cuts.get(claim) if claim else None) for (_, row), claim in zip(rows, claims, strict=True)]
        )
        for (index, row), claim in zip(rows, claims, strict=True):
            cut = cuts.get(claim) if claim else None
            if cut and cut in unproven:
                self._lack(container, cut.path, index, row, "PAGES_UNPROVEN")
            elif cut:
                self._add(cut.path, [AnnouncedFile(cut.path, Role.MAIN, cut)], row, index)
            else:
                reference = cut_reference(container.path, claim) if claim else f"{container.path}#{row.line}"
                self._lack(container, reference, index, row, why[claim] if claim else "PAGES_BEYOND")

    def _unproven(self, held: Sequence[tuple[TableRow, FileReference | None]]) -> AbstractSet[FileReference]:
        """Cuts whose pages do not say whose they are, or another's, or lack one that another cut has."""
        if self.drop.pages is None or self.drop.pages.proof is None:
            return frozenset()
        all_ = {self._proof(row) for row, _ in held} - {""}
        unproven: set[FileReference] = set()
        robbed: set[str] = set()
        for row, cut in held:
            if cut is not None:
                mine, strangers = proofs(self.formats.page_texts(self.reader.path(cut)), self._proof(row), all_)
                unproven |= set() if mine and not strangers else {cut}
                robbed |= strangers
        return unproven | {cut for row, cut in held if cut is not None and self._proof(row) in robbed}

    def _proof(self, row: TableRow) -> str:
        proof = self.drop.pages.proof if self.drop.pages else None
        return self._cell(row, proof) if proof else ""

    def _claim(self, place: int, row: TableRow) -> Claim | None:
        pages = self.drop.pages
        if pages is None:
            return None
        last = self._cell(row, pages.last) if pages.last else ""
        return claim_of(row.line, self._cell(row, pages.first), last, place=place)

    def _lack(self, container: FileReference, reference: str, index: FileReference, row: TableRow, why: str) -> None:
        """A document whose pages nobody can cut."""
        self._add(reference, [AnnouncedFile(reference, Role.MAIN, None, why)], row, index, beside=container)

    def _files(self, index: FileReference, row: TableRow) -> list[AnnouncedFile]:
        """The files that a row names; the first is the document itself."""
        files: list[AnnouncedFile] = []
        for written in filter(None, (self._cell(row, path) for path in self.drop.file)):
            found, why = self.names.found(index, written)
            shown = found.path if found else written
            role = Role.ANNEX if files else Role.MAIN
            if found and not self.drop.pages and self._is_anothers(found.path, role):
                found, why = None, "INDEX_SAME_FILE"
            files.append(AnnouncedFile(shown, role, found, why))
            self._taken.update([found.path] if found and role is Role.MAIN else [])
        return files

    def _is_anothers(self, path: str, role: Role) -> bool:
        """Whether a file is another row's: an annex may be of several, a document of one."""
        return path in self._disputed or path in (self._taken if role is Role.MAIN else self._mains)

    @staticmethod
    def _cell(row: TableRow, path: str) -> str:
        return row.cells.get(path.partition(".")[2], "").strip()

    def _add(
        self,
        reference: str,
        files: Sequence[AnnouncedFile],
        row: TableRow,
        index: FileReference,
        *,
        beside: FileReference | None = None,
    ) -> None:
        main = files[0].reference if files and files[0].reference else beside or index
        readings, unusable = self.describing.readings(files[0].path if files else reference, main, {"index": row.cells})
        unique = self._unique(reference, row)
        self.people[unique] = names_in(row.cells)
        self.findings += unusable
        lacking = () if files else (AnnouncedFile(unique, Role.MAIN, None),)
        self.documents.append(AnnouncedDocument(unique, Kind.RECORD, (*files, *lacking), readings, row=True))

    def _unique(self, reference: str, row: TableRow) -> str:
        while reference in self._references:
            reference = f"{reference}#{row.line}"
        self._references.add(reference)
        return reference

    def _tell_swapped(self, index: FileReference, rows: Sequence[TableRow]) -> None:
        """First names in capitals beside birth names that are not: the two columns have changed places."""
        swapped = sum(1 for row in rows if _swapped(row.cells))
        if swapped and swapped * 2 > len(rows):
            self.findings.append(
                remark(
                    "NAMES_SWAPPED",
                    f"« {index.path} » : sur {swapped} lignes, la colonne du prénom semble porter le nom de naissance, "
                    "et l’inverse. Ni l’un ni l’autre n’est versé ; prévenez l’éditeur de l’export.",
                    index.path,
                )
            )


_PARTS = re.compile(r"[\r\n;,|\t\"]")


def _swallowing(index: FileReference, row: TableRow) -> Finding:
    return Finding(
        "INDEX_ROW",
        Severity.SET_ASIDE,
        f"« {index.path} », ligne {row.line} : un guillemet qui ne se ferme pas y réunit plusieurs lignes, dont "
        "chacune nomme un fichier ; aucune n’est prise en compte. Corrigez-la et redéposez l’index.",
        index.path,
    )


def _swapped(cells: Mapping[str, str]) -> bool:
    first = next(_ending(cells, "firstname"), "")
    birth = next(_ending(cells, "birthname"), "")
    return first.isupper() and birth.istitle() and len(first) > 1


def _ending(cells: Mapping[str, str], name: str) -> Iterator[str]:
    return (text for key, text in cells.items() if key.rpartition(".")[2].casefold() == name)
