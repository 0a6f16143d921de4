"""What the registry knows of volumes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from versement.domain.footprint import Collected, Volumes
from versement.domain.tenant import Tenant


class KnownVolumes(Protocol):
    """Part of the Registry, which only reads."""

    def volumes(self, tenant: Tenant, connector: str | None = None, collection_id: str | None = None) -> Volumes:
        """Of a coffre, of one of its connectors, or of one collection."""
        ...

    def volumes_over_time(self, tenant: Tenant, connector: str) -> Sequence[Collected]:
        """Of each collection of a connector, as its documents stand now, the oldest first."""
        ...
