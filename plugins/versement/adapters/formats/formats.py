"""The readers of this package behind the `Formats` port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from versement.adapters.formats import actes, identify, properties, scdl, stamp
from versement.adapters.formats.pdf import PdfReader
from versement.domain.documents import Readings
from versement.domain.drop import ActesMessage
from versement.ports.formats import FormatIdentification, Formats, IndexReading


class FileFormats(Formats):
    """Reads files on disk. PDFs and format identification go through child processes; close it when done.

    Attributes:
        pdf_seconds: time that the text of one PDF may take.
        pdf_memory: address space of the process that reads PDFs, in bytes.
    """

    def __init__(self, *, pdf_seconds: float = 30.0, pdf_memory: int = 512 << 20) -> None:
        self._pdf = PdfReader(seconds=pdf_seconds, memory=pdf_memory)

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

    def message(self, path: Path) -> ActesMessage | None:
        return actes.read_message(path)

    def properties(self, path: Path, name: str) -> Mapping[str, Any]:
        return properties.read_properties(path, name)

    def stamp(self, path: Path) -> Readings:
        return stamp.readings(self._pdf.read(path))

    def identify(self, paths: Sequence[Path]) -> Mapping[Path, FormatIdentification]:
        return identify.identify(paths)

    def close(self) -> None:
        """End the child process; a later reading starts another."""
        self._pdf.close()
