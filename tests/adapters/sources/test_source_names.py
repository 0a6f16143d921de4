"""Names of files as text that can be stored, and turned back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from versement.adapters.sources.names import original, readable


@given(st.binary(min_size=1, max_size=40))
def test_any_name_comes_back_byte_for_byte(name: bytes) -> None:
    """Whatever bytes an old server gives as a name, the same bytes are asked for when the file is read."""
    text = readable(name)
    assert original(text) == name
    assert "/" not in text


@given(st.binary(min_size=1, max_size=40))
def test_any_name_can_be_stored_and_stand_in_a_manifest(name: bytes) -> None:
    """Every name is valid text for a database and for XML."""
    element = etree.Element("Filename")
    element.text = readable(name)
    assert etree.fromstring(etree.tostring(element)).text == readable(name)


def test_usual_names_are_left_as_they_are() -> None:
    """Accents, quotes and spaces stay as a person wrote them."""
    name = 'Délibération n° 4 – l’école « d\'Aubin » & "co" <1>.pdf'
    assert readable(name.encode()) == name
