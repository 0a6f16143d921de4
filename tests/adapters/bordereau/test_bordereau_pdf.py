"""The bordereau's PDF can be printed whatever its documents are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from versement.adapters.bordereau import annex, pdf
from versement.domain.elimination import LAST_COPIES, Addressees, Bordereau, Ground, Item, Kept, lines_of
from versement.domain.fixity import Digest

DAY = date(2026, 9, 1)
ONE = Item("1", "a.pdf", Ground.EXPIRED, "deliberations", "DUA 1 an", DAY, ((Digest.of(b"a"), 1),))
WIDEST = "W"


def of(item: Item) -> Bordereau:
    said = Addressees("Osny", "", "", "Le maire", "AD95", 2)
    return Bordereau("BE-1", "osny.actes@demo", DAY, said, lines_of([item]), "1:abc")


@pytest.mark.parametrize(
    "changed",
    [
        {"files": tuple((Digest.of(str(n).encode()), 1) for n in range(2000))},
        {"reference": WIDEST * 4000},
        {"reference": "dossier/" * 500 + "a.pdf"},
        {"kept": Kept(WIDEST * 4000, "osny.actes@demo", "versement", "operation", "2")},
        {"category": WIDEST * 500, "observations": WIDEST * 1300 + LAST_COPIES},
    ],
    ids=["2000 files", "long name", "long path", "long name of the kept copy", "longest texts of a rule"],
)
def test_no_document_is_too_long_to_be_printed(changed):
    """Very many files, the longest name or texts: the PDF is made all the same, and the annex names everything."""
    made = of(replace(ONE, **changed))
    assert pdf(made, Digest.of(annex(made))).startswith(b"%PDF-")
    (item,) = made.lines[0].items
    told = annex(made).decode("utf-8-sig")
    assert all(digest.value in told for digest, _ in item.files)
    assert item.reference in told
    assert item.kept is None or item.kept.reference in told
