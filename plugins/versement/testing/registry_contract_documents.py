"""The Registry's contract: announcements, and documents up to their judgement."""
# ruff: noqa: S101 -- a contract suite is made of tests

from __future__ import annotations

from dataclasses import replace

import pytest

from versement.domain.documents import Field, FileReference, Kind, Role
from versement.domain.duplicates import document_id
from versement.domain.errors import Defect, ToRetry
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DocumentState
from versement.ports.registry import Registry
from versement.testing.builders import (
    CONNECTOR,
    FixedClock,
    a_collected_document,
    a_collection,
    a_finding,
    a_reading,
    a_tenant,
    an_announced_document,
)
from versement.testing.scenes import qualify, state_of

THUMBS = FileReference("actes/Thumbs.db", 12, 5)
STRANGE = "actes/d\udce9lib\x00 « n° 1 » \x1b'\".pdf"
"""A path with bytes that are no UTF-8, a NUL, quotes and an escape."""


class DocumentsContract:
    """Tests of collections and of documents before transfers."""

    def test_an_announcement_counts_documents_and_files(self, registry: Registry, clock: FixedClock) -> None:
        """An annex shared by two acts is two files; one that the drop lacks is none; waste counts as a file."""
        documents = [
            an_announced_document("1.pdf", annexes=["commune.pdf"]),
            an_announced_document("2.pdf", annexes=["commune.pdf"], missing=["absente.pdf"]),
        ]
        finding = a_finding("INDEX_ROW")
        start = a_collection(documents, waste=[THUMBS], findings=[finding])
        record = registry.announce(a_tenant(), start)
        assert (record.announced_documents, record.announced_files) == (2, 5)
        assert (record.known_documents, record.known_files) == (0, 0)
        assert (record.started, record.findings, record.profile) == (clock.at, (finding,), start.profile)
        assert (record.id, record.run_id, record.window) == (start.id, start.run_id, start.window)
        assert registry.collection(a_tenant(), start.id) == record

    def test_announcing_twice_changes_nothing(self, registry: Registry, clock: FixedClock) -> None:
        """The same collection announced again, later, is the one already recorded."""
        start = a_collection([an_announced_document()])
        first = registry.announce(a_tenant(), start)
        lines = registry.journal(a_tenant())
        clock.advance(hours=1)
        assert registry.announce(a_tenant(), start) == first
        assert registry.journal(a_tenant()) == lines

    def test_what_a_later_run_sees_again_is_known(self, registry: Registry) -> None:
        """A second run of the same drop announces everything and collects only what is new."""
        first = an_announced_document("1.pdf", annexes=["a.pdf"])
        registry.announce(a_tenant(), a_collection([first], waste=[THUMBS]))
        second = an_announced_document("2.pdf")
        again = a_collection([first, second], run="run-2", waste=[THUMBS])
        record = registry.announce(a_tenant(), again)
        assert (record.announced_documents, record.announced_files) == (2, 4)
        assert (record.known_documents, record.known_files) == (1, 3)

    def test_announced_documents_come_by_reference(self, registry: Registry) -> None:
        """Documents to collect come in the order of their references, as they were announced."""
        documents = [an_announced_document(name, missing=["x.pdf"]) for name in ("b.pdf", "a.pdf", "é.pdf")]
        registry.announce(a_tenant(), a_collection(documents))
        found = registry.documents(a_tenant(), CONNECTOR, DocumentState.ANNOUNCED)
        assert [document.reference for document in found] == ["a.pdf", "b.pdf", "é.pdf"]
        assert [file.fixity for document in found for file in document.files] == [None] * 6
        assert registry.announced_as(a_tenant(), found[1].id) == documents[0]
        assert registry.announced_as(a_tenant(), "inconnu") is None

    def test_names_that_databases_refuse_are_kept(self, registry: Registry) -> None:
        """A name with broken bytes, a NUL, quotes or accents comes back as the source wrote it."""
        announced = an_announced_document(STRANGE, readings=(a_reading(Field.TITLE, "Objet \x00 \udce9 l’été"),))
        start = replace(a_collection([]), documents={"id-1": announced}, waste=(FileReference(STRANGE, 1, 1),))
        registry.announce(a_tenant(), start)
        (found,) = registry.documents(a_tenant(), CONNECTOR, DocumentState.ANNOUNCED)
        assert found.reference == found.files[0].path == STRANGE
        assert found.readings == announced.readings
        assert [story.document.id for story in registry.find(a_tenant(), STRANGE)] == ["id-1"]

    def test_a_very_long_path_is_no_obstacle(self, registry: Registry) -> None:
        """A path and a record key of thousands of characters are kept, found and claimed."""
        path = "é" * 4000 + ".pdf"
        announced = an_announced_document(path)
        registry.announce(a_tenant(), a_collection([announced]))
        document = qualify(registry, announced, key="K" * 4000)
        assert registry.claim(a_tenant(), document.id, other_key="", version="v1").outcome == "taken"
        assert [story.document.id for story in registry.find(a_tenant(), path)] == [document.id]
        record = registry.record(a_tenant(), "K" * 4000)
        assert record is not None
        assert record.document == document

    def test_collected_then_qualified(self, registry: Registry) -> None:
        """What collection and qualification learn of a document is what comes back."""
        announced = an_announced_document(annexes=["a.pdf"], missing=["b.pdf"], readings=(a_reading(),))
        registry.announce(a_tenant(), a_collection([announced]))
        document = replace(a_collected_document(announced, key="clé"), row=True, attests=("acte.pdf",))
        registry.collected(a_tenant(), document)
        assert registry.documents(a_tenant(), CONNECTOR, DocumentState.COLLECTED) == [document]
        judged = replace(document, readings=(*document.readings, a_reading(Field.TITLE, "Budget")))
        registry.qualified(a_tenant(), [(judged, [a_finding("NUMBER_DIFFERS", blocks=False)])])
        record = registry.document(a_tenant(), document.id)
        assert record is not None
        assert (record.document, record.state, record.reason) == (judged, DocumentState.QUALIFIED, "")
        assert registry.documents(a_tenant(), CONNECTOR, DocumentState.COLLECTED) == []
        assert registry.documents(a_tenant(), "autre", DocumentState.QUALIFIED) == []

    def test_documents_qualified_together_are_each_kept_and_told(self, registry: Registry) -> None:
        """A batch keeps each document's files and remarks, and writes one line of the journal for each, in order."""
        announced = [an_announced_document(f"{number}.pdf", annexes=[f"{number}-a.pdf"]) for number in range(3)]
        registry.announce(a_tenant(), a_collection(announced))
        documents = [a_collected_document(each, key=f"clé {each.reference}") for each in announced]
        for document in documents:
            registry.collected(a_tenant(), document)
        remarks = [[], [a_finding("NUMBER_DIFFERS", blocks=False)], []]
        registry.qualified(a_tenant(), list(zip(documents, remarks, strict=True)))
        assert registry.documents(a_tenant(), CONNECTOR, DocumentState.QUALIFIED) == documents
        (story,) = registry.find(a_tenant(), documents[1].id)
        assert [finding.code for finding in story.findings] == ["NUMBER_DIFFERS"]
        told = [line for line in registry.journal(a_tenant()) if line.event == "document.qualified"]
        assert [line.subject for line in told] == [document.id for document in documents]
        assert registry.journal_is_whole(a_tenant())

    def test_of_a_batch_all_are_qualified_or_none(self, registry: Registry) -> None:
        """One document that may not be qualified leaves the others of its batch as they were."""
        announced = [an_announced_document(f"{number}.pdf") for number in range(2)]
        registry.announce(a_tenant(), a_collection(announced))
        documents = [a_collected_document(each) for each in announced]
        registry.collected(a_tenant(), documents[0])
        with pytest.raises(Defect):
            registry.qualified(a_tenant(), [(document, []) for document in documents])
        assert registry.documents(a_tenant(), CONNECTOR, DocumentState.COLLECTED) == documents[:1]

    def test_states_are_moved_as_the_lifecycle_says(self, registry: Registry) -> None:
        """A document cannot be qualified before it is collected, nor be one that nobody announced."""
        announced = an_announced_document()
        registry.announce(a_tenant(), a_collection([announced]))
        document = a_collected_document(announced)
        with pytest.raises(Defect):
            registry.qualified(a_tenant(), [(document, [])])
        with pytest.raises(Defect):
            registry.collected(a_tenant(), replace(document, id="inconnu"))
        assert state_of(registry, document.id) is DocumentState.ANNOUNCED

    def test_whoever_is_overtaken_begins_again(self, registry: Registry) -> None:
        """A run that slept writes what another has done and gone beyond: no defect, it looks at what is there."""
        announced = an_announced_document("1.pdf")
        registry.announce(a_tenant(), a_collection([announced]))
        collected = a_collected_document(announced)
        qualify(registry, announced, key="095-219509908-20260312-2026_014-DE")
        with pytest.raises(ToRetry, match="Une autre exécution"):
            registry.collected(a_tenant(), collected)
        assert state_of(registry, collected.id) is DocumentState.QUALIFIED

    def test_no_announced_file_is_lost_on_the_way(self, registry: Registry) -> None:
        """A document that would be collected without one of its announced files is refused."""
        announced = an_announced_document(annexes=["a.pdf"])
        registry.announce(a_tenant(), a_collection([announced]))
        document = a_collected_document(announced)
        with pytest.raises(Defect):
            registry.collected(a_tenant(), replace(document, files=document.files[:1]))
        assert state_of(registry, document.id) is DocumentState.ANNOUNCED

    def test_set_aside_says_the_first_blocking_reason(self, registry: Registry) -> None:
        """A document set aside keeps all findings; the first that blocks is its reason."""
        announced = an_announced_document()
        registry.announce(a_tenant(), a_collection([announced]))
        found = [a_finding("NUMBER_DIFFERS", blocks=False), a_finding("SIREN_FOREIGN"), a_finding("FILE_EMPTY")]
        identifier = document_id(CONNECTOR, announced)
        registry.set_aside(a_tenant(), identifier, found)
        record = registry.document(a_tenant(), identifier)
        assert record is not None
        assert (record.state, record.reason) == (DocumentState.SET_ASIDE, "Constat SIREN_FOREIGN.")
        (story,) = registry.find(a_tenant(), identifier)
        assert story.findings == tuple(found)

    def test_what_was_read_stays_with_what_is_set_aside(self, registry: Registry) -> None:
        """A document set aside after it was read keeps its readings and is found under its record key."""
        announced = an_announced_document()
        registry.announce(a_tenant(), a_collection([announced]))
        registry.collected(a_tenant(), a_collected_document(announced))
        judged = replace(a_collected_document(announced, key="K"), readings=(a_reading(),))
        registry.set_aside(a_tenant(), judged.id, [a_finding()], judged=judged)
        found = registry.unclaimed(a_tenant(), "K")
        assert found is not None
        assert (found.document, found.state) == (judged, DocumentState.SET_ASIDE)

    @pytest.mark.parametrize("code", ["FILE_VANISHED", "FILE_CHANGED"])
    def test_a_passing_trouble_is_tried_again(self, registry: Registry, code: str) -> None:
        """A file that vanished or changed under our reading is read again once it is announced again."""
        announced = an_announced_document()
        registry.announce(a_tenant(), a_collection([announced]))
        identifier = document_id(CONNECTOR, announced)
        registry.set_aside(a_tenant(), identifier, [a_finding(code)])
        registry.announce(a_tenant(), a_collection([announced], run="run-2"))
        assert state_of(registry, identifier) is DocumentState.ANNOUNCED

    def test_set_aside_needs_a_reason(self, registry: Registry) -> None:
        """Nothing is set aside on a mere remark."""
        announced = an_announced_document()
        registry.announce(a_tenant(), a_collection([announced]))
        with pytest.raises(Defect):
            registry.set_aside(a_tenant(), document_id(CONNECTOR, announced), [a_finding(blocks=False)])

    def test_more_is_said_of_what_was_set_aside(self, registry: Registry) -> None:
        """When the index is completed, a document set aside begins again with what is said now."""
        announced = an_announced_document(annexes=["a.pdf"], readings=())
        registry.announce(a_tenant(), a_collection([announced]))
        document = qualify(registry, announced, key="clé")
        registry.set_aside(a_tenant(), document.id, [a_finding("DATE_MISSING")])
        completed = replace(announced, readings=(a_reading(Field.DATE, "2024-06-03"),), row=True)
        record = registry.announce(a_tenant(), a_collection([completed], run="run-2"))
        assert (record.known_documents, record.known_files) == (1, 2)
        (again,) = registry.documents(a_tenant(), CONNECTOR, DocumentState.ANNOUNCED)
        assert (again.readings, again.row, again.record_key) == (completed.readings, True, "")
        assert [file.fixity for file in again.files] == [None, None]
        assert registry.announced_as(a_tenant(), document.id) == completed
        assert registry.waiting(a_tenant(), CONNECTOR) == []
        (story,) = registry.find(a_tenant(), document.id)
        assert story.findings == ()
        qualify(registry, completed, key="clé")

    def test_the_same_words_change_nothing(self, registry: Registry) -> None:
        """A document set aside of which the source says the same as before stays set aside."""
        announced = an_announced_document()
        registry.announce(a_tenant(), a_collection([announced]))
        registry.set_aside(a_tenant(), document_id(CONNECTOR, announced), [a_finding()])
        registry.announce(a_tenant(), a_collection([announced], run="run-2"))
        assert state_of(registry, document_id(CONNECTOR, announced)) is DocumentState.SET_ASIDE

    def test_more_is_said_of_what_is_on_its_way(self, registry: Registry) -> None:
        """A qualified document goes on as it is; only how it was last announced is the new form."""
        announced = an_announced_document()
        registry.announce(a_tenant(), a_collection([announced]))
        document = qualify(registry, announced, key="clé")
        completed = replace(announced, readings=(a_reading(),))
        registry.announce(a_tenant(), a_collection([completed], run="run-2"))
        record = registry.document(a_tenant(), document.id)
        assert record is not None
        assert (record.state, record.document) == (DocumentState.QUALIFIED, document)
        assert registry.announced_as(a_tenant(), document.id) == completed

    def test_a_corrected_file_replaces_what_was_set_aside(self, registry: Registry) -> None:
        """A file set aside and dropped anew no longer waits for anybody; put back, it waits again."""
        empty, full = an_announced_document(modified=1), an_announced_document(modified=2)
        registry.announce(a_tenant(), a_collection([empty]))
        registry.set_aside(a_tenant(), document_id(CONNECTOR, empty), [a_finding("FILE_EMPTY")])
        assert len(registry.waiting(a_tenant(), CONNECTOR)) == 1
        registry.announce(a_tenant(), a_collection([full], run="run-2"))
        assert registry.waiting(a_tenant(), CONNECTOR) == []
        assert state_of(registry, document_id(CONNECTOR, empty)) is DocumentState.SET_ASIDE
        registry.announce(a_tenant(), a_collection([empty], run="run-3"))
        assert len(registry.waiting(a_tenant(), CONNECTOR)) == 1

    def test_what_is_withdrawn_from_the_source_waits_no_longer(self, registry: Registry) -> None:
        """A set-aside document that the source no longer holds leaves the list, not the counts; put back, it waits."""
        foreign = an_announced_document()
        registry.announce(a_tenant(), a_collection([foreign]))
        registry.set_aside(a_tenant(), document_id(CONNECTOR, foreign), [a_finding("SIREN_FOREIGN")])
        some_days = replace(a_collection([], run="run-2"), whole=False)
        registry.announce(a_tenant(), some_days)
        assert len(registry.waiting(a_tenant(), CONNECTOR)) == 1
        registry.announce(a_tenant(), a_collection([], run="run-3"))
        assert registry.waiting(a_tenant(), CONNECTOR) == []
        registry.announce(a_tenant(), replace(a_collection([], run="run-4"), whole=False))
        assert registry.waiting(a_tenant(), CONNECTOR) == []
        assert registry.balance(a_tenant(), CONNECTOR).documents.set_aside == 1
        registry.announce(a_tenant(), a_collection([foreign], run="run-5"))
        assert len(registry.waiting(a_tenant(), CONNECTOR)) == 1

    def test_evidence_is_attached_to_a_collection(self, registry: Registry) -> None:
        """What steps leave in staging is found from their collection, whichever comes first."""
        start = a_collection([])
        registry.announce(a_tenant(), start)
        rules, report, page = Digest.of(b"rules"), Digest.of(b"report"), Digest.of(b"page")
        registry.attach_evidence(a_tenant(), start.id, report=report)
        registry.attach_evidence(a_tenant(), start.id, expectations=rules)
        registry.attach_evidence(a_tenant(), start.id, page=page)
        record = registry.collection(a_tenant(), start.id)
        assert record is not None
        assert (record.expectations, record.report, record.page) == (rules, report, page)
        with pytest.raises(Defect):
            registry.attach_evidence(a_tenant(), "inconnue", report=report)

    def test_kinds_and_roles_are_kept(self, registry: Registry) -> None:
        """An acknowledgement stays one, with the names of the act that it attests."""
        announced = replace(an_announced_document("ar.xml"), kind=Kind.ACKNOWLEDGEMENT, attests=("1.pdf",))
        announced = replace(announced, files=(replace(announced.files[0], role=Role.ACKNOWLEDGEMENT),))
        registry.announce(a_tenant(), a_collection([announced]))
        (found,) = registry.documents(a_tenant(), CONNECTOR, DocumentState.ANNOUNCED)
        assert (found.kind, found.attests, found.files[0].role) == (
            Kind.ACKNOWLEDGEMENT,
            ("1.pdf",),
            Role.ACKNOWLEDGEMENT,
        )
