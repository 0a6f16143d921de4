"""A document that lacks its file is told what is true: drop it, or mend the name that leads to it."""

from __future__ import annotations

from tests.steps.odd_acts import ID, SIREN, acknowledgement, act, index, row
from versement.domain.lifecycle import DocumentState


def test_a_file_that_nobody_dropped_is_asked_for(empty_drop):
    """The index announces a file that the drop does not hold under any name."""
    empty_drop.put("index.csv", index(row(ID, "a.pdf")))
    empty_drop.run()
    assert list(empty_drop.codes().values()) == ["FILE_MISSING"]


def test_a_row_that_leads_nowhere_finds_the_stamped_act(empty_drop):
    """A row without file name, whose IDActe a stamp carries: its URL is to be completed, nothing is to be dropped."""
    for url in ("", "https://x.example/deliberations?id=12"):
        empty_drop.put("index.csv", index(row(ID, url)))
        empty_drop.put("x.pdf", act())
        empty_drop.run()
        assert list(empty_drop.codes().values()) == ["INDEX_FILE_UNNAMED"]
    empty_drop.put("index.csv", index(row(ID, "x.pdf")))
    empty_drop.run()
    assert not empty_drop.codes()


def test_a_row_that_leads_nowhere_goes_to_the_act_of_its_acknowledgement(empty_drop):
    """Where an ARActe says which file has the row’s IDActe, the row needs no file name at all."""
    empty_drop.put("index.csv", index(row(ID, "")))
    empty_drop.put("x.pdf", act(stamped=False))
    empty_drop.put("ar.xml", acknowledgement("x.pdf"))
    empty_drop.run()
    assert not empty_drop.codes()
    assert empty_drop.balance().documents.accepted == 2


def test_a_row_that_leads_nowhere_goes_to_the_file_with_its_actes_name(empty_drop):
    """A file named as ACTES names it says its own IDActe."""
    empty_drop.put("index.csv", index(row(ID, "")))
    empty_drop.put(f"99_DE-{ID}-1-1_1.pdf", act(stamped=False))
    empty_drop.run()
    assert not empty_drop.codes()


def test_two_rows_of_one_file_are_told_apart(empty_drop):
    """The second row is told that its file is another one's, not that it is missing."""
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf"), row("2026_100", "a.pdf", objet="Autre objet")))
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.run()
    assert list(empty_drop.codes().values()) == ["INDEX_SAME_FILE"]
    assert empty_drop.balance().documents.accepted == 1


def test_rows_of_two_acts_that_name_one_file_give_it_to_neither(empty_drop):
    """Whose file it is cannot be known: no act is archived under the number of another."""
    empty_drop.put("index.csv", index(row("2025_007", "a.pdf", day="2025-03-12"), row("2026_100", "a.pdf")))
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.run()
    codes = empty_drop.codes()
    assert {codes.pop("index:2025_007"), codes.pop("index:2026_100")} == {"INDEX_SAME_FILE"}
    assert list(codes) == ["a.pdf"]
    assert empty_drop.balance().documents.accepted == 0


def test_of_two_acts_the_one_whose_folders_lead_to_the_file_has_it(empty_drop):
    """Files are named alike each year: last year’s row, whose file is lacking, does not take this year’s."""
    old = row("2025_007", "https://x.example/2025/d1.pdf", day="2025-03-12")
    empty_drop.put("index.csv", index(old, row("2026_100", "https://x.example/2026/d1.pdf")))
    empty_drop.put("2026/d1.pdf", act(stamped=False))
    empty_drop.run()
    assert empty_drop.codes() == {"index:2025_007": "INDEX_SAME_FILE"}
    chain = empty_drop.chain()
    (held,) = chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)
    assert (held.reference, held.record_key) == ("2026/d1.pdf", f"{SIREN}/20260312/2026_100")


def test_a_name_that_two_files_bear_is_not_a_missing_file(empty_drop):
    """A row names a file that stands in two folders: neither is guessed, none is asked for."""
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf")))
    empty_drop.put("x/a.pdf", act(stamped=False))
    empty_drop.put("y/a.pdf", act("2026_101", stamped=False))
    empty_drop.run()
    assert empty_drop.codes()["index:2026_100"] == "NAME_AMBIGUOUS"
