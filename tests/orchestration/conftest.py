"""What tests of the orchestration share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.orchestration.airflow_home import ROOT


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped profiles, which the DAGs read."""
    folder = tmp_path / "profiles"
    shutil.copytree(ROOT / "include" / "profiles", folder)
    monkeypatch.setenv("VERSEMENT_PROFILES", str(folder))
    return folder
