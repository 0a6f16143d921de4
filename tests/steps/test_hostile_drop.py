"""A hostile drop, by folder and by SFTP: every one of its entries is accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.adapters.sources.sftp_server import TestServer
from tests.steps.world import World, file_formats
from versement.adapters.sources import FolderSource, SftpSource
from versement.adapters.sources.names import original_parts
from versement.domain.arrivals import Signs, arrived
from versement.domain.grouping import group
from versement.domain.lifecycle import DocumentState
from versement.ports.source import Source
from versement.profiles.models import WASTE
from versement.steps.collect import Window, collect
from versement.steps.qualify import qualify
from versement.testing.folder_hostile import REPLACED, Hostile, ReplacedWhileRead, build
from versement.testing.plain_expectations import PlainExpectations
from versement.testing.source_contract import TENANT

CROWD = 60
WHOLE_CROWD = 100_000


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "depot").mkdir()
    return tmp_path / "depot"


@pytest.fixture(params=["folder", "sftp"])
def source(request: pytest.FixtureRequest, drop: Path, tmp_path: Path) -> Iterator[Callable[[], Source]]:
    if request.param == "folder":
        yield lambda: FolderSource(drop)
        return
    server = TestServer(tmp_path)
    yield lambda: SftpSource(server.settings())
    server.stop()


def originals(paths: list[str]) -> set[bytes]:
    return {b"/".join(original_parts(path)) for path in paths}


def test_every_entry_is_listed_or_told(source: Callable[[], Source], drop: Path) -> None:
    """Each file is listed under a name that gives its bytes back; each link, pipe and socket is told by its own."""
    hostile = build(drop, crowd=CROWD)
    opened = source()
    listing = opened.listing(TENANT)
    opened.close()
    assert len(hostile.files) > CROWD + 20
    assert originals([reference.path for reference in listing]) == set(hostile.files)
    told = {finding.path: finding for finding in listing.left}
    assert set(told) == hostile.specials
    assert len(hostile.specials) == 6
    assert all(f"« {path} »" in finding.message for path, finding in told.items())


def test_every_entry_is_accounted_for_by_the_chain(source: Callable[[], Source], drop: Path, tmp_path: Path) -> None:
    """Each file is in a document or in waste, and the one that was replaced under its reader is named."""
    hostile = build(drop, crowd=CROWD)
    with_formats = file_formats()
    world = World(tmp_path, drop, with_formats)
    chain, opened = world.chain(), ReplacedWhileRead(source(), drop)
    record = collect(chain, opened, with_formats, run_id="hostile", window=Window())
    qualify(chain, with_formats, PlainExpectations(), collection_id=record.id)
    opened.close()
    with_formats.close()
    assert _accounted(world, record.id) == set(hostile.files)
    assert {finding.path for finding in record.findings} >= hostile.specials
    assert [finding.code for finding in record.findings if "bombe.zip" in finding.path] == ["ARCHIVE_CLOSED"]
    assert world.codes()[REPLACED] == "FILE_CHANGED"
    assert world.balance().adds_up
    assert world.balance().documents.announced > CROWD
    assert set(world.codes()) >= {"tailles/vide.pdf", "tailles/bombe.zip"}


def _accounted(world: World, collection: str) -> set[bytes]:
    chain = world.chain()
    waste = chain.registry.waste(chain.tenant, chain.connector, collection)
    documents = chain.registry.documents(chain.tenant, chain.connector, *DocumentState)
    files = [file.path for document in documents for file in document.files]
    return originals([*files, *(reference.path for reference in waste)])


def test_a_hundred_thousand_files_in_one_folder_are_all_announced(drop: Path) -> None:
    """A crowd is listed twice, compared and grouped, and no file of it is lost."""
    hostile: Hostile = build(drop, crowd=WHOLE_CROWD)
    source = FolderSource(drop)
    listing = arrived(source.listing(TENANT), source.listing(TENANT), Signs())
    grouping = group(listing, {}, {}, WASTE)
    placed = [file.path for document in grouping.documents for file in document.files]
    placed += [reference.path for reference in grouping.waste]
    assert originals(placed) == set(hostile.files)
