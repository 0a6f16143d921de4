"""A KO blames only whom it is about, and gives back only what the archive certainly did not keep."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from tests.steps.doubtful_archive import DoubtfulArchive
from tests.steps.sips import SEDA, packed
from tests.steps.world import profile_of
from versement.domain.errors import NotReleasable
from versement.domain.lifecycle import DocumentState, TransferState
from versement.ports.archive import HeldUnit
from versement.steps.deposit import deposit
from versement.steps.reconcile import reconcile
from versement.testing.memory_reply import Judgement

WHOLE = "PROCESS_SIP_UNITARY.KO"
CANCELLED = Judgement("KO", (WHOLE,), early=True)
AFTER_STORING = Judgement("KO", ("STP_UNIT_STORING.KO", "UNIT_METADATA_STORAGE.KO", WHOLE))


@pytest.fixture
def refusing(commune):
    """Maurecy before an archive that refuses as it is told to."""
    world = commune("maurecy")
    world.profile = profile_of("maurecy")
    world.archive = DoubtfulArchive()
    return world


def _reconciled(world, judgement, *, held=()):
    """The one transfer, once the archive has answered so and shows these units all the same."""
    world.archive.judgement = judgement
    packed(world)
    deposit(world.chain(), world.archive)
    world.archive.altered["units"] = lambda _: held
    reconcile(world.chain(), world.archive, patient=False)
    return world.transfers()[0]


def _codes(world) -> set[tuple[str, str]]:
    chain = world.chain()
    return {(item.code, item.actor) for item in chain.registry.waiting(chain.tenant, chain.connector)}


def _said(text):
    def alter(reply: bytes) -> bytes:
        root = etree.fromstring(reply)
        root.find(f"{SEDA}ReplyCode").text = text
        return etree.tostring(root)

    return alter


@pytest.mark.parametrize(
    "judgement",
    [CANCELLED, AFTER_STORING, Judgement("KO", ("STP_UNIT_CHECK_AND_PROCESS.KO", WHOLE))],
    ids=["cancelled", "after storing began", "before storing"],
)
def test_a_refused_operation_whose_units_are_held_gives_nothing_back(refusing, judgement):
    """Vitam says KO and shows units of that operation: sending again would double them, whatever an operator asks."""
    held = (HeldUnit("aeaqaaaaaareste", "clé", "Reste", "", ()),)
    transfer = _reconciled(refusing, judgement, held=held)
    assert transfer.state is TransferState.STOPPED
    assert _codes(refusing) == {("REFUSED_BUT_HELD", "opérateur")}
    with pytest.raises(NotReleasable, match="doubles"):
        refusing.chain().registry.release(refusing.profile.tenant, transfer.id)
    refusing.run()
    assert len(refusing.transfers()) == 1


@pytest.mark.parametrize("judgement", [CANCELLED, AFTER_STORING], ids=["cancelled", "after storing began"])
def test_a_search_that_lags_is_waited_for_before_a_cancelled_operation_is_called_empty(refusing, judgement):
    """Units may be there that the search does not show yet: while patient, nothing is concluded."""
    refusing.archive.judgement = judgement
    packed(refusing)
    deposit(refusing.chain(), refusing.archive)
    assert reconcile(refusing.chain(), refusing.archive, patient=True).waiting == 1
    assert reconcile(refusing.chain(), refusing.archive, patient=False).stopped == 1


def test_a_cancelled_operation_waits_for_an_operator_and_leaves_once_given_back(refusing):
    """Cancelled without judgement, nothing shown: only an operator gives it back; its documents leave once, linked."""
    transfer = _reconciled(refusing, CANCELLED)
    assert _codes(refusing) == {("OPERATION_CANCELLED", "opérateur")}
    refusing.run()
    assert len(refusing.transfers()) == 1
    refusing.archive.judgement = None
    refusing.archive.altered.clear()
    refusing.chain().registry.release(refusing.profile.tenant, transfer.id)
    refusing.run()
    assert refusing.balance().documents.pending == 0
    assert refusing.transfers()[-1].follows == transfer.id
    assert set(refusing.archive.copies(refusing.profile.tenant).values()) == {1}


@pytest.mark.parametrize("code", ["FATAL", "Test OK", "", "Bon"])
def test_a_reply_that_is_neither_acceptance_nor_refusal_stops_the_transfer(refusing, code):
    """Only OK and WARNING accept, only KO refuses: anything else is looked at by an operator, and nothing leaves."""
    refusing.archive.altered["reply"] = _said(code)
    refusing.run()
    refusing.run()
    assert [transfer.state for transfer in refusing.transfers()] == [TransferState.STOPPED]
    assert _codes(refusing) == {("REPLY_CONTRADICTS", "opérateur")}
    assert refusing.balance().documents.accepted == 0


def test_an_acceptance_that_the_operation_denies_is_not_believed(refusing):
    """The reply says OK and the operation ended KO: nothing is said accepted."""
    refusing.archive.altered["reply"] = _said("OK")
    transfer = _reconciled(refusing, Judgement("KO", ("STP_OBJ_STORING.KO", WHOLE)))
    assert transfer.state is TransferState.STOPPED
    assert _codes(refusing) == {("REPLY_CONTRADICTS", "opérateur")}


def _purged(world, last_detail: str | None) -> None:
    """Deposited, accepted, forgotten by the process engine; the logbook's last event is this, or unknown."""
    packed(world)
    deposit(world.chain(), world.archive)
    world.archive.forget_workflows()
    (transfer,) = world.transfers()
    assert world.archive.operation(world.profile.tenant, transfer.operation_id) is None
    if last_detail is not None:
        world.archive.altered["logbook"] = lambda entry: replace(entry, last_detail=last_detail)


def test_an_hour_later_the_logbook_speaks_for_the_operation(refusing):
    """Once the process engine has forgotten it, the reply and the logbook's end are proof enough."""
    _purged(refusing, None)
    assert reconcile(refusing.chain(), refusing.archive, patient=False).accepted == 1


@pytest.mark.parametrize(
    ("last_detail", "patient"), [(WHOLE, "stopped"), ("STP_UNIT_STORING.STARTED", "waiting"), ("", "waiting")]
)
def test_an_acceptance_that_the_logbook_does_not_bear_out_is_not_believed(refusing, last_detail, patient):
    """The reply says OK; the logbook says KO, or no end at all, which is waited for a little: nothing is accepted."""
    _purged(refusing, last_detail)
    assert getattr(reconcile(refusing.chain(), refusing.archive, patient=True), patient) == 1
    assert reconcile(refusing.chain(), refusing.archive, patient=False).stopped == 1
    assert _codes(refusing) == {("REPLY_CONTRADICTS", "opérateur")}


def _group_alone(reply: bytes) -> bytes:
    """The reply with its first group named without its object, and a refusal of it."""
    root = etree.fromstring(reply)
    group = root.find(f".//{SEDA}DataObjectGroup")
    for item in list(group):
        group.remove(item)
    event = etree.SubElement(etree.SubElement(group, f"{SEDA}LogBook"), f"{SEDA}Event")
    detail = "LFC.OG_OBJECTS_FORMAT_CHECK"
    for name, text in (("EventTypeCode", detail), ("Outcome", "KO"), ("OutcomeDetail", f"{detail}.KO")):
        etree.SubElement(event, f"{SEDA}{name}").text = text
    return etree.tostring(root)


def test_a_group_that_is_refused_without_its_object_blames_whose_it_is(refusing):
    """Vitam may name the group alone: its document is refused, with the reason, and the others leave again."""
    refusing.archive.judgement = Judgement(
        "KO", ("STP_OG_CHECK_AND_TRANSFORME.KO", "OG_OBJECTS_FORMAT_CHECK.KO", WHOLE)
    )
    refusing.archive.altered |= {"reply": _group_alone, "units": lambda _: ()}
    packed(refusing)
    deposit(refusing.chain(), refusing.archive)
    assert reconcile(refusing.chain(), refusing.archive, patient=False).refused == 1
    chain = refusing.chain()
    (refused,) = chain.registry.documents(chain.tenant, chain.connector, DocumentState.REFUSED)
    (told,) = [i for i in chain.registry.waiting(chain.tenant, chain.connector) if i.code == "REFUSED_BY_ARCHIVE"]
    assert told.document_id == refused.id
    assert "OG_OBJECTS_FORMAT_CHECK.KO" in told.message


@pytest.mark.parametrize(
    ("detail", "step"),
    [
        ("LFC.CHECK_DIGEST.KO", "STP_OG_CHECK_AND_TRANSFORME.KO"),
        ("LFC.UNITS_RULES_COMPUTE.UNKNOWN.KO", "STP_UNIT_CHECK_AND_PROCESS.KO"),
        ("LFC.OBJ_STORAGE.KO", "STP_OBJ_STORING.KO"),
        ("LFC.OBJ_STORAGE.FATAL", "STP_OBJ_STORING.FATAL"),
    ],
)
def test_the_fault_of_the_platform_or_its_referential_blames_no_document(refusing, detail, step):
    """A digest, a rule unknown to the coffre, a storage that fails: an operator's matter, with Vitam's own code."""

    class Naming(DoubtfulArchive):
        def _judge(self, sip, found):
            named = {item.xml_id: detail for item in sip.objects} | {unit.xml_id: detail for unit in sip.units}
            return Judgement("KO", (step, WHOLE), named)

    refusing.archive = Naming()
    _reconciled(refusing, None)
    assert _codes(refusing) == {("TRANSFER_REFUSED", "opérateur")}
    assert refusing.balance().documents.refused == 0
    chain = refusing.chain()
    assert all(step in item.message for item in chain.registry.waiting(chain.tenant, chain.connector))


def test_a_refused_document_says_vitams_code_and_can_be_given_back(commune):
    """The message carries the code; once the referential is mended, the document leaves again and is accepted."""
    world = commune("maurecy")
    name = "99_DE-078-217809904-20260210-2026_003-DE-1-1_1.pdf"
    world.archive.faults.refused_files = {name}
    world.run()
    chain = world.chain()
    [refused] = chain.registry.documents(chain.tenant, chain.connector, DocumentState.REFUSED)
    [item] = [i for i in chain.registry.waiting(chain.tenant, chain.connector) if i.document_id == refused.id]
    assert "OG_OBJECTS_FORMAT_CHECK.KO" in item.message
    world.archive.faults.refused_files = set()
    chain.registry.reinstate(chain.tenant, refused.id)
    with pytest.raises(NotReleasable):
        chain.registry.reinstate(chain.tenant, refused.id)
    world.run()
    assert not chain.registry.documents(chain.tenant, chain.connector, DocumentState.REFUSED)
    assert world.balance().documents.pending == 0
    assert world.balance().adds_up
    assert set(world.archive.copies(chain.tenant).values()) == {1}
