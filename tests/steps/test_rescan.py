"""What was let through by an earlier scan, and has not left, passes by the antivirus of now before it leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.steps.odd_acts import act
from tests.steps.world import profile_of
from versement.adapters.antivirus import DiskScans
from versement.domain.errors import AntivirusUnavailable, ArchiveUnavailable
from versement.domain.lifecycle import AttemptState, DocumentState, TransferState
from versement.profiles.policies import Policies
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.deposit import deposit
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


OLD = b"\0 nothing of what is collected holds this"


@pytest.fixture
def waiting(empty_drop):
    """Two acts packed together by signatures that do not know the virus of one of them; their transfer is ready."""
    empty_drop.profile = profile_of(antivirus="required")
    antivirus = MemoryAntivirus(virus=OLD)
    empty_drop.guard = Guard(antivirus, DiskScans(empty_drop.folder / "scans"))
    empty_drop.put("a.pdf", act() + EICAR)
    empty_drop.put("b.pdf", act("2026_101"))
    empty_drop.archive.faults.down = True
    with pytest.raises(ArchiveUnavailable):
        empty_drop.run()
    assert [transfer.state for transfer in empty_drop.transfers()] == [TransferState.READY]
    empty_drop.archive.faults.down = False
    return empty_drop


def _learn(world) -> None:
    """Weeks pass, and the antivirus learns of the virus."""
    world.clock.pass_(30 * 86_400)
    world.guard.antivirus.virus, world.guard.antivirus.version = EICAR, "antivirus en mémoire, signatures 2"


def _deposit(world) -> None:
    world.deposit(world.chain(), world.archive)


def test_a_transfer_that_waited_is_scanned_again_before_it_leaves(waiting):
    """It is undone before its first byte, the infected act is set aside, its neighbour leaves in another transfer."""
    _learn(waiting)
    _deposit(waiting)
    assert not waiting.archive.copies(waiting.profile.tenant)
    (undone,) = waiting.transfers()
    assert undone.state is TransferState.REFUSED
    chain = waiting.chain()
    (told,) = chain.registry.transfer_remarks(chain.tenant, chain.connector)[undone.id]
    assert (told.code, "mis de côté : 1" in told.message) == ("PACKED_INFECTED", True)
    waiting.run()
    assert waiting.codes() == {"a.pdf": "INFECTED"}
    assert (_count(waiting, DocumentState.ACCEPTED), _count(waiting, DocumentState.SET_ASIDE)) == (1, 1)
    assert waiting.balance().adds_up


def test_a_blank_test_shows_no_virus_to_the_archive(waiting):
    """Under a sheet that nobody signed, what waited is scanned again before it is even tried."""
    waiting.unsigned = True
    _learn(waiting)
    _deposit(waiting)
    chain = waiting.chain()
    (undone,) = waiting.transfers()
    told = chain.registry.transfer_remarks(chain.tenant, chain.connector)[undone.id]
    assert [said.code for said in told] == ["PACKED_INFECTED"]


def test_the_same_signatures_do_not_scan_it_twice(waiting):
    """What these very signatures judged leaves without another scan."""
    before = waiting.guard.antivirus.scanned
    waiting.clock.pass_(86_400)
    _deposit(waiting)
    assert waiting.guard.antivirus.scanned == before
    assert waiting.archive.copies(waiting.profile.tenant)


def test_what_was_sent_once_is_never_judged_anew(waiting):
    """A transfer of which bytes left keeps to what it is: it is sent again as it was, at most once taken."""
    waiting.archive.faults.cut_before = 1000
    chain = waiting.chain()
    deposit(chain, waiting.archive, guard=waiting.guard)
    assert chain.registry.attempts(chain.tenant, chain.connector, *AttemptState)
    _learn(waiting)
    before = waiting.guard.antivirus.scanned
    _deposit(waiting)
    assert waiting.guard.antivirus.scanned == before
    assert set(waiting.archive.copies(waiting.profile.tenant).values()) == {1}
    assert len(waiting.transfers()) == 1


def test_antivirus_that_is_down_holds_back_what_was_packed(waiting):
    """Without the antivirus that is required nothing leaves for the first time; it leaves once it is back."""
    waiting.guard.antivirus.down = AntivirusUnavailable("Antivirus absent.")
    with pytest.raises(AntivirusUnavailable):
        _deposit(waiting)
    assert [transfer.state for transfer in waiting.transfers()] == [TransferState.READY]
    waiting.guard.antivirus.down = None
    _deposit(waiting)
    assert waiting.archive.copies(waiting.profile.tenant)


class _Slow(MemoryAntivirus):
    """An antivirus during whose first scan something else happens."""

    def scan(self, content, size):
        if not self.scanned:
            self.scanned += 1
            self.meanwhile()
        return super().scan(content, size)


def test_what_another_execution_sends_during_the_scan_is_not_undone(waiting):
    """Two executions, one of them with older signatures: what the archive took is settled by its reply alone."""
    other = replace(waiting, guard=waiting.guard)
    slow = _Slow(virus=EICAR, version="antivirus en mémoire, signatures 2")
    slow.meanwhile = lambda: other.deposit(other.chain(), other.archive)
    waiting.guard = Guard(slow, DiskScans(waiting.folder / "scans"))
    _deposit(waiting)
    (transfer,) = waiting.transfers()
    assert transfer.state is TransferState.DEPOSITED
    assert _count(waiting, DocumentState.QUALIFIED) == 0
    waiting.run()
    assert set(waiting.archive.copies(waiting.profile.tenant).values()) == {1}
