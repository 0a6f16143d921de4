"""Pieces of a séance that come late move no other: what is archived is never deposited again under another number."""

from __future__ import annotations

import os

from tests.steps.tool_drops import SEANCE, a_pdf, web_delib
from versement.domain.lifecycle import DocumentState

FOLDER = "2026-03-12 Conseil"


def drop_again(world, *names):
    """Files are put beside the others, and the tool writes its whole export anew."""
    for name in names:
        world.put(f"{FOLDER}/{name}", a_pdf(name))
    for path in world.drop.rglob("*.pdf"):
        os.utime(path, (path.stat().st_mtime + 60,) * 2)
    world.run()


def found(world, state):
    chain = world.chain()
    return sorted(
        one.reference.rpartition("/")[2] for one in chain.registry.documents(chain.tenant, chain.connector, state)
    )


def test_second_piece_of_a_kind_does_not_renumber_the_first(empty_drop):
    """Minutes are archived; others that sort before them come with a new export: the first ones are a duplicate."""
    drop_again(empty_drop, "pv.pdf")
    drop_again(empty_drop, "compte-rendu.pdf")
    assert found(empty_drop, DocumentState.ACCEPTED) == ["pv.pdf"]
    assert found(empty_drop, DocumentState.DUPLICATE) == ["pv.pdf"]
    assert empty_drop.codes() == {f"{FOLDER}/compte-rendu.pdf": "IDENTITY_CONFLICT"}
    assert len(empty_drop.transfers()) == 1


def test_late_document_of_a_folder_of_seance_moves_no_other(empty_drop):
    """A file that sorts before the others comes late: it alone is archived, under the same séance."""
    drop_again(empty_drop, "00__Convocation.pdf", "note.pdf", "plan.pdf")
    drop_again(empty_drop, "budget.pdf")
    assert found(empty_drop, DocumentState.ACCEPTED) == ["00__Convocation.pdf", "budget.pdf", "note.pdf", "plan.pdf"]
    assert found(empty_drop, DocumentState.DUPLICATE) == ["00__Convocation.pdf", "note.pdf", "plan.pdf"]
    assert not empty_drop.codes()
    chain = empty_drop.chain()
    accepted = chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)
    assert {one.record_key.partition("#")[0] for one in accepted} == {SEANCE}


def test_project_inserted_in_the_order_of_the_day_moves_no_other(empty_drop):
    """A tool numbers its projects anew: those that are archived are duplicates, the new one waits for a person."""
    for name, says in (("00__Convocation.pdf", "c"), ("01__Budget.pdf", "budget"), ("02__Voeu.pdf", "voeu")):
        empty_drop.put(f"{FOLDER}/{name}", a_pdf(says))
    empty_drop.run()
    (empty_drop.drop / FOLDER / "02__Voeu.pdf").unlink()
    for name, says in (("01__Tarifs.pdf", "tarifs"), ("02__Budget.pdf", "budget"), ("03__Voeu.pdf", "voeu")):
        empty_drop.put(f"{FOLDER}/{name}", a_pdf(says))
    (empty_drop.drop / FOLDER / "01__Budget.pdf").unlink()
    empty_drop.run()
    assert found(empty_drop, DocumentState.DUPLICATE) == ["02__Budget.pdf", "03__Voeu.pdf"]
    assert empty_drop.codes() == {f"{FOLDER}/01__Tarifs.pdf": "IDENTITY_CONFLICT"}
    assert len(empty_drop.transfers()) == 1


def test_seance_that_web_delib_exports_again_with_its_minutes_contradicts_nothing(empty_drop):
    """The description of the new export stands beside the first one; the same export once more is a duplicate."""
    web_delib(empty_drop, "convocation")
    empty_drop.run()
    web_delib(empty_drop, "convocation", "pv_complet")
    empty_drop.run()
    assert not empty_drop.codes()
    assert found(empty_drop, DocumentState.ACCEPTED) == [
        *("1.pdf", "XML_DESC_7.xml", "XML_DESC_7.xml", "convocation.pdf", "pv_complet.pdf"),
    ]
    sent = len(empty_drop.transfers())
    for path in empty_drop.drop.rglob("*.*"):
        os.utime(path, (path.stat().st_mtime + 60,) * 2)
    empty_drop.run()
    assert not empty_drop.codes()
    assert len(empty_drop.transfers()) == sent
