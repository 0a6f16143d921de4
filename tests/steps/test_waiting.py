"""What waits empties: whoever does what the list asks of him leaves nothing in it."""

from __future__ import annotations

from tests.steps.odd_acts import NEIGHBOUR, act, index, row


def _done(world) -> None:
    world.run()
    assert not world.codes()
    assert world.balance().adds_up


def test_a_row_without_file_waits_until_the_file_comes(empty_drop):
    """The file that an index row announces is dropped: the act is accepted and the row waits no longer."""
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf")))
    empty_drop.run()
    assert list(empty_drop.codes().values()) == ["FILE_MISSING"]
    empty_drop.put("a.pdf", act(stamped=False))
    _done(empty_drop)
    assert empty_drop.balance().documents.accepted == 1


def test_a_row_without_file_waits_until_the_row_goes(empty_drop):
    """The authority takes the row out of its index: nothing is awaited, the row stays counted."""
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf"), row("2026_101", "b.pdf")))
    empty_drop.put("b.pdf", act("2026_101", stamped=False))
    empty_drop.run()
    empty_drop.put("index.csv", index(row("2026_101", "b.pdf")))
    _done(empty_drop)
    assert empty_drop.balance().documents.set_aside == 1


def test_an_act_of_another_authority_waits_until_it_is_withdrawn(empty_drop):
    """« Retirez-le du dépôt » is enough."""
    empty_drop.put("index.csv", index(row(f"095-{NEIGHBOUR}-20260312-2026_100-DE", "a.pdf")))
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.run()
    assert empty_drop.codes() == {"a.pdf": "SIREN_FOREIGN"}
    (empty_drop.drop / "a.pdf").unlink()
    (empty_drop.drop / "index.csv").unlink()
    _done(empty_drop)


def test_an_empty_file_waits_until_its_act_comes_under_any_name(empty_drop):
    """An empty file is replaced by a good one with another name."""
    empty_drop.put("a.pdf", b"")
    empty_drop.run()
    assert empty_drop.codes() == {"a.pdf": "FILE_EMPTY"}
    (empty_drop.drop / "a.pdf").unlink()
    empty_drop.put("a-v2.pdf", act())
    _done(empty_drop)


def test_a_refused_act_waits_until_its_corrected_version_is_accepted(empty_drop):
    """Refused by the archive, corrected and dropped under the same name: nothing is left to do."""
    empty_drop.put("a.pdf", act())
    empty_drop.archive.faults.refused_files = {"a.pdf"}
    empty_drop.run()
    assert empty_drop.codes() == {"a.pdf": "REFUSED_BY_ARCHIVE"}
    empty_drop.archive.faults.refused_files = set()
    empty_drop.put("a.pdf", act(says="Vu le code général des collectivités territoriales,"))
    _done(empty_drop)
    assert empty_drop.balance().documents.refused == 1
