"""What an operator gives back or adopts: only after a last look at what the archive has."""

from __future__ import annotations

import pytest

from tests.steps.doubtful_archive import DoubtfulArchive, RepeatingArchive
from tests.steps.sips import packed
from versement.domain.errors import ArchiveUnavailable, NotReleasable, NotStopped
from versement.domain.lifecycle import AttemptState, TransferState
from versement.steps.deposit import deposit
from versement.steps.operation import adopt
from versement.steps.reconcile import reconcile
from versement.steps.recover import recover
from versement.steps.release import release
from versement.testing.memory_reply import Judgement

WHOLE = "PROCESS_SIP_UNITARY.KO"
CANCELLED = Judgement("KO", (WHOLE,), early=True)
AFTER_STORING = Judgement("KO", ("STP_UNIT_STORING.KO", "UNIT_METADATA_STORAGE.KO", WHOLE))


@pytest.fixture
def world(commune):
    """Maurecy, its one transfer ready to leave."""
    made = commune("maurecy")
    packed(made)
    return made


def _the_one(world):
    (transfer,) = world.transfers()
    return transfer


def _finish(world) -> None:
    world.deposit(world.chain(), world.archive)
    world.reconcile(world.chain(), world.archive)


@pytest.fixture
def twice(world):
    """A transfer that the archive took twice under one try."""
    world.archive = RepeatingArchive()
    deposit(world.chain(), world.archive)
    assert recover(world.chain(), world.archive) == {"uncertain": 1}
    return world


def _operations(world) -> list[str]:
    chain = world.chain()
    (attempt,) = chain.registry.attempts(chain.tenant, chain.connector, *AttemptState)
    return world.archive.operations_of(chain.tenant, attempt.id)


def test_an_uncertain_transfer_that_shows_at_last_is_not_given_back(world):
    """The logbook showed nothing for long, and shows it now: release finds it, and nothing leaves a second time."""
    world.archive.faults.cut_after = True
    world.archive.faults.hidden_searches = 1000
    world.deposit(world.chain(), world.archive)
    transfer = _the_one(world)
    assert transfer.state is TransferState.UNCERTAIN
    [kept] = world.archive._operations.values()
    kept.hidden_searches = 0
    with pytest.raises(NotReleasable):
        release(world.chain(), world.archive, transfer)
    assert _the_one(world).state is TransferState.DEPOSITED
    _finish(world)
    assert set(world.archive.copies(world.profile.tenant).values()) == {1}


@pytest.mark.parametrize("judgement", [CANCELLED, AFTER_STORING], ids=["cancelled", "after storing began"])
def test_units_that_show_at_last_are_not_sent_a_second_time(world, judgement):
    """Stopped with nothing shown, and units show by the time of release: it is refused, with their number."""
    world.archive = DoubtfulArchive()
    world.archive.judgement = judgement
    deposit(world.chain(), world.archive)
    held: list[object] = []
    world.archive.altered["units"] = lambda _: held
    reconcile(world.chain(), world.archive, patient=False)
    transfer = _the_one(world)
    held += [object()] * 3
    with pytest.raises(NotReleasable, match=r"nombre : 3\).*doubles"):
        release(world.chain(), world.archive, transfer)
    assert _the_one(world).state is TransferState.STOPPED
    held.clear()
    release(world.chain(), world.archive, transfer)
    assert _the_one(world).state is TransferState.REFUSED


def test_a_refusal_after_storing_asks_for_a_check_before_the_release(world):
    """The message that names `release` says first to make sure that the platform kept nothing."""
    world.archive = DoubtfulArchive()
    world.archive.judgement = AFTER_STORING
    deposit(world.chain(), world.archive)
    world.archive.altered["units"] = lambda _: ()
    reconcile(world.chain(), world.archive, patient=False)
    chain = world.chain()
    (message,) = {item.message for item in chain.registry.waiting(chain.tenant, chain.connector)}
    assert message.index("Vérifiez avec l’exploitant de Vitam") < message.index("versement release")


def test_nothing_is_given_back_while_the_archive_cannot_be_asked(world):
    """No last look, no release."""
    world.archive.faults.five_hundred = "before"
    world.deposit(world.chain(), world.archive)
    world.archive.faults.down = True
    with pytest.raises(ArchiveUnavailable):
        release(world.chain(), world.archive, _the_one(world))
    assert _the_one(world).state is TransferState.UNCERTAIN


def test_several_operations_of_one_try_are_told_as_such(twice):
    """Its own code, the operations and the command; no release, which would send a third copy."""
    chain = twice.chain()
    first, second = _operations(twice)
    ((code, actor, message),) = {
        (item.code, item.actor, item.message) for item in chain.registry.waiting(chain.tenant, chain.connector)
    }
    assert (code, actor) == ("SEVERAL_OPERATIONS", "opérateur")
    assert first in message
    assert second in message
    assert f"python -m versement operation adopt {_the_one(twice).id} {first}" in message
    with pytest.raises(NotReleasable, match="doubles"):
        release(chain, twice.archive, _the_one(twice))
    with pytest.raises(NotReleasable, match="operation adopt"):
        chain.registry.release(chain.tenant, _the_one(twice).id)
    lines = chain.registry.journal(chain.tenant)
    assert recover(chain, twice.archive) == {"uncertain": 1}
    assert chain.registry.journal(chain.tenant) == lines


@pytest.mark.parametrize("kept", [0, 1])
def test_an_operator_names_the_operation_to_follow(twice, kept):
    """The named one is reconciled as any other; the other is told and kept in the journal, for the archivist."""
    operations = _operations(twice)
    chosen, other = operations[kept], operations[1 - kept]
    chain = twice.chain()
    told = adopt(chain, twice.archive, _the_one(twice), chosen)
    assert told is not None
    assert told.code == "OPERATIONS_TO_ELIMINATE"
    assert other in told.message
    assert "archiviste" in told.message
    assert (_the_one(twice).state, _the_one(twice).operation_id) == (TransferState.DEPOSITED, chosen)
    twice.reconcile(chain, twice.archive)
    assert _the_one(twice).state in (TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS)
    events = {line.event: line.data for line in chain.registry.journal(chain.tenant)}
    assert "OPERATIONS_TO_ELIMINATE" in events["transfer.uncertain_again"]
    with pytest.raises(NotStopped, match="est « accepté"):
        adopt(chain, twice.archive, _the_one(twice), other)


def test_an_operation_of_something_else_is_not_adopted(twice):
    """Only what the logbook gives for the transfer's own try may be adopted."""
    with pytest.raises(NotStopped, match="n’est pas de celles"):
        adopt(twice.chain(), twice.archive, _the_one(twice), "aeeaaaaaaautre")
    assert _the_one(twice).state is TransferState.UNCERTAIN
