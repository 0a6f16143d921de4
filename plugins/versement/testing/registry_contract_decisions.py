"""The Registry's contract: decisions of persons about documents set aside."""
# ruff: noqa: S101 -- a contract suite is made of tests

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from versement.domain.cases import Choice
from versement.domain.decisions import Decision
from versement.domain.documents import Field, SourceDocument
from versement.domain.errors import Defect, NotDecidable
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
from versement.testing.scenes import state_of

CODE = "VALUES_CONTRADICT"


def _set_aside(registry: Registry, *codes: str) -> SourceDocument:
    """One act set aside under these codes; its judgement read something more of it."""
    announced = an_announced_document(readings=(a_reading(),))
    registry.announce(a_tenant(), a_collection([announced]))
    document = a_collected_document(announced, key="clé")
    registry.collected(a_tenant(), document)
    judged = replace(document, readings=(*document.readings, a_reading(Field.TITLE, "lu au tampon")))
    registry.set_aside(a_tenant(), document.id, [a_finding(code) for code in codes or (CODE,)], judged=judged)
    return document


def _taken(registry: Registry, document: SourceDocument, choice: Choice = Choice.ACCEPT, **more: Any) -> Decision:
    version = registry.version(a_tenant(), document.id)
    said: dict[str, Any] = {"code": CODE, "author": "Anne", "reason": "vu", "version": version} | more
    return Decision(document.id, choice=choice, **said)


class DecisionsContract:
    """Tests of decisions."""

    def test_a_decision_is_kept_with_its_author_and_date(self, registry: Registry, clock: FixedClock) -> None:
        """Who, when, what and why come back; the journal names the decision, and no person."""
        document = _set_aside(registry)
        kept = registry.arbitrate(a_tenant(), _taken(registry, document))
        assert (kept.number, kept.at, kept.reference) == (1, clock.at, document.reference)
        assert registry.decisions(a_tenant(), CONNECTOR) == registry.decisions(a_tenant()) == [kept]
        assert registry.decisions(a_tenant(), "autre") == []
        line = registry.journal_head(a_tenant())
        assert line is not None
        assert (line.event, line.subject) == ("decision.taken", document.id)
        assert "Anne" not in line.data
        assert registry.journal_is_whole(a_tenant())

    def test_what_is_freed_is_judged_again_as_it_was_announced(self, registry: Registry) -> None:
        """Accepted, it is COLLECTED again with its files, and with what the source says of it alone."""
        document = _set_aside(registry)
        registry.arbitrate(a_tenant(), _taken(registry, document))
        (again,) = registry.documents(a_tenant(), CONNECTOR, DocumentState.COLLECTED)
        assert again == replace(document, record_key="")
        assert registry.waiting(a_tenant(), CONNECTOR) == []

    def test_one_reason_of_two_keeps_it_aside(self, registry: Registry) -> None:
        """Accepting one finding lifts that one only; the document waits for the other."""
        document = _set_aside(registry, CODE, "DATE_AHEAD")
        registry.arbitrate(a_tenant(), _taken(registry, document))
        (waiting,) = registry.waiting(a_tenant(), CONNECTOR)
        assert (waiting.code, waiting.state) == ("DATE_AHEAD", DocumentState.SET_ASIDE)

    def test_a_corrected_value_has_the_document_judged_again(self, registry: Registry) -> None:
        """The value is kept in its field's form."""
        document = _set_aside(registry)
        word = replace(_taken(registry, document, Choice.CORRECT), field=Field.DATE, value="12/03/2026")
        assert registry.arbitrate(a_tenant(), word).value == "2026-03-12"
        assert state_of(registry, document.id) is DocumentState.COLLECTED

    def test_a_rejected_document_waits_no_longer(self, registry: Registry) -> None:
        """It stays set aside, counted, its reason being the decision; a second thought is possible."""
        document = _set_aside(registry)
        registry.arbitrate(a_tenant(), _taken(registry, document, Choice.REJECT))
        record = registry.document(a_tenant(), document.id)
        assert record is not None
        assert record.state is DocumentState.SET_ASIDE
        assert "décision n° 1" in record.reason
        assert registry.waiting(a_tenant(), CONNECTOR) == []
        assert registry.balance(a_tenant(), CONNECTOR).documents.set_aside == 1
        registry.arbitrate(a_tenant(), _taken(registry, document))
        assert state_of(registry, document.id) is DocumentState.COLLECTED

    def test_what_the_source_is_asked_waits_for_it(self, registry: Registry) -> None:
        """Under its own code, and marked as asked."""
        document = _set_aside(registry)
        registry.arbitrate(a_tenant(), _taken(registry, document, Choice.ASK))
        (waiting,) = registry.waiting(a_tenant(), CONNECTOR)
        assert (waiting.code, waiting.actor, waiting.asked) == (CODE, "collectivité", True)

    @pytest.mark.parametrize(
        "more", [{"version": "autre"}, {"code": "DATE_AHEAD"}, {"author": ""}], ids=["changed", "code", "unsigned"]
    )
    def test_a_decision_that_does_not_fit_is_not_kept(self, registry: Registry, more: dict[str, Any]) -> None:
        """Of another version, under a code that does not block, or of nobody: refused, nothing written."""
        document = _set_aside(registry)
        lines = registry.journal(a_tenant())
        with pytest.raises(NotDecidable):
            registry.arbitrate(a_tenant(), _taken(registry, document, **more))
        assert registry.decisions(a_tenant(), CONNECTOR) == []
        assert registry.journal(a_tenant()) == lines

    def test_only_what_is_set_aside_is_decided(self, registry: Registry) -> None:
        """A document on its way, or already freed, is nobody's to decide."""
        document = _set_aside(registry)
        word = _taken(registry, document)
        registry.arbitrate(a_tenant(), word)
        with pytest.raises(NotDecidable):
            registry.arbitrate(a_tenant(), word)

    def test_another_tenant_neither_sees_nor_takes_decisions(self, registry: Registry) -> None:
        """Decisions stay behind the wall of their coffre."""
        document = _set_aside(registry)
        word = _taken(registry, document)
        other = a_tenant("cergy")
        with pytest.raises(Defect):
            registry.arbitrate(other, word)
        registry.arbitrate(a_tenant(), word)
        assert registry.decisions(other, CONNECTOR) == registry.decisions(other) == []
