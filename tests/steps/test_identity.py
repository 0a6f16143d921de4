"""An act is archived under its own name and its own access, or waits: no source is believed by chance."""

from __future__ import annotations

import pytest

from tests.steps.odd_acts import ID, NEIGHBOUR, SIREN, acknowledgement, act, index, row
from versement.domain.lifecycle import DocumentState


def _states(world) -> dict[str, DocumentState]:
    chain = world.chain()
    return {
        document.reference: state
        for state in DocumentState
        for document in chain.registry.documents(chain.tenant, chain.connector, state)
    }


@pytest.mark.parametrize(
    ("identifier", "code"),
    [
        (f"095-{NEIGHBOUR}-20260312-2026_100-DE", "SIREN_FOREIGN"),
        (f"095-{SIREN}-20260321-2026_100-DE", "VALUES_CONTRADICT"),
        (f"095-{SIREN}-20260312-2026_100-AI", "VALUES_CONTRADICT"),
        (f"078-{SIREN}-20260312-2026_100-DE", "DEPARTEMENT_FOREIGN"),
    ],
    ids=["neighbour", "day", "nature", "département"],
)
def test_an_index_row_that_gives_an_act_a_strange_identifier_archives_nothing(empty_drop, identifier, code):
    """A DELIB_ID that is not what stands beside it in its own row: the act waits, no byte leaves."""
    empty_drop.put("index.csv", index(row(identifier, "a.pdf")))
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.run()
    assert empty_drop.codes() == {"a.pdf": code}
    assert not empty_drop.transfers()


def test_a_year_by_a_typo_sends_nothing_into_the_future(empty_drop):
    """An act known by its index alone, dated 2062 there, waits for the authority; corrected, it is archived."""
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.put("b.pdf", act("2026_101"))
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf", day="2062-03-12")))
    empty_drop.run()
    assert empty_drop.codes() == {"a.pdf": "DATE_AHEAD"}
    assert _states(empty_drop)["b.pdf"] is DocumentState.ACCEPTED
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf")))
    empty_drop.run()
    assert not empty_drop.codes()


def test_an_act_keeps_its_own_name_whatever_it_quotes(empty_drop):
    """Acts that quote one another, or a neighbour's, are each archived under their own identity."""
    quoted = f"095-{SIREN}-20260312-2026_101-DE"
    empty_drop.put("a.pdf", act(says=f"Vu la délibération {quoted} du 12 mars 2026,"))
    empty_drop.put("b.pdf", act("2026_101"))
    empty_drop.put("c.pdf", act("2026_102", stamped=False, says=f"Vu l’arrêté 095-{NEIGHBOUR}-20260101-1-AR,"))
    empty_drop.put("index.csv", index(row("2026_102", "c.pdf")))
    empty_drop.run()
    assert not empty_drop.codes()
    assert {ID, quoted} <= empty_drop.archive.copies(empty_drop.chain().tenant).keys()


def test_an_act_that_only_quotes_another_never_takes_its_place(empty_drop):
    """An act without stamp has no identity, and the act that it quotes is archived all the same."""
    empty_drop.put("a.pdf", act(stamped=False, says=f"Vu la délibération {ID} du 12 mars 2026,"))
    empty_drop.put("b.pdf", act())
    empty_drop.run()
    assert empty_drop.codes() == {"a.pdf": "IDENTITY_MISSING"}
    assert _states(empty_drop)["b.pdf"] is DocumentState.ACCEPTED


def test_a_late_acknowledgement_with_another_nature_waits_for_a_person(empty_drop):
    """An ARActe that makes a délibération an individual decision is not laid under it: access is at stake."""
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf")))
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.run()
    empty_drop.put("later/ar.xml", acknowledgement("", identifier=ID.replace("-DE", "-AI"), nature="3"))
    empty_drop.run()
    assert empty_drop.codes() == {"later/ar.xml": "VALUES_CONTRADICT"}
    assert empty_drop.balance().adds_up


def test_a_late_acknowledgement_finds_its_act_by_the_name_of_its_file(empty_drop):
    """The index numbers the act 100, its ARActe 2026_100: the file that the ARActe names is enough."""
    empty_drop.put("index.csv", index(row("100", "a.pdf")))
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.run()
    empty_drop.put("ar.xml", acknowledgement("a.pdf"))
    empty_drop.run()
    assert not empty_drop.codes()
    assert set(_states(empty_drop).values()) == {DocumentState.ACCEPTED}


def test_a_late_acknowledgement_of_another_day_waits_for_a_person(empty_drop):
    """An ARActe that names an accepted act's file and dates it otherwise: told, not waited for in silence."""
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf")))
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.run()
    empty_drop.put("ar.xml", acknowledgement("a.pdf", identifier=ID.replace("0312", "0321"), day="2026-03-21"))
    empty_drop.run()
    assert empty_drop.codes() == {"ar.xml": "VALUES_CONTRADICT"}


def test_a_late_acknowledgement_with_another_identifier_waits_for_a_person(empty_drop):
    """An ARActe that names a stamped act's file under another IDActe is not laid under it."""
    empty_drop.put("a.pdf", act())
    empty_drop.run()
    empty_drop.put("ar.xml", acknowledgement("a.pdf", identifier=ID.replace("2026_100", "2026_101"), number="2026_101"))
    empty_drop.run()
    assert empty_drop.codes() == {"ar.xml": "VALUES_CONTRADICT"}


def test_a_conflict_of_two_drops_under_one_name_says_which_is_which(empty_drop):
    """The same act dropped anew with other bytes: the message tells the old one by its state, not by the same name."""
    empty_drop.put("a.pdf", act())
    empty_drop.run()
    empty_drop.put("a.pdf", act(says="Vu le code général des collectivités territoriales,"))
    empty_drop.run()
    chain = empty_drop.chain()
    (waiting,) = chain.registry.waiting(chain.tenant, chain.connector)
    assert waiting.code == "IDENTITY_CONFLICT"
    assert waiting.message.count("« a.pdf »") == 2
    assert "un dépôt précédent du même nom (accepté)" in waiting.message


@pytest.mark.parametrize(
    ("corrected", "changed"),
    [
        (row("2026_101", "a.pdf"), f"{SIREN}/20260312/2026_101"),
        (row("2026_100", "a.pdf", day="2026-03-13"), f"{SIREN}/20260313/2026_100"),
        (row("2026_100", "a.pdf", objet="Tarifs de la cantine"), ""),
        (row("2026-100", "a.pdf"), ""),
        (row(ID, "a.pdf"), ""),
    ],
    ids=["number", "date", "title", "punctuation", "IDActe"],
)
def test_index_that_gives_an_archived_file_to_another_act_is_told(empty_drop, corrected, changed):
    """The authority corrects its index once the act is archived: an archivist is told, nothing is deposited again."""
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf")))
    empty_drop.run()
    empty_drop.put("index.csv", index(corrected))
    for _ in range(2):
        empty_drop.run()
    chain = empty_drop.chain()
    (story,) = chain.registry.find(chain.tenant, "a.pdf")
    told = [finding.message for finding in story.findings if finding.code == "IDENTITY_CHANGED"]
    assert [changed in message for message in told] == ([True] if changed else [])
    assert len(empty_drop.transfers()) == 1
