"""What every step is given: who for, under which profile, with which ports."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from versement.domain.tenant import Tenant
from versement.ports.archival_profile import ArchivalProfileCheck
from versement.ports.clock import Clock
from versement.ports.registry import Registry
from versement.ports.staging import Staging
from versement.profiles.models import Profile
from versement.seda.departures import departures

log = logging.getLogger("versement")
"""Log of the chain: French, for the operator; no metadata value ever."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One connector at work. The profile is the frozen one, the same for all steps of a run.

    Attributes:
        check_profile: compares manifests with the archival profile; by default in this process, without bounds.
    """

    profile: Profile
    registry: Registry
    staging: Staging
    clock: Clock
    check_profile: ArchivalProfileCheck = departures

    @property
    def tenant(self) -> Tenant:
        return self.profile.tenant

    @property
    def connector(self) -> str:
        return self.profile.connector_name
