"""A machine for the command line: profiles, registry and staging of its own, never the project's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.steps.conftest import commune, empty_drop, formats, samples
from tests.steps.world import SHIPPED
from versement.cli import trial, vitam
from versement.testing.plain_expectations import PlainExpectations

__all__ = ["commune", "empty_drop", "formats", "samples"]


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped profiles, which the command line reads; registry and staging beside them."""
    folder = tmp_path / "fiches"
    shutil.copytree(SHIPPED, folder)
    monkeypatch.setenv("VERSEMENT_PROFILES", str(folder))
    monkeypatch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{tmp_path / 'machine' / 'registry.db'}")
    monkeypatch.setenv("VERSEMENT_STAGING", str(tmp_path / "machine" / "staging"))
    return folder


@pytest.fixture
def machine(commune, monkeypatch: pytest.MonkeyPatch):
    """Saint-Aubin on this machine: the command line shows what its runs do, and asks its archive."""
    world = commune("saint-aubin")
    monkeypatch.setenv("VERSEMENT_PROFILES", str(SHIPPED))
    monkeypatch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{world.folder / 'registry.db'}")
    monkeypatch.setenv("VERSEMENT_STAGING", str(world.folder / "staging"))
    monkeypatch.setenv("VERSEMENT_VITAM_TARGET", "demo")
    monkeypatch.setenv("VERSEMENT_VITAM_URL", "http://vitam.invalid")
    monkeypatch.setenv("VERSEMENT_VITAM_ACCESS_CONTRACT", "Contrat")
    monkeypatch.setenv("VERSEMENT_VITAM_SANDBOX", "true")
    monkeypatch.setattr(vitam, "VitamArchive", lambda _settings: world.archive)
    return world


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, profiles: Path) -> Path:
    """`profile try` in this process, with plain expectations in place of the slow tool."""
    monkeypatch.setattr(trial, "GreatExpectations", PlainExpectations)
    return profiles
