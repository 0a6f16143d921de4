"""The Registry's contract: the invariant's table, what waits and for whom, stories, the journal."""
# ruff: noqa: S101 -- a contract suite is made of tests

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from versement.domain.balance import Counts
from versement.domain.documents import Field, FileReference, SourceDocument
from versement.domain.errors import Defect
from versement.domain.fixity import Digest
from versement.domain.journal import Segment, genesis
from versement.domain.lifecycle import AttemptState, DocumentState, TransferState
from versement.domain.transfers import Ending, Settlement
from versement.ports.registry import Registry
from versement.testing.builders import (
    CONNECTOR,
    FixedClock,
    a_collected_document,
    a_collection,
    a_finding,
    a_reading,
    a_tenant,
    a_transfer,
    an_announced_document,
    an_attempt,
)
from versement.testing.scenes import accept, deposited, packed, qualified_and_claimed, qualify, refuse, state_of

THUMBS = FileReference("Thumbs.db", 12, 5)


def _of_every_kind(registry: Registry) -> str:
    """One collection whose documents ended in every possible way; return its id."""
    names = ("accepté", "doublon", "à part", "refusé", "en attente")
    announced = [an_announced_document(f"{name}.pdf", annexes=["commune.pdf"]) for name in names]
    start = a_collection(announced, waste=[THUMBS])
    registry.announce(a_tenant(), start)
    good, copy, aside, bad = (
        qualify(registry, act, key=key) for act, key in zip(announced, ("A", "A", "B", "C"), strict=False)
    )
    for document in (good, copy, bad):
        registry.claim(a_tenant(), document.id, other_key="", version="v1")
    registry.set_aside(a_tenant(), aside.id, [a_finding()])
    first, second = a_transfer([good]), a_transfer([bad], name="versement-2")
    for transfer in (first, second):
        registry.pack(a_tenant(), transfer)
        deposited(registry, transfer)
    accept(registry, first)
    refuse(registry, second, bad.id)
    return start.id


def _deposited(registry: Registry, document: SourceDocument, name: str) -> None:
    registry.claim(a_tenant(), document.id, other_key="", version=name)
    transfer = a_transfer([document], name=name)
    registry.pack(a_tenant(), transfer)
    deposited(registry, transfer)


class LookingBackContract:
    """Tests of the balance, of what waits, of stories and of the journal."""

    def test_the_balance_shows_every_end(self, registry: Registry) -> None:
        """Each document and each file stands on its line; waste stands among the files; the table adds up."""
        collection = _of_every_kind(registry)
        balance = registry.balance(a_tenant(), CONNECTOR, collection)
        ends = {"accepted": 1, "duplicates": 1, "set_aside": 1, "refused": 1, "pending": 1}
        assert balance.documents == Counts(announced=5, collected=5, **ends)
        twice = {line: 2 * count for line, count in ends.items()}
        assert balance.files == Counts(announced=11, collected=11, waste=1, **twice)
        assert balance.adds_up
        assert registry.balance(a_tenant(), CONNECTOR) == balance

    def test_the_balance_over_all_runs_counts_each_document_once(self, registry: Registry) -> None:
        """What a second run sees again is known to that run, and counts once over all."""
        _of_every_kind(registry)
        announced = [an_announced_document("accepté.pdf", annexes=["commune.pdf"]), an_announced_document("9.pdf")]
        again = a_collection(announced, run="run-2", waste=[THUMBS, FileReference("~$a.doc", 1, 1)])
        registry.announce(a_tenant(), again)
        second = registry.balance(a_tenant(), CONNECTOR, again.id)
        assert second.documents == Counts(announced=2, known=1, collected=1, pending=1)
        assert second.files == Counts(announced=5, known=3, collected=2, waste=1, pending=1)
        assert second.adds_up
        total = registry.balance(a_tenant(), CONNECTOR)
        assert (total.documents.announced, total.documents.known) == (6, 0)
        assert (total.files.announced, total.files.known, total.files.waste) == (13, 0, 2)
        assert total.adds_up
        assert registry.waste(a_tenant(), CONNECTOR, again.id) == [FileReference("~$a.doc", 1, 1)]
        assert registry.waste(a_tenant(), CONNECTOR) == sorted([THUMBS, FileReference("~$a.doc", 1, 1)])
        assert registry.waste(a_tenant("autre"), CONNECTOR) == []

    def test_nothing_announced_adds_up(self, registry: Registry) -> None:
        """A connector that never announced anything, or an unknown collection, has an empty table."""
        assert registry.balance(a_tenant(), CONNECTOR).documents == Counts()
        assert registry.balance(a_tenant(), CONNECTOR, "inconnue").adds_up

    @pytest.mark.parametrize(
        ("code", "actor"),
        [("SIREN_FOREIGN", "archiviste"), ("FILE_EMPTY", "collectivité"), ("FORMAT_MISMATCH", "collectivité")],
    )
    def test_what_is_set_aside_waits_for_somebody(self, registry: Registry, code: str, actor: str) -> None:
        """A document set aside waits, once whatever its findings, for who can mend it."""
        announced = an_announced_document()
        start = a_collection([announced])
        registry.announce(a_tenant(), start)
        document = a_collected_document(announced)
        registry.set_aside(a_tenant(), document.id, [a_finding(code), a_finding("TITLE_MISSING")])
        (waiting,) = registry.waiting(a_tenant(), CONNECTOR, start.id)
        assert (waiting.document_id, waiting.reference) == (document.id, document.reference)
        assert (waiting.code, waiting.message, waiting.actor) == (code, f"Constat {code}.", actor)
        assert waiting.state is DocumentState.SET_ASIDE
        assert registry.waiting(a_tenant(), CONNECTOR) == [waiting]
        assert registry.waiting(a_tenant(), CONNECTOR, "autre") == []

    def test_what_is_refused_waits_for_the_archivist(self, registry: Registry) -> None:
        """A refused document waits with the archive's reason; its neighbours do not."""
        transfer = packed(registry, "A", "B")
        deposited(registry, transfer)
        refuse(registry, transfer, transfer.members[0])
        (waiting,) = registry.waiting(a_tenant(), CONNECTOR)
        assert (waiting.state, waiting.actor) == (DocumentState.REFUSED, "archiviste")
        assert (waiting.code, waiting.message) == ("REFUSED_BY_ARCHIVE", "Refusé par la plateforme.")

    @pytest.mark.parametrize("ends", [DocumentState.REFUSED, DocumentState.SET_ASIDE])
    def test_what_came_in_by_another_document_waits_no_longer(self, registry: Registry, ends: DocumentState) -> None:
        """Refused or set aside, then dropped anew and accepted: nothing is left to do, and both stay counted."""
        first, anew = an_announced_document("a.pdf"), an_announced_document("b.pdf")
        registry.announce(a_tenant(), a_collection([first]))
        old = qualify(registry, first, key="A")
        if ends is DocumentState.SET_ASIDE:
            registry.set_aside(a_tenant(), old.id, [a_finding()], judged=old)
        else:
            _deposited(registry, old, "versement-1")
            refuse(registry, a_transfer([old]), old.id)
        registry.announce(a_tenant(), a_collection([first, anew], run="run-2"))
        new = qualify(registry, anew, key="A", run="run-2")
        _deposited(registry, new, "versement-2")
        assert [item.state for item in registry.waiting(a_tenant(), CONNECTOR)] == [ends]
        accept(registry, a_transfer([new], name="versement-2"))
        assert registry.waiting(a_tenant(), CONNECTOR) == []
        assert registry.balance(a_tenant(), CONNECTOR).adds_up
        assert state_of(registry, old.id) is ends

    @pytest.mark.parametrize(
        ("code", "waiting"), [("IDENTITY_CONFLICT", 1), ("VALUES_CONTRADICT", 1), ("FILE_TRUNCATED", 0)]
    )
    def test_another_content_settles_only_what_cannot_be_kept(
        self, registry: Registry, code: str, waiting: int
    ) -> None:
        """Two contents of one record: a person decides, whatever became of the other, unless a file is lost anyway."""
        first, other = an_announced_document("a.pdf"), an_announced_document("b.pdf")
        registry.announce(a_tenant(), a_collection([other]))
        aside = qualify(registry, other, key="A", content=b"autre")
        registry.set_aside(a_tenant(), aside.id, [a_finding(code)], judged=aside)
        some_days = replace(a_collection([first], run="run-2"), whole=False)
        registry.announce(a_tenant(), some_days)
        held = qualify(registry, first, key="A", run="run-2")
        _deposited(registry, held, "versement-1")
        accept(registry, a_transfer([held]))
        assert [item.document_id for item in registry.waiting(a_tenant(), CONNECTOR)] == [aside.id] * waiting

    def test_what_is_refused_during_a_later_run_waits_in_that_run_too(
        self, registry: Registry, clock: FixedClock
    ) -> None:
        """A document collected by one run and refused during the next stands in both lists, and in no third one."""
        transfer = packed(registry, "A", "B")
        deposited(registry, transfer)
        clock.at += timedelta(hours=1)
        second = a_collection([], run="run-2")
        registry.announce(a_tenant(), second)
        assert registry.waiting(a_tenant(), CONNECTOR, second.id) == []
        clock.at += timedelta(hours=1)
        refuse(registry, transfer, transfer.members[0])
        clock.at += timedelta(hours=1)
        third = a_collection([], run="run-3")
        registry.announce(a_tenant(), third)
        first = registry.transfer(a_tenant(), transfer.id)
        assert first is not None
        for run in (first.collection, second.id):
            assert [item.document_id for item in registry.waiting(a_tenant(), CONNECTOR, run)] == [transfer.members[0]]
        assert registry.waiting(a_tenant(), CONNECTOR, third.id) == []

    def test_what_waits_for_its_parent_waits_for_nobody(self, registry: Registry) -> None:
        """A qualified document that says what it waits for is listed until it is packed, told once."""
        (act,) = qualified_and_claimed(registry, "A")
        for _ in range(2):
            registry.waits(a_tenant(), act.id, a_finding("WAITS_FOR_ITS_PARENT", blocks=False))
        (waiting,) = registry.waiting(a_tenant(), CONNECTOR)
        assert (waiting.code, waiting.message, waiting.record_key) == (
            "WAITS_FOR_ITS_PARENT",
            "Constat WAITS_FOR_ITS_PARENT.",
            "A",
        )
        assert waiting.actor == "personne : le versement suit"
        assert [line.event for line in registry.journal(a_tenant())].count("document.waits") == 1
        registry.pack(a_tenant(), a_transfer([act]))
        assert registry.waiting(a_tenant(), CONNECTOR) == []
        with pytest.raises(Defect):
            registry.waits(a_tenant(), act.id, a_finding("WAITS_FOR_ITS_PARENT", blocks=False))

    def test_what_waits_for_an_act_waits_for_the_authority(self, registry: Registry) -> None:
        """An acknowledgement whose act never came is for the authority to complete, not for the chain."""
        (act,) = qualified_and_claimed(registry, "A")
        registry.waits(a_tenant(), act.id, a_finding("WAITS_FOR_ITS_ACT", blocks=False))
        (waiting,) = registry.waiting(a_tenant(), CONNECTOR)
        assert waiting.actor == "collectivité"

    def test_a_stopped_transfer_waits_for_the_operator(self, registry: Registry) -> None:
        """Each document of a stopped transfer waits for an operator, with the transfer's reason."""
        transfer = packed(registry, "A", "B")
        deposited(registry, transfer)
        stopped = Settlement(TransferState.STOPPED, findings=(("", a_finding("OPERATION_STOPPED")),))
        registry.settle(a_tenant(), transfer.id, stopped)
        waiting = registry.waiting(a_tenant(), CONNECTOR)
        assert [item.reference for item in waiting] == ["actes/A.pdf", "actes/B.pdf"]
        assert {(item.code, item.actor) for item in waiting} == {("OPERATION_STOPPED", "opérateur")}

    def test_an_uncertain_transfer_waits_for_the_operator(self, registry: Registry) -> None:
        """Nobody but an operator can tell what became of a try that may have arrived; then nothing waits."""
        transfer = packed(registry, "A")
        registry.begin(a_tenant(), an_attempt())
        assert registry.waiting(a_tenant(), CONNECTOR) == []
        registry.end_attempt(a_tenant(), "tentative-1", AttemptState.UNCERTAIN)
        (waiting,) = registry.waiting(a_tenant(), CONNECTOR)
        assert (waiting.code, waiting.actor, waiting.state) == (
            "TRANSFER_UNCERTAIN",
            "opérateur",
            DocumentState.PACKAGED,
        )
        assert transfer.id in waiting.message

    @pytest.mark.parametrize("text", ["actes/1.pdf", "annexes/a.pdf", "95-2024", "SIREN/20240603/1"])
    def test_a_document_is_found_by_whatever_names_it(self, registry: Registry, text: str) -> None:
        """Reference, path of any file, record key and the key it has without IDActe lead to the document."""
        announced = an_announced_document("actes/1.pdf", annexes=["annexes/a.pdf"])
        registry.announce(a_tenant(), a_collection([announced]))
        document = qualify(registry, announced, key="95-2024")
        registry.claim(a_tenant(), document.id, other_key="SIREN/20240603/1", version="v1")
        assert [story.document for story in registry.find(a_tenant(), text)] == [document]
        assert registry.find(a_tenant(), text[:-1]) == []
        assert registry.find(a_tenant(), "") == []

    def test_a_shared_annex_leads_to_both_acts(self, registry: Registry) -> None:
        """A path that two acts share finds both, in the order of their references."""
        acts = [an_announced_document(name, annexes=["commune.pdf"]) for name in ("b.pdf", "a.pdf")]
        registry.announce(a_tenant(), a_collection(acts))
        found = registry.find(a_tenant(), "commune.pdf")
        assert [story.document.reference for story in found] == ["a.pdf", "b.pdf"]

    def test_a_story_tells_the_whole_way(self, registry: Registry) -> None:
        """From its collection to its units, everything that befell a document is in its story."""
        transfer = packed(registry, "A")
        deposited(registry, transfer)
        accept(registry, transfer)
        (story,) = registry.find(a_tenant(), "A")
        assert story.collection == registry.collection(a_tenant(), transfer.collection)
        assert [line.event for line in story.journal] == [
            "collection.announced",
            "document.collected",
            "document.qualified",
            "record.claimed",
            "transfer.packed",
            "attempt.begun",
            "attempt.deposited",
            "transfer.settled",
        ]

    def test_what_is_remarked_on_a_transfer_is_found_by_each_of_its_documents(self, registry: Registry) -> None:
        """A remark that names nobody stands in the transfer's own list and in each member's story; what blocks, not."""
        transfer = packed(registry, "A", "B")
        deposited(registry, transfer)
        said, own = (a_finding(code, blocks=False) for code in ("OPERATIONS_TO_ELIMINATE", "ARCHIVE_REMARK"))
        told = (("", a_finding("X")), ("", said), (transfer.members[0], own))
        registry.settle(
            a_tenant(),
            transfer.id,
            Settlement(
                TransferState.ACCEPTED_WITH_REMARKS,
                documents={member: Ending(DocumentState.ACCEPTED) for member in transfer.members},
                findings=told,
            ),
        )
        assert registry.transfer_remarks(a_tenant(), CONNECTOR) == {transfer.id: [said]}
        assert registry.transfer_remarks(a_tenant(), "autre") == {}
        assert registry.transfer_remarks(a_tenant("osny"), CONNECTOR) == {}
        found = [registry.find(a_tenant(), key)[0].findings for key in ("A", "B")]
        assert found == [(own, said), (said,)]

    def test_the_journal_is_chained(self, registry: Registry, clock: FixedClock) -> None:
        """Lines are numbered without a gap, dated, and each follows from the one before."""
        transfer = packed(registry, "A")
        clock.advance(hours=1)
        deposited(registry, transfer)
        lines = registry.journal(a_tenant())
        assert [line.number for line in lines] == list(range(1, len(lines) + 1))
        assert lines[-1].at == clock.at
        assert len({line.chain for line in lines}) == len(lines)
        assert registry.journal(a_tenant(), after=2, limit=2) == lines[2:4]
        assert registry.journal_head(a_tenant()) == lines[-1]
        assert registry.journal_head(a_tenant("osny")) is None
        assert registry.journal_is_whole(a_tenant())
        assert registry.journal_is_whole(a_tenant("osny"))

    def test_the_journal_is_sealed_part_by_part(self, registry: Registry) -> None:
        """Each seal begins after the one before; the same seal again is nothing; any other is refused."""
        packed(registry, "A")
        head = registry.journal_head(a_tenant())
        assert head is not None
        first = Segment(a_tenant().key, 1, head.number, genesis(a_tenant().key), head.chain)
        assert registry.sealed(a_tenant()) == 0
        for _ in range(2):
            registry.seal(a_tenant(), first, Digest.of(b"1"))
        assert registry.sealed(a_tenant()) == head.number
        assert [line.event for line in registry.journal(a_tenant(), after=head.number)] == ["journal.sealed"]
        for wrong in (first, replace(first, first=head.number + 1, last=head.number + 1)):
            with pytest.raises(Defect):
                registry.seal(a_tenant(), wrong, Digest.of(b"2"))
        last = registry.journal(a_tenant())[-1]
        registry.seal(
            a_tenant(), Segment(first.tenant, last.number, last.number, head.chain, last.chain), Digest.of(b"")
        )
        assert registry.sealed(a_tenant()) == last.number
        assert registry.sealed(a_tenant("osny")) == 0
        assert registry.journal_is_whole(a_tenant())

    def test_the_journal_holds_no_metadata(self, registry: Registry) -> None:
        """No objet, name or path ever enters the journal: ids, codes and counts only."""
        announced = an_announced_document("Dupont.pdf", readings=(a_reading(Field.TITLE, "Secours à M. Dupont"),))
        registry.announce(a_tenant(), a_collection([announced]))
        document = qualify(registry, announced, key="Dupont-2024")
        registry.claim(a_tenant(), document.id, other_key="Dupont", version="v1")
        registry.set_aside(a_tenant(), document.id, [a_finding("TITLE_MISSING")])
        written = json.dumps([(line.event, line.subject, line.data) for line in registry.journal(a_tenant())])
        assert "Dupont" not in written
        assert "TITLE_MISSING" in written

    def test_reading_leaves_no_line(self, registry: Registry) -> None:
        """Looking back changes nothing, and says nothing in the journal."""
        packed(registry, "A")
        before = registry.journal(a_tenant())
        registry.balance(a_tenant(), CONNECTOR)
        registry.waiting(a_tenant(), CONNECTOR)
        registry.find(a_tenant(), "A")
        assert registry.journal(a_tenant()) == before
        assert state_of(registry, "inconnu") is None

    def test_a_source_is_told_once_of_what_was_accepted(self, registry: Registry) -> None:
        """What is accepted waits for its receipt until it is noted, once; what is not accepted waits for none."""
        transfer = packed(registry, "DELIB-1", "DELIB-2")
        assert registry.unacknowledged(a_tenant(), CONNECTOR) == []
        deposited(registry, transfer)
        accept(registry, transfer)
        first, second = registry.unacknowledged(a_tenant(), CONNECTOR)
        registry.acknowledged(a_tenant(), first.id)
        lines = registry.journal(a_tenant())
        registry.acknowledged(a_tenant(), first.id)
        assert registry.journal(a_tenant()) == lines
        assert [document.id for document in registry.unacknowledged(a_tenant(), CONNECTOR)] == [second.id]
        assert registry.unacknowledged(a_tenant("osny"), CONNECTOR) == []
        assert registry.unacknowledged(a_tenant(), "autre") == []

    def test_the_last_collection_of_a_window_is_found(self, registry: Registry, clock: FixedClock) -> None:
        """The last one that was announced, of this connector and this window."""
        window = a_collection([]).window
        assert registry.last_collection(a_tenant(), CONNECTOR, window) is None
        for run in ("run-1", "run-2"):
            clock.advance(hours=1)
            registry.announce(a_tenant(), a_collection([], run=run))
        last = registry.last_collection(a_tenant(), CONNECTOR, window)
        assert last is not None
        assert (last.run_id, last.started) == ("run-2", clock.at)
        assert registry.last_collection(a_tenant(), CONNECTOR, "autre") is None
