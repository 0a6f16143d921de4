"""The Registry's contract: who holds a record, and the wall between tenants."""
# ruff: noqa: S101 -- a contract suite is made of tests

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from versement.domain.documents import SourceDocument
from versement.domain.errors import Defect, TenantDiffers
from versement.domain.lifecycle import DocumentState, TransferState
from versement.ports.records import Claim, Wanted
from versement.ports.registry import Registry
from versement.testing.builders import (
    CONNECTOR,
    a_collection,
    a_finding,
    a_tenant,
    a_transfer,
    an_announced_document,
    an_attempt,
)
from versement.testing.scenes import accept, deposited, packed, qualified_and_claimed, qualify, refuse, state_of


def _acts(registry: Registry, *keys: str) -> list[SourceDocument]:
    """Qualified acts under these keys, which may repeat; nothing is claimed."""
    announced = [an_announced_document(f"{number}.pdf") for number, _ in enumerate(keys)]
    registry.announce(a_tenant(), a_collection(announced))
    return [qualify(registry, act, key=key) for act, key in zip(announced, keys, strict=True)]


def _claim(registry: Registry, document: SourceDocument, *, other: str = "", version: str = "v1") -> Claim:
    return registry.claim(a_tenant(), document.id, other_key=other, version=version)


class RecordsContract:
    """Tests of claims, duplicates and tenants."""

    def test_the_first_takes_the_record(self, registry: Registry) -> None:
        """The first to claim holds the record; claiming again what one holds is no conflict."""
        (act,) = _acts(registry, "K")
        assert registry.record(a_tenant(), "K") is None
        assert _claim(registry, act) == Claim("taken", act.id)
        assert _claim(registry, act) == Claim("taken", act.id)
        record = registry.record(a_tenant(), "inconnue", "K")
        assert record is not None
        assert (record.document, record.state) == (act, DocumentState.QUALIFIED)

    def test_claims_written_together_are_answered_one_after_the_other(self, registry: Registry) -> None:
        """In one batch each claim sees those before it, under either key; each is told once in a whole journal."""
        first, copy, other, known, alone = _acts(registry, "K", "K", "K", "B", "C")
        wanted = [
            Wanted(first.id, "B", "v1"),
            Wanted(copy.id, "", "v1"),
            Wanted(alone.id, "", "v3"),
            Wanted(other.id, "", "v2"),
            Wanted(known.id, "", "v1"),
            Wanted(alone.id, "", "v3"),
        ]
        outcomes = [(claim.outcome, claim.holder) for claim in registry.claim_each(a_tenant(), wanted)]
        assert outcomes == [
            ("taken", first.id),
            ("duplicate", first.id),
            ("taken", alone.id),
            ("conflict", first.id),
            ("duplicate", first.id),
            ("taken", alone.id),
        ]
        told = [line.event for line in registry.journal(a_tenant()) if line.event.startswith("record.")]
        assert told == ["record.claimed", "record.duplicate", "record.claimed", "record.conflict", "record.duplicate"]
        assert registry.journal_is_whole(a_tenant())
        assert [found.document.id for key in "KBC" if (found := registry.record(a_tenant(), key))] == [
            first.id,
            first.id,
            alone.id,
        ]

    def test_a_batch_with_an_impossible_claim_takes_nothing(self, registry: Registry) -> None:
        """One claim of a document that may not claim leaves the others of its batch unwritten."""
        first, last = _acts(registry, "K", "L")
        registry.set_aside(a_tenant(), last.id, [a_finding()])
        with pytest.raises(Defect):
            registry.claim_each(a_tenant(), [Wanted(first.id, "", "v1"), Wanted(last.id, "", "v1")])
        assert registry.record(a_tenant(), "K") is None

    def test_the_same_bytes_are_a_duplicate(self, registry: Registry) -> None:
        """The same record with the same bytes becomes a duplicate that points to its original."""
        act, copy = _acts(registry, "K", "K")
        _claim(registry, act)
        assert _claim(registry, copy) == Claim("duplicate", act.id)
        (story,) = registry.find(a_tenant(), copy.id)
        assert (story.state, story.original) == (DocumentState.DUPLICATE, act.id)

    def test_other_bytes_are_a_conflict(self, registry: Registry) -> None:
        """The same identity with other bytes is left to a person: the document stays as it is."""
        act, other = _acts(registry, "K", "K")
        _claim(registry, act)
        assert _claim(registry, other, version="v2") == Claim("conflict", act.id)
        assert state_of(registry, other.id) is DocumentState.QUALIFIED
        registry.set_aside(a_tenant(), other.id, [a_finding("IDENTITY_CONFLICT")])
        record = registry.record(a_tenant(), "K")
        assert record is not None
        assert record.document.id == act.id

    @pytest.mark.parametrize(("keys", "others"), [(("A", "B"), ("B", "")), (("B", "A"), ("", "B"))])
    def test_a_record_is_found_under_either_key(
        self, registry: Registry, keys: tuple[str, str], others: tuple[str, str]
    ) -> None:
        """An act known by its IDActe and another known by its number are one record, whichever comes first."""
        first, second = _acts(registry, *keys)
        assert _claim(registry, first, other=others[0]).outcome == "taken"
        assert _claim(registry, second, other=others[1]) == Claim("duplicate", first.id)
        for key in ("A", "B"):
            record = registry.record(a_tenant(), key)
            assert record is not None
            assert record.document.id == first.id

    def test_a_conflict_under_the_other_key_takes_nothing(self, registry: Registry) -> None:
        """A document in conflict under one of its keys does not hold the other."""
        first, second = _acts(registry, "B", "A")
        _claim(registry, first)
        assert _claim(registry, second, other="B", version="v2") == Claim("conflict", first.id)
        assert registry.record(a_tenant(), "A") is None
        known = registry.unclaimed(a_tenant(), "A")
        assert known is not None
        assert known.document.id == second.id

    def test_only_qualified_documents_with_a_key_claim(self, registry: Registry) -> None:
        """A document without identity, or not judged yet, cannot take a record."""
        announced = an_announced_document("x.pdf")
        registry.announce(a_tenant(), a_collection([announced]))
        (found,) = registry.documents(a_tenant(), CONNECTOR, DocumentState.ANNOUNCED)
        with pytest.raises(Defect):
            _claim(registry, found)
        qualify(registry, announced, key="")
        with pytest.raises(Defect):
            _claim(registry, found)

    def test_one_of_many_takes_the_record(self, registry: Registry) -> None:
        """Of ten claims of one record at the same moment exactly one is taken, the others are duplicates of it."""
        acts = _acts(registry, *["K"] * 10)
        with ThreadPoolExecutor(10) as pool:
            claims = list(pool.map(lambda act: _claim(registry, act, other="L"), acts))
        outcomes = sorted(claim.outcome for claim in claims)
        assert outcomes == ["duplicate"] * 9 + ["taken"]
        assert len({claim.holder for claim in claims}) == 1

    def test_a_document_without_record_is_known(self, registry: Registry) -> None:
        """What is set aside is found by its key as unclaimed; what holds its record, or is a duplicate, is not."""
        act, copy, aside = _acts(registry, "K", "K", "L")
        _claim(registry, act)
        _claim(registry, copy)
        registry.set_aside(a_tenant(), aside.id, [a_finding()])
        assert registry.unclaimed(a_tenant(), "K", "") is None
        assert registry.unclaimed(a_tenant()) is None
        found = registry.unclaimed(a_tenant(), "K", "L")
        assert found is not None
        assert (found.document.id, found.state) == (aside.id, DocumentState.SET_ASIDE)
        assert found.reason == "Constat FORMAT_MISMATCH."

    def test_the_oldest_duplicate_takes_the_place_of_a_refused_original(self, registry: Registry) -> None:
        """When the archive refuses the original, its oldest duplicate is qualified again and holds the record."""
        transfer = packed(registry, "K")
        names = ("z.pdf", "a.pdf")
        copies = [an_announced_document(name) for name in names]
        registry.announce(a_tenant(), a_collection(copies, run="run-2"))
        older, younger = (qualify(registry, copy, key="K", run="run-2") for copy in copies)
        for copy in (younger, older):
            assert _claim(registry, copy, other="L").outcome == "duplicate"
        deposited(registry, transfer)
        refuse(registry, transfer, *transfer.members)
        assert state_of(registry, transfer.members[0]) is DocumentState.REFUSED
        assert state_of(registry, older.id) is DocumentState.QUALIFIED
        (story,) = registry.find(a_tenant(), younger.id)
        assert (story.state, story.original) == (DocumentState.DUPLICATE, older.id)
        for key in ("K", "L"):
            record = registry.record(a_tenant(), key)
            assert record is not None
            assert record.document.id == older.id
        assert _claim(registry, older, other="L").outcome == "taken"

    def test_a_refused_record_without_duplicate_is_free(self, registry: Registry) -> None:
        """A corrected file may take the record of what the archive refused."""
        transfer = packed(registry, "K")
        deposited(registry, transfer)
        refuse(registry, transfer, *transfer.members)
        assert registry.record(a_tenant(), "K") is None
        corrected = an_announced_document("K.pdf", modified=9)
        registry.announce(a_tenant(), a_collection([corrected], run="run-2"))
        document = qualify(registry, corrected, key="K", run="run-2")
        assert _claim(registry, document, version="v2").outcome == "taken"

    def test_an_original_set_aside_leaves_its_record(self, registry: Registry) -> None:
        """An original set aside before it is packed gives its place to its duplicate too."""
        act, copy = _acts(registry, "K", "K")
        _claim(registry, act)
        _claim(registry, copy)
        registry.set_aside(a_tenant(), act.id, [a_finding()])
        assert state_of(registry, copy.id) is DocumentState.QUALIFIED

    def test_a_tenant_never_sees_another_s_rows(self, registry: Registry) -> None:
        """No method shows one coffre what another holds, whatever is asked."""
        transfer = packed(registry, "K")
        other, member = a_tenant("osny"), transfer.members[0]
        deposited(registry, transfer)
        assert registry.collection(other, transfer.collection) is None
        assert registry.documents(other, CONNECTOR, *DocumentState) == []
        assert registry.document(other, member) is None
        assert registry.announced_as(other, member) is None
        assert registry.record(other, "K") is None
        assert registry.unclaimed(other, "K") is None
        assert registry.transfer(other, transfer.id) is None
        assert registry.held_key(other, "K") is None
        assert registry.attempts(other, CONNECTOR) == []
        assert registry.find(other, "K") == registry.find(other, member) == []
        assert registry.waiting(other, CONNECTOR) == []
        assert registry.journal(other) == []
        assert registry.balance(other, CONNECTOR).documents.announced == 0

    def test_a_tenant_never_touches_another_s_rows(self, registry: Registry) -> None:
        """A coffre that names another's document, transfer or try is told that there is none."""
        (act,) = qualified_and_claimed(registry, "K")
        other = a_tenant("pontoise", target="autre")
        with pytest.raises(Defect):
            registry.set_aside(other, act.id, [a_finding()])
        with pytest.raises(Defect):
            registry.claim(other, act.id, other_key="", version="v1")
        with pytest.raises(Defect):
            registry.pack(other, a_transfer([act]))
        registry.pack(a_tenant(), a_transfer([act]))
        with pytest.raises(Defect):
            registry.begin(other, an_attempt())
        registry.begin(a_tenant(), an_attempt())
        with pytest.raises(Defect):
            registry.searched_in_vain(other, "tentative-1", now=an_attempt().deadline)
        assert registry.journal(other) == []

    def test_a_coffre_stays_where_it_is(self, registry: Registry) -> None:
        """What one platform accepted is neither shown nor added to as another's, or as another coffre's of the same."""
        packed(registry, "K")
        stays = a_tenant()
        for moved, told in (
            (
                replace(stays, kind="production"),
                "n° 1 sur une plateforme d’essai.*n° 1 sur une plateforme de production",
            ),
            (replace(stays, number=7), "n° 1 sur une plateforme d’essai.*n° 7 sur une plateforme d’essai"),
        ):
            with pytest.raises(TenantDiffers, match=told):
                registry.transfers(moved, CONNECTOR, *TransferState)
            with pytest.raises(TenantDiffers, match=f"autre que « {stays.target} »"):
                registry.announce(moved, a_collection([an_announced_document("autre.pdf")], run="run-2"))
        assert len(registry.transfers(stays, CONNECTOR, *TransferState)) == 1
        elsewhere = replace(stays, target="autre", kind="production", number=7)
        assert not registry.transfers(elsewhere, CONNECTOR, *TransferState)

    def test_only_a_write_says_where_a_coffre_is(self, registry: Registry) -> None:
        """Looking at an empty coffre under a mistaken profile binds nobody to the mistake."""
        assert not registry.transfers(replace(a_tenant(), number=7), CONNECTOR, *TransferState)
        registry.announce(a_tenant(), a_collection([an_announced_document()]))
        assert registry.documents(a_tenant(), CONNECTOR, DocumentState.ANNOUNCED)

    def test_two_tenants_hold_the_same_record(self, registry: Registry) -> None:
        """Deduplication never compares across coffres: both may hold the same act, under the same ids."""
        announced = an_announced_document()
        for organisation in ("pontoise", "osny"):
            tenant = a_tenant(organisation)
            registry.announce(tenant, a_collection([announced]))
            document = qualify(registry, announced, key="K", tenant=tenant)
            claim = registry.claim(tenant, document.id, other_key="", version="v1")
            assert claim == Claim("taken", document.id)

    def test_an_accepted_original_keeps_its_record(self, registry: Registry) -> None:
        """What comes again after acceptance is a duplicate for ever."""
        transfer = packed(registry, "K")
        deposited(registry, transfer)
        accept(registry, transfer)
        again = an_announced_document("copie.pdf")
        registry.announce(a_tenant(), a_collection([again], run="run-2"))
        copy = qualify(registry, again, key="K", run="run-2")
        assert _claim(registry, copy) == Claim("duplicate", transfer.members[0])
