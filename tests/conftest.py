"""What all tests share: where the real samples are, when they are there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path | None:
    """Folder of real samples and official schemas (VERSEMENT_SHARED), or None on a machine without it."""
    folder = Path(os.environ.get("VERSEMENT_SHARED", ROOT.parent / "shared"))
    return folder if folder.is_dir() else None
