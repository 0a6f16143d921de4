"""What all tests share: where the real samples are, when they are there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# The contract suites that ship with the package are tests too: their assertions explain themselves.
pytest.register_assert_rewrite("versement.testing")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path | None:
    """Folder of real samples and official schemas (VERSEMENT_SHARED), or None on a machine without it."""
    folder = Path(os.environ.get("VERSEMENT_SHARED", ROOT.parent / "shared"))
    return folder if folder.is_dir() else None
