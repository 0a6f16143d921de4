"""The Registry's contract: transfers, tries, and what the archive answered."""
# ruff: noqa: S101 -- a contract suite is made of tests

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from versement.domain.errors import Defect, NotReleasable, OutcomeUncertain
from versement.domain.fixity import Digest
from versement.domain.lifecycle import AttemptState, DocumentState, TransferState
from versement.domain.transfers import Ask, Ending, PlannedUnit, Settlement
from versement.ports.records import HeldKey
from versement.ports.registry import Registry
from versement.testing.builders import (
    CONNECTOR,
    FixedClock,
    a_finding,
    a_tenant,
    a_transfer,
    an_attempt,
    system_ids,
)
from versement.testing.scenes import accept, deposited, packed, qualified_and_claimed, refuse, state_of


def _state(registry: Registry, transfer_id: str = "versement-1") -> TransferState | None:
    transfer = registry.transfer(a_tenant(), transfer_id)
    return transfer.state if transfer else None


class TransfersContract:
    """Tests of transfers, attempts and settlements."""

    def test_a_transfer_is_frozen_as_it_was_packed(self, registry: Registry) -> None:
        """A packed transfer comes back member by member, unit by unit, entry by entry."""
        transfer = packed(registry, "B", "A")
        assert registry.transfer(a_tenant(), transfer.id) == transfer
        assert registry.transfers(a_tenant(), CONNECTOR, TransferState.READY) == [transfer]
        assert [state_of(registry, member) for member in transfer.members] == [DocumentState.PACKAGED] * 2

    def test_packing_twice_changes_nothing(self, registry: Registry) -> None:
        """The same transfer packed again, even on its way, stays as it is."""
        transfer = packed(registry, "A")
        deposited(registry, transfer)
        registry.pack(a_tenant(), transfer)
        assert _state(registry) is TransferState.DEPOSITED

    def test_a_document_is_packed_once(self, registry: Registry) -> None:
        """A document that is in one transfer cannot enter another; nothing of the second is kept."""
        a, b = qualified_and_claimed(registry, "A", "B")
        registry.pack(a_tenant(), a_transfer([a]))
        with pytest.raises(Defect):
            registry.pack(a_tenant(), a_transfer([b, a], name="versement-2"))
        assert registry.transfer(a_tenant(), "versement-2") is None
        assert state_of(registry, b.id) is DocumentState.QUALIFIED

    def test_a_unit_is_created_once(self, registry: Registry) -> None:
        """Two transfers cannot create the same séance; the second may attach to it."""
        a, b = qualified_and_claimed(registry, "A", "B")
        seance = PlannedUnit("seance/1", "AU9")
        registry.pack(a_tenant(), a_transfer([a], units=[seance]))
        with pytest.raises(Defect):
            registry.pack(a_tenant(), a_transfer([b], name="versement-2", units=[seance]))
        assert state_of(registry, b.id) is DocumentState.QUALIFIED
        registry.pack(a_tenant(), a_transfer([b], name="versement-2", units=[replace(seance, attached=True)]))
        held = registry.held_key(a_tenant(), "seance/1")
        assert held == HeldKey("seance/1", "versement-1", TransferState.READY, "")

    def test_a_held_key_learns_its_system_id(self, registry: Registry) -> None:
        """A unit is known by its key while it travels, and by its SystemId once accepted."""
        assert registry.held_key(a_tenant(), "A") is None
        transfer = packed(registry, "A")
        deposited(registry, transfer)
        accept(registry, transfer)
        held = registry.held_key(a_tenant(), "A")
        assert held == HeldKey("A", transfer.id, TransferState.ACCEPTED, "guid-versement-1-AU0")

    def test_refusal_forgets_the_units(self, registry: Registry) -> None:
        """A séance refused with its transfer may be created again by the next one."""
        a, b = qualified_and_claimed(registry, "A", "B")
        seance = PlannedUnit("seance/1", "AU9")
        first = a_transfer([a, b], units=[seance])
        registry.pack(a_tenant(), first)
        deposited(registry, first)
        refuse(registry, first, a.id)
        assert registry.held_key(a_tenant(), "seance/1") is None
        second = a_transfer([b], name="versement-2", units=[seance], follows=first.id)
        registry.pack(a_tenant(), second)
        held = registry.held_key(a_tenant(), "seance/1")
        assert held is not None
        assert held.transfer_id == "versement-2"
        (story,) = registry.find(a_tenant(), b.id)
        assert [transfer.id for transfer in story.transfers] == ["versement-1", "versement-2"]

    def test_only_one_begins(self, registry: Registry) -> None:
        """Of several who would send the same transfer at once, one begins."""
        packed(registry, "A")
        attempts = [an_attempt(name=f"tentative-{number}") for number in range(5)]
        with ThreadPoolExecutor(5) as pool:
            begun = list(pool.map(lambda attempt: registry.begin(a_tenant(), attempt), attempts))
        assert sorted(begun) == [False] * 4 + [True]
        assert _state(registry) is TransferState.SENDING
        expected = [attempt for attempt, mine in zip(attempts, begun, strict=True) if mine]
        assert registry.attempts(a_tenant(), CONNECTOR, AttemptState.SENDING) == expected

    def test_committing_renews_the_lease(self, registry: Registry, clock: FixedClock) -> None:
        """Before the last block the lease is renewed and written with the intent, so that both stand or neither."""
        packed(registry, "A")
        registry.begin(a_tenant(), an_attempt())
        registry.commit(a_tenant(), "tentative-1", lease=timedelta(hours=5))
        later = clock.at + timedelta(hours=5)
        (attempt,) = registry.attempts(a_tenant(), CONNECTOR, AttemptState.COMMITTING)
        expected = replace(an_attempt(), state=AttemptState.COMMITTING, committed=True, lease_until=later)
        assert attempt == expected

    @pytest.mark.parametrize(("deadline", "lease"), [(1, 9), (9, 1)])
    def test_too_late_to_commit(self, registry: Registry, clock: FixedClock, deadline: int, lease: int) -> None:
        """Once the deadline has passed, or the lease, even one without the other, the last block may not leave."""
        packed(registry, "A")
        ends, lasts = (clock.at + timedelta(hours=hours) for hours in (deadline, lease))
        registry.begin(a_tenant(), replace(an_attempt(), deadline=ends, lease_until=lasts))
        clock.advance(hours=1)
        with pytest.raises(OutcomeUncertain):
            registry.commit(a_tenant(), "tentative-1", lease=timedelta(hours=9))
        (attempt,) = registry.attempts(a_tenant(), CONNECTOR, AttemptState.SENDING)
        assert not attempt.committed

    def test_a_try_that_committed_meanwhile_is_not_judged_as_one_that_did_not(self, registry: Registry) -> None:
        """Whoever read a try before its sender wrote COMMITTING may not conclude from it that nothing arrived."""
        packed(registry, "A")
        registry.begin(a_tenant(), an_attempt())
        registry.commit(a_tenant(), "tentative-1", lease=timedelta(hours=1))
        assert not registry.end_attempt(a_tenant(), "tentative-1", AttemptState.CUT, uncommitted=True)
        assert _state(registry) is TransferState.SENDING
        assert registry.end_attempt(a_tenant(), "tentative-1", AttemptState.CUT)
        assert _state(registry) is TransferState.READY

    def test_a_settled_try_cannot_commit(self, registry: Registry) -> None:
        """When somebody else has settled the try, its sender may not go on."""
        packed(registry, "A")
        registry.begin(a_tenant(), an_attempt())
        registry.end_attempt(a_tenant(), "tentative-1", AttemptState.CANCELLED)
        with pytest.raises(OutcomeUncertain):
            registry.commit(a_tenant(), "tentative-1", lease=timedelta(hours=1))

    def test_a_cancelled_try_makes_room_for_another(self, registry: Registry) -> None:
        """A transfer whose try came to nothing is ready again, and a new try may begin."""
        packed(registry, "A")
        registry.begin(a_tenant(), an_attempt())
        registry.end_attempt(a_tenant(), "tentative-1", AttemptState.CANCELLED)
        assert _state(registry) is TransferState.READY
        assert registry.begin(a_tenant(), an_attempt(name="tentative-2"))

    def test_a_cut_try_makes_room_for_another(self, registry: Registry) -> None:
        """A try that was cut, committed or not, leaves its transfer ready and is told from one that never left."""
        packed(registry, "A")
        for number, move in enumerate((AttemptState.CUT, AttemptState.CANCELLED)):
            assert registry.begin(a_tenant(), an_attempt(name=f"tentative-{number}"))
            registry.end_attempt(a_tenant(), f"tentative-{number}", move)
            assert _state(registry) is TransferState.READY
        assert [a.id for a in registry.attempts(a_tenant(), CONNECTOR, AttemptState.CUT)] == ["tentative-0"]

    def test_a_deposited_try_carries_its_operation(self, registry: Registry) -> None:
        """The operation's id is written with the deposit, on the try and on the transfer; told twice, once."""
        packed(registry, "A")
        registry.begin(a_tenant(), an_attempt())
        for _ in range(2):
            registry.end_attempt(a_tenant(), "tentative-1", AttemptState.DEPOSITED, operation_id="guid")
        transfer = registry.transfer(a_tenant(), "versement-1")
        assert transfer is not None
        assert (transfer.state, transfer.operation_id) == (TransferState.DEPOSITED, "guid")
        (attempt,) = registry.attempts(a_tenant(), CONNECTOR, AttemptState.DEPOSITED)
        assert attempt.operation_id == "guid"
        with pytest.raises(Defect):
            registry.end_attempt(a_tenant(), "tentative-1", AttemptState.DEPOSITED, operation_id="autre")

    def test_an_adopted_try_shows_as_such(self, registry: Registry) -> None:
        """A try found in the logbook is told apart, in its state and in the journal; its late answer adds nothing."""
        packed(registry, "A")
        registry.begin(a_tenant(), an_attempt())
        assert registry.end_attempt(a_tenant(), "tentative-1", AttemptState.ADOPTED, operation_id="guid")
        assert not registry.end_attempt(a_tenant(), "tentative-1", AttemptState.DEPOSITED, operation_id="guid")
        (attempt,) = registry.attempts(a_tenant(), CONNECTOR, AttemptState.ADOPTED)
        assert attempt.operation_id == "guid"
        assert _state(registry) is TransferState.DEPOSITED
        head = registry.journal_head(a_tenant())
        assert head is not None
        assert head.event == "attempt.adopted"

    def test_the_answer_of_a_cancelled_operation_comes_too_late(self, registry: Registry) -> None:
        """A paused sender that wakes after its operation was cancelled changes nothing; another operation is told."""
        packed(registry, "A")
        registry.begin(a_tenant(), an_attempt())
        assert registry.end_attempt(a_tenant(), "tentative-1", AttemptState.CUT, operation_id="guid")
        for late, operation in ((AttemptState.DEPOSITED, "guid"), (AttemptState.CANCELLED, "")):
            assert not registry.end_attempt(a_tenant(), "tentative-1", late, operation_id=operation)
        transfer = registry.transfer(a_tenant(), "versement-1")
        assert transfer is not None
        assert (transfer.state, transfer.operation_id) == (TransferState.READY, "")
        with pytest.raises(Defect):
            registry.end_attempt(a_tenant(), "tentative-1", AttemptState.DEPOSITED, operation_id="autre")

    def test_an_uncertain_try_is_found_in_the_end(self, registry: Registry) -> None:
        """A try of which nothing is known may still turn out to be deposited."""
        packed(registry, "A")
        registry.begin(a_tenant(), an_attempt())
        registry.end_attempt(a_tenant(), "tentative-1", AttemptState.UNCERTAIN)
        assert _state(registry) is TransferState.UNCERTAIN
        registry.end_attempt(a_tenant(), "tentative-1", AttemptState.DEPOSITED, operation_id="guid")
        assert _state(registry) is TransferState.DEPOSITED

    def test_why_it_is_uncertain_is_not_said_of_what_was_taken_meanwhile(self, registry: Registry) -> None:
        """Whoever read a try before it was settled says nothing of a transfer that has gone on since."""
        transfer = packed(registry, "A")
        deposited(registry, transfer)
        before = registry.journal(a_tenant())
        told = Settlement(TransferState.UNCERTAIN, findings=(("", a_finding("SEVERAL_OPERATIONS")),))
        registry.settle(a_tenant(), transfer.id, told)
        assert _state(registry) is TransferState.DEPOSITED
        assert registry.journal(a_tenant()) == before

    def test_a_deposit_without_operation_is_a_defect(self, registry: Registry) -> None:
        """A try cannot be deposited without an operation, nor go back to sending."""
        packed(registry, "A")
        registry.begin(a_tenant(), an_attempt())
        for state in (AttemptState.DEPOSITED, AttemptState.COMMITTING):
            with pytest.raises(Defect):
                registry.end_attempt(a_tenant(), "tentative-1", state)

    def test_the_first_empty_search_is_remembered(self, registry: Registry, clock: FixedClock) -> None:
        """Searching in vain twice keeps the time of the first search."""
        packed(registry, "A")
        registry.begin(a_tenant(), an_attempt())
        first = clock.at
        registry.searched_in_vain(a_tenant(), "tentative-1", now=first)
        registry.searched_in_vain(a_tenant(), "tentative-1", now=clock.advance(minutes=5))
        (attempt,) = registry.attempts(a_tenant(), CONNECTOR, AttemptState.SENDING)
        assert attempt.first_empty_search == first

    def test_acceptance_reaches_every_unit_and_object(self, registry: Registry) -> None:
        """An accepted document knows its units' and objects' SystemIds, and the reply that gave them."""
        transfer = packed(registry, "A", "B")
        deposited(registry, transfer)
        settlement = Settlement(
            TransferState.ACCEPTED_WITH_REMARKS,
            units=system_ids(transfer),
            objects={"BDO1": "guid-objet"},
            documents={member: Ending(DocumentState.ACCEPTED) for member in transfer.members},
            findings=((transfer.members[0], a_finding("ARCHIVE_REMARK", blocks=False)), ("", a_finding("X"))),
            reply=Digest.of(b"atr"),
        )
        registry.settle(a_tenant(), transfer.id, settlement)
        (story,) = registry.find(a_tenant(), transfer.members[0])
        assert story.state is DocumentState.ACCEPTED
        assert story.units == ((transfer.units[0], "guid-versement-1-AU0", "guid-objet"),)
        assert story.findings == (a_finding("ARCHIVE_REMARK", blocks=False),)
        assert story.transfers[0].state is TransferState.ACCEPTED_WITH_REMARKS
        assert story.transfers[0].reply == Digest.of(b"atr")

    def test_settling_twice_changes_nothing(self, registry: Registry) -> None:
        """The same outcome told again leaves no trace; another outcome is a defect."""
        transfer = packed(registry, "A")
        deposited(registry, transfer)
        accept(registry, transfer)
        lines = registry.journal(a_tenant())
        accept(registry, transfer)
        assert registry.journal(a_tenant()) == lines
        with pytest.raises(Defect):
            refuse(registry, transfer, *transfer.members)

    def test_a_refusal_spares_the_neighbours(self, registry: Registry) -> None:
        """Documents that the reply names are refused; the others are qualified again and keep their records."""
        transfer = packed(registry, "A", "B")
        guilty, neighbour = transfer.members
        deposited(registry, transfer)
        refuse(registry, transfer, guilty)
        assert state_of(registry, guilty) is DocumentState.REFUSED
        assert state_of(registry, neighbour) is DocumentState.QUALIFIED
        assert registry.record(a_tenant(), "A") is None
        assert registry.record(a_tenant(), "B") is not None
        assert _state(registry) is TransferState.REFUSED

    def test_every_member_must_end(self, registry: Registry) -> None:
        """An outcome that forgets a document, or names a stranger, is refused and changes nothing."""
        transfer = packed(registry, "A", "B")
        deposited(registry, transfer)
        end = Ending(DocumentState.ACCEPTED)
        forgetful = Settlement(TransferState.ACCEPTED, documents={transfer.members[0]: end})
        everyone = dict.fromkeys(transfer.members, end)
        strange = Settlement(TransferState.ACCEPTED, documents={**everyone, "inconnu": end})
        for settlement in (forgetful, strange):
            with pytest.raises(Defect):
                registry.settle(a_tenant(), transfer.id, settlement)
        assert _state(registry) is TransferState.DEPOSITED

    def test_a_stopped_transfer_may_end_later(self, registry: Registry) -> None:
        """A transfer stopped for an operator blames no document, and ends once the archive has gone on."""
        transfer = packed(registry, "A")
        deposited(registry, transfer)
        stopped = Settlement(TransferState.STOPPED, findings=(("", a_finding("OPERATION_STOPPED")),))
        registry.settle(a_tenant(), transfer.id, stopped)
        assert state_of(registry, transfer.members[0]) is DocumentState.PACKAGED
        accept(registry, transfer)
        assert state_of(registry, transfer.members[0]) is DocumentState.ACCEPTED

    def test_what_stopped_a_transfer_stays_written(self, registry: Registry) -> None:
        """What the archive said when it stopped, and when it ended, are both in the document's story."""
        transfer = packed(registry, "A")
        member = transfer.members[0]
        deposited(registry, transfer)
        first, last = a_finding("OBJECT_DIFFERS"), a_finding("ARCHIVE_REMARK", blocks=False)
        registry.settle(a_tenant(), transfer.id, Settlement(TransferState.STOPPED, findings=((member, first),)))
        ended = {member: Ending(DocumentState.ACCEPTED)}
        accepted = Settlement(TransferState.ACCEPTED, documents=ended, findings=((member, last),))
        registry.settle(a_tenant(), transfer.id, accepted)
        (story,) = registry.find(a_tenant(), "A")
        assert story.findings == (first, last)

    def test_an_operator_releases_an_uncertain_transfer(self, registry: Registry) -> None:
        """When an operator says that the archive never had it, an uncertain transfer may be sent again."""
        packed(registry, "A")
        registry.begin(a_tenant(), an_attempt())
        registry.end_attempt(a_tenant(), "tentative-1", AttemptState.UNCERTAIN)
        registry.release(a_tenant(), "versement-1")
        assert _state(registry) is TransferState.READY
        assert [a.id for a in registry.attempts(a_tenant(), CONNECTOR, AttemptState.CANCELLED)] == ["tentative-1"]
        assert registry.begin(a_tenant(), an_attempt(name="tentative-2"))

    def test_an_operator_releases_a_transfer_refused_as_a_whole(self, registry: Registry) -> None:
        """The documents of a transfer refused as a whole go back to the chain; one that runs cannot be released."""
        transfer = packed(registry, "A")
        deposited(registry, transfer)
        with pytest.raises(NotReleasable):
            registry.release(a_tenant(), transfer.id)
        refused = Settlement(TransferState.STOPPED, findings=(("", a_finding("TRANSFER_REFUSED")),))
        registry.settle(a_tenant(), transfer.id, refused)
        registry.release(a_tenant(), transfer.id)
        assert _state(registry) is TransferState.REFUSED
        assert state_of(registry, transfer.members[0]) is DocumentState.QUALIFIED
        assert registry.record(a_tenant(), "A") is not None

    def test_an_operator_releases_a_transfer_that_was_cut_too_often(self, registry: Registry) -> None:
        """What was cut at every try leaves again, the same transfer, once an operator has mended the way."""
        transfer = packed(registry, "A")
        cut = Settlement(TransferState.STOPPED, findings=(("", a_finding("SENDING_CUT")),))
        registry.settle(a_tenant(), transfer.id, cut)
        assert not registry.begin(a_tenant(), an_attempt())
        registry.release(a_tenant(), transfer.id)
        assert _state(registry) is TransferState.READY
        assert registry.begin(a_tenant(), an_attempt())

    def test_an_operator_releases_a_transfer_that_was_too_large(self, registry: Registry) -> None:
        """The documents of a transfer refused for its size go back to the chain, which packs them again."""
        transfer = packed(registry, "A")
        large = Settlement(TransferState.STOPPED, findings=(("", a_finding("TRANSFER_TOO_LARGE")),))
        registry.settle(a_tenant(), transfer.id, large)
        registry.release(a_tenant(), transfer.id)
        assert _state(registry) is TransferState.REFUSED
        assert state_of(registry, transfer.members[0]) is DocumentState.QUALIFIED

    def test_what_an_operator_asks_of_an_operation_is_journaled(self, registry: Registry) -> None:
        """A transfer is found by its operation; what is asked of it is a line of the journal and moves no state."""
        transfer = packed(registry, "A")
        assert registry.transfer_of(a_tenant(), "") is None
        deposited(registry, transfer)
        found = registry.transfer_of(a_tenant(), f"guid-{transfer.id}")
        assert found is not None
        assert found.id == transfer.id
        registry.ask(a_tenant(), transfer.id, Ask.CANCEL)
        line = registry.journal_head(a_tenant())
        assert line is not None
        assert (line.event, line.subject) == ("operation.cancel_asked", transfer.id)
        assert found.operation_id in line.data
        assert _state(registry) is TransferState.DEPOSITED

    def test_what_the_archive_may_hold_is_not_released(self, registry: Registry) -> None:
        """A transfer stopped on a mismatch may be in the archive: giving it back would double it."""
        transfer = packed(registry, "A")
        deposited(registry, transfer)
        mismatch = Settlement(TransferState.STOPPED, findings=(("", a_finding("OBJECT_DIFFERS")),))
        registry.settle(a_tenant(), transfer.id, mismatch)
        with pytest.raises(NotReleasable):
            registry.release(a_tenant(), transfer.id)
        assert state_of(registry, transfer.members[0]) is DocumentState.PACKAGED

    def test_unknown_transfers_and_tries_are_defects(self, registry: Registry) -> None:
        """Nothing can be begun, committed or settled that does not exist."""
        assert registry.transfer(a_tenant(), "inconnu") is None
        with pytest.raises(Defect):
            registry.begin(a_tenant(), an_attempt("inconnu"))
        with pytest.raises(Defect):
            registry.commit(a_tenant(), "inconnue", lease=timedelta(hours=1))
        with pytest.raises(Defect):
            registry.settle(a_tenant(), "inconnu", Settlement(TransferState.STOPPED))
