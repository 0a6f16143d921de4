"""Real open data through the ready profiles: what each drop gives, counted by reason."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from versement.profiles.load import load_profile

from .world import SHIPPED, World


@pytest.fixture
def samples(shared: Path | None) -> Path:
    return (shared or Path("absent")) / "samples"


def through(folder: Path, drop: Path, formats, connector: str) -> World:
    """A drop, gone through the whole chain of an example connector."""
    if not drop.is_dir():
        pytest.skip("no samples on this machine: test_records and test_markets show the same on drops of their own")
    world = World(folder, folder / "drop", formats, load_profile(SHIPPED / "saint-aubin" / f"{connector}.yaml"))
    shutil.copytree(drop, world.drop, copy_function=shutil.copy2)
    world.clock.pass_(86_400 * 365)  # files copied today are no later than their collection
    world.run()
    return world


def test_minutes_of_a_shared_folder_are_all_archived(tmp_path, formats, samples) -> None:
    """Real minutes, PDF and Word 97, go through with their date and no double: 13 of them and one note."""
    world = through(tmp_path, samples / "bureautique", formats, "proces-verbaux")
    counts = world.balance().documents
    assert (counts.announced, counts.accepted, counts.duplicates, counts.waste) == (14, 14, 0, 0)
    (transfer,) = world.transfers()
    assert transfer.unit_count == 14 + 3  # one unit per year: 2009, 2011, and the note's own


def test_notices_of_a_market_without_archives_are_an_index(tmp_path, formats, samples) -> None:
    """Essential data alone announce nothing: they describe markets whose pieces come otherwise."""
    world = through(tmp_path, samples / "marches" / "decp_2019", formats, "marches")
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, "marches:run-1")
    codes = Counter(finding.code for finding in record.findings)
    assert world.balance().documents.accepted == 0
    assert codes
