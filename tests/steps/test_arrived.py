"""A source that shows only what has arrived whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from versement.adapters.sources import FolderSource
from versement.domain.arrivals import Signs
from versement.steps.arrived import ArrivedSource
from versement.testing.source_contract import TENANT, FolderContract, deposit, read


class TestArrivedSource(FolderContract):
    @pytest.fixture
    def drop(self, tmp_path: Path) -> Path:
        return tmp_path

    @pytest.fixture
    def source(self, drop: Path) -> ArrivedSource:
        return ArrivedSource(FolderSource(drop), Signs(), 1.0, lambda _: None)


def test_a_file_still_written_waits_and_is_taken_next_time(tmp_path: Path) -> None:
    """What grows while the drop is watched is taken by the next collection, whole."""
    deposit(tmp_path, "fini.pdf")
    deposit(tmp_path, "en-cours.pdf", b"moit")
    waited: list[float] = []

    def writer(seconds: float) -> None:
        waited.append(seconds)
        deposit(tmp_path, "en-cours.pdf", b"moitie")

    source = ArrivedSource(FolderSource(tmp_path), Signs(), 2.0, writer)
    assert [reference.path for reference in source.listing(TENANT)] == ["fini.pdf"]
    assert waited == [2.0]
    late, _ = source.listing(TENANT)
    assert read(source, late) == b"moitie"


def test_an_empty_drop_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody waits where nothing is."""
    source = ArrivedSource(FolderSource(tmp_path), Signs(), 2.0, lambda _: pytest.fail("waited"))
    assert list(source.listing(TENANT)) == []
