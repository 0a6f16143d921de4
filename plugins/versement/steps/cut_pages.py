"""One PDF for a whole payroll run, as a source that holds a file for each document: its pages, cut out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from versement.domain.documents import FileReference
from versement.domain.errors import FileChanged, FileVanished
from versement.domain.fixity import CHUNK, Digest, Fixity
from versement.domain.listing import Listing
from versement.domain.pages import Claim, cut_of, cut_reference
from versement.domain.tenant import Tenant
from versement.ports.formats import Formats
from versement.ports.source import Source, expect
from versement.ports.staging import Staging
from versement.steps.reading import Reader

BATCH = 200
"""Cuts made together: what is on disk twice is bounded."""


def stage_cuts(
    reader: Reader, formats: Formats, container: FileReference, claims: Sequence[Claim]
) -> Mapping[Claim, FileReference]:
    """Cut each claim's pages into staging; a file of the drop, as it were, for each.

    Raises:
        UnreadableFile: the container is no PDF that can be cut.
    """
    path = reader.index_path(container)
    reader.passing.add(reader.stage(container).digest)
    cuts: dict[Claim, FileReference] = {}
    waiting = iter(claims)
    while batch := list(islice(waiting, BATCH)):
        with tempfile.TemporaryDirectory(prefix="versement-") as folder:
            made = formats.cut_pages(path, [(claim.first, claim.last) for claim in batch], Path(folder))
            for claim in batch:
                fixity = reader.chain.staging.put(reader.chain.tenant, chunks_of(made[claim.first, claim.last]))
                cuts[claim] = _keep(reader, container, claim, fixity)
    return cuts


def _keep(reader: Reader, container: FileReference, claim: Claim, fixity: Fixity) -> FileReference:
    path = cut_reference(container.path, claim)
    reader.staged[path] = fixity
    reader.passing.add(fixity.digest)
    return FileReference(path, fixity.size, container.modified)


def chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


class CutSource(Source):
    """Another source, of whose PDFs pages can be read as files: for a run that goes on where another stopped.

    What is staged only to be cut is added to `passing`.
    """

    def __init__(self, source: Source, staging: Staging, formats: Formats, passing: set[Digest] | None = None) -> None:
        self._passing = passing if passing is not None else set()
        self._source = source
        self._staging = staging
        self._formats = formats
        self._listed: dict[str, FileReference] | None = None

    def listing(self, tenant: Tenant) -> Listing:
        listed = self._source.listing(tenant)
        self._listed = {reference.path: reference for reference in listed}
        return listed

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        cut = cut_of(reference.path)
        if cut is None:
            yield from self._source.read(tenant, reference)
            return
        path, first, last = cut
        container = self._container(tenant, path, reference)
        staged = self._staging.put(tenant, self._source.read(tenant, container))
        self._passing.add(staged.digest)
        with tempfile.TemporaryDirectory(prefix="versement-") as folder:
            made = self._formats.cut_pages(self._staging.path(tenant, staged.digest), [(first, last)], Path(folder))
            yield from chunks_of(made[first, last])

    def expect(self, tenant: Tenant, references: Sequence[FileReference]) -> None:
        expect(self._source, tenant, [one for one in references if cut_of(one.path) is None])

    def close(self) -> None:
        self._source.close()

    def _container(self, tenant: Tenant, path: str, reference: FileReference) -> FileReference:
        if self._listed is None:
            self.listing(tenant)
        container = (self._listed or {}).get(path)
        if container is None:
            raise FileVanished(
                "Le PDF d’où viennent ces pages n’est plus au dépôt : redéposez-le avec son index.",
                detail="container of a cut is not listed",
            )
        if container.modified != reference.modified:
            raise FileChanged(
                "Le PDF d’où viennent ces pages a été remplacé : il sera repris à la collecte suivante.",
                detail="container of a cut has changed",
            )
        return container
