"""Headers of the payroll files of a drop (XHL, PES): what they say of themselves, and nothing of anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from versement.domain.documents import FileReference
from versement.domain.errors import FileChanged, FileVanished, UnreadableFile
from versement.ports.formats import Formats
from versement.steps.reading import Reader

EXTENSIONS = (".xhl", ".xml", ".dsn", ".txt")


def payroll_headers(
    reader: Reader, formats: Formats, files: Iterable[FileReference]
) -> Mapping[str, Mapping[str, str]]:
    """By path, the header of each file that has one; a file that cannot be read is a document without these values."""
    headers: dict[str, Mapping[str, str]] = {}
    for file in files:
        if not file.name.casefold().endswith(EXTENSIONS):
            continue
        try:
            header = formats.payroll_header(reader.path(file))
        except (FileChanged, FileVanished, UnreadableFile):
            continue  # what is wrong with it is told when it is collected, or by the field that it does not give
        if header:
            headers[file.path] = header
    return headers
