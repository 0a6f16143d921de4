"""Whose the files and pages that an index names are: nobody gets another's, and what is doubtful waits."""

from __future__ import annotations

import pytest

from tests.steps.personnel import PAY, index, pdf
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
