"""What ships can deposit: each profile is signed in the version that ships (names are fictitious)."""

from __future__ import annotations

from pathlib import Path

import pytest

from versement.profiles.load import load_profile, profile_paths
from versement.profiles.sign_off import is_signed, version_digest

SHIPPED = Path(__file__).resolve().parents[2] / "include" / "profiles"


@pytest.mark.parametrize("path", profile_paths([SHIPPED]), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_every_shipped_profile_is_signed(path: Path) -> None:
    """Whoever changes its meaning signs it again: `python -m versement profile sign <fiche> --name … --date …`."""
    profile = load_profile(path)
    assert is_signed(profile), f"{profile.dag_id}: {version_digest(profile)}"
