"""Where things are on this machine, from VERSEMENT_* variables, read when asked for and never at import."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from versement.adapters.antivirus import Clamd, ClamdSettings, DiskScans
from versement.adapters.antivirus.clamd import DAYS, MAX_BYTES
from versement.adapters.arrivals import DiskArrivals
from versement.adapters.clock import SystemClock
from versement.adapters.conformity import BoundedProfileCheck
from versement.adapters.registry import SqlRegistry
from versement.adapters.staging import DiskStaging
from versement.domain.errors import SettingsError, TargetInMaintenance
from versement.profiles.load import is_withdrawn, maintenance_of
from versement.profiles.models import Profile
from versement.steps.chain import Chain
from versement.steps.files import Guard

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Places.

    Attributes:
        registry_url: SQLAlchemy URL of the registry (VERSEMENT_REGISTRY_URL; default: SQLite under `var/`).
        staging: root of the staging stores (VERSEMENT_STAGING; default: under `var/`).
        profiles: folders of profiles (VERSEMENT_PROFILES, separated as in PATH; default: `include/profiles`).
        clamd: where the antivirus is (VERSEMENT_CLAMD, socket or `host:port`; default: none), the age in days beyond
            which its signatures judge nothing (VERSEMENT_CLAMD_DAYS; 7), its MaxFileSize in bytes
            (VERSEMENT_CLAMD_MAX_BYTES; 100 MiB).
        trial_folders: folders (VERSEMENT_TRIAL_FOLDERS, likewise; default: none) below which each organisation has one
            of its own name, from which a profile may be tried in Airflow.
    """

    registry_url: str
    staging: Path
    profiles: tuple[Path, ...]
    trial_folders: tuple[Path, ...] = ()
    clamd: ClamdSettings | None = None

    @classmethod
    def from_environment(cls) -> Settings:
        var = ROOT / "var"
        folders = os.environ.get("VERSEMENT_PROFILES") or str(ROOT / "include" / "profiles")
        return cls(
            os.environ.get("VERSEMENT_REGISTRY_URL") or f"sqlite:///{var / 'registry.db'}",
            Path(os.environ.get("VERSEMENT_STAGING") or var / "staging"),
            _folders(folders),
            _folders(os.environ.get("VERSEMENT_TRIAL_FOLDERS") or ""),
            _clamd(),
        )

    def guard(self) -> Guard | None:
        """The antivirus of this machine, when there is one."""
        if self.clamd is None:
            return None
        return Guard(Clamd(self.clamd, SystemClock()), DiskScans(self.staging / ".antivirus"))

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

    def as_signed_now(self, profile: Profile) -> Profile:
        """A profile without its sign-off when that was withdrawn since it was frozen; one given since counts not."""
        if profile.visa is None or not is_withdrawn(self.profiles, profile.dag_id):
            return profile
        return profile.model_copy(update={"visa": None})

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


def _clamd() -> ClamdSettings | None:
    address = os.environ.get("VERSEMENT_CLAMD")
    if not address:
        return None
    days = _number("VERSEMENT_CLAMD_DAYS", DAYS)
    return ClamdSettings(address, days, _number("VERSEMENT_CLAMD_MAX_BYTES", MAX_BYTES))


def _number(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdecimal() or not int(text):
        raise SettingsError(f"{name} : attendu un nombre entier, au moins 1. Corrigez ce réglage.")
    return int(text)
