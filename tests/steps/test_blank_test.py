"""A blank test says what the archive would answer, and leaves nothing anywhere."""

from __future__ import annotations

import pytest

from tests.steps.sips import packed
from versement.domain.errors import ArchiveUnavailable, RequestRefused, UnreadableFile
from versement.domain.lifecycle import TransferState
from versement.steps.blank_test import PATIENCE, BlankTest, blank_test

FILE = "99_DE-078-217809904-20260210-2026_003-DE-1-1_1.pdf"


class Waiting:
    """Counts the pauses instead of making them."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def world(commune):
    return commune("maurecy")


def tried(world, waiting=None) -> BlankTest:
    (transfer,) = packed(world)
    return blank_test(world.chain(), world.archive, transfer, waiting or Waiting())


def test_accepted_and_nothing_is_kept(world) -> None:
    """A right SIP would be accepted; neither the archive nor the registry keeps anything of the test."""
    done = tried(world)
    assert (done.status, done.accepted, done.found) == ("OK", True, ())
    tenant = world.profile.tenant
    assert not world.archive.copies(tenant)
    assert world.archive.register(tenant, done.operation_id) is None
    (transfer,) = world.transfers()
    assert (transfer.state, transfer.operation_id) == (TransferState.READY, "")
    entry = world.archive.logbook(tenant, done.operation_id)
    assert entry
    assert entry.final_status == "OK"


def test_what_would_be_refused_is_named(world) -> None:
    """A file that the archive would refuse is named by its path, with what it means and who acts."""
    world.archive.faults.refused_files = {FILE}
    done = tried(world)
    assert (done.status, done.accepted) == ("KO", False)
    named = [judged for judged in done.found if judged.path]
    assert named
    assert all(judged.path.endswith(FILE) and "format" in judged.text.lower() for judged in named)
    assert all(judged.actor for judged in done.found)
    assert not world.archive.copies(world.profile.tenant)


def test_a_wrong_contract_is_told(world) -> None:
    """A refusal that names no file is explained too."""
    world.archive.faults.refused_header = True
    done = tried(world)
    assert done.status == "KO"
    assert any("CONTRACT_UNKNOWN" in judged.code for judged in done.found)
    assert {judged.path for judged in done.found} == {""}


def test_waited_for_politely(world) -> None:
    """The state is asked for as rarely as the target says, and late replies are waited for."""
    world.archive.faults.running_polls, world.archive.faults.late_replies = 2, 1
    waiting = Waiting()
    assert tried(world, waiting).status == "OK"
    assert waiting.seconds == [world.profile.target.poll_seconds] * 3


def test_without_end(world) -> None:
    """A test that never ends is given up, and says that nothing is left of it."""
    world.archive.faults.running_polls = 1_000_000
    waiting = Waiting()
    with pytest.raises(ArchiveUnavailable, match="ne laisse rien"):
        tried(world, waiting)
    assert PATIENCE <= sum(waiting.seconds) <= PATIENCE + world.profile.target.poll_seconds


def test_breakdown(world) -> None:
    """An archive that breaks down over the SIP is told apart from a refusal."""
    world.archive.faults.fatal = True
    assert tried(world).status == "FATAL"


def test_cut(world) -> None:
    """A cut upload may be tried again at once, unlike a deposit's."""
    world.archive.faults.cut_after = True
    with pytest.raises(ArchiveUnavailable, match="relancez-le"):
        tried(world)


def test_replies_that_are_not_believed(world) -> None:
    """The reply of an ordinary ingest, of another operation, or half a reply is no answer to a blank test."""
    (transfer,) = packed(world)
    honest = world.archive.reply
    for alter, error in (
        (lambda reply: reply.replace(b"Test OK", b"OK"), RequestRefused),
        (lambda reply: reply.replace(b"<MessageIdentifier>", b"<MessageIdentifier>x"), RequestRefused),
        (lambda reply: reply[:200], UnreadableFile),
    ):
        world.archive.reply = lambda *of, alter=alter: alter(honest(*of))
        with pytest.raises(error):
            blank_test(world.chain(), world.archive, transfer, Waiting())
