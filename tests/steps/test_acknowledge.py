"""Telling a source what a production accepted: only then, only if asked, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.steps.test_records import PDF, a_profile
from tests.steps.world import World
from versement.adapters.sources import FolderSource
from versement.adapters.sources.receipts import FileReceipts
from versement.domain.errors import ReceiptRefused, SettingsError
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DocumentState
from versement.domain.tenant import Tenant
from versement.ports.records import Record
from versement.ports.source import Receipt
from versement.profiles.drops import FilesDrop
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
        def give(self, tenant: object, receipt: Receipt) -> bool:
            super().give(tenant, receipt)  # type: ignore[arg-type]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        acknowledge(world.chain(), Cut(FolderSource(world.drop), ASKED))
    first = given(world)
    assert len(first) == 1
    acknowledge(world.chain(), receipts(world))
    assert given(world).items() >= first.items()


def test_a_receipt_is_never_archived_as_a_document(empty_drop: World) -> None:
    """The profile no longer asks for receipts, or wants them elsewhere: the old ones are residue, not documents."""
    empty_drop.profile = a_profile("documents", FilesDrop(layout="files"), identity=("title",))
    world = production(empty_drop)
    world.clock.moment = datetime(2100, 1, 1, tzinfo=UTC)
    world.put("rapport.pdf", PDF)
    world.put("accuse-de-reception.json", b"{}")
    world.run()
    assert acknowledge(world.chain(), receipts(world)) == 2
    world.run()
    assert world.balance().documents.announced == 2
    assert world.balance().files.waste == 2


def test_receipts_never_follow_a_link(tmp_path: Path) -> None:
    """A folder of receipts that is a link leads nowhere: nothing is written outside the drop."""
    (tmp_path / "ailleurs").mkdir()
    (tmp_path / "depot").mkdir()
    (tmp_path / "depot" / "accuses").symlink_to(tmp_path / "ailleurs")
    with pytest.raises(SettingsError, match="accuses"):
        FolderSource(tmp_path / "depot").write("accuses", "accuse-1.json", b"{}")
    assert list((tmp_path / "ailleurs").iterdir()) == []


class Told:
    """Receipts of whole folders, kept in memory; `later` has changed at the source since."""

    by_folder = True

    def __init__(self, later: str = "") -> None:
        self.later = later
        self.given: list[Receipt] = []

    def give(self, tenant: object, receipt: Receipt) -> bool:
        del tenant
        if self.later and receipt.reference.startswith(self.later):
            return False
        self.given.append(receipt)
        return True

    def close(self) -> None: ...


def test_what_changed_at_the_source_is_told_another_time(commune: Callable[[str], World]) -> None:
    """A receipt that the source could not be given stays due, and is given once it can be."""
    world = production(commune("saint-aubin"))
    world.run()
    chain = world.chain()
    first = chain.registry.unacknowledged(chain.tenant, chain.connector)[0]
    files = FileReceipts(FolderSource(world.drop), ASKED)
    told = Told(later=first.reference)
    told.by_folder = False
    acknowledge(world.chain(), told)
    assert [one.id for one in chain.registry.unacknowledged(chain.tenant, chain.connector)] == [first.id]
    assert acknowledge(world.chain(), files) == 1


def test_a_receipt_that_is_refused_holds_up_no_other(commune: Callable[[str], World]) -> None:
    """The source takes no receipt for one document: the others are told, then the refusal is."""
    world = production(commune("saint-aubin"))
    world.run()
    chain = world.chain()
    first, *others = chain.registry.unacknowledged(chain.tenant, chain.connector)

    class Refusing(FileReceipts):
        def give(self, tenant: Tenant, receipt: Receipt) -> bool:
            if receipt.document == first.id:
                raise ReceiptRefused("Action refusée.")
            return super().give(tenant, receipt)

    with pytest.raises(ReceiptRefused):
        acknowledge(chain, Refusing(FolderSource(world.drop), ASKED))
    assert set(given(world)) == {f"accuse-{document.id}.json" for document in others}
    assert [one.id for one in chain.registry.unacknowledged(chain.tenant, chain.connector)] == [first.id]


def test_a_folder_waits_for_the_originals_of_its_duplicates(empty_drop: World) -> None:
    """A folder holds a new record, and a duplicate of one that is still on its way: nothing is told of it yet."""
    empty_drop.profile = a_profile("documents", FilesDrop(layout="files"), identity=("title",))
    world = production(empty_drop)
    world.clock.moment = datetime(2100, 1, 1, tzinfo=UTC)
    for path, data in {"ancien/rapport.pdf": PDF, "neuf/rapport.pdf": PDF, "neuf/autre.pdf": PDF + b"\n"}.items():
        world.put(path, data)
    world.run()
    chain = world.chain()
    (duplicate,) = chain.registry.documents(chain.tenant, chain.connector, DocumentState.DUPLICATE)
    assert duplicate.reference == "neuf/rapport.pdf"

    class OnItsWay:
        """The registry, by which the original is not accepted yet."""

        def __getattr__(self, name: str) -> Any:
            return getattr(chain.registry, name)

        def record(self, tenant: Tenant, *keys: str) -> Record | None:
            known = chain.registry.record(tenant, *keys)
            late = known is not None and duplicate.record_key in keys
            return replace(known, state=DocumentState.PACKAGED) if known and late else known

    told = Told()
    acknowledge(replace(chain, registry=OnItsWay()), told)  # type: ignore[arg-type]
    assert not [one for one in told.given if one.reference.startswith("neuf/")]
    acknowledge(chain, told)
    assert [one.reference for one in told.given if one.reference.startswith("neuf/")] == ["neuf/autre.pdf"]
