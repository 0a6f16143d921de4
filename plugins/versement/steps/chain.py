"""What every step is given: who for, under which profile, with which ports."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from versement.domain.tenant import Tenant
from versement.ports.clock import Clock
from versement.ports.registry import Registry
from versement.ports.staging import Staging
from versement.profiles.models import Profile

log = logging.getLogger("versement")
"""Log of the chain: French, for the operator; no metadata value ever."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One connector at work. The profile is the frozen one, the same for all steps of a run."""

    profile: Profile
    registry: Registry
    staging: Staging
    clock: Clock

    @property
    def tenant(self) -> Tenant:
        return self.profile.tenant

    @property
    def connector(self) -> str:
        return self.profile.connector_name
