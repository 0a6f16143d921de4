"""A signature stays with what it signs: neither is ever taken for a document without the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.companions import companions, is_proof

WITH = {
    "a/AE.pdf.p7s": "a/AE.pdf",
    "a/AE.p7s": "a/AE.pdf",
    "a/AE.pdf.PKCS7": "a/AE.pdf",
    "a/AE.pdf - Signature 1.xml": "a/AE.pdf",
    "a/AE - Signature 1.xml": "a/AE.pdf",
    "a/AE.pdf.tsr": "a/AE.pdf",
    "a/AE.pdf.p7s.tst": "a/AE.pdf",
    "a/AE.pdf - Rapport de vérification.pdf": "a/AE.pdf",
    "a/AE - Rapport de verification du 12.pdf": "a/AE.pdf",
}


@pytest.mark.parametrize(("companion", "signed"), WITH.items())
def test_a_companion_goes_with_the_file_whose_name_it_carries(companion, signed):
    """With or without its extension, whatever the case and accents; a token of a signature goes with the document."""
    paths = {signed, companion, "a/AE.pdf.p7s", "a/CCAP.pdf"}
    assert companions(paths)[companion] == signed


def test_a_companion_without_its_file_stays_alone():
    """In another folder, or with two candidates of that name, nothing is guessed."""
    assert companions(["a/AE.p7s", "b/AE.pdf"]) == {}
    assert companions(["a/AE.p7s", "a/AE.pdf", "a/AE.docx"]) == {}
    assert companions(["a/.p7s", "a/x.pdf"]) == {}


def test_what_proves_is_told_from_what_signs():
    """Time stamps and reports are proofs; the rest are signatures."""
    assert [is_proof(path) for path in ("a.pdf.tsr", "a - Rapport de vérification.pdf", "a.p7s")] == [True, True, False]


names = st.lists(st.sampled_from(["a.pdf", "a.p7s", "a.pdf.p7s", "a.p7s.tsr", "a.tsr", "b.xml", "a - Signature 1.xml"]))


@given(names, st.lists(st.sampled_from(["*", "*.p7s", "*.tsr", "a*", "* - Signature *.xml"]), min_size=1))
def test_a_companion_never_goes_with_a_companion_nor_with_itself(paths, patterns):
    """Whatever the patterns, each chain ends at a document."""
    found = companions(paths, patterns)
    assert not set(found.values()) & found.keys()
    assert set(found) | set(found.values()) <= set(paths)
