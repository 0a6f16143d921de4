"""Recovery concludes only from what it certainly knows: who may still be sending, what the archive may still keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.steps.doubtful_archive import RepeatingArchive
from tests.steps.sips import packed
from versement.domain.errors import OutcomeUncertain, SettingsError, SeveralOperations
from versement.domain.lifecycle import AttemptState, DocumentState, TransferState
from versement.domain.transfers import Attempt
from versement.ports.archive import Context
from versement.profiles.models import Target
from versement.steps.deposit import deposit
from versement.steps.package import sip_stream
from versement.steps.recover import recover
from versement.testing.memory_archive import MemoryArchive

REFUSED_FILE = "99_DE-078-217809904-20260210-2026_003-DE-1-1_1.pdf"


@pytest.fixture
def world(commune):
    """Maurecy, its one transfer ready to leave."""
    made = commune("maurecy")
    assert len(packed(made)) == 1
    return made


def _attempts(world) -> list[Attempt]:
    chain = world.chain()
    return list(chain.registry.attempts(chain.tenant, chain.connector, *AttemptState))


def _begun(world) -> Attempt:
    """A try as its sender writes it before the first byte."""
    chain, target = world.chain(), world.profile.target
    deadline = world.clock.now() + timedelta(seconds=target.send_deadline_seconds)
    lease = deadline + timedelta(seconds=target.lease_seconds)
    attempt = Attempt("essai-1", world.transfers()[0].id, AttemptState.SENDING, lease, deadline)
    assert chain.registry.begin(chain.tenant, attempt)
    return attempt


def _send(world, attempt: Attempt) -> None:
    """What its sender does next; the answer is lost."""
    chain, transfer = world.chain(), world.transfers()[0]
    lease = timedelta(seconds=world.profile.target.lease_seconds)
    body = sip_stream(
        chain,
        transfer.manifest,
        transfer.entries,
        lambda: chain.registry.commit(chain.tenant, attempt.id, lease=lease),
    )
    world.archive.faults.cut_after = True
    with pytest.raises(OutcomeUncertain):
        world.archive.deposit(chain.tenant, attempt.id, body)


def _held_once(world) -> None:
    world.deposit(world.chain(), world.archive)
    world.reconcile(world.chain(), world.archive)
    copies = world.archive.copies(world.profile.tenant)
    assert copies
    assert set(copies.values()) == {1}


class _Meanwhile(MemoryArchive):
    """Something else happens between what recovery read and what it searches for."""

    def __init__(self) -> None:
        super().__init__()
        self.happens = lambda: None

    def find_attempt(self, tenant, attempt):
        happens, self.happens = self.happens, lambda: None
        happens()
        return super().find_attempt(tenant, attempt)


def test_a_sender_that_goes_on_while_recovery_looks_is_judged_by_what_it_did(world) -> None:
    """Read before its last block, found refused after it: the refusal is read as one, nothing is sent a second time."""
    world.archive = _Meanwhile()
    world.archive.faults.refused_files = {REFUSED_FILE}
    attempt = _begun(world)
    world.archive.happens = lambda: _send(world, attempt)
    assert recover(world.chain(), world.archive) == {"waiting": 1}
    assert [one.state for one in _attempts(world)] == [AttemptState.COMMITTING]
    world.deposit(world.chain(), world.archive)
    world.reconcile(world.chain(), world.archive)
    assert len(_attempts(world)) == 1
    chain = world.chain()
    assert len(chain.registry.documents(chain.tenant, chain.connector, DocumentState.REFUSED)) == 1


def test_a_sender_that_wakes_while_recovery_writes_sends_nothing_more(world) -> None:
    """Asleep past its lease, awake just before recovery gives the transfer back: the try does not commit any more."""
    target = world.profile.target
    attempt = _begun(world)
    world.clock.pass_(target.send_deadline_seconds + target.lease_seconds + 1)
    assert recover(world.chain(), world.archive) == {"waiting": 1}
    world.clock.pass_(target.index_delay_seconds + 1)
    world.archive = _Meanwhile()
    woken = []

    def wake() -> None:
        chain = world.chain()
        with pytest.raises(OutcomeUncertain, match="le dernier bloc ne part pas"):
            chain.registry.commit(chain.tenant, attempt.id, lease=timedelta(seconds=target.lease_seconds))
        woken.append(True)

    world.archive.happens = wake
    assert recover(world.chain(), world.archive) == {"cancelled": 1}
    assert woken
    _held_once(world)


class _TakenTwice(RepeatingArchive):
    """While recovery is told of two operations, somebody else settles the try."""

    def __init__(self) -> None:
        super().__init__()
        self.settled_by = lambda _attempt: None

    def find_attempt(self, tenant, attempt):
        try:
            return super().find_attempt(tenant, attempt)
        except SeveralOperations:
            self.settled_by(attempt)
            raise


@pytest.mark.parametrize("uncertain_before", [False, True], ids=["its sender is answered", "an operator adopts one"])
def test_what_is_settled_while_recovery_looks_stays_settled(world, caplog, uncertain_before) -> None:
    """Read without answer, settled before recovery writes: it stays deposited, the next connector is looked at too."""
    archive = world.archive = _TakenTwice()
    chain = world.chain()
    deposit(chain, archive)
    if uncertain_before:
        assert recover(chain, archive) == {"uncertain": 1}
    kept = next(name for _, name in archive._operations)
    after = AttemptState.ADOPTED if uncertain_before else AttemptState.DEPOSITED

    def settle(attempt: str) -> None:
        assert chain.registry.end_attempt(chain.tenant, attempt, after, operation_id=kept)

    archive.settled_by = settle
    caplog.clear()
    assert recover(chain, archive) == {"waiting": 1}
    assert [(one.state, one.operation_id) for one in world.transfers()] == [(TransferState.DEPOSITED, kept)]
    assert uncertain_before or "plusieurs opérations" in caplog.text


class _Storing(MemoryArchive):
    """Cancelled while it stores: what was stored stays, and the search shows it late."""

    lags = True

    def cancel(self, tenant, operation_id):
        stored = dict(self._units)
        cancelled = super().cancel(tenant, operation_id)
        self._units = stored
        return cancelled

    def count_units(self, tenant, operation_id):
        return 0 if self.lags else super().count_units(tenant, operation_id)


@pytest.mark.parametrize("lags", [True, False])
def test_an_operation_cancelled_while_it_stores_is_an_operators_matter(world, lags) -> None:
    """The answer lost, somebody cancels in mid-storing, no unit shows yet: that proves no absence, nothing leaves."""
    world.archive = _Storing()
    world.archive.faults.cut_after = True
    world.archive.faults.running_polls = 1
    chain = world.chain()
    deposit(chain, world.archive)
    [(_, operation_id)] = world.archive._operations
    assert world.archive.cancel(chain.tenant, operation_id)
    world.archive.lags = lags
    assert recover(chain, world.archive) == {"adopted": 1}
    _held_once(world)
    assert [transfer.state for transfer in world.transfers()] == [TransferState.STOPPED]
    code = "OPERATION_CANCELLED" if lags else "REFUSED_BUT_HELD"
    assert set(world.codes().values()) == {code}


class _Unworked(MemoryArchive):
    """A logbook that shows no step, whatever happened."""

    def logbook(self, tenant, operation_id):
        entry = super().logbook(tenant, operation_id)
        return replace(entry, worked=False) if entry else None


def test_units_that_show_outweigh_a_logbook_without_steps(world) -> None:
    """Both witnesses must agree: an operation said to have done nothing, whose units show, is followed, not redone."""
    archive = world.archive = _Unworked()
    archive.faults.cut_after = True
    chain = world.chain()
    deposit(chain, archive)
    [kept] = archive._operations.values()
    kept.end = replace(kept.end, status="KO")
    assert recover(chain, archive) == {"adopted": 1}


def test_an_upload_in_progress_is_not_cancelled_before_its_lease_has_passed(world) -> None:
    """PAUSE/UNKNOWN is how an upload in progress shows: whoever looks leaves it alone while its sender has a lease."""
    attempt = _begun(world)
    world.archive._open(world.profile.tenant, attempt.id, Context.DEFAULT_WORKFLOW, None)
    [(_, operation_id)] = world.archive._operations
    tenant, target = world.profile.tenant, world.profile.target
    world.clock.pass_(target.send_deadline_seconds + target.lease_seconds - 1)
    for _ in range(3):
        assert recover(world.chain(), world.archive) == {"waiting": 1}
    assert not world.archive.operation(tenant, operation_id).completed
    world.clock.pass_(1)
    recover(world.chain(), world.archive)
    assert world.archive.operation(tenant, operation_id).completed


@pytest.mark.parametrize("committed", [False, True])
def test_an_operation_that_has_no_workflow_yet_is_waited_for(world, committed) -> None:
    """Its line is older than its workflow: within the lease that proves nothing, after it the last block decides."""
    attempt, target, chain = _begun(world), world.profile.target, world.chain()
    world.archive._open(world.profile.tenant, attempt.id, Context.DEFAULT_WORKFLOW, None)
    [kept] = world.archive._operations.values()
    kept.forgotten = True
    lease = target.send_deadline_seconds + target.lease_seconds
    if committed:
        chain.registry.commit(chain.tenant, attempt.id, lease=timedelta(seconds=lease))
    world.clock.pass_(lease - 1)
    assert recover(chain, world.archive) == {"waiting": 1}
    assert _attempts(world)[0].state is (AttemptState.COMMITTING if committed else AttemptState.SENDING)
    world.clock.pass_(1)
    assert recover(chain, world.archive) == {"uncertain" if committed else "cancelled": 1}
    if not committed:
        assert [(one.state, one.operation_id) for one in _attempts(world)] == [(AttemptState.CUT, kept.operation.id)]
        _held_once(world)


def test_an_absence_is_proved_by_two_searches_apart_after_the_lease(world) -> None:
    """Nothing found while the lease runs, or twice at once, proves nothing; twice apart, past the lease, does."""
    _begun(world)
    target = world.profile.target
    world.clock.pass_(target.send_deadline_seconds + target.lease_seconds - 1)
    for _ in range(3):
        assert recover(world.chain(), world.archive) == {"waiting": 1}
    assert _attempts(world)[0].first_empty_search is None
    world.clock.pass_(1)
    for _ in range(3):
        assert recover(world.chain(), world.archive) == {"waiting": 1}
    world.clock.pass_(target.index_delay_seconds - 0.5)
    assert recover(world.chain(), world.archive) == {"waiting": 1}
    world.clock.pass_(0.5)
    assert recover(world.chain(), world.archive) == {"cancelled": 1}
    _held_once(world)


def test_a_cut_upload_is_looked_up_a_few_times_only(world) -> None:
    """By a target's default delays one cut upload wakes the deposit a dozen times, and leaves again after its lease."""
    names = ("index_delay_seconds", "send_deadline_seconds", "lease_seconds", "poll_seconds", "longest_pause_seconds")
    delays = {name: Target.model_fields[name].default for name in names}
    target = world.profile.target.model_copy(update=delays)
    world.profile = world.profile.model_copy(update={"target": target})
    world.archive.faults.cut_before = 1000
    chain, pauses = world.chain(), []
    while pause := deposit(chain, world.archive).pause:
        pauses.append(pause)
        world.clock.pass_(pause)
    assert pauses[0] == target.index_delay_seconds
    assert len(pauses) <= 10
    first = _attempts(world)[0]
    assert first.state is AttemptState.CUT
    assert world.clock.now() <= first.lease_until + timedelta(seconds=2 * target.index_delay_seconds)
    _held_once(world)


class _Refused(MemoryArchive):
    """One side refuses the other's certificate, or the slots cannot be had: nothing is sent."""

    def deposit(self, *_arguments, **_options):
        raise SettingsError("Le certificat est refusé.")


def test_a_refused_certificate_leaves_no_try_open(world) -> None:
    """Nothing was sent: the transfer stays ready, no lease is to be waited for, none counts as cut."""
    held_by, world.archive = world.archive, _Refused()
    for _ in range(world.profile.target.send_tries + 1):
        with pytest.raises(SettingsError):
            deposit(world.chain(), world.archive)
        assert world.transfers()[0].state is TransferState.READY
    assert {attempt.state for attempt in _attempts(world)} == {AttemptState.CANCELLED}
    world.archive = held_by
    assert deposit(world.chain(), world.archive).deposited == 1
    _held_once(world)
