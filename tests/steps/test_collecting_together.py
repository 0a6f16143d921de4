"""Files collected together: the registry says of each what it would have said of it alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.steps.world import World, profile_of
from versement.adapters.sources import FolderSource
from versement.domain.documents import FileReference
from versement.domain.errors import FileVanished, SourceUnavailable
from versement.domain.lifecycle import DocumentState
from versement.domain.tenant import Tenant
from versement.steps.collect import Window, collect
from versement.steps.reading import LARGE, TOGETHER, TOGETHER_BYTES, bounded
from versement.testing.source_contract import deposit

COUNT = 9


class Broken(FolderSource):
    """Stops answering at one file, and has lost another."""

    broken: str | None = "6.pdf"
    lost = "2.pdf"

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        if reference.path == self.broken:
            raise SourceUnavailable("Le dépôt ne répond plus.")
        if reference.path == self.lost:
            raise FileVanished(f"« {reference.path} » n’est plus au dépôt.")
        yield from super().read(tenant, reference)


@pytest.fixture
def world(tmp_path, formats):
    drop = tmp_path / "drop"
    for number in range(COUNT):
        deposit(drop, f"{number}.pdf", b"contenu %d" % number)
    deposit(drop, "gros.pdf", bytes(LARGE + 1))
    return World(tmp_path, drop, formats, profile_of(index="none"))


def states(world: World) -> dict[str, DocumentState]:
    chain = world.chain()
    return {
        file.path: state
        for state in DocumentState
        for document in chain.registry.documents(chain.tenant, chain.connector, state)
        for file in document.files
    }


def test_a_source_that_stops_loses_nothing_of_what_came_before(world):
    """What was read before the source stopped is collected, the lost file is told, and the next run reads the rest."""
    source = Broken(world.drop)
    with pytest.raises(SourceUnavailable):
        collect(world.chain(), source, world.formats, run_id="un", window=Window())
    found = states(world)
    assert found.pop("2.pdf") is DocumentState.SET_ASIDE
    collected = {path for path, state in found.items() if state is DocumentState.COLLECTED}
    assert collected == {f"{number}.pdf" for number in range(6)} - {"2.pdf"}
    source.broken = None
    collect(world.chain(), source, world.formats, run_id="deux", window=Window())
    assert sorted(set(states(world).values())) == sorted({DocumentState.SET_ASIDE, DocumentState.COLLECTED})


def test_what_is_collected_is_in_staging(world):
    """Every file of a collected document, small or large, is in staging under its digest."""
    chain = world.chain()
    collect(chain, FolderSource(world.drop), world.formats, run_id="un", window=Window())
    documents = chain.registry.documents(chain.tenant, chain.connector, DocumentState.COLLECTED)
    files = [file for document in documents for file in document.files]
    assert len(files) == COUNT + 1
    for file in files:
        assert (
            chain.staging.path(chain.tenant, file.fixity.digest).read_bytes() == (world.drop / file.path).read_bytes()
        )


def test_together_is_bounded_in_files_and_in_bytes():
    """No list is longer than it may be, whatever weighs in it, and the order is kept."""
    sizes = [1] * (TOGETHER + 1) + [TOGETHER_BYTES // 2] * 3 + [-1]
    lists = list(bounded(sizes, lambda size: (1, size)))
    assert [size for one in lists for size in one] == sizes
    assert [len(one) for one in lists] == [TOGETHER, 3, 2]
