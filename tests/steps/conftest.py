"""Drops and worlds for tests of the steps."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.samples import write_drops
from tests.steps.personnel import RUNS, personnel
from tests.steps.world import World, file_formats, profile_of
from versement.ports.formats import Formats


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample drops of both communes."""
    folder = tmp_path_factory.mktemp("samples")
    write_drops(folder)
    return folder


@pytest.fixture(scope="session")
def formats() -> Iterator[Formats]:
    """The real readers, their child processes kept for the whole session."""
    readers = file_formats()
    yield readers
    readers.close()


@pytest.fixture
def commune(tmp_path: Path, samples: Path, formats: Formats) -> Callable[[str], World]:
    """A commune with the first batch of its sample drop."""

    def make(name: str = "saint-aubin") -> World:
        drop = tmp_path / name / "drop"
        shutil.copytree(samples / name / "first", drop)
        return World(tmp_path / name, drop, formats, profile_of(name))

    return make


@pytest.fixture
def empty_drop(tmp_path: Path, formats: Formats) -> World:
    """A commune whose drop holds nothing yet."""
    drop = tmp_path / "drop"
    drop.mkdir()
    return World(tmp_path, drop, formats)


@pytest.fixture
def office(tmp_path, formats):
    """Maurecy's personnel office with a connector, its drop filled."""

    def make(connector, fill=None):
        world = personnel(tmp_path, formats, connector)
        (fill or RUNS[connector])(world)
        return world

    return make
