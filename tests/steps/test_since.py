"""From which day a source that lists by time is read: a document may come twice, never be forgotten."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.steps.world import World
from versement.adapters.sources import FolderSource
from versement.profiles.sources import PastellSource
from versement.steps.collect import Window, collect
from versement.steps.since import since
from versement.testing.folder_hostile import REPLACED, ReplacedWhileRead


def pastell(world: World, **changes: Any) -> World:
    said: dict[str, Any] = {"connection": "p", "entity": 1, "flow": "ls-actes", "overlap": 7, **changes}
    source = PastellSource(type="pastell", **said)
    world.profile = world.profile.model_copy(
        update={"connector": world.profile.connector.model_copy(update={"source": source})}
    )
    return world


def run(world: World, number: int = 1, window: Window | None = None, source: Any = None) -> None:
    chosen = source or FolderSource(world.drop)
    collect(world.chain(), chosen, world.formats, run_id=f"run-{number}", window=window or Window())


def test_the_first_collection_and_other_protocols_read_everything(empty_drop: World) -> None:
    """Without an earlier collection, and for a source that lists all, there is no day to begin from."""
    assert since(empty_drop.chain()) is None
    run(empty_drop)
    assert since(empty_drop.chain()) is None
    assert since(pastell(empty_drop).chain()) is None


def test_a_later_collection_overlaps_the_one_before(empty_drop: World) -> None:
    """It begins some days before the start of the last collection of everything, not of some days only."""
    world = pastell(empty_drop)
    run(world)
    assert since(world.chain()) == date(2026, 5, 25)
    world.clock.pass_(30 * 86400)
    run(world, 2, Window(date(2026, 1, 1), date(2026, 1, 31)))
    assert since(world.chain()) == date(2026, 5, 25)


def test_another_declaration_of_the_source_reads_everything(empty_drop: World) -> None:
    """A source that is asked for other documents than before is read from the beginning."""
    run(pastell(empty_drop))
    assert since(pastell(empty_drop, state="termine").chain()) is None


def test_another_profile_reads_everything(empty_drop: World) -> None:
    """A profile that takes for documents what was waste, or lifts what held documents back, is shown the old ones."""
    world = pastell(empty_drop)
    run(world)
    connector = world.profile.connector
    mended = connector.model_copy(update={"waste": (*connector.waste, "*.bak")})
    first, world.profile = world.profile, world.profile.model_copy(update={"connector": mended})
    assert since(world.chain()) is None
    run(world, 2)
    assert since(world.chain()) == date(2026, 5, 25)
    world.clock.pass_(60)
    world.profile = first
    run(world, 3, Window(date(2026, 1, 1), date(2026, 1, 31)))
    world.profile = world.profile.model_copy(update={"connector": mended})
    assert since(world.chain()) is None


def test_a_file_to_be_read_again_reads_everything(empty_drop: World) -> None:
    """A document that changed under its reader must be shown again, however old it is."""
    world = pastell(empty_drop)
    world.put(REPLACED, bytes(3 << 20))
    run(world, source=ReplacedWhileRead(FolderSource(world.drop), world.drop))
    assert world.codes() == {REPLACED: "FILE_CHANGED"}
    assert since(world.chain()) is None
