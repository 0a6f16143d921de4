"""JSON of sources: whatever it escapes, its texts can be written in a database and in a manifest."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from versement.adapters import json_text

ANY_TEXT = st.text(st.characters(exclude_categories=()))
VALUES = st.recursive(
    ANY_TEXT | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=8,
)


@given(VALUES, st.booleans())
def test_every_text_can_be_encoded_and_holds_no_zero(value, as_bytes):
    """Half characters and zeros, in a value or a key, become U+FFFD; the rest is as it was written."""
    text = json.dumps(value)
    read = json_text.loads(text.encode() if as_bytes else text)
    written = json.dumps(read, ensure_ascii=False)
    assert "\0" not in written.encode().decode()
    if "\\ud" not in text and "\\u0000" not in text:
        assert read == value


def test_a_whole_character_written_in_two_halves_stays():
    """`😀` is one character, whatever its two halves are."""
    assert json_text.loads(r'["😀", "\ud83d"]') == ["\U0001f600", "�"]
