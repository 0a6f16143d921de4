"""The readers of this package behind the `Formats` port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from versement.adapters.formats import (
    actes,
    archives,
    classification,
    decp,
    described,
    pages,
    paye,
    properties,
    registers,
    scdl,
    stamp,
    table,
)
from versement.adapters.formats.identify import Identifier
from versement.adapters.formats.pdf import PdfReader, begins_late
from versement.adapters.formats.stamp import PdfText
from versement.domain.classification import Classification
from versement.domain.documents import Readings
from versement.domain.drop import ActesMessage, Descriptor
from versement.domain.health import Health
from versement.domain.marches import Notice
from versement.domain.registers import Register
from versement.ports.formats import Archive, FormatIdentification, Formats, IndexReading, TableLayout, TableReading

PDF = "application/pdf"
READERS = 2
"""Processes that look into documents; each starts when first needed."""


_WRITTEN = {
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.oasis.opendocument.text": "odt",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "plain",
}
"""Which reader gives the text of a document, by MIME type."""


class FileFormats(Formats):
    """Reads files on disk. PDFs and format identification go through child processes; close it when done.

    Attributes:
        pdf_seconds: time that looking into one document may take, or its opening for a cut.
        pdf_memory: address space of each process that looks into documents, in bytes.
    """

    def __init__(self, *, pdf_seconds: float = 30.0, pdf_memory: int = 512 << 20) -> None:
        self._pdf = tuple(PdfReader(seconds=pdf_seconds, memory=pdf_memory) for _ in range(READERS))
        self._limits = pages.Limits(pdf_seconds, pdf_memory)
        self._identifier = Identifier()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def is_index(self, path: Path, name: str) -> bool:
        return scdl.is_index(path, name)

    def index(self, path: Path) -> IndexReading:
        return scdl.read_index(path)

    def table(self, path: Path, name: str, layout: TableLayout) -> TableReading:
        return table.read_table(path, name, layout)

    def message(self, path: Path) -> ActesMessage | None:
        return actes.read_message(path)

    def descriptor(self, path: Path, name: str) -> Descriptor | None:
        return described.read_descriptor(path, name)

    def classification(self, path: Path | None) -> Classification:
        return actes.read_classification(path) if path else classification.national_classification()

    def properties(self, path: Path, name: str) -> Mapping[str, Any]:
        return properties.read_properties(path, name)

    def archive(self, path: Path) -> Archive:
        return archives.open_archive(path)

    def is_notices(self, path: Path, name: str) -> bool:
        return decp.is_notices(path, name)

    def notices(self, path: Path) -> Sequence[Notice]:
        return decp.read_notices(path)

    def is_register(self, name: str) -> bool:
        return registers.is_register(name)

    def register(self, path: Path, name: str) -> Register:
        return registers.read_register(path, name, self._text)

    def concluded(self, path: Path, name: str) -> tuple[str, ...] | None:
        return registers.read_concluded(path, name)

    def stamp(self, path: Path) -> Readings:
        return stamp.readings(self._reader(path).read(path))

    def health(self, path: Path) -> Health:
        late = begins_late(path) and PDF in self.identify([path])[path].mime
        return self._reader(path).health(path, pdf=late)

    def page_texts(self, path: Path) -> Sequence[str]:
        return self._reader(path).read(path).pages

    def text(self, path: Path, mime: str) -> str:
        kind = next((kind for named, kind in _WRITTEN.items() if named in mime), "")
        if kind == "pdf":
            return "\n".join(self.page_texts(path))
        return self._reader(path).text(path, kind) if kind else ""

    def page_count(self, path: Path) -> int:
        return pages.page_count(path, self._limits)

    def cut_pages(self, path: Path, ranges: Sequence[tuple[int, int]], folder: Path) -> Mapping[tuple[int, int], Path]:
        return pages.cut_pages(path, ranges, folder, self._limits)

    def payroll_header(self, path: Path) -> Mapping[str, str] | None:
        return paye.payroll_header(path)

    def identify(self, paths: Sequence[Path]) -> Mapping[Path, FormatIdentification]:
        return self._identifier.identify(paths)

    def close(self) -> None:
        """End the child processes; a later reading starts others."""
        for reader in self._pdf:
            reader.close()
        self._identifier.close()

    def _text(self, path: Path) -> PdfText:
        return self._reader(path).read(path)

    def _reader(self, path: Path) -> PdfReader:
        """Always the same one for a file: it keeps its last answers."""
        return self._pdf[sum(path.name.encode("utf-8", "surrogateescape")) % READERS]
