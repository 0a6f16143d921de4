"""Corrected files: those of a folder of the drop that its connector names stand in for the files of the same path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from versement.domain.documents import FileReference, Finding
from versement.domain.listing import Listing
from versement.domain.qualification import remark
from versement.domain.tenant import Tenant
from versement.ports.source import Source


class Corrected(Source):
    """A source with its corrections in place: `<folder>/<path>` is read where `<path>` is asked for.

    Nothing is changed at the source. A correction of a path that the drop does not hold, or of another correction, is a
    file like any other.

    Attributes:
        folder: of the corrections, relative to the drop; empty: there are none.
    """

    def __init__(self, source: Source, folder: str) -> None:
        self._source = source
        self._prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
        self._instead: dict[str, FileReference] = {}
        self._listed = not self._prefix

    def listing(self, tenant: Tenant) -> Listing:
        listed = self._source.listing(tenant)
        self._listed = True
        if not self._prefix:
            return listed
        held = {file.path for file in listed if not file.path.startswith(self._prefix)}
        within = {file.path.removeprefix(self._prefix): file for file in listed if file.path.startswith(self._prefix)}
        self._instead = {path: file for path, file in within.items() if path in held}
        used = {file.path for file in self._instead.values()}
        left = [file for file in listed if file.path not in used]
        files = sorted(replace(self._instead.get(file.path, file), path=file.path) for file in left)
        return Listing.of(files, (*listed.left, *self._told()), whole=listed.whole, empty=listed.empty)

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        if not self._listed:  # what an earlier run announced is brought without a listing of its own
            self.listing(tenant)
        instead = self._instead.get(reference.path)
        announced = instead is not None and replace(instead, path=reference.path) == reference
        return self._source.read(tenant, instead if instead is not None and announced else reference)

    def close(self) -> None:
        self._source.close()

    def _told(self) -> tuple[Finding, ...]:
        """A remark on the drop for each file that a correction stands in for."""
        return tuple(
            remark(
                "FILE_CORRECTED",
                f"« {path} » est lu dans « {file.path} » : le fichier corrigé prend sa place, celui d’origine reste "
                "à la source et n’est pas versé.",
                path,
            )
            for path, file in sorted(self._instead.items())
        )
