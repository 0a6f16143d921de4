"""Nothing is deposited under a profile that nobody signed: it is tried, and what was tried leaves once it is signed."""

from __future__ import annotations

import json

import pytest

from tests.steps.world import profile_of
from versement.domain.errors import ArchiveUnavailable
from versement.domain.lifecycle import DocumentState, TransferState
from versement.ports.archive import Context
from versement.profiles.sign_off import is_signed, signed, version_digest, why_unsigned
from versement.steps.deposit import deposit
from versement.steps.package import package


@pytest.fixture
def world(commune):
    """Maurecy, whose profile is not signed, and an archive that remembers in which context it was asked."""
    world = commune("maurecy")
    world.unsigned, world.asked = True, []
    honest = world.archive.deposit

    def asked(*of, context=Context.DEFAULT_WORKFLOW, **more):
        world.asked.append(context)
        return honest(*of, context=context, **more)

    world.archive.deposit = asked
    return world


def _written(world) -> dict:
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, f"{chain.connector}:run-{world.runs}")
    with chain.staging.open(chain.tenant, record.report) as file:
        return json.load(file)


def test_unsigned_is_tried_and_nothing_enters(world) -> None:
    """The transfer is blank-tested once, its documents stay pending, and the report says why."""
    world.run()
    verdict = world.run()
    assert world.asked == [Context.BLANK_TEST]
    assert not world.archive.copies(world.profile.tenant)
    (transfer,) = world.transfers()
    assert (transfer.state, transfer.operation_id) == (TransferState.READY, "")
    balance = world.balance()
    assert (balance.documents.accepted, balance.adds_up) == (0, True)
    assert balance.documents.pending == len(transfer.members)
    written = _written(world)
    assert written["unsigned"] == "personne ne l’a encore signée"
    (remark,) = written["transfers"][0]["remarks"]
    assert remark["code"] == "BLANK_TEST_ACCEPTED"
    assert "l’accepterait (OK)" in remark["message"]
    assert verdict.troubled == 0


def test_signed_at_last_leaves_as_it_was_tried(world) -> None:
    """The next run after the sign-off deposits the very transfer that was tried, once."""
    world.run()
    (tried,) = world.transfers()
    world.unsigned = False
    world.run()
    assert world.asked == [Context.BLANK_TEST, Context.DEFAULT_WORKFLOW]
    (transfer,) = world.transfers()
    assert (transfer.id, transfer.manifest) == (tried.id, tried.manifest)
    assert transfer.state in (TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS)
    assert set(world.archive.copies(world.profile.tenant).values()) == {1}
    assert world.balance().documents.pending == 0
    assert _written(world)["unsigned"] == ""


def test_what_was_packed_under_another_version_is_packed_anew(world) -> None:
    """A rule changed between the trial and the signature: what leaves was packed under what was signed."""
    world.run()
    (tried,) = world.transfers()
    world.profile, world.unsigned = profile_of("maurecy", archival_agreement="IC-AUTRE"), False
    world.run()
    first, second = world.transfers()
    assert (first.id, first.state, first.operation_id) == (tried.id, TransferState.REFUSED, "")
    assert (second.archival_agreement, second.follows) == ("IC-AUTRE", first.id)
    assert second.members == first.members
    assert set(world.archive.copies(world.profile.tenant).values()) == {1}
    assert world.balance().adds_up
    assert [line["remarks"][-1]["code"] for line in _written(world)["transfers"] if line["remarks"]] == [
        "PACKED_UNSIGNED"
    ]


def test_not_even_a_deposit_alone_sends_what_another_version_packed(world) -> None:
    """Between packing and sending the version is looked at once more."""
    world.run()
    world.profile, world.unsigned = profile_of("maurecy", archival_agreement="IC-AUTRE"), False
    chain = world.chain()
    assert deposit(chain, world.archive).done
    assert world.asked == [Context.BLANK_TEST]


@pytest.fixture
def held_up(world):
    """What was packed under a signature could not leave: the archive was off."""
    world.unsigned = False
    world.archive.faults.down = True
    with pytest.raises(ArchiveUnavailable):
        world.run()
    world.archive.faults.down = False
    return world


def test_what_a_signed_version_packed_leaves_though_the_profile_changed(held_up) -> None:
    """The profile changed since its signature: what somebody had signed leaves as it was, and the report says so."""
    signed_as, changed = held_up.profile, profile_of("maurecy", archival_agreement="IC-AUTRE")
    held_up.signed_as, held_up.profile = signed_as, changed
    held_up.run()
    (transfer,) = held_up.transfers()
    assert (transfer.archival_agreement, transfer.state) == ("IC-MAURECY", TransferState.ACCEPTED)
    assert held_up.asked == [Context.DEFAULT_WORKFLOW]
    written = _written(held_up)
    assert "elle a changé depuis sa signature (Claire Martin, 2026-05-04)" in written["unsigned"]
    (remark,) = written["transfers"][0]["remarks"]
    assert remark["code"] == "PACKED_EARLIER"
    assert "la version de la fiche signée par Claire Martin le 2026-05-04, qui a changé depuis" in remark["message"]


def test_what_is_packed_after_the_change_is_only_tried(world) -> None:
    """A profile that changed since its signature packs under nobody's signature: a blank test, nothing more."""
    world.unsigned, world.signed_as = False, profile_of("maurecy", archival_agreement="IC-AUTRE")
    world.run()
    assert world.asked == [Context.BLANK_TEST]
    assert not world.archive.copies(world.profile.tenant)


def test_what_was_packed_under_a_sign_off_that_is_withdrawn_is_packed_anew(held_up) -> None:
    """The archivist withdrew the sign-off, the profile changed: nothing leaves, then only what is signed anew."""
    held_up.unsigned, held_up.profile = True, profile_of("maurecy", archival_agreement="IC-AUTRE")
    held_up.run()
    assert set(held_up.asked) == {Context.BLANK_TEST}
    first, second = held_up.transfers()
    assert (first.state, first.operation_id, second.archival_agreement) == (TransferState.REFUSED, "", "IC-AUTRE")
    held_up.unsigned = False
    held_up.run()
    assert [transfer.state for transfer in held_up.transfers()] == [TransferState.REFUSED, TransferState.ACCEPTED]
    assert set(held_up.archive.copies(held_up.profile.tenant).values()) == {1}
    assert held_up.balance().adds_up


def test_a_sign_off_that_is_given_back_lets_the_same_transfer_leave(held_up) -> None:
    """Withdrawn, then signed again in the same words: what was packed waits meanwhile, and leaves as it was."""
    (packed,) = held_up.transfers()
    held_up.unsigned = True
    held_up.run()
    assert set(held_up.asked) == {Context.BLANK_TEST}
    held_up.unsigned = False
    held_up.run()
    (transfer,) = held_up.transfers()
    assert (transfer.id, transfer.state) == (packed.id, TransferState.ACCEPTED)


def test_a_refused_trial_says_why_and_is_tried_again(world) -> None:
    """What the archive would refuse is told with who acts; mended there, the next run finds it good."""
    world.archive.faults.refused_header = True
    world.run()
    remarks = _written(world)["transfers"][0]["remarks"]
    assert {remark["code"] for remark in remarks} == {"BLANK_TEST_REFUSED"}
    assert any("CONTRACT_UNKNOWN" in remark["message"] for remark in remarks)
    assert "ne l’accepterait pas (KO)" in remarks[-1]["message"]
    world.archive.faults.refused_header = False
    world.run()
    assert [remark["code"] for remark in _written(world)["transfers"][0]["remarks"]][-1] == "BLANK_TEST_ACCEPTED"
    assert not world.archive.copies(world.profile.tenant)


def test_a_run_keeps_the_signature_that_it_began_with(world) -> None:
    """What was frozen unsigned stays so, whatever is signed meanwhile: the next run deposits, not this one."""
    world.run()
    chain = world.chain()
    thawed = type(chain.profile).thaw(chain.profile.frozen())
    assert not is_signed(thawed)
    kept = type(chain.profile).thaw(signed(thawed, "Claire Martin", "2026-05-04").frozen())
    assert is_signed(kept)
    assert world.chain().registry.documents(chain.tenant, chain.connector, DocumentState.PACKAGED)
    assert package(chain, collection_id=f"{chain.connector}:run-1") == []


@pytest.mark.parametrize(
    ("field", "value", "same"),
    [
        ("schedule", "0 4 * * *", True),
        ("verification_sample", 9, True),
        ("unit_cap", 500, True),
        ("byte_cap", 2_000_000, True),
        ("series", "Autre série", False),
        ("label", "Autre libellé", False),
        ("archival_agreement", "IC-AUTRE", False),
        ("waste", ("*.bak",), False),
        ("seda_version", "2.1", False),
    ],
)
def test_only_what_is_archived_and_how_needs_a_new_signature(field, value, same) -> None:
    """The cron and the caps may change under a signature; whatever a bordereau would say otherwise may not."""
    before = signed(profile_of("maurecy"), "Claire Martin", "2026-05-04")
    after = before.model_copy(update={"connector": before.connector.model_copy(update={field: value})})
    assert is_signed(after) is same
    assert bool(why_unsigned(after)) is not same


def test_the_connection_may_move_and_the_coffre_may_not() -> None:
    """Another account leads to the same drop; another folder, another coffre or another rule is another matter."""
    profile = profile_of("maurecy")
    source = profile.connector.source
    digest = version_digest(profile)
    assert version_digest(profile_of("maurecy", source=source.model_copy(update={"connection": "autre"}))) == digest
    assert version_digest(profile_of("maurecy", source=source.model_copy(update={"folder": "/autre"}))) != digest
    coffre = profile.organisation.tenants["actes"].model_copy(update={"number": 77})
    for change in ({"tenants": {"actes": coffre}}, {"management_rules": profile.organisation.management_rules[1:]}):
        organisation = profile.organisation.model_copy(update=change)
        assert version_digest(profile.model_copy(update={"organisation": organisation})) != digest
    production = profile.target.model_copy(update={"kind": "production"})
    assert version_digest(profile.model_copy(update={"target": production})) != digest
