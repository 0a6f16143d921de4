"""Nothing is said accepted unless the archive's reply, its holdings and its bytes agree with what was sent."""

from __future__ import annotations

import shutil

import pytest

from tests.steps.doubtful_archive import DoubtfulArchive
from tests.steps.mismatches import MISMATCHES, elsewhere, said, same_identifier
from tests.steps.sips import packed
from tests.steps.world import profile_of
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DocumentState, TransferState
from versement.steps.deposit import deposit
from versement.steps.package import package
from versement.steps.reconcile import reconcile
from versement.testing.memory_reply import Judgement

TABLE = "Tableau du conseil municipal.pdf"
SHARING = [f"095-219509908-20260327-2026_{number}-DE" for number in ("019", "021")]


@pytest.fixture
def doubtful(commune):
    """Maurecy before an archive whose answers may be altered."""
    world = commune("maurecy")
    world.profile = profile_of("maurecy", verification_sample=100)
    world.archive = DoubtfulArchive()
    return world


def _accepted(world) -> int:
    chain = world.chain()
    return len(chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED))


def _deposited(world):
    """One transfer that the archive has taken."""
    (transfer,) = packed(world)
    deposit(world.chain(), world.archive)
    return transfer


@pytest.mark.parametrize("code", MISMATCHES)
def test_what_does_not_agree_stops_the_transfer_and_accepts_nothing(doubtful, code):
    """A unit or object that is missing, extra, renamed or changed: an operator's matter, under a fixed code."""
    what, alter = MISMATCHES[code]
    doubtful.archive.altered[what] = alter
    transfer = _deposited(doubtful)
    chain = doubtful.chain()
    assert reconcile(chain, doubtful.archive, patient=False).stopped == 1
    assert doubtful.transfers()[0].state is TransferState.STOPPED
    assert _accepted(doubtful) == 0
    waiting = chain.registry.waiting(chain.tenant, chain.connector)
    assert {item.document_id for item in waiting} == set(transfer.members)
    assert {item.actor for item in waiting} == {"opérateur"}
    assert {item.code for item in waiting} == {code}
    assert all(transfer.id in item.message for item in waiting)
    assert doubtful.balance().documents.pending == len(transfer.members)
    assert doubtful.balance().adds_up
    head = chain.registry.journal_head(chain.tenant)
    assert reconcile(chain, doubtful.archive, patient=False).stopped == 1
    assert chain.registry.journal_head(chain.tenant) == head


@pytest.mark.parametrize("code", MISMATCHES)
def test_once_all_agrees_the_stopped_transfer_is_accepted(doubtful, code):
    """Stopped transfers are compared again at each run: nothing is sent twice to get there."""
    what, alter = MISMATCHES[code]
    doubtful.archive.altered[what] = alter
    doubtful.run()
    assert _accepted(doubtful) == 0
    doubtful.archive.altered.clear()
    doubtful.run()
    assert [transfer.state for transfer in doubtful.transfers()] == [TransferState.ACCEPTED]
    assert _accepted(doubtful) == 11
    assert set(doubtful.archive.copies(doubtful.profile.tenant).values()) == {1}
    assert not doubtful.codes()


def test_a_search_that_lags_is_waited_for(doubtful):
    """While patient, units that the archive does not show yet stop nothing; they are waited for."""
    doubtful.archive.faults.late_register = 3
    doubtful.archive.altered["units"] = lambda _: ()
    _deposited(doubtful)
    chain = doubtful.chain()
    for _ in range(2):
        assert reconcile(chain, doubtful.archive, patient=True).waiting == 1
        assert doubtful.transfers()[0].state is TransferState.DEPOSITED
    doubtful.archive.altered.clear()
    assert reconcile(chain, doubtful.archive, patient=True).waiting == 1  # the register lags behind the units
    assert reconcile(chain, doubtful.archive, patient=True).accepted == 1


@pytest.mark.parametrize(
    ("what", "alter", "told"),
    [
        ("units", elsewhere, "ne la montre pas dans cette opération"),
        ("reply", same_identifier, "donne un même identifiant à plusieurs unités"),
    ],
)
def test_units_mistaken_for_one_another_accept_nothing(doubtful, caplog, what, alter, told):
    """A unit that another operation created, or one SystemId for two units: told, and nothing is accepted."""
    doubtful.archive.altered[what] = alter
    _deposited(doubtful)
    assert reconcile(doubtful.chain(), doubtful.archive, patient=False).stopped == 1
    assert told in caplog.text


def test_an_acceptance_that_does_not_say_of_what_accepts_nothing(doubtful, caplog):
    """Only a refusal may come without its operation's identifier, as an early KO does."""
    doubtful.archive.altered["reply"] = lambda reply: said("MessageIdentifier", "")(
        said("MessageRequestIdentifier", "")(reply)
    )
    _deposited(doubtful)
    assert reconcile(doubtful.chain(), doubtful.archive, patient=False).stopped == 1
    assert "parle d’un autre versement" in caplog.text
    assert _accepted(doubtful) == 0


@pytest.mark.parametrize("sample", [0, 3, 1000])
def test_as_many_objects_are_read_back_as_the_profile_says(commune, sample):
    """The sample is the profile's: none, a few, or every object once."""
    world = commune("maurecy")
    world.profile = profile_of("maurecy", verification_sample=sample)
    world.archive = DoubtfulArchive()
    transfer = _deposited(world)
    with_object = sum(unit.digest is not None for unit in transfer.units)
    assert 3 < with_object < 1000
    assert reconcile(world.chain(), world.archive, patient=False).accepted == 1
    assert world.archive.read_back == min(sample, with_object)


def test_every_unit_and_object_learns_its_identifier_in_the_archive(doubtful):
    """After acceptance each file leads to its unit's and object's SystemId, and the reply is kept as it came."""
    transfer = _deposited(doubtful)
    chain = doubtful.chain()
    reconcile(chain, doubtful.archive, patient=False)
    held = {unit.key: unit for unit in doubtful.archive.units_of(chain.tenant, doubtful.transfers()[0].operation_id)}
    seen = set()
    for member in transfer.members:
        (story,) = chain.registry.find(chain.tenant, member)
        for unit, system_id, object_id in story.units:
            assert system_id == held[unit.key].system_id
            assert bool(object_id) == bool(unit.digest)
            seen.add(unit.path)
        assert {file.path for file in story.document.files} <= seen
    (accepted,) = doubtful.transfers()
    reply = doubtful.archive.reply(chain.tenant, accepted.operation_id)
    assert accepted.reply == Digest.of(reply)
    assert chain.staging.path(chain.tenant, accepted.reply).read_bytes() == reply


def test_a_warning_is_accepted_with_its_remarks(doubtful):
    """WARNING: everything is accepted; the remark on a file stays with its document, that on the transfer names it."""
    name = "99_DE-078-217809904-20260210-2026_003-DE-1-1_1.pdf"
    doubtful.archive.warns_of = name
    doubtful.run()
    (transfer,) = doubtful.transfers()
    assert transfer.state is TransferState.ACCEPTED_WITH_REMARKS
    assert _accepted(doubtful) == 11
    chain = doubtful.chain()
    remarks = {
        story.document.reference: [finding for finding in story.findings if finding.code == "ARCHIVE_REMARK"]
        for member in transfer.members
        for story in chain.registry.find(chain.tenant, member)
    }
    (concerned,) = [reference for reference, found in remarks.items() if any(remark.path for remark in found)]
    assert concerned.endswith(name)
    own, of_all = remarks.pop(concerned)
    assert own.path == concerned
    assert "format" in own.message
    assert of_all.message.startswith(f"Versement {transfer.id} : ")
    assert list(remarks.values()) == [[of_all]] * 10


def test_a_warning_about_a_seance_is_kept_with_the_transfer(doubtful):
    """A unit that belongs to no document is remarked on too: the remark names it and stays with the transfer."""
    (transfer,) = packed(doubtful)
    seance = next(unit for unit in transfer.units if not unit.document_id)
    doubtful.archive.judgement = Judgement("WARNING", (), {seance.xml_id: "LFC.CHECK_UNIT_SCHEMA.WARNING"})
    deposit(doubtful.chain(), doubtful.archive)
    assert reconcile(doubtful.chain(), doubtful.archive, patient=False).accepted == 1
    chain = doubtful.chain()
    (remark,) = chain.registry.transfer_remarks(chain.tenant, chain.connector)[transfer.id]
    assert remark.code == "ARCHIVE_REMARK"
    assert f"Unité {seance.key} : " in remark.message


def test_two_acts_that_share_a_refused_object_are_both_refused(commune):
    """Both délibérations that carry the refused annex are refused by name; the others leave in a linked transfer."""
    world = commune("saint-aubin")
    world.archive.faults.refused_files = {TABLE}
    world.run()
    chain = world.chain()
    refused = chain.registry.documents(chain.tenant, chain.connector, DocumentState.REFUSED)
    assert sorted(document.record_key for document in refused) == SHARING
    told = {
        item.record_key: item
        for item in chain.registry.waiting(chain.tenant, chain.connector)
        if item.code == "REFUSED_BY_ARCHIVE"
    }
    assert sorted(told) == SHARING
    assert all(f"« {TABLE} »" in item.message for item in told.values())
    first, second = world.transfers()
    assert (first.state, second.state) == (TransferState.REFUSED, TransferState.ACCEPTED)
    assert second.follows == first.id
    assert second.id != first.id
    assert not set(second.members) & {document.id for document in refused}
    assert set(second.members) < set(first.members)
    assert len(second.members) == 20
    assert world.balance().adds_up


def test_the_acknowledgement_of_a_refused_act_waits_for_a_decision(commune):
    """An ARActe is not blamed for its act: it stays pending, says which act it waits for, and for whom."""
    world = commune("saint-aubin")
    world.archive.faults.refused_units = {SHARING[0]}
    world.run()
    chain = world.chain()
    receipts = [
        item
        for item in chain.registry.waiting(chain.tenant, chain.connector)
        if item.record_key == f"{SHARING[0]}#ARActe"
    ]
    (waiting,) = receipts
    assert (waiting.code, waiting.state) == ("WAITS_FOR_A_DECISION", DocumentState.QUALIFIED)
    assert waiting.actor == "archiviste"
    assert SHARING[0] in waiting.message
    assert "refusé" in waiting.message
    assert SHARING[1] in {
        document.record_key
        for document in chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)
    }


@pytest.mark.parametrize("alone", [True, False], ids=["alone in its transfer", "among others"])
def test_a_duplicate_takes_the_place_of_its_refused_original(empty_drop, samples, alone):
    """The original is refused; its copy under another name leaves in a transfer of its own, and is accepted once."""
    world = empty_drop
    world.profile = profile_of("maurecy")
    acts = sorted((samples / "maurecy" / "first").rglob("Délibération*.pdf"))
    for name in ("a.pdf", "b.pdf"):
        shutil.copy2(acts[0], world.drop / name)
    if not alone:
        shutil.copy2(acts[1], world.drop / "c.pdf")
    world.archive.faults.refused_files = {"a.pdf"}
    world.run()
    chain = world.chain()
    stories = {name: chain.registry.find(chain.tenant, name)[0] for name in ("a.pdf", "b.pdf")}
    assert stories["a.pdf"].state is DocumentState.REFUSED
    assert stories["b.pdf"].state is DocumentState.ACCEPTED
    first, second = world.transfers()
    assert second.id != first.id
    assert second.follows == first.id
    assert stories["b.pdf"].document.id in second.members
    assert set(world.archive.copies(chain.tenant).values()) == {1}
    assert world.balance().documents.pending == 0
    assert world.balance().adds_up


def test_settling_again_changes_nothing(doubtful):
    """A retried reconciliation finds nothing left to settle."""
    doubtful.run()
    before, chain = doubtful.balance(), doubtful.chain()
    head = chain.registry.journal_head(chain.tenant)
    again = reconcile(chain, doubtful.archive, patient=False)
    assert (again.accepted, again.refused, again.stopped, again.waiting) == (0, 0, 0, 0)
    assert doubtful.balance() == before
    assert chain.registry.journal_head(chain.tenant) == head
    assert package(chain, collection_id="deliberations:run-1") == []


@pytest.mark.parametrize("resumed", [True, False])
def test_an_operation_that_never_begins_is_told(doubtful, resumed):
    """Taken, then left in PAUSE/UNKNOWN: an operator is called after two leases, not before; nothing is resent."""
    doubtful.archive.faults.never_started = True
    transfer = _deposited(doubtful)
    chain, target = doubtful.chain(), doubtful.profile.target
    assert reconcile(chain, doubtful.archive, patient=False).running == (_operation(doubtful),)
    doubtful.clock.pass_(2 * target.lease_seconds - 1)
    assert reconcile(chain, doubtful.archive, patient=False).running
    doubtful.clock.pass_(2)
    for _ in range(3):
        assert reconcile(chain, doubtful.archive, patient=False).stopped == 1
        deposit(chain, doubtful.archive)
    waiting = chain.registry.waiting(chain.tenant, chain.connector)
    assert {(item.code, item.actor) for item in waiting} == {("OPERATION_STOPPED", "opérateur")}
    assert all(f"operation resume {transfer.id}" in item.message for item in waiting)
    if resumed:
        doubtful.archive.resume(chain.tenant, _operation(doubtful))
        assert reconcile(chain, doubtful.archive, patient=False).accepted == 1
        assert set(doubtful.archive.copies(chain.tenant).values()) == {1}
    else:
        doubtful.archive.cancel(chain.tenant, _operation(doubtful))
        assert reconcile(chain, doubtful.archive, patient=False).stopped == 1
        waiting = chain.registry.waiting(chain.tenant, chain.connector)
        assert {item.code for item in waiting} == {"OPERATION_CANCELLED"}


def _operation(world) -> str:
    (transfer,) = world.transfers()
    return transfer.operation_id
