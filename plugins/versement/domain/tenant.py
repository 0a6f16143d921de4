"""The wall between holdings: every port method takes a Tenant first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TargetKind = Literal["essai", "production"]
"""Of a target: whether what it accepts has archival value."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One Vitam tenant (coffre) of an organisation.

    Attributes:
        organisation: the organisation's folder name under the profiles.
        name: the coffre's name within the organisation.
        number: Vitam's `X-Tenant-Id`.
        target: name of the Vitam that holds it; deposits are at most once per target.
        kind: of that target.
    """

    organisation: str
    name: str
    number: int
    target: str
    kind: TargetKind

    @property
    def key(self) -> str:
        """What rows, staging folders and pools carry: for ever of one number and one kind (ports.Registry)."""
        return f"{self.organisation}.{self.name}@{self.target}"
