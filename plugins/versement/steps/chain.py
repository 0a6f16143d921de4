"""What every step is given: who for, under which profile, with which ports."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from versement.domain.errors import Defect
from versement.domain.personal import MASKING
from versement.domain.tenant import Tenant
from versement.domain.transfers import Transfer
from versement.ports.archival_profile import ArchivalProfileCheck, Departure
from versement.ports.arrivals import Arrivals
from versement.ports.clock import Clock
from versement.ports.registry import Registry
from versement.ports.staging import Staging
from versement.profiles.models import Profile

log = logging.getLogger("versement")
"""Log of the chain: French, for the operator; no metadata value ever."""
log.addFilter(MASKING)


def check_here(manifest: Path, profile: bytes) -> Sequence[Departure]:
    """See `ports.ArchivalProfileCheck`: in this process, without bounds."""
    from versement.seda.departures import departures  # noqa: PLC0415 - lxml is not for those who read DAGs

    return departures(manifest, profile)


@dataclass(frozen=True, slots=True)
class Chain:
    """One connector at work. The profile is the frozen one, the same for all steps of a run.

    Attributes:
        check_profile: compares manifests with the archival profile; by default in this process, without bounds.
        arrivals: where large SIPs are left for the archive; None: all go by HTTPS.
    """

    profile: Profile
    registry: Registry
    staging: Staging
    clock: Clock
    check_profile: ArchivalProfileCheck = check_here
    arrivals: Arrivals | None = None

    @property
    def tenant(self) -> Tenant:
        return self.profile.tenant

    @property
    def connector(self) -> str:
        return self.profile.connector_name

    def check_own(self, transfer: Transfer) -> None:
        """Another connector of the same coffre sees a transfer, but none of its tries.

        Raises:
            Defect: the transfer is another connector's.
        """
        if transfer.connector != self.connector:
            raise Defect(
                f"Versement {transfer.id} : il est du connecteur « {transfer.connector} » et la chaîne le cherche "
                f"sous « {self.connector} ». Rien n’a été fait : signalez-le aux développeurs.",
                detail="transfer of another connector",
            )
