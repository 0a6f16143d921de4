"""S2LOW's text answers in a drop: the acknowledgement within is one, and what says nothing of an act is told."""

from __future__ import annotations

import pytest

from tests.steps.odd_acts import ID, acknowledgement, act
from tests.steps.sips import units_of
from versement.domain.documents import Field, Kind

ARACTE = f"{ID}#ARActe"


def findings(world):
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, f"deliberations:run-{world.runs}")
    return {finding.path: finding for finding in record.findings}


@pytest.mark.parametrize(("head", "end"), [(b"OK\n4\n", b""), (b"OK \r\n 4\r\n", b"\r\n")], ids=["unix", "windows"])
def test_acknowledgement_within_an_answer_is_that_of_its_act(empty_drop, head, end):
    """`OK`, state 4, then the ARActe: it is archived under its act, whose date of reception it gives."""
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.put("statut.txt", head + acknowledgement("a.pdf") + end)
    empty_drop.run()
    assert not empty_drop.codes()
    (transfer,) = empty_drop.transfers()
    assert units_of(empty_drop, transfer)[ARACTE].parent == ID
    chain = empty_drop.chain()
    assert chain.registry.record(chain.tenant, ID).document.metadata.text(Field.RECEIVED) == "2026-03-25"


def test_answer_that_repeats_the_acknowledgement_is_its_proof(empty_drop):
    """The same ARActe as a message and in an answer is one document, not two that contradict each other."""
    empty_drop.put("a.pdf", act())
    empty_drop.put("a.xml", acknowledgement("a.pdf"))
    empty_drop.put("a.txt", b"OK\n4\n" + acknowledgement("a.pdf"))
    empty_drop.run()
    assert not empty_drop.codes()
    chain = empty_drop.chain()
    document = chain.registry.record(chain.tenant, ARACTE).document
    assert document.kind is Kind.ACKNOWLEDGEMENT
    assert [file.path for file in document.files] == ["a.xml", "a.txt"]
    assert empty_drop.balance().documents.accepted == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"OK\n3\n", "l’état 3 (transmis), sans accusé de réception"),
        (b"OK\n21", "l’état 21 (état inconnu)"),
        (b"OK\n-1\nMotif confidentiel", "l’état -1 (erreur)"),
        ("KO\nJean Dupont n’a pas accès\n".encode(), "par une erreur"),
    ],
    ids=["sent", "unknown", "error", "refusal"],
)
def test_answer_about_no_act_is_told_and_sets_nothing_aside(empty_drop, content, said):
    """Without ARActe nothing says which act it is about: it is told, in no words of its own, and is no document."""
    empty_drop.put("a.pdf", act())
    empty_drop.put("statut.txt", content)
    empty_drop.run()
    assert not empty_drop.codes()
    assert empty_drop.balance().documents.announced == 1
    finding = findings(empty_drop)["statut.txt"]
    assert finding.code == "OPERATOR_ANSWER_MUTE"
    assert said in finding.message
    assert not [word for word in ("confidentiel", "Dupont") if word in finding.message]


@pytest.mark.parametrize(
    "content", [b"OK\n4\n<actes:ARActe", b'OK\n4\n<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'], ids=["broken", "entity"]
)
def test_answer_whose_xml_must_not_be_read_is_told(empty_drop, content):
    """Broken, or with entities: it is said unreadable, and its neighbours go on."""
    empty_drop.put("a.pdf", act())
    empty_drop.put("statut.txt", content)
    empty_drop.run()
    assert findings(empty_drop)["statut.txt"].code == "MESSAGE_UNREADABLE"
    assert empty_drop.balance().documents.accepted == 1


@pytest.mark.parametrize("content", [b"OK, 4 pages\n", b"OKAY\n4\n", b"OK\nvu\n", b"4\nOK\n"])
def test_other_texts_are_no_answers(empty_drop, content):
    """A note that begins like an answer is a file that nobody knows, as before."""
    empty_drop.put("note.txt", content)
    empty_drop.run()
    assert empty_drop.codes() == {"note.txt": "ROLE_UNKNOWN"}
