"""Patterns of paths: what they take, and that they never take long."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.paths import PathPattern, PatternFault


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("{market}.zip/2*/**", "2024-07.zip/2. Lancement/DCE/CCAP.pdf", {"market": "2024-07"}),
        ("{market}.zip/1. préparation/**", "M1.zip/1. PREPARATION/note.doc", {"market": "M1"}),
        ("**/{tenderer}/*.pdf", "a/b/Société Générale/offre.PDF", {"tenderer": "Société Générale"}),
        ("BP_{agent}_{date}.pdf", "BP_00123_20240131.pdf", {"agent": "00123", "date": "20240131"}),
        ("{agent}/", "00123", {"agent": "00123"}),
        ("**", "n’importe/quoi", {}),
        ("{market}.zip/2*/**", "2024-07.zip", None),
        ("*.pdf", "dossier/a.pdf", None),
        ("**/DCE/**", "a/dce", {}),
    ],
)
def test_what_a_pattern_takes(pattern: str, path: str, expected: dict[str, str] | None) -> None:
    """A pattern names the parts of the paths that it fits, whatever their case and accents."""
    assert PathPattern(pattern).match(path) == expected


@pytest.mark.parametrize("pattern", ["", "a//b", "{Market}", "{a}/{a}", "a**/b", "**/**", "{a", "a}b", "x" * 501])
def test_wrong_patterns_are_told(pattern: str) -> None:
    """A pattern that is not well formed is refused when the profile is read."""
    with pytest.raises(PatternFault):
        PathPattern(pattern)


segments = st.text(st.characters(exclude_characters="/", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


@given(st.lists(segments, min_size=1, max_size=5))
def test_a_path_in_either_normal_form_fits_its_own_literal(parts: list[str]) -> None:
    """NFC and NFD of one name are one name."""
    literal = "/".join(part.translate({ord(c): "_" for c in "{}*"}) for part in parts)
    if not literal.strip("/"):
        return
    pattern = PathPattern("**/" + literal)
    for form in ("NFC", "NFD"):
        assert pattern.match("drop/" + unicodedata.normalize(form, literal)) == {}


def test_a_hostile_name_is_answered() -> None:
    """A pattern of many wild parts against long names of one letter is answered, where going back would never end."""
    pattern = PathPattern("**/" + "*a" * 40 + "b/**")
    assert pattern.match("/".join(["a" * 255] * 12)) is None
