"""Servers of the source tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.sources.sftp_server import TestServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TestServer]:
    (tmp_path / "depot").mkdir()
    server = TestServer(tmp_path)
    yield server
    server.stop()
