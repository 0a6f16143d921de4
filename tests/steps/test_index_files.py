"""Whose the files and pages that an index names are: nobody gets another's, and what is doubtful waits."""

from __future__ import annotations

import pytest

from sandbox.samples.personnel import PAY, index, pdf
from tests.steps.personnel import changed
from versement.domain.lifecycle import DocumentState


def row(matricule, file, *more):
    return (matricule, "Quesnelier", "Zéphirine", "", "", "01/2026", file, *more)


def accepted_files(world):
    """Matricule and path of each payslip that the archive holds."""
    chain = world.chain()
    accepted = chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)
    return {one.record_key.split("/")[1]: one.files[0].path for one in accepted}


@pytest.mark.parametrize("written", ["lot/bp.pdf", "bp.pdf", r"C:\exports\lot\bp.pdf"])
def test_names_that_differ_by_case_alone_are_two_files(office, written):
    """Of `bp.pdf` and `BP.pdf`, the agent's payslip is the one that the index writes."""
    world = office("paie", lambda _: None)
    world.put("lot/bp.pdf", pdf([["celui-ci"]]))
    world.put("lot/BP.pdf", pdf([["celui d’un autre"]]))
    world.put("index.csv", index(PAY, row("A0001", written)))
    world.run()
    assert accepted_files(world) == {"A0001": "lot/bp.pdf"}
    assert world.codes() == {"lot/BP.pdf": "ROLE_UNKNOWN"}


def test_a_name_written_as_neither_of_two_files_is_doubtful(office):
    """`Bp.pdf` may be either: nothing is taken, and it is told why."""
    world = office("paie", lambda _: None)
    world.put("lot/bp.pdf", pdf([["un"]]))
    world.put("lot/BP.pdf", pdf([["deux"]]))
    world.put("index.csv", index(PAY, row("A0001", "lot/Bp.pdf")))
    world.run()
    assert world.transfers() == []
    assert sorted(world.codes().values()) == ["NAME_AMBIGUOUS", "ROLE_UNKNOWN", "ROLE_UNKNOWN"]


def test_a_quote_left_open_gives_nobody_the_file_of_the_next_row(office):
    """Two rows that a stray quote makes one: neither takes the other's payslip, and the third leaves."""
    world = office("paie", lambda _: None)
    for name in ("1.pdf", "2.pdf", "3.pdf"):
        world.put(name, pdf([[name]]))
    rows = ("Matricule;Nom;Periode;Fichier", 'A1;"Un;01/2026;1.pdf', 'A2;Deux";01/2026;2.pdf', "A3;Trois;01/2026;3.pdf")
    world.put("index.csv", "\n".join(rows).encode())
    world.run()
    assert accepted_files(world) == {"A3": "3.pdf"}
    assert world.codes() == {"index.csv": "INDEX_ROW", "1.pdf": "ROLE_UNKNOWN", "2.pdf": "ROLE_UNKNOWN"}


@pytest.mark.parametrize("annexes", [("liste.pdf", "liste.pdf"), ("2.pdf", "")])
def test_an_annex_may_be_of_several_rows_and_a_document_of_one(office, annexes):
    """The list that two arrêtés have in common leaves with both; another agent's own piece is nobody's annex."""
    shared = annexes[1] == annexes[0]
    world = office("paie", lambda _: None)
    drop = world.profile.connector.drop.model_copy(update={"file": ("index.Fichier", "index.Annexe")})
    world.profile = changed(world.profile, drop=drop)
    for name in ("1.pdf", "2.pdf", *(("liste.pdf",) if shared else ())):
        world.put(name, pdf([[name]]))
    rows = (row("A0001", "1.pdf", annexes[0]), row("A0002", "2.pdf", annexes[1]))
    world.put("index.csv", index((*PAY, "Annexe"), *rows))
    world.run()
    assert accepted_files(world).keys() == ({"A0001", "A0002"} if shared else {"A0002"})
    assert world.codes() == ({} if shared else {"1.pdf": "INDEX_SAME_FILE"})


PAGES = (*PAY, "Page", "PageFin")


def put_pages(world, pages, *rows):
    world.put("bulletins.pdf", pdf(pages))
    world.put("index.csv", index(PAGES, *(row(matricule, "bulletins.pdf", *of) for matricule, *of in rows)))


def test_a_day_or_an_amount_is_no_matricule(office):
    """An index whose two rows changed places, matricules of two digits: a date and an amount prove nothing."""
    pages = [["Paie du 31/01/2026", "Matricule 12"], ["Net 12,50", "Matricule 31"]]
    world = office("paie-groupee", lambda world: put_pages(world, pages, ("31", "1", "1"), ("12", "2", "2")))
    world.run()
    assert world.transfers() == []
    assert set(world.codes().values()) == {"PAGES_UNPROVEN"}


def test_a_page_of_the_next_agent_never_leaves_in_a_payslip(office):
    """Rows of two pages, shifted: what holds a page of the next agent waits, and so does who lacks that page."""
    pages = [[f"Matricule {matricule}"] for matricule in ("A0001", "A0002", "A0002", "A0003", "A0003", "A0004")]
    rows = (("A0001", "1", "2"), ("A0002", "3", "4"), ("A0003", "5", "5"), ("A0004", "6", "6"))
    world = office("paie-groupee", lambda world: put_pages(world, pages, *rows))
    world.run()
    assert list(accepted_files(world)) == ["A0004"]
    assert list(world.codes().values()) == ["PAGES_UNPROVEN"] * 3


def test_a_second_page_without_matricule_goes_with_the_first(office):
    """Only the first page of a payslip says whose it is: the second one is not held against it."""
    pages = [["Matricule A0001"], ["Cumuls annuels"], ["Matricule A0002, remplace A0001"]]
    world = office("paie-groupee", lambda world: put_pages(world, pages, ("A0001", "1", "2"), ("A0002", "3", "3")))
    world.run()
    assert (world.codes(), len(accepted_files(world))) == ({}, 2)
