"""Telling a source what a production accepted: only then, only if asked, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.steps.world import World
from versement.adapters.sources import FolderSource
from versement.adapters.sources.receipts import FileReceipts
from versement.domain.errors import SettingsError
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DocumentState
from versement.ports.source import Receipt
from versement.profiles.sources import FileReceipt
from versement.steps.acknowledge import acknowledge

ASKED = FileReceipt(folder="accuses")


def production(world: World) -> World:
    world.profile = world.profile.model_copy(
        update={"target": world.profile.target.model_copy(update={"kind": "production"})}
    )
    return world


def receipts(world: World) -> FileReceipts:
    return FileReceipts(FolderSource(world.drop), ASKED)


def given(world: World) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (world.drop / "accuses").glob("*")}


def test_each_accepted_document_has_its_receipt_once(commune: Callable[[str], World]) -> None:
    """One receipt for each accepted document, with the digests of its files; none for the others, none twice."""
    world = production(commune("saint-aubin"))
    world.run()
    chain = world.chain()
    accepted = chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)
    assert acknowledge(chain, receipts(world)) == len(accepted) > 0
    found = given(world)
    assert set(found) == {f"accuse-{document.id}.json" for document in accepted}
    for content in found.values():
        for file in json.loads(content)["fichiers"]:
            assert Digest.of((world.drop / file["chemin"]).read_bytes()).value == file["sha512"]
    assert acknowledge(world.chain(), receipts(world)) == 0


def test_an_essai_is_never_acknowledged(commune: Callable[[str], World]) -> None:
    """What a blank target accepted is worth nothing: its source is told nothing, whatever the profile asks."""
    world = commune("saint-aubin")
    world.run()
    assert acknowledge(world.chain(), receipts(world)) == 0
    assert not (world.drop / "accuses").exists()


def test_a_profile_that_asks_for_nothing_writes_nothing(commune: Callable[[str], World]) -> None:
    """By default nothing is ever written at a source."""
    world = production(commune("saint-aubin"))
    before = sorted(world.drop.rglob("*"))
    world.run()
    assert acknowledge(world.chain(), None) == 0
    assert sorted(world.drop.rglob("*")) == before


def test_a_run_cut_between_the_receipt_and_its_memory_gives_the_same_one(commune: Callable[[str], World]) -> None:
    """After a cut the receipt is written again, the same, and then remembered."""
    world = production(commune("saint-aubin"))
    world.run()

    class Cut(FileReceipts):
        def give(self, tenant: object, receipt: Receipt) -> None:
            super().give(tenant, receipt)  # type: ignore[arg-type]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        acknowledge(world.chain(), Cut(FolderSource(world.drop), ASKED))
    first = given(world)
    assert len(first) == 1
    acknowledge(world.chain(), receipts(world))
    assert given(world).items() >= first.items()


def test_receipts_never_follow_a_link(tmp_path: Path) -> None:
    """A folder of receipts that is a link leads nowhere: nothing is written outside the drop."""
    (tmp_path / "ailleurs").mkdir()
    (tmp_path / "depot").mkdir()
    (tmp_path / "depot" / "accuses").symlink_to(tmp_path / "ailleurs")
    with pytest.raises(SettingsError, match="accuses"):
        FolderSource(tmp_path / "depot").write("accuses", "accuse-1.json", b"{}")
    assert list((tmp_path / "ailleurs").iterdir()) == []
