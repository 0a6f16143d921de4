"""Layout `folders`: one document per folder, described by its path and by the metadata file that it holds."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from versement.domain.documents import AnnouncedDocument, AnnouncedFile, FileReference, Finding, Kind, Role
from versement.domain.errors import FileChanged, FileVanished, UnreadableFile
from versement.domain.grouping import Grouping, parted
from versement.domain.qualification import remark
from versement.ports.formats import Formats
from versement.profiles.drops import FoldersDrop
from versement.steps.layouts.described import Describing
from versement.steps.reading import Reader


def folders_of(reader: Reader, formats: Formats, drop: FoldersDrop, listing: Sequence[FileReference]) -> Grouping:
    """One document for each folder that a pattern takes; a file in none of them is a document that nobody knows."""
    profile = reader.chain.profile
    waste, rest = parted(listing, profile.connector.waste)
    describing = Describing(profile, drop)
    folders: dict[str, list[FileReference]] = {}
    alone: list[FileReference] = []
    for file in rest:
        folder = _document_of(file.path, describing)
        if folder is None:
            alone.append(file)
        else:
            folders.setdefault(folder, []).append(file)
    making = _Making(reader, formats, drop, describing)
    made = [making.document(folder, files) for folder, files in sorted(folders.items())]
    documents = [document for document, _ in made] + [_unknown(file) for file in alone]
    findings = tuple(finding for _, told in made for finding in told)
    return Grouping(tuple(sorted(documents, key=lambda document: document.reference)), waste, (), findings)


def _document_of(path: str, describing: Describing) -> str | None:
    """The highest folder on the way to a file that a pattern takes."""
    parts = path.split("/")[:-1]
    folders = ("/".join(parts[:length]) for length in range(1, len(parts) + 1))
    return next((folder for folder in folders if describing.fits(folder)), None)


def _unknown(file: FileReference) -> AnnouncedDocument:
    return AnnouncedDocument(file.path, Kind.RECORD, (AnnouncedFile(file.path, Role.UNKNOWN, file),))


@dataclass(frozen=True, slots=True)
class _Making:
    reader: Reader
    formats: Formats
    drop: FoldersDrop
    describing: Describing

    def document(self, folder: str, files: Sequence[FileReference]) -> tuple[AnnouncedDocument, tuple[Finding, ...]]:
        said = next((file for file in files if self.drop.metadata and file.name == self.drop.metadata), None)
        metadata, told = self._metadata(said)
        others = [file for file in files if file is not said]
        main = _main(others, self.drop.main) if others else None
        announced = [AnnouncedFile(file.path, Role.MAIN if file is main else Role.ANNEX, file) for file in others]
        if main is None and (self.drop.main or not others):
            announced.append(AnnouncedFile(f"{folder}/{next(iter(self.drop.main), '*')}", Role.MAIN, None))
        announced.sort(key=lambda file: (file.role is not Role.MAIN, file.path))
        if said is not None:
            announced.append(AnnouncedFile(said.path, Role.PROOF, said))
        readings, unusable = self.describing.readings(folder, main or files[0], {"metadata": metadata})
        document = AnnouncedDocument(folder, Kind.RECORD, tuple(announced), readings)
        return document, (*told, *unusable)

    def _metadata(self, file: FileReference | None) -> tuple[Mapping[str, Any], tuple[Finding, ...]]:
        if file is None:
            return {}, ()
        try:
            return self.formats.properties(self.reader.path(file), file.name), ()
        except (FileChanged, FileVanished):
            return {}, ()  # collected later as one of the document's files, which says what happened to it
        except UnreadableFile as error:
            message = f"« {file.path} » : {error.message}"
            return {}, (remark("METADATA_UNREADABLE", message, file.path),)


def _main(files: Iterable[FileReference], patterns: Sequence[str]) -> FileReference | None:
    ranked = list(files)
    for pattern in patterns:
        for file in ranked:
            if fnmatch.fnmatchcase(file.name.casefold(), pattern.casefold()):
                return file
    return None
