"""Layout `files`: one document per file, described by its path."""

from __future__ import annotations

from collections.abc import Sequence

from versement.domain.documents import AnnouncedDocument, AnnouncedFile, FileReference, Finding, Kind, Role
from versement.domain.grouping import Grouping, is_waste
from versement.ports.formats import Formats
from versement.profiles.drops import FilesDrop
from versement.steps.layouts.described import Describing
from versement.steps.reading import Reader


def files_of(reader: Reader, formats: Formats, drop: FilesDrop, listing: Sequence[FileReference]) -> Grouping:
    """One document for each file of the listing that is no waste."""
    del formats
    profile = reader.chain.profile
    describing = Describing(profile, drop)
    waste = tuple(file for file in listing if is_waste(file.path, profile.connector.waste))
    documents: list[AnnouncedDocument] = []
    findings: list[Finding] = []
    for file in sorted(set(listing) - set(waste)):
        readings, unusable = describing.readings(file.path, file)
        findings += unusable
        documents.append(
            AnnouncedDocument(file.path, Kind.RECORD, (AnnouncedFile(file.path, Role.MAIN, file),), readings)
        )
    return Grouping(tuple(documents), waste, (), tuple(findings))
