"""The Registry's contract: documents that are like others of the same tenant."""
# ruff: noqa: S101 -- a contract suite is made of tests

from __future__ import annotations

import pytest

from versement.domain.documents import SourceDocument
from versement.domain.near import fingerprint
from versement.ports.registry import Registry
from versement.testing.builders import a_collection, a_finding, a_tenant, an_announced_document
from versement.testing.scenes import qualified_and_claimed, qualify

TEXT = " ".join(f"mot{number * number % 101}" for number in range(300))
OTHER = " ".join(f"autre{number * number % 97}" for number in range(300))
SUBJECT = "collecte-1"


def _kept(registry: Registry, texts: dict[str, str]) -> dict[str, SourceDocument]:
    """Documents that hold a record named by their key, and whose text was read."""
    documents = dict(zip(texts, qualified_and_claimed(registry, *texts), strict=True))
    prints = {documents[key].id: fingerprint(text) for key, text in texts.items()}
    registry.keep_fingerprints(a_tenant(), prints, collection_id=SUBJECT)
    return documents


class LikenessContract:
    """Tests of what is alike."""

    def test_the_same_bytes_under_two_records_are_found(self, registry: Registry) -> None:
        """Each version leads to all who hold it, the oldest first; another coffre's are not there."""
        first, second = qualified_and_claimed(registry, "B", "A")
        held = registry.holders(a_tenant(), ["v1", "v2", "v1"])
        assert held == {"v1": [first.id, second.id]}
        assert registry.holders(a_tenant("osny"), ["v1"]) == {}
        assert registry.holders(a_tenant(), []) == {}

    def test_a_near_duplicate_is_found(self, registry: Registry) -> None:
        """A text leads to those kept that are like it, whichever came first, never to itself nor to one not alike."""
        documents = _kept(registry, {"A": TEXT, "B": OTHER, "C": f"{TEXT} reçu"})
        made = fingerprint(f"{TEXT} reçu")
        assert made is not None
        (found,) = registry.alike(a_tenant(), documents["C"].id, made, least=0.8)
        assert (found.document_id, found.reference) == (documents["A"].id, documents["A"].reference)
        assert 0.8 <= found.similarity < 1
        (other,) = registry.alike(a_tenant(), documents["A"].id, made, least=0.8)
        assert other.document_id == documents["C"].id
        assert not registry.alike(a_tenant(), documents["B"].id, fingerprint(OTHER) or (), least=0.8)
        assert not registry.alike(a_tenant("osny"), documents["C"].id, made, least=0.0)

    def test_a_text_is_read_once(self, registry: Registry) -> None:
        """What was read, even a text too short, is not read again; keeping it again is no line in the journal."""
        documents = _kept(registry, {"A": TEXT, "B": "trop court"})
        ids = [document.id for document in documents.values()]
        assert registry.unread(a_tenant(), [*ids, "inconnu"]) == {"inconnu"}
        before = registry.journal(a_tenant())
        assert [line.event for line in before].count("documents.fingerprinted") == 1
        registry.keep_fingerprints(a_tenant(), dict.fromkeys(ids), collection_id=SUBJECT)
        assert registry.journal(a_tenant()) == before

    def test_two_versions_of_one_record_are_no_near_duplicates(self, registry: Registry) -> None:
        """They are a conflict of contents, which is told otherwise."""
        announced = [an_announced_document(name) for name in ("a.pdf", "b.pdf")]
        registry.announce(a_tenant(), a_collection(announced))
        one, two = (qualify(registry, act, key="A") for act in announced)
        made = fingerprint(TEXT)
        registry.keep_fingerprints(a_tenant(), {one.id: made, two.id: made}, collection_id=SUBJECT)
        assert made is not None
        assert list(registry.alike(a_tenant(), two.id, made, least=0.5)) == []

    @pytest.mark.parametrize("times", [1, 2])
    def test_a_remark_is_added_once(self, registry: Registry, times: int) -> None:
        """It stands beside the document's earlier findings, in the journal by its code, and changes no state."""
        (document,) = qualified_and_claimed(registry, "A")
        for _ in range(times):
            registry.remark(a_tenant(), document.id, a_finding("NEAR_DUPLICATE", blocks=False))
        (story,) = registry.find(a_tenant(), document.id)
        assert [finding.code for finding in story.findings] == ["NEAR_DUPLICATE"]
        assert [line.event for line in story.journal].count("document.remark") == 1
        assert registry.journal_is_whole(a_tenant())
