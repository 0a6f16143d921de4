"""What becomes of text on its way into a manifest."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from tests.seda.builders import ANY_TEXT
from versement.seda.text import MAX_BYTES, sane_text, sane_token

REFUSED = re.compile(
    r"<\w[^>]*>|</\w+>|<script|<!|&\w+;|&#\w+;|[\x00-\x08\x0b-\x1f\x7f-\x9f]|[\ud800-\udfff\ufffe\uffff]",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("Conseil d’Osny : 3 < 5 et 7 > 2", "Conseil d’Osny : 3 < 5 et 7 > 2"),
        ("R&D ; Dupont & Fils", "R&D ; Dupont & Fils"),
        ("l&#39;&eacute;cole", "l'école"),
        ("&amp;apos;", "'"),
        ("&toto;", "＆toto;"),
        ("<b>Objet</b>", "‹b›Objet‹/b›"),
        ('<b a="<" >x</b >', '‹b a="<" >x‹/b ›'),
        ("&lt;script&gt;", "‹script›"),
        ("avant <SCRIPT", "avant ‹SCRIPT"),
        ("<![CDATA[x]]>", "‹![CDATA[x]]›"),
        ("moins de <5 000 €", "moins de <5 000 €"),
        ("a\r\nb\rc\x0cd\x01", "a\nb\nc d�"),
        ("d\udce9lib.pdf", "d�lib.pdf"),
    ],
)
def test_each_refused_form_has_its_readable_replacement(given_text, expected):
    """What Vitam would refuse is replaced readably; ordinary text with < > & is left as it is."""
    assert sane_text(given_text) == expected


@given(ANY_TEXT)
def test_no_text_keeps_anything_that_the_archive_refuses(text):
    """Whatever a source contains, nothing is left that Vitam's check of values or XML itself refuses."""
    assert not REFUSED.search(sane_text(text))


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing_more(text):
    """A cleaned text is stable, so a replayed transfer carries the same values."""
    once = sane_text(text)
    assert sane_text(once) == once
    assert sane_token(sane_token(text)) == sane_token(text)


@pytest.mark.parametrize("text", ["é" * 20_000, "a" * 40_000, "<" * 200_000, "&amp;" * 50_000, "&" * 100_000])
def test_a_text_that_is_too_long_is_cut_and_says_so(text):
    """Vitam refuses over 32 766 bytes: the text is cut below, and shows it."""
    sane = sane_text(text)
    assert len(sane.encode()) <= MAX_BYTES
    assert sane.endswith(" […]")
    assert sane_text(sane) == sane


def test_a_text_at_the_limit_is_kept_whole():
    """Nothing is cut from a text that the archive takes."""
    text = "é" * (MAX_BYTES // 2)
    assert sane_text(text) == text
