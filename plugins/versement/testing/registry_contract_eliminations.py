"""The Registry's contract: bordereaux d'élimination."""
# ruff: noqa: S101 -- a contract suite is made of tests

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from versement.domain.documents import SourceDocument
from versement.domain.elimination import (
    LAST_COPIES,
    Addressees,
    Bordereau,
    BordereauState,
    Given,
    Ground,
    Held,
    Item,
    Kept,
    Visa,
    lines_of,
)
from versement.domain.errors import NotEliminable
from versement.domain.fixity import Digest
from versement.ports.registry import Registry
from versement.testing.builders import CONNECTOR, a_collection, a_tenant, a_transfer, an_announced_document
from versement.testing.scenes import accept, deposited, qualified_and_claimed, qualify, refuse

DAY = date(2026, 9, 1)


def a_bordereau(documents: Sequence[SourceDocument], name: str = "BE-1") -> Bordereau:
    """One line for each document."""
    items = [
        Item(
            *(document.id, document.reference, Ground.EXPIRED, f"catégorie {document.record_key}", "DUA", DAY),
            files=tuple((file.fixity.digest, file.fixity.size) for file in document.files if file.fixity),
        )
        for document in documents
    ]
    addressees = Addressees("Osny", "", "", "Le maire", "AD95", 2)
    return Bordereau(name, a_tenant().key, DAY, addressees, lines_of(items), "1:abc")


class EliminationsContract:
    """Tests of what may go, and of who decides."""

    @pytest.mark.parametrize("accepted", [True, False])
    def test_a_double_is_final_when_its_original_is_accepted(self, registry: Registry, *, accepted: bool) -> None:
        """Before that, or when it was refused, no duplicate is one that may go."""
        announced = [an_announced_document(name) for name in ("a.pdf", "b.pdf")]
        registry.announce(a_tenant(), a_collection(announced))
        one, two = (qualify(registry, act, key="A") for act in announced)
        for document in (one, two):
            registry.claim(a_tenant(), document.id, other_key="", version="v1")
        transfer = a_transfer([one])
        registry.pack(a_tenant(), transfer)
        deposited(registry, transfer)
        assert registry.final_doubles(a_tenant()) == []
        if accepted:
            accept(registry, transfer)
            (double,) = registry.final_doubles(a_tenant())
            assert (double.document.id, double.kept.reference) == (two.id, one.reference)
            assert double.original == one.id
            assert (double.kept.transfer, double.kept.operation) == (transfer.id, f"guid-{transfer.id}")
        else:
            refuse(registry, transfer, one.id)
            assert registry.final_doubles(a_tenant()) == []

    def test_a_bordereau_is_kept_as_it_was_proposed(self, registry: Registry) -> None:
        """Proposing it again changes nothing; another coffre has none of it."""
        made = a_bordereau(qualified_and_claimed(registry, "A", "B"))
        for _ in range(2):
            registry.propose(a_tenant(), made)
        assert registry.bordereau(a_tenant(), made.id) == made
        assert registry.bordereaux(a_tenant()) == [made]
        assert [line.event for line in registry.journal(a_tenant())].count("elimination.proposed") == 1
        with pytest.raises(NotEliminable):
            registry.bordereau(a_tenant("osny"), made.id)

    def test_only_a_signed_bordereau_engages(self, registry: Registry) -> None:
        """Its documents are spoken for once it is signed; what was refused or sampled is free again when asked for."""
        one, two = qualified_and_claimed(registry, "A", "B")
        made = a_bordereau([one, two])
        registry.propose(a_tenant(), made)
        assert registry.in_bordereaux(a_tenant()) == frozenset()
        registry.sign(a_tenant(), made.id, Digest.of(b"signed"))
        registry.decide(a_tenant(), made.id, 1, Given(Visa.REFUSED, "AD", "non"))
        registry.decide(a_tenant(), made.id, 2, Given(Visa.SAMPLE, "AD", "oui", frozenset([two.id])))
        assert registry.in_bordereaux(a_tenant()) == {one.id, two.id}
        assert registry.in_bordereaux(a_tenant(), again=True) == frozenset()
        found = registry.bordereau(a_tenant(), made.id)
        assert (found.state, found.granted()) == (BordereauState.DECIDED, ())
        assert [line.visa for line in found.lines] == [Visa.REFUSED, Visa.SAMPLE]

    def test_a_line_is_decided_once_unless_it_is_said_to_replace(self, registry: Registry) -> None:
        """The same again is nothing; another visa is refused, with who and when, or replaces and the journal tells."""
        one, two = qualified_and_claimed(registry, "A", "B")
        made = a_bordereau([one, two])
        registry.propose(a_tenant(), made)
        registry.sign(a_tenant(), made.id, Digest.of(b"signed"))
        given = Given(Visa.GRANTED, "AD95", "visa 12")
        for _ in range(2):
            registry.decide(a_tenant(), made.id, 1, given)
        with pytest.raises(NotEliminable, match=r"déjà inscrit, « accordé », par AD95 le \d\d/\d\d/\d{4} \(visa 12\)"):
            registry.decide(a_tenant(), made.id, 1, Given(Visa.REFUSED, "AD95", "erreur"))
        registry.decide(a_tenant(), made.id, 1, Given(Visa.REFUSED, "AD95", "erreur", replace=True))
        line = registry.bordereau(a_tenant(), made.id).lines[0]
        assert (line.visa, line.author, line.reason) == (Visa.REFUSED, "AD95", "erreur")
        told = [json.loads(entry.data) for entry in registry.journal(a_tenant()) if entry.event == "elimination.visa"]
        assert [(said["visa"], said.get("replaces")) for said in told] == [("granted", None), ("refused", "granted")]
        registry.decide(a_tenant(), made.id, 2, given)
        with pytest.raises(NotEliminable, match="plus rien n’y change"):
            registry.decide(a_tenant(), made.id, 2, Given(Visa.REFUSED, "AD95", "tard", replace=True))

    def test_an_original_and_its_double_do_not_go_by_two_bordereaux_unseen(self, registry: Registry) -> None:
        """Once one is signed that keeps a copy, that copy goes only by one that says so."""
        one, two = qualified_and_claimed(registry, "A", "B")
        kept = Kept(one.reference, a_tenant().key, "t", "o", one.id)
        (line,) = a_bordereau([two]).lines
        of_double = lines_of([replace(line.items[0], ground=Ground.DOUBLE, kept=kept)])
        double = replace(a_bordereau([two], "BE-double"), lines=of_double)
        original = a_bordereau([one], "BE-original")
        last = [replace(item, observations=item.observations + LAST_COPIES) for item in original.lines[0].items]
        held = Held("contentieux", "motif", DAY, 1, 2, 3)
        said = replace(original, id="BE-dit", lines=lines_of(last), held=(held,))
        for made in (double, original, said):
            registry.propose(a_tenant(), made)
            assert registry.bordereau(a_tenant(), made.id) == made
        registry.sign(a_tenant(), double.id, Digest.of(b"signed"))
        assert registry.kept_copies(a_tenant()) == {one.id}
        with pytest.raises(NotEliminable, match="leurs doubles sont sur un autre bordereau signé"):
            registry.sign(a_tenant(), original.id, Digest.of(b"signed"))
        registry.sign(a_tenant(), said.id, Digest.of(b"signed"))

    def test_bytes_that_another_document_has_are_not_its_own(self, registry: Registry) -> None:
        """What may be purged is what no other document has."""
        announced = [an_announced_document(name) for name in ("a.pdf", "b.pdf", "c.pdf")]
        registry.announce(a_tenant(), a_collection(announced))
        contents = (b"un", b"deux", b"deux")
        one, two, _ = (
            qualify(registry, act, key=act.reference, content=c) for act, c in zip(announced, contents, strict=True)
        )
        assert registry.only_held_by(a_tenant(), [one.id, two.id]) == {Digest.of(b"un")}
        assert registry.only_held_by(a_tenant("osny"), [one.id]) == frozenset()

    def test_what_nobody_has_is_told_once_nothing_is_to_come(self, registry: Registry) -> None:
        """Neither a document's bytes nor the chain's own are; none is while announced documents wait to be brought."""
        evidence, passing = Digest.of(b"bilan"), Digest.of(b"archive")
        one, two = (an_announced_document(name) for name in ("a.pdf", "b.pdf"))
        registry.announce(a_tenant(), a_collection([one, two]))
        registry.attach_evidence(a_tenant(), f"{CONNECTOR}:run-1", report=evidence)
        asked = [Digest.of(b"un"), evidence, passing]
        qualify(registry, one, key="A", content=b"un")
        assert registry.held_by_nobody(a_tenant(), asked) == frozenset()
        qualify(registry, two, key="B", content=b"deux")
        assert registry.held_by_nobody(a_tenant(), asked) == {passing}
        assert registry.held_by_nobody(a_tenant("osny"), asked) == set(asked)

    def test_what_a_visa_let_go_is_not_archived_any_more(self, registry: Registry) -> None:
        """Its bytes go from the archived to the eliminated once the bordereau is decided, in every count; once."""
        documents = qualified_and_claimed(registry, "A", "B", "C")
        transfer = a_transfer(documents)
        registry.pack(a_tenant(), transfer)
        deposited(registry, transfer)
        accept(registry, transfer)
        whole = registry.volumes(a_tenant())
        made = a_bordereau(documents[:2])
        registry.propose(a_tenant(), made)
        registry.sign(a_tenant(), made.id, Digest.of(b"signed"))
        registry.decide(a_tenant(), made.id, 1, Given(Visa.GRANTED, "AD", "oui"))
        assert registry.volumes(a_tenant()) == whole
        registry.decide(a_tenant(), made.id, 2, Given(Visa.REFUSED, "AD", "non"))
        gone = sum(file.fixity.size for file in documents[0].files if file.fixity)
        expected = replace(whole, archived=whole.archived - gone, eliminated=gone)
        assert gone
        assert registry.volumes(a_tenant()) == registry.volumes(a_tenant(), CONNECTOR) == expected
        assert [point.volumes for point in registry.volumes_over_time(a_tenant(), CONNECTOR)] == [expected]

    def test_a_purge_is_told_before_and_after(self, registry: Registry) -> None:
        """Done again it adds nothing to the journal, unless more goes."""
        made = a_bordereau(qualified_and_claimed(registry, "A"))
        registry.propose(a_tenant(), made)
        registry.sign(a_tenant(), made.id, Digest.of(b"signed"))
        registry.decide(a_tenant(), made.id, 1, Given(Visa.GRANTED, "AD", "oui"))
        for objects in (3, 0, 1):
            registry.purging(a_tenant(), made.id, objects=objects, size=9)
            registry.purged(a_tenant(), made.id, objects=objects, size=9)
        assert registry.bordereau(a_tenant(), made.id).state is BordereauState.PURGED
        told = [entry for entry in registry.journal(a_tenant()) if entry.event.startswith("elimination.purg")]
        assert [entry.event.partition(".")[2] for entry in told] == ["purging", "purged"] * 2
        assert [json.loads(entry.data)["objects"] for entry in told] == [3, 3, 1, 1]
