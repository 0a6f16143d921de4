"""Servers of the source tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from sftp_server import TestServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TestServer]:
    (tmp_path / "depot").mkdir()
    server = TestServer(tmp_path)
    yield server
    server.stop()
