"""Decisions of a person about documents set aside, from the question to the archive."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.steps.odd_acts import ID, SIREN, act, index, row
from versement.domain.cases import Choice
from versement.domain.documents import Field, ValueSource
from versement.domain.errors import NotDecidable
from versement.domain.lifecycle import DocumentState
from versement.steps.arbitration import Answer, answer, questions

ACT, OTHER = "actes/a.pdf", "actes/autre.pdf"


@pytest.fixture
def doubtful(empty_drop):
    """A commune with one act whose index gives another day than its stamp."""
    empty_drop.put(ACT, act())
    empty_drop.put("index.csv", index(row(ID, "a.pdf", day="2026-03-13")))
    empty_drop.run()
    assert empty_drop.codes() == {ACT: "VALUES_CONTRADICT"}
    return empty_drop


def _asked(world):
    return list(questions(world.chain()))


def _decide(world, choice, **more):
    """Answer the only question that there is."""
    (question,) = _asked(world)
    return answer(world.chain(), question, Answer(choice, "Anne Durand", "vu avec la mairie", **more))


def _stories(world, reference=ACT):
    chain = world.chain()
    return [s for s in chain.registry.find(chain.tenant, reference) if s.document.reference == reference]


def _codes(story):
    return {finding.code: finding for finding in story.findings}


def test_what_is_accepted_as_it_is_leaves_with_the_next_run(doubtful):
    """The finding becomes a remark that names the decision, the document is deposited, nothing is asked again."""
    (kept,), left = _decide(doubtful, Choice.ACCEPT)
    assert not left
    doubtful.run()
    (story,) = _stories(doubtful)
    assert story.state is DocumentState.ACCEPTED
    assert f"décision n° {kept.number}" in _codes(story)["VALUES_CONTRADICT"].message
    assert _asked(doubtful) == []
    assert doubtful.balance().adds_up


def test_a_corrected_value_comes_before_every_source_under_its_author(doubtful):
    """The given day is what is deposited, and who gave it stands with it."""
    _decide(doubtful, Choice.CORRECT, field=Field.DATE, value="2026-03-12")
    doubtful.run()
    (story,) = _stories(doubtful)
    value = story.document.metadata.values[Field.DATE]
    assert story.state is DocumentState.ACCEPTED
    assert (value.text, value.source) == ("2026-03-12", ValueSource.DECISION)
    assert "Anne Durand" in value.origin


def test_a_rejected_document_waits_no_longer_and_is_never_sent(doubtful):
    """It stays set aside under its own code, in the counts, run after run."""
    _decide(doubtful, Choice.REJECT)
    for _ in range(2):
        (story,) = _stories(doubtful)
        assert story.state is DocumentState.SET_ASIDE
        assert next(iter(_codes(story))) == "DECIDED_REJECTED"
        assert doubtful.codes() == {}
        assert _asked(doubtful) == []
        doubtful.run()
    assert doubtful.balance().documents.set_aside == 1
    assert doubtful.transfers() == []


def test_what_the_source_is_asked_waits_for_it_until_it_changes(doubtful):
    """Nobody is asked twice; when the index says something else, the document is judged anew."""
    _decide(doubtful, Choice.ASK)
    doubtful.run()
    chain = doubtful.chain()
    (waiting,) = chain.registry.waiting(chain.tenant, chain.connector)
    assert (waiting.code, waiting.actor, waiting.asked) == ("VALUES_CONTRADICT", "collectivité", True)
    assert _asked(doubtful) == []
    doubtful.put("index.csv", index(row(ID, "a.pdf")))
    doubtful.run()
    assert _stories(doubtful)[0].state is DocumentState.ACCEPTED


@pytest.mark.parametrize("choice", [Choice.ACCEPT, Choice.REJECT])
def test_a_decision_about_what_has_changed_is_not_applied_and_is_asked_again(doubtful, choice):
    """The index now gives a third day: the old word does not count, and it is said why."""
    _decide(doubtful, choice)
    doubtful.put("index.csv", index(row(ID, "a.pdf", day="2026-03-14")))
    doubtful.run()
    doubtful.run()
    (story,) = _stories(doubtful)
    assert (story.state, doubtful.codes()) == (DocumentState.SET_ASIDE, {ACT: "VALUES_CONTRADICT"})
    if choice is Choice.REJECT:
        assert "DECISION_OUTDATED" in _codes(story)
    assert len(_asked(doubtful)) == 1


def test_a_corrected_value_is_not_given_to_another_version(doubtful):
    """The act is dropped again with other bytes: what was said of the first is not said of the second."""
    _decide(doubtful, Choice.CORRECT, field=Field.DATE, value="2026-03-12")
    doubtful.put(ACT, act(says="Vu le code"))
    doubtful.run()
    newest = max(_stories(doubtful), key=lambda story: story.collection.started)
    assert newest.state is DocumentState.SET_ASIDE
    assert {"VALUES_CONTRADICT", "DECISION_OUTDATED"} <= _codes(newest).keys()


def test_an_answer_that_comes_too_late_changes_nothing(doubtful):
    """The document changed between question and answer: the answer is refused for it, in French."""
    (question,) = _asked(doubtful)
    stale = replace(question, asked=tuple((name, "autre version") for name, _ in question.asked))
    kept, (message,) = answer(doubtful.chain(), stale, Answer(Choice.ACCEPT, "Anne", "motif"))
    assert not kept
    assert "DECISION_OUTDATED" in message
    assert doubtful.chain().registry.decisions(doubtful.profile.tenant, "deliberations") == []


def test_an_act_of_another_authority_is_never_accepted(empty_drop):
    """Whoever decides, a foreign SIREN cannot enter the coffre, and the refusal says why."""
    empty_drop.put(ACT, act())
    empty_drop.put("index.csv", index(row(ID.replace(SIREN, "219509916"), "a.pdf")))
    empty_drop.run()
    asked = {question.code: question for question in _asked(empty_drop)}
    chain = empty_drop.chain()
    _, (message,) = answer(chain, asked["SIREN_FOREIGN"], Answer(Choice.ACCEPT, "Anne", "motif"))
    assert "n’est pas celui de la collectivité" in message
    assert empty_drop.codes()[ACT] == "SIREN_FOREIGN"


def test_a_new_version_is_deposited_beside_the_first(empty_drop):
    """Two contents of one identity: the person says new version, and both are in the archive, told apart."""
    world = _conflict(empty_drop)
    _decide(world, Choice.NEW_VERSION)
    world.run()
    first, second = _stories(world)[0], _stories(world, OTHER)[0]
    assert (first.state, second.state) == (DocumentState.ACCEPTED, DocumentState.ACCEPTED)
    assert second.document.record_key.startswith(f"{first.document.record_key}_V")
    assert world.balance().adds_up


def test_a_new_version_dropped_again_elsewhere_is_its_duplicate(empty_drop):
    """The monthly export of everything under another folder asks nobody a second time, and sends nothing again."""
    world = _conflict(empty_drop)
    _decide(world, Choice.NEW_VERSION)
    world.run()
    for name, says in (("a", "Vu"), ("autre", "Vu le code")):
        world.put(f"juin/{name}.pdf", act(says=says))
    world.run()
    assert world.codes() == {}
    assert [_stories(world, f"juin/{name}.pdf")[0].state for name in ("a", "autre")] == [DocumentState.DUPLICATE] * 2
    assert set(world.archive.copies(world.chain().tenant).values()) == {1}
    assert world.balance().adds_up


def test_a_new_version_brought_by_another_connector_is_its_duplicate(empty_drop):
    """Whatever tool of the same coffre brings the two contents again, nobody is asked a second time."""
    world = _conflict(empty_drop)
    _decide(world, Choice.NEW_VERSION)
    world.run()
    elsewhere = replace(
        world, drop=world.folder / "autre", profile=world.profile.model_copy(update={"connector_name": "autre"})
    )
    for name, says in (("a", "Vu"), ("autre", "Vu le code")):
        elsewhere.put(f"{name}.pdf", act(says=says))
    elsewhere.run()
    assert elsewhere.codes() == {}
    assert elsewhere.balance().documents.duplicates == 2
    assert set(world.archive.copies(world.chain().tenant).values()) == {1}


def test_the_first_version_may_be_kept_alone(empty_drop):
    """The other one is rejected; the first is not touched."""
    world = _conflict(empty_drop)
    _decide(world, Choice.KEEP_FIRST)
    world.run()
    assert _stories(world)[0].state is DocumentState.ACCEPTED
    assert "DECIDED_REJECTED" in _codes(_stories(world, OTHER)[0])
    assert world.codes() == {}


def _conflict(world):
    world.put(ACT, act())
    world.run()
    world.put(OTHER, act(says="Vu le code"))
    world.run()
    assert world.codes() == {OTHER: "IDENTITY_CONFLICT"}
    return world


def test_an_answer_names_one_document_of_its_question_or_all(doubtful):
    """The beginning of an id is enough; one that is not asked about is refused."""
    (question,) = _asked(doubtful)
    (name, _), *_ = question.asked
    with pytest.raises(NotDecidable):
        _decide(doubtful, Choice.REJECT, document="zzz")
    kept, _ = _decide(doubtful, Choice.REJECT, document=name[:12])
    assert [decision.document for decision in kept] == [name]


def test_what_tells_a_document_from_the_others_is_given_to_one_only(empty_drop):
    """One IDActe for all the acts of a question would send one act under the name of another: which one is asked."""
    for name in ("a", "b"):
        empty_drop.put(f"{name}.pdf", act(stamped=False, says=name))
    empty_drop.run()
    question = next(question for question in _asked(empty_drop) if question.code == "IDENTITY_MISSING")
    given = Answer(Choice.CORRECT, "Anne", "motif", field=Field.ID_ACTE, value=ID)
    with pytest.raises(NotDecidable, match="propre à un document"):
        answer(empty_drop.chain(), question, given)
    (first, _), _ = question.asked
    kept, _ = answer(empty_drop.chain(), question, replace(given, document=first))
    assert [decision.document for decision in kept] == [first]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field.SIREN, "213500051"),
        (Field.ID_ACTE, "095-213500051-20260312-2026_014-DE"),
        (Field.TITLE, "objet\x07"),
        (Field.TITLE, "objet \ud800"),
    ],
)
def test_a_value_that_may_not_be_archived_is_never_kept(doubtful, field, value):
    """Another authority's SIREN or IDActe, or a character that no manifest holds, is refused before it is written."""
    with pytest.raises(NotDecidable):
        _decide(doubtful, Choice.CORRECT, field=field, value=value)
    chain = doubtful.chain()
    assert not chain.registry.decisions(chain.tenant, chain.connector)
    assert doubtful.codes() == {ACT: "VALUES_CONTRADICT"}
