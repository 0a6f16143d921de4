"""What the archive's codes mean to a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.seda.explain import Actor, explain


@pytest.mark.parametrize(
    ("code", "words", "actor"),
    [
        ("CHECK_HEADER.CHECK_AGENT.UNKNOWN.KO", "référentiel des services agents", Actor.ARCHIVIST),
        ("CHECK_HEADER.CONTRACT_UNKNOWN.KO", "contrat d’entrée indiqué n’existe pas", Actor.ARCHIVIST),
        ("CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_NOT_IN_CONTEXT.KO", "certificat", Actor.OPERATOR),
        ("CHECK_HEADER.UNKNOWN.KO", "En-tête".lower(), Actor.ARCHIVIST),
        ("CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_LOOP.KO", "contenue dans elle-même", Actor.OPERATOR),
        ("CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.CHECK_MANIFEST_LOOP.KO", "elle-même", Actor.OPERATOR),
        ("LFC.CHECK_DIGEST.KO", "empreinte", Actor.OPERATOR),
        ("LFC.CHECK_DIGEST.CALC_CHECK.INVALID.KO", "empreinte", Actor.OPERATOR),
        ("CHECK_UNIT_SCHEMA.CONSISTENCY.KO", "date de fin précède", Actor.PARTNER),
        ("UNITS_RULES_COMPUTE.CONSISTENCY.KO", "autre catégorie", Actor.ARCHIVIST),
        ("SANITY_CHECK_SIP.KO", "virus", Actor.PARTNER),
        ("CHECK_OBJECT_SIZE.WARNING", "taille", Actor.ARCHIVIST),
        ("OBJ_STORAGE.FATAL", "en panne", Actor.OPERATOR),
        ("SANITY_CHECK_SIP.FATAL", "en panne", Actor.OPERATOR),
        ("PROCESS_SIP_UNITARY.OK", "réussi", Actor.NOBODY),
        ("NEW_CHECK.WARNING", "avec une remarque", Actor.ARCHIVIST),
        ("NEW_CHECK.KO", "pas répertoriée", Actor.OPERATOR),
        ("", "pas répertoriée", Actor.OPERATOR),
    ],
)
def test_a_code_says_what_it_means_and_who_acts(code, words, actor):
    """Each outcome code of Vitam has its meaning in French and the person who must act."""
    found = explain(code)
    assert words in found.text
    assert found.actor is actor


@given(st.text(max_size=60))
def test_any_code_has_an_answer(code):
    """A code that nobody has seen yet still gets an answer and an actor."""
    assert explain(code).text
