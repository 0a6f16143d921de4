"""Files of a source brought to staging while a run announces and collects them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from versement.domain.documents import FileReference
from versement.domain.errors import FileChanged, FileVanished, SetAside, SourceUnavailable, VersementError
from versement.domain.fixity import Digest, Fixity
from versement.ports.source import Source, expect
from versement.steps.chain import Chain

TOGETHER = 256
"""Files, and documents that have no more of them, brought together at most."""
TOGETHER_BYTES = 64 << 20
LARGE = 16 << 20
"""Bytes above which a file is brought by itself: it gains nothing by company."""

Item = TypeVar("Item")


def bounded(items: Iterable[Item], weight: Callable[[Item], tuple[int, int]]) -> Iterator[list[Item]]:
    """Items in their order, in lists that end with the one that fills them; a weight is a count and bytes."""
    held: list[Item] = []
    count = size = 0
    for item in items:
        held.append(item)
        count, size = count + weight(item)[0], size + max(weight(item)[1], 0)
        if count >= TOGETHER or size >= TOGETHER_BYTES:
            yield held
            held, count, size = [], 0, 0
    if held:
        yield held


@dataclass(slots=True)
class Reader:
    """Brings files to staging, each path once.

    Attributes:
        passing: what is staged only for what it holds: archives that are opened, PDFs that are cut.
    """

    chain: Chain
    source: Source
    staged: dict[str, Fixity] = field(default_factory=dict)
    passing: set[Digest] = field(default_factory=set)

    def stage(self, reference: FileReference) -> Fixity:
        known = self.staged.get(reference.path)
        # What was staged to announce a drop may have been removed since, as nobody's, by an elimination.
        if known is None or not self.chain.staging.has(self.chain.tenant, known.digest):
            known = self.chain.staging.put(self.chain.tenant, self.source.read(self.chain.tenant, reference))
            self.staged[reference.path] = known
        return known

    def bring(self, references: Iterable[FileReference]) -> None:
        """Stage files together, as far as it goes, large ones left aside: what is not brought, `stage` brings or tells.

        Raises:
            StagingFull, SettingsError: as staging says of what was read entirely.
        """
        wanted = {one.path: one for one in references if one.path not in self.staged and one.size <= LARGE}
        expect(self.source, self.chain.tenant, list(wanted.values()))
        for together in bounded(wanted.values(), lambda one: (1, one.size)):
            if not self._bring(together):
                return

    def _bring(self, references: Sequence[FileReference]) -> bool:
        """Stage these files; False when the source or the disk is in no state to go on."""
        tenant = self.chain.tenant
        brought: dict[str, Fixity] = {}
        going = True
        with self.chain.staging.batch(tenant) as batch:
            for reference in references:
                try:
                    brought[reference.path] = batch.put(self.source.read(tenant, reference))
                except SetAside:
                    continue
                except VersementError:
                    going = False  # what came before it is kept all the same
                    break
        self.staged |= brought
        return going

    def path(self, reference: FileReference) -> Path:
        """Where staging keeps the file's bytes.

        Raises:
            FileChanged, FileVanished: as the source says.
        """
        return self.chain.staging.path(self.chain.tenant, self.stage(reference).digest)

    def index_path(self, reference: FileReference) -> Path:
        """`path` of what the whole drop is judged by.

        Raises:
            SourceUnavailable: it changes while it is read. Without it the drop would be judged wrongly: better later
                than wrong.
        """
        try:
            return self.path(reference)
        except (FileChanged, FileVanished) as error:
            raise SourceUnavailable(
                f"L’index « {reference.path} » change pendant sa lecture : la collecte reprendra quand son dépôt "
                "sera terminé.",
                detail=error.detail,
            ) from error
