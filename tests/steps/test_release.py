"""What an operator gives back or adopts: only after a last look at what the archive has."""

from __future__ import annotations

from dataclasses import replace

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


class _AnsweringOtherwise(RepeatingArchive):
    """An archive whose cancellation, logbook or index says less than it has."""

    repeats = False
    refuses_to_cancel = lags = begun = forgot = False

    def cancel(self, tenant, operation_id):
        return not self.refuses_to_cancel and super().cancel(tenant, operation_id)

    def operation(self, tenant, operation_id):
        return None if self.forgot else super().operation(tenant, operation_id)

    def logbook(self, tenant, operation_id):
        entry = super().logbook(tenant, operation_id)
        begun = {"worked": False, "last_detail": "PROCESS_SIP_UNITARY.STARTED"}
        return replace(entry, **begun) if entry and self.begun else entry

    def count_units(self, tenant, operation_id):
        return 0 if self.lags else super().count_units(tenant, operation_id)


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
    with pytest.raises(NotReleasable, match=f"retrouvé.*{kept.operation.id}.*« déposé »"):
        release(world.chain(), world.archive, transfer)
    assert _the_one(world).state is TransferState.DEPOSITED
    _finish(world)
    assert set(world.archive.copies(world.profile.tenant).values()) == {1}


def _shown_late(world, **how) -> None:
    """An uncertain transfer, of which the logbook shows at last what the archive made."""
    world.archive = _AnsweringOtherwise()
    faults = {"cut_after": True, "hidden_searches": 1000} | how
    for name, value in faults.items():
        setattr(world.archive.faults, name, value)
    world.deposit(world.chain(), world.archive)
    assert _the_one(world).state is TransferState.UNCERTAIN
    [kept] = world.archive._operations.values()
    kept.hidden_searches = world.archive.faults.hidden_searches = 0


def test_a_try_given_back_earlier_is_looked_for_too(world):
    """Given back once for want of a sign, uncertain again: the first try shows at last, and nothing leaves."""
    world.archive.faults.cut_after = True
    world.archive.faults.hidden_searches = 1000
    world.deposit(world.chain(), world.archive)
    release(world.chain(), world.archive, _the_one(world))
    world.archive.faults.five_hundred = "before"
    world.deposit(world.chain(), world.archive)
    assert _the_one(world).state is TransferState.UNCERTAIN
    [kept] = world.archive._operations.values()
    kept.hidden_searches = 0
    with pytest.raises(NotReleasable, match=kept.operation.id):
        release(world.chain(), world.archive, _the_one(world))
    assert _the_one(world).state is TransferState.UNCERTAIN
    assert adopt(world.chain(), world.archive, _the_one(world), kept.operation.id) is None
    _finish(world)
    assert set(world.archive.copies(world.profile.tenant).values()) == {1}


def test_an_operation_that_cannot_be_cancelled_may_work(world):
    """409 to the cancellation of what looked like a cut upload: it was about to begin, and enters once."""
    _shown_late(world, never_started=True)
    world.archive.refuses_to_cancel = True
    with pytest.raises(NotReleasable, match=r"n’est pas terminée \(PAUSE, UNKNOWN\).*recover"):
        release(world.chain(), world.archive, _the_one(world))
    assert _the_one(world).state is TransferState.UNCERTAIN
    world.archive.resume_all(world.profile.tenant)
    _finish(world)
    assert _the_one(world).state is TransferState.ACCEPTED
    assert set(world.archive.copies(world.profile.tenant).values()) == {1}


def test_what_the_last_look_itself_frees_is_given_back(world):
    """Cancelled before its first step, as its logbook says: it is ready to leave, and that is no refusal."""
    _shown_late(world, never_started=True)
    [kept] = world.archive._operations.values()
    world.archive.cancel(world.profile.tenant, kept.operation.id)
    release(world.chain(), world.archive, _the_one(world))
    assert _the_one(world).state is TransferState.READY
    _finish(world)
    assert set(world.archive.copies(world.profile.tenant).values()) == {1}


def test_an_operation_that_has_just_begun_is_not_sent_a_second_time(world):
    """Running, and no step in its logbook yet: the transfer stays, and enters once."""
    _shown_late(world, running_polls=3)
    world.archive.begun = True
    with pytest.raises(NotReleasable, match="n’est pas terminée"):
        release(world.chain(), world.archive, _the_one(world))
    world.archive.begun = False
    world.archive.faults.running_polls = 0
    _finish(world)
    assert set(world.archive.copies(world.profile.tenant).values()) == {1}


def test_an_operation_that_nothing_knows_to_work_or_to_have_ended_is_the_operator_s(world):
    """Unknown to the engine, without end in its logbook, no unit: no more will come of it: given back."""
    _shown_late(world, never_started=True)
    world.archive.forgot = True
    release(world.chain(), world.archive, _the_one(world))
    assert _the_one(world).state is TransferState.READY


def test_the_other_operation_that_ended_well_is_not_sent_a_third_time(twice):
    """Stopped because the adopted one ended KO later; the other is OK and its units do not show: not given back."""
    archive = _AnsweringOtherwise()
    archive._operations, archive._units = twice.archive._operations, twice.archive._units
    twice.archive, tenant = archive, twice.profile.tenant
    chosen, _ = _operations(twice)
    adopt(twice.chain(), archive, _the_one(twice), chosen)
    _cut(twice, chosen)
    twice.reconcile(twice.chain(), archive)
    assert _the_one(twice).state is TransferState.STOPPED
    archive.lags = True
    with pytest.raises(NotReleasable, match="a abouti"):
        release(twice.chain(), archive, _the_one(twice))
    assert set(archive.copies(tenant).values()) == {1}


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
    assert f"python -m versement operation adopt {_the_one(twice).id} <opération>" in message
    with pytest.raises(NotReleasable, match="doubles"):
        release(chain, twice.archive, _the_one(twice))
    with pytest.raises(NotReleasable, match="operation adopt"):
        chain.registry.release(chain.tenant, _the_one(twice).id)
    lines = chain.registry.journal(chain.tenant)
    assert recover(chain, twice.archive) == {"uncertain": 1}
    assert chain.registry.journal(chain.tenant) == lines


def test_several_operations_that_the_platform_lost_block_nothing_for_ever(twice):
    """The platform was made anew: its logbook gives none of them, nothing can be adopted, and it is given back."""
    (first, _) = _operations(twice)
    twice.archive.forget_everything()
    with pytest.raises(NotStopped, match=r"\(aucune\).*versement release"):
        adopt(twice.chain(), twice.archive, _the_one(twice), first)
    release(twice.chain(), twice.archive, _the_one(twice))
    assert _the_one(twice).state is TransferState.READY
    _finish(twice)
    assert set(twice.archive.copies(twice.profile.tenant).values()) == {1}


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


def _cut(world, operation_id: str) -> None:
    """As if its body had been cut, and somebody had cancelled it."""
    kept = world.archive._operations[world.profile.tenant.number, operation_id]
    kept.end = kept.reply = None
    kept.operation = replace(kept.operation, state="PAUSE", status="UNKNOWN")
    world.archive.cancel(world.profile.tenant, operation_id)


def test_an_operation_that_was_refused_is_not_adopted_beside_one_that_ended_well(twice):
    """The states of both are said, nothing is adopted; the other is, and its units are the only ones."""
    cut, good = _operations(twice)
    _cut(twice, cut)
    with pytest.raises(NotStopped, match=f"{cut} : KO, {good} : OK.*Rien n’a été adopté"):
        adopt(twice.chain(), twice.archive, _the_one(twice), cut)
    assert _the_one(twice).state is TransferState.UNCERTAIN
    adopt(twice.chain(), twice.archive, _the_one(twice), good)
    twice.reconcile(twice.chain(), twice.archive)
    assert _the_one(twice).state is TransferState.ACCEPTED
    assert set(twice.archive.copies(twice.profile.tenant).values()) == {1}


def test_an_operation_that_still_works_is_not_adopted_beside_one_that_ended_well(twice):
    """It may yet be refused; the one that ended well may be adopted at once."""
    working, good = _operations(twice)
    twice.archive._operations[twice.profile.tenant.number, working].end = None
    with pytest.raises(NotStopped, match=f"{working} : en cours, {good} : OK"):
        adopt(twice.chain(), twice.archive, _the_one(twice), working)
    assert adopt(twice.chain(), twice.archive, _the_one(twice), good)


def test_when_all_were_refused_any_may_be_adopted(twice):
    """Nothing is lost by the choice: the refusal is read as any other."""
    first, second = _operations(twice)
    _cut(twice, first)
    _cut(twice, second)
    assert adopt(twice.chain(), twice.archive, _the_one(twice), first)
    twice.reconcile(twice.chain(), twice.archive)
    assert _the_one(twice).state is TransferState.STOPPED


def test_an_operation_of_something_else_is_not_adopted(twice):
    """Only what the logbook gives for the transfer's own try may be adopted."""
    with pytest.raises(NotStopped, match="n’est pas de celles"):
        adopt(twice.chain(), twice.archive, _the_one(twice), "aeeaaaaaaautre")
    assert _the_one(twice).state is TransferState.UNCERTAIN
