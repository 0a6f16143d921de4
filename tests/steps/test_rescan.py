"""What was let through by an earlier scan, and has not left, passes by the antivirus of now before it leaves."""

from __future__ import annotations

import pytest

from tests.steps.odd_acts import act
from tests.steps.world import profile_of
from versement.adapters.antivirus import DiskScans
from versement.domain.errors import AntivirusUnavailable
from versement.domain.lifecycle import DocumentState
from versement.profiles.policies import Policies
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.files import Guard
from versement.steps.qualify import qualify
from versement.testing.memory_antivirus import EICAR, MemoryAntivirus
from versement.testing.plain_expectations import PlainExpectations


@pytest.fixture
def world(empty_drop):
    """An infected act and its double, qualified without antivirus and not packed; then one is required."""
    empty_drop.profile = profile_of(antivirus="off")
    for path in ("a.pdf", "copie/a.pdf"):
        empty_drop.put(path, act() + EICAR)
    empty_drop.put("b.pdf", act("2026_101"))
    chain = empty_drop.chain()
    record = collect(chain, empty_drop.source(), empty_drop.formats, run_id="avant", window=Window())
    qualify(chain, empty_drop.formats, PlainExpectations(), collection_id=record.id)
    deduplicate(chain)
    assert _count(empty_drop, DocumentState.QUALIFIED) == 2
    empty_drop.profile = profile_of(antivirus="required")
    empty_drop.guard = Guard(MemoryAntivirus(), DiskScans(empty_drop.folder / "scans"))
    return empty_drop


def _count(world, state: DocumentState) -> int:
    chain = world.chain()
    return len(chain.registry.documents(chain.tenant, chain.connector, state))


def test_what_was_qualified_before_is_scanned_again(world):
    """The infected act is set aside, and so is the double that takes its place; their neighbour leaves."""
    world.run()
    assert world.codes() == {"a.pdf": "INFECTED", "copie/a.pdf": "INFECTED"}
    assert (_count(world, DocumentState.ACCEPTED), _count(world, DocumentState.SET_ASIDE)) == (1, 2)
    assert world.balance().adds_up


def test_antivirus_that_is_down_holds_back_what_was_qualified(world):
    """Nothing of an earlier run leaves without the antivirus that is required now."""
    world.guard.antivirus.down = AntivirusUnavailable("Antivirus absent.")
    with pytest.raises(AntivirusUnavailable):
        world.run()
    assert not world.transfers()


@pytest.mark.parametrize(("policy", "aside"), [("set_aside", 2), ("remark", 0)])
def test_what_cannot_be_scanned_again_follows_the_policy(world, policy, aside):
    """Not scanned now, it waits or leaves as the profile says: no other finding of before is judged anew."""
    world.profile = profile_of(antivirus="required", policies=Policies(NOT_SCANNED=policy))
    world.guard.antivirus.max_bytes = len(act())
    world.run()
    assert list(world.codes().values()) == ["NOT_SCANNED"] * aside
    assert _count(world, DocumentState.SET_ASIDE) == aside


def test_what_is_clean_is_not_scanned_at_each_run(world):
    """While the signatures are the same, waiting costs no scan."""
    world.run()
    before = world.guard.antivirus.scanned
    world.run()
    assert world.guard.antivirus.scanned == before
