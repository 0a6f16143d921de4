"""Where this installation keeps things, from `VERSEMENT_*` variables. No Airflow here: the command line reads it too."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
"""The project's folder, which holds `include/`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation.

    Attributes:
        registry_url: VERSEMENT_REGISTRY_URL, else a SQLite file in `var/` beside `plugins/`.
        staging: VERSEMENT_STAGING, else `var/staging`.
        profiles: VERSEMENT_PROFILES, folders parted by `:`, else `include/profiles`.
    """

    registry_url: str
    staging: Path
    profiles: tuple[Path, ...]

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """As the environment says now; an empty variable counts as none."""
        folders = [Path(part) for part in environment.get("VERSEMENT_PROFILES", "").split(os.pathsep) if part]
        return cls(
            registry_url=environment.get("VERSEMENT_REGISTRY_URL") or f"sqlite:///{ROOT / 'var' / 'registry.db'}",
            staging=Path(environment.get("VERSEMENT_STAGING") or ROOT / "var" / "staging"),
            profiles=tuple(folders) or (ROOT / "include" / "profiles",),
        )
