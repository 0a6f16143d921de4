"""At most once, and known to have happened: whatever the archive or the network does."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest

from tests.steps.world import profile_of
from versement.domain.errors import ArchiveUnavailable, NotReleasable, StagingDamaged
from versement.domain.lifecycle import AttemptState, DocumentState, TransferState
from versement.ports.archive import LogbookEntry, Operation
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.deposit import deposit
from versement.steps.package import package
from versement.steps.qualify import qualify
from versement.steps.recover import recover
from versement.testing.memory_archive import MemoryArchive
from versement.testing.plain_expectations import PlainExpectations

TRANSFER_ENDS = (TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS, TransferState.REFUSED)


@pytest.fixture
def packed(commune):
    """A commune whose transfers are ready to leave."""
    world = commune("maurecy")
    chain = world.chain()
    record = collect(chain, world.source(), world.formats, run_id="run-0", window=Window())
    qualify(chain, world.formats, PlainExpectations(), collection_id=record.id)
    deduplicate(chain)
    package(chain, collection_id=record.id)
    return world


def _held_once(world) -> None:
    copies = world.archive.copies(world.chain().tenant)
    assert copies
    assert set(copies.values()) == {1}
    assert world.balance().adds_up


def _states(world) -> set[TransferState]:
    return {transfer.state for transfer in world.transfers()}


def _finish(world) -> None:
    chain = world.chain()
    world.deposit(chain, world.archive)
    world.reconcile(chain, world.archive)


def test_an_archive_that_is_off_for_days_costs_no_try_and_loses_nothing(packed):
    """While the archive is off the transfers stay ready, however long; they leave once when it is back."""
    packed.archive.faults.down = True
    chain = packed.chain()
    for _ in range(5):
        with pytest.raises(ArchiveUnavailable, match="ne répond pas"):
            deposit(chain, packed.archive)
        packed.clock.pass_(timedelta(days=1).total_seconds())
    assert _states(packed) == {TransferState.READY}
    assert not chain.registry.attempts(chain.tenant, chain.connector, *AttemptState)
    packed.archive.faults.down = False
    _finish(packed)
    assert _states(packed) <= {TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS}
    _held_once(packed)


@pytest.mark.parametrize(
    "fault",
    [{"cut_before": 1000}, {"cut_after": True}, {"five_hundred": "after"}],
    ids=["cut in mid-upload", "taken, the answer lost", "taken, answered by 500"],
)
def test_a_try_without_answer_is_looked_up_before_anything_is_sent_again(packed, fault):
    """A cut, a lost answer or a 500 ends with every unit in the archive exactly once."""
    for name, value in fault.items():
        setattr(packed.archive.faults, name, value)
    _finish(packed)
    assert _states(packed) <= {TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS}
    _held_once(packed)


def test_a_logbook_that_lags_is_not_taken_for_an_absence(packed):
    """The answer is lost and the logbook shows the operation late: it is adopted, nothing is sent twice."""
    packed.archive.faults.cut_after = True
    packed.archive.faults.hidden_searches = 1
    _finish(packed)
    assert _states(packed) <= {TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS}
    _held_once(packed)


def test_when_the_archive_may_have_it_and_shows_nothing_an_operator_decides(packed):
    """The whole SIP left, a 500 came and the logbook stays empty: nothing is resent until an operator says so."""
    packed.archive.faults.five_hundred = "before"
    chain = packed.chain()
    packed.deposit(chain, packed.archive)
    assert TransferState.UNCERTAIN in _states(packed)
    uncertain = next(t for t in packed.transfers() if t.state is TransferState.UNCERTAIN)
    waiting = chain.registry.waiting(chain.tenant, chain.connector)
    assert {item.actor for item in waiting if item.document_id in uncertain.members} == {"opérateur"}
    packed.deposit(chain, packed.archive)
    assert TransferState.UNCERTAIN in _states(packed)
    chain.registry.release(chain.tenant, uncertain.id)
    _finish(packed)
    assert _states(packed) <= {TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS}
    _held_once(packed)


def test_a_slow_archive_and_a_late_reply_are_waited_for(packed):
    """An operation that runs long, and a reply written late, end accepted all the same."""
    packed.archive.faults.running_polls = 2
    packed.archive.faults.late_replies = 2
    _finish(packed)
    assert _states(packed) <= {TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS}


def test_a_technical_stop_is_an_operators_matter_and_blames_no_document(packed):
    """FATAL: the transfer stops, its documents stay pending, no one is refused, and it is settled once resumed."""
    packed.archive.faults.fatal = True
    _finish(packed)
    assert TransferState.STOPPED in _states(packed)
    counts = packed.balance().documents
    assert counts.refused == 0
    assert counts.pending > 0
    packed.archive.resume_all(packed.chain().tenant)
    _finish(packed)
    assert _states(packed) <= {TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS}
    _held_once(packed)


def test_what_the_archive_may_hold_cannot_be_released(packed):
    """A transfer stopped on a technical error is resumed or cancelled in Vitam: giving it back could double it."""
    packed.archive.faults.fatal = True
    _finish(packed)
    chain = packed.chain()
    [stopped] = [t for t in packed.transfers() if t.state is TransferState.STOPPED]
    with pytest.raises(NotReleasable, match="doubles"):
        chain.registry.release(chain.tenant, stopped.id)
    packed.archive.cancel(chain.tenant, stopped.operation_id)
    packed.reconcile(chain, packed.archive)
    assert packed.transfers()[0].state is TransferState.STOPPED
    chain.registry.release(chain.tenant, stopped.id)
    packed.run()
    assert packed.balance().documents.pending == 0
    _held_once(packed)


def test_a_stop_that_ends_in_a_refusal_as_a_whole_can_be_released(packed):
    """Stopped on a technical error, resumed, then refused for its contract: the operator may give it back."""
    packed.archive.faults.fatal = True
    _finish(packed)
    packed.archive.faults.refused_header = True
    chain = packed.chain()
    packed.archive.resume_all(chain.tenant)
    _finish(packed)
    [stopped] = [t for t in packed.transfers() if t.state is TransferState.STOPPED]
    packed.archive.faults.refused_header = False
    chain.registry.release(chain.tenant, stopped.id)
    packed.run()
    assert packed.balance().documents.pending == 0
    _held_once(packed)


def test_a_refusal_that_names_nobody_stops_the_transfer(packed):
    """A refused contract blames no document; once an operator has mended it the documents leave again, linked."""
    packed.archive.faults.refused_header = True
    _finish(packed)
    assert _states(packed) == {TransferState.STOPPED}
    assert packed.balance().documents.refused == 0
    packed.archive.faults.refused_header = False
    chain = packed.chain()
    for transfer in packed.transfers():
        chain.registry.release(chain.tenant, transfer.id)
    packed.run()
    assert packed.balance().documents.accepted > 0
    assert all(t.follows for t in packed.transfers() if t.state is not TransferState.REFUSED)
    _held_once(packed)


def test_a_corrupted_staging_object_never_leaves(packed):
    """A byte changed in staging aborts the request before its last block: nothing is deposited, the message says so."""
    chain = packed.chain()
    transfer = packed.transfers()[0]
    path = chain.staging.path(chain.tenant, transfer.entries[0].fixity.digest)
    path.chmod(0o600)
    path.write_bytes(b"\0" + path.read_bytes()[1:])
    with pytest.raises(StagingDamaged, match="Rien n’a été versé"):
        deposit(chain, packed.archive)
    assert not packed.archive.copies(chain.tenant)
    assert not chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)


def test_an_upload_that_is_cut_at_every_try_ends_at_an_operators(packed):
    """After the tries that the target admits, nothing more is sent: an operator is told, and gives it back."""
    chain = packed.chain()
    for _ in range(200):
        packed.archive.faults.cut_before = 1000
        packed.clock.pass_(deposit(chain, packed.archive).pause)
        if _states(packed) == {TransferState.STOPPED}:
            break
    cut = chain.registry.attempts(chain.tenant, chain.connector, AttemptState.CUT)
    assert len(cut) == packed.profile.target.send_tries * len(packed.transfers())
    waiting = chain.registry.waiting(chain.tenant, chain.connector)
    assert {(item.code, item.actor) for item in waiting} == {("SENDING_CUT", "opérateur")}
    packed.archive.faults.cut_before = None
    _finish(packed)
    assert _states(packed) == {TransferState.STOPPED}
    for transfer in packed.transfers():
        chain.registry.release(chain.tenant, transfer.id)
    _finish(packed)
    assert _states(packed) <= {TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS}
    _held_once(packed)


def test_an_archive_that_is_off_never_counts_as_a_cut(packed):
    """A platform that stops answering between two tries uses up none of those that an operator would be called for."""
    chain = packed.chain()
    packed.archive.faults.cut_before = 1000
    deposit(chain, packed.archive)
    packed.archive.faults.down = True
    for _ in range(20):
        packed.clock.pass_(timedelta(hours=6).total_seconds())
        with pytest.raises(ArchiveUnavailable):
            deposit(chain, packed.archive)
    packed.archive.faults.down = False
    _finish(packed)
    assert len(chain.registry.attempts(chain.tenant, chain.connector, AttemptState.CUT)) == 1
    _held_once(packed)


@pytest.fixture
def several(commune):
    """A commune whose documents leave in several transfers."""
    world = commune("saint-aubin")
    world.profile = profile_of(unit_cap=10)
    chain = world.chain()
    record = collect(chain, world.source(), world.formats, run_id="run-0", window=Window())
    qualify(chain, world.formats, PlainExpectations(), collection_id=record.id)
    deduplicate(chain)
    assert len(package(chain, collection_id=record.id)) > 1
    return world


def test_a_transfer_that_is_too_large_holds_nobody_back(several):
    """The largest SIP is refused for its size: the others leave, and its documents leave again once it is smaller."""
    several.archive.faults.too_large = max(transfer.size for transfer in several.transfers()) - 1
    _finish(several)
    [stopped] = [t for t in several.transfers() if t.state is TransferState.STOPPED]
    assert {t.state for t in several.transfers()} - {TransferState.STOPPED} <= {
        TransferState.ACCEPTED,
        TransferState.ACCEPTED_WITH_REMARKS,
    }
    chain = several.chain()
    [finding] = {
        (i.code, i.actor) for i in chain.registry.waiting(chain.tenant, chain.connector) if i.state == "empaqueté"
    }
    assert finding == ("TRANSFER_TOO_LARGE", "opérateur")
    several.archive.faults.too_large = None
    chain.registry.release(chain.tenant, stopped.id)
    several.run()
    assert _states(several) <= {*TRANSFER_ENDS}
    assert not chain.registry.documents(chain.tenant, chain.connector, DocumentState.PACKAGED)
    _held_once(several)


def test_a_damaged_transfer_holds_nobody_back(several):
    """One corrupted object stops its own transfer; the others leave before the message is told."""
    chain = several.chain()
    first = several.transfers()[0]
    path = chain.staging.path(chain.tenant, first.entries[0].fixity.digest)
    path.chmod(0o600)
    path.write_bytes(b"\0" + path.read_bytes()[1:])
    with pytest.raises(StagingDamaged, match=first.id):
        deposit(chain, several.archive)
    states = {transfer.id: transfer.state for transfer in several.transfers()}
    assert states.pop(first.id) is TransferState.SENDING
    assert set(states.values()) == {TransferState.DEPOSITED}


def test_a_lost_operation_is_an_operators_matter_and_never_waits_in_silence(packed):
    """The platform was wiped after the deposit: no reply ever comes, an operator is told, nothing is resent."""
    chain = packed.chain()
    packed.deposit(chain, packed.archive)
    packed.archive.forget_everything()
    packed.reconcile(chain, packed.archive)
    assert _states(packed) == {TransferState.STOPPED}
    waiting = chain.registry.waiting(chain.tenant, chain.connector)
    assert {(item.code, item.actor) for item in waiting} == {("REPLY_MISSING", "opérateur")}
    assert packed.balance().documents.accepted == 0


class _Altered(MemoryArchive):
    """What arrives is a SIP whose manifest was changed on its way, and which is sound in itself."""

    def _receive(self, body):
        arrived = io.BytesIO(super()._receive(body))
        changed = io.BytesIO()
        with zipfile.ZipFile(arrived) as before, zipfile.ZipFile(changed, "w") as after:
            for name in before.namelist():
                content = before.read(name)
                after.writestr(
                    name, content.replace(b"<Comment>", b"<Comment>Autre ") if "manifest" in name else content
                )
        return changed.getvalue()


def test_a_manifest_that_is_changed_on_its_way_is_refused_whole(packed):
    """The digest announced beside the SIP is that of the frozen manifest: another one enters nothing, blames nobody."""
    packed.archive = _Altered()
    _finish(packed)
    chain = packed.chain()
    assert _states(packed) == {TransferState.STOPPED}
    assert not packed.archive.copies(chain.tenant)
    waiting = chain.registry.waiting(chain.tenant, chain.connector)
    assert {(item.code, item.actor) for item in waiting} == {("TRANSFER_REFUSED", "opérateur")}
    assert all("MANIFEST_DIGEST_CHECK.KO" in item.message for item in waiting)
    assert packed.balance().documents.refused == 0


class _Ending(MemoryArchive):
    """An archive that shows its operations as on their way to their end, as after a cancellation."""

    def operation(self, tenant, operation_id):
        return Operation(operation_id, "RUNNING", "KO")

    def logbook(self, tenant, operation_id):
        return LogbookEntry(operation_id, "", "STP_INGEST_FINALISATION.STARTED")


def test_an_operation_that_is_being_cancelled_is_not_adopted(packed):
    """Between our cancellation and its end an operation runs: what became of it is awaited, not presumed."""
    packed.archive.faults.cut_after = True
    chain = packed.chain()
    deposit(chain, packed.archive)
    ending = _Ending()
    vars(ending).update(vars(packed.archive))
    assert recover(chain, ending)["waiting"] == len(packed.transfers())
    assert recover(chain, packed.archive)["adopted"] == len(packed.transfers())
    _finish(packed)
    _held_once(packed)
