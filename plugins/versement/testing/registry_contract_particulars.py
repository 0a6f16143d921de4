"""The Registry's contract: what it tells of one collection for its report."""
# ruff: noqa: S101 -- a contract suite is made of tests

from __future__ import annotations

from versement.domain.lifecycle import DocumentState
from versement.domain.particulars import AlikeDocuments, FormatCount
from versement.domain.qualification import remark
from versement.ports.registry import Registry
from versement.testing.builders import CONNECTOR, a_collection, a_tenant, an_announced_document
from versement.testing.scenes import accept, deposited, packed, qualified_and_claimed, qualify

COLLECTION = f"{CONNECTOR}:run-1"


class ParticularsContract:
    """Tests of what is told of a collection."""

    def test_formats_of_a_collection_are_counted(self, registry: Registry) -> None:
        """Number and bytes of the files that were brought, by format; those of another coffre are not there."""
        qualified_and_claimed(registry, "A", "B")
        (found,) = registry.formats_of(a_tenant(), COLLECTION)
        files = [file for d in registry.documents(a_tenant(), CONNECTOR, DocumentState.QUALIFIED) for file in d.files]
        size = sum(file.fixity.size for file in files if file.fixity)
        assert found == FormatCount(files[0].puid, files[0].format_name, len(files), size)
        assert registry.formats_of(a_tenant("osny"), COLLECTION) == []
        assert registry.formats_of(a_tenant(), f"{CONNECTOR}:run-2") == []

    def test_what_is_alike_is_told_with_what_it_is_like(self, registry: Registry) -> None:
        """A duplicate with the document that is kept, then remarks of likeness, no other remark."""
        first, second = (an_announced_document(name) for name in ("a.pdf", "b.pdf"))
        registry.announce(a_tenant(), a_collection([first, second]))
        kept, double = (qualify(registry, each, key="A") for each in (first, second))
        for each in (kept, double):
            registry.claim(a_tenant(), each.id, other_key="", version="v1")
        registry.remark(a_tenant(), kept.id, remark("NEAR_DUPLICATE", "presque"))
        registry.remark(a_tenant(), kept.id, remark("CANCELLED", "annulé"))
        assert registry.alikes_of(a_tenant(), COLLECTION) == [
            AlikeDocuments("DUPLICATE", double.reference, kept.reference, ""),
            AlikeDocuments("NEAR_DUPLICATE", kept.reference, "", "presque"),
        ]
        assert registry.alikes_of(a_tenant("osny"), COLLECTION) == []

    def test_references_are_found_by_id(self, registry: Registry) -> None:
        """Of those that this coffre knows."""
        (document,) = qualified_and_claimed(registry, "A")
        known = registry.references(a_tenant(), [document.id, "inconnu"])
        assert known == {document.id: document.reference}
        assert registry.references(a_tenant("osny"), [document.id]) == {}

    def test_times_of_steps_come_from_the_journal(self, registry: Registry) -> None:
        """One span for each step that wrote, in the chain's order; another connector's lines are not counted."""
        transfer = packed(registry, "A")
        deposited(registry, transfer)
        accept(registry, transfer)
        before = registry.spans_of(a_tenant(), COLLECTION)
        assert [span.step for span in before] == [
            "collect",
            "qualify",
            "deduplicate",
            "package",
            "deposit",
            "reconcile",
        ]
        assert all(span.begun <= span.ended for span in before)
        registry.announce(a_tenant(), a_collection([an_announced_document("x.pdf")], connector="autre"))
        assert registry.spans_of(a_tenant(), COLLECTION) == before
        assert [span.step for span in registry.spans_of(a_tenant(), "autre:run-1")] == ["collect"]
        assert not registry.spans_of(a_tenant("osny"), COLLECTION)

    def test_the_last_collection_is_found_whatever_its_window(self, registry: Registry) -> None:
        """The last of the connector, when no window is asked for."""
        assert registry.last_collection(a_tenant(), CONNECTOR) is None
        for run in ("run-1", "run-2"):
            registry.announce(a_tenant(), a_collection([], run=run))
        found = registry.last_collection(a_tenant(), CONNECTOR)
        assert found is not None
        assert found.run_id == "run-2"
