"""What tells bytes apart: digest, checksum and size, as they are computed while the bytes pass."""

from __future__ import annotations

import hashlib
import zlib

from hypothesis import given
from hypothesis import strategies as st

from versement.domain.fixity import Digest, Meter


def _measured(*chunks: bytes):
    meter = Meter()
    for chunk in chunks:
        meter.update(chunk)
    return meter.fixity()


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_fixity_depends_on_the_bytes_and_not_on_how_they_came(chunks):
    """However a file arrives in pieces, its fixity is what sha512sum, the zip format and its size say."""
    whole = b"".join(chunks)
    found = _measured(*chunks)
    assert found == _measured(whole)
    assert found.digest == Digest.of(whole) == Digest("SHA-512", hashlib.sha512(whole).hexdigest())
    assert (found.crc32, found.size) == (zlib.crc32(whole), len(whole))


@given(st.binary(min_size=1, max_size=200), st.data())
def test_one_changed_bit_changes_the_fixity(content, data):
    """A single bit that differs, at any place, gives another digest and another checksum."""
    place = data.draw(st.integers(0, 8 * len(content) - 1))
    changed = bytearray(content)
    changed[place // 8] ^= 1 << place % 8
    before, after = _measured(content), _measured(bytes(changed))
    assert before.digest != after.digest
    assert before.crc32 != after.crc32


@given(st.binary(max_size=50))
def test_a_digest_written_down_is_read_back(content):
    """Algorithm and value are kept together, in lower case, as Vitam compares them."""
    digest = Digest.of(content)
    assert Digest.parse(str(digest)) == digest
    assert digest.value == digest.value.lower()
    assert len(digest.value) == 128
