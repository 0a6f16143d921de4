"""Where things are on this machine, from VERSEMENT_* variables, read when asked for and never at import."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from versement.adapters.arrivals import DiskArrivals
from versement.adapters.clock import SystemClock
from versement.adapters.conformity import BoundedProfileCheck
from versement.adapters.registry import SqlRegistry
from versement.adapters.staging import DiskStaging
from versement.domain.errors import TargetInMaintenance
from versement.profiles.load import maintenance_of
from versement.profiles.models import Profile
from versement.steps.chain import Chain

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Places.

    Attributes:
        registry_url: SQLAlchemy URL of the registry (VERSEMENT_REGISTRY_URL; default: SQLite under `var/`).
        staging: root of the staging stores (VERSEMENT_STAGING; default: under `var/`).
        profiles: folders of profiles (VERSEMENT_PROFILES, separated as in PATH; default: `include/profiles`).
        trial_folders: folders (VERSEMENT_TRIAL_FOLDERS, likewise; default: none) below which each organisation has one
            of its own name, from which a profile may be tried in Airflow.
    """

    registry_url: str
    staging: Path
    profiles: tuple[Path, ...]
    trial_folders: tuple[Path, ...] = ()

    @classmethod
    def from_environment(cls) -> Settings:
        var = ROOT / "var"
        folders = os.environ.get("VERSEMENT_PROFILES") or str(ROOT / "include" / "profiles")
        return cls(
            os.environ.get("VERSEMENT_REGISTRY_URL") or f"sqlite:///{var / 'registry.db'}",
            Path(os.environ.get("VERSEMENT_STAGING") or var / "staging"),
            _folders(folders),
            _folders(os.environ.get("VERSEMENT_TRIAL_FOLDERS") or ""),
        )

    def maintenance(self, profile: Profile) -> TargetInMaintenance | None:
        """What is said of a profile's target when it is under maintenance now, whatever the profile was frozen with."""
        why = maintenance_of(self.profiles, profile.dag_id, profile.target.name)
        if not why:
            return None
        return TargetInMaintenance(
            f"La plateforme « {profile.target.label} » est en maintenance : {why}. Rien ne lui est envoyé ni demandé ; "
            "les versements attendent, rien n’est perdu, et ils repartiront d’eux-mêmes à la fin de la maintenance.",
            detail="maintenance in the targets' file",
        )

    def chain(self, profile: Profile) -> Chain:
        """The chain of one connector on this machine's registry and staging."""
        clock = SystemClock()
        registry, staging = SqlRegistry(self.registry_url, clock), DiskStaging(self.staging)
        return Chain(profile, registry, staging, clock, BoundedProfileCheck(), arrivals_of(profile))


def _folders(text: str) -> tuple[Path, ...]:
    return tuple(Path(folder) for folder in text.split(os.pathsep) if folder)


def arrivals_of(profile: Profile) -> DiskArrivals | None:
    """The connector's files in its target's folder of arrivals, when the target has one."""
    local = profile.target.local_deposit
    if local is None:
        return None
    return DiskArrivals(Path(local.folder), local.below, profile.dag_id, local.above_bytes)
