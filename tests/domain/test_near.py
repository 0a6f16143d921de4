"""Near duplicates: copies of one text look alike, different texts do not, and nothing depends on the machine."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versement.domain.near import (
    BANDS,
    LEAST_WORDS,
    PLACES,
    THRESHOLD,
    bands,
    fingerprint,
    packed,
    similarity,
    unpacked,
    words,
)

CHANCE = random.Random(5)  # noqa: S311 -- texts for tests
WORDS = ["".join(CHANCE.choices("abcdefghilmnoprstuv", k=CHANCE.randint(2, 11))) for _ in range(900)]


def a_text(seed: int, count: int = 400) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=count))  # noqa: S311


def alike(one: str, other: str) -> float:
    first, second = fingerprint(one), fingerprint(other)
    assert first is not None
    assert second is not None
    return similarity(first, second)


def proposed(one: str, other: str) -> bool:
    first, second = fingerprint(one), fingerprint(other)
    assert first is not None
    assert second is not None
    return bool({*bands(first)} & {*bands(second)}) and similarity(first, second) >= THRESHOLD


@pytest.mark.parametrize("seed", range(20))
def test_a_copy_with_its_stamp_or_one_word_amended_is_proposed(seed):
    """The stamp of the préfecture, or another word, does not hide that a text is the same."""
    text = a_text(seed)
    stamped = f"{text}\nEnvoyé en préfecture le 12/03/2026\nReçu le 12/03/2026\nID : 095-219509908-20260312-2026_011-DE"
    amended = text.replace(text.split()[seed * 7], "amendé", 1)
    assert proposed(text, stamped)
    assert proposed(text, amended)


@pytest.mark.parametrize("seed", range(20))
def test_another_text_is_not_proposed(seed):
    """Two texts of the same words, and even of one half in common, are two texts."""
    assert alike(a_text(seed), a_text(seed + 100)) < 0.2
    common = a_text(1000)
    assert not proposed(f"{common} {a_text(seed)}", f"{common} {a_text(seed + 100)}")


def test_accents_case_punctuation_and_line_ends_do_not_count():
    """The same words, set otherwise, are the same text."""
    assert words("L’Été,  DÉLIBÉ\x02\nRATION n° 12 !") == ["l", "ete", "deliberation", "n", "12"]
    text = a_text(3)
    assert alike(text, text.upper().replace(" ", ",\n")) == 1


@given(st.text(max_size=400))
def test_any_text_has_a_fingerprint_or_too_few_words(text):
    """Whatever a file says, its fingerprint is of the same size, is kept as it is, and is like itself."""
    made = fingerprint(text)
    assert (made is None) == (len(words(text)) < LEAST_WORDS)
    if made is not None:
        assert len(made) == PLACES
        assert tuple(unpacked(packed(made))) == tuple(made)
        assert similarity(made, made) == 1
        assert len(bands(made)) == BANDS
        assert all(0 <= band < 1 << 62 for band in bands(made))


@settings(max_examples=20)
@given(st.sampled_from(["a", "ab ", "é ", "1 2 ", "\ud800 ", "\x00a "]), st.integers(80, 4000))
def test_a_text_of_one_word_is_no_trouble(word, times):
    """A text that says one thing again and again has a fingerprint too."""
    made = fingerprint((word + " ") * times)
    assert made is None or len(made) == PLACES


def test_a_fingerprint_is_the_same_everywhere():
    """Another process, with another hash seed, makes the same fingerprint."""
    script = (
        "from versement.domain.near import bands, fingerprint, packed\n"
        "made = fingerprint(' '.join(f'mot{n}' for n in range(100)))\n"
        "print(packed(made).hex(), bands(made))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "plugins"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
