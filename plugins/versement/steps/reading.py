"""Files of a source brought to staging while a run announces and collects them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from versement.domain.documents import FileReference
from versement.domain.errors import FileChanged, FileVanished, SourceUnavailable
from versement.domain.fixity import Fixity
from versement.ports.source import Source
from versement.steps.chain import Chain


@dataclass(slots=True)
class Reader:
    """Brings files to staging, each path once."""

    chain: Chain
    source: Source
    staged: dict[str, Fixity] = field(default_factory=dict)

    def stage(self, reference: FileReference) -> Fixity:
        known = self.staged.get(reference.path)
        if known is None:
            known = self.chain.staging.put(self.chain.tenant, self.source.read(self.chain.tenant, reference))
            self.staged[reference.path] = known
        return known

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
