"""Near duplicates of texts: a fingerprint of fixed size for each, likely pairs without comparing all of them.

A text is the set of its runs of SHINGLE characters. A fingerprint is a MinHash of that set by one permutation
(Li, Owen, Zhang 2012), empty places filled from their neighbours (Shrivastava, Li 2014): one hash for each run, so that
time is linear in the text. The share of places that two fingerprints have in common estimates the Jaccard similarity
of the two sets. Fingerprints alike in a whole band are candidates, others are never compared.
Figures behind the constants: docs/reference/doublons.md.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from array import array
from collections.abc import Sequence
from zlib import crc32

SHINGLE = 8
"""Characters in a run: fewer, and all texts of one commune look alike; more, and a poor OCR changes them all."""
PLACES = 256
"""Values of a fingerprint."""
BANDS, BAND = 20, 6
"""Groups of values, and how many must all be equal for two fingerprints to be compared."""
LEAST_WORDS = 40
"""A text with fewer says too little to be compared."""
LONGEST = 1_000_000
"""Characters of a text that are looked at."""
LOOKED_AT = 200
"""Documents of one band that are compared: a phrase that all texts share must not make each be compared with all."""
THRESHOLD = 0.8
"""Estimated similarity from which a pair is proposed to a person."""

Fingerprint = Sequence[int]
"""PLACES integers of 32 bits."""

_WORD = re.compile(r"[^\W_]+")
_ODD = 0x9E3779B97F4A7C15
_LOW = (1 << 56) - 1
_BLANK = 1 << 56


def words(text: str) -> list[str]:
    """The words of a text as they are compared: without case, accents, punctuation or hyphens at line ends."""
    joined = text[:LONGEST].replace("\x02\n", "").replace("\x02", "")
    plain = "".join(c for c in unicodedata.normalize("NFKD", joined.casefold()) if not unicodedata.combining(c))
    return _WORD.findall(plain)


def fingerprint(text: str) -> Fingerprint | None:
    """What a text is compared by; None when it has too few words."""
    found = words(text)
    if len(found) < LEAST_WORDS:
        return None
    said = " ".join(found).encode("utf-8", "replace")
    least = [_BLANK] * PLACES
    for run in {said[start : start + SHINGLE] for start in range(len(said) - SHINGLE + 1)}:
        value = crc32(run) * _ODD  # a CRC alone is too regular to choose at random
        place, rest = value >> 56 & 0xFF, value & _LOW
        if rest < least[place]:  # noqa: PLR1730 -- min() takes twice as long here, once for each character
            least[place] = rest
    return _filled(least)


def similarity(one: Fingerprint, other: Fingerprint) -> float:
    """Estimate of the Jaccard similarity of two texts, from 0 to 1."""
    return sum(a == b for a, b in zip(one, other, strict=True)) / PLACES


def bands(made: Fingerprint) -> tuple[int, ...]:
    """Keys, of 60 bits, of which two similar texts share at least one."""
    return tuple(_key(number, made[number * BAND : (number + 1) * BAND]) for number in range(BANDS))


def packed(made: Fingerprint) -> bytes:
    """A fingerprint as bytes, big-endian."""
    return _swapped(array("I", made)).tobytes()


def unpacked(data: bytes) -> Fingerprint:
    """Read back what `packed` wrote."""
    return _swapped(array("I", data))


def _key(number: int, values: Sequence[int]) -> int:
    said = packed(values)
    return (crc32(said, number) << 28 | crc32(said[::-1], number) & 0xFFFFFFF) & ((1 << 60) - 1)


def _swapped(values: array[int]) -> array[int]:
    if sys.byteorder == "little":
        values.byteswap()
    return values


def _filled(least: list[int]) -> Fingerprint:
    """The high bits of each place; an empty one takes the next that is not, marked by the distance."""
    filled = []
    for place in range(PLACES):
        step = 0
        while least[(place + step) % PLACES] == _BLANK:
            step += 1
        filled.append(((least[(place + step) % PLACES] >> 24) + step * 0x9E3779B1) & 0xFFFFFFFF)
    return tuple(filled)
