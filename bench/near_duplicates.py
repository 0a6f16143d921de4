"""Near duplicates: precision and recall on a labelled set, and the time that they take.

The set is made of real délibérations and minutes when the shared samples are there (VERSEMENT_SHARED), else of
generated ones. Of each text there are variants: stamped by the préfecture, one word amended, read again by a poor OCR
that mistakes one, two or five letters in a hundred; printed to a PDF with a heading and a number on each page; saved as
DOCX, ODT, HTML and plain text. What is saved is read back as the chain reads it. A pair is right when both come from
one text.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import combinations
from pathlib import Path

from bench.measure import Measure
from bench.near_saved import saved_texts
from versement.adapters.formats.pdf import PdfReader
from versement.domain.errors import UnreadableFile
from versement.domain.near import (
    LEAST_WORDS,
    THRESHOLD,
    Fingerprint,
    bands,
    fingerprint,
    similarity,
    words,
)

FOLDERS = ("deliberations/montpellier", "bureautique")
TWINS = {("2014-04-24-0000071277.pdf", "2014-04-24-0000071305.pdf")}
"""Of the real texts, those that are copies of one another: the same délibération, once without its stamp."""
MISREAD = {"l": "1", "e": "c", "o": "0", "i": "l", "n": "ri", "m": "rn", "a": "o", "s": "5", "t": "f", "u": "v"}
STAMP = (
    "\nEnvoyé en préfecture le 28/04/2014\nReçu en préfecture le 28/04/2014\nPublié le 29/04/2014\n"
    "ID : 034-213401722-20140424-2014_155-DE"
)
SAVED = ("printed", "docx", "odt", "html", "plain")
"""Variants that are other files of the same text."""
KINDS = ("stamped", "amended", "misread 1 %", *SAVED, "misread 2 %", "misread 5 %")
ASKED = KINDS[:-2]
"""Variants that recall is counted on; the others are shown. With two letters wrong in a hundred, a copy is already no
more like its original than two délibérations of one séance are to one another."""


def measures() -> Iterator[Measure]:
    texts = _texts()
    labelled = {(name, "original"): text for name, text in texts.items()}
    labelled |= {
        (name, kind): _variant(kind, text) for name, text in texts.items() for kind in KINDS if kind not in SAVED
    }
    labelled |= saved_texts(texts)
    started = time.monotonic()
    prints = {key: made for key, text in labelled.items() if (made := fingerprint(text)) is not None}
    seconds = time.monotonic() - started
    total = sum(len(words(text)) for text in labelled.values())
    yield Measure(
        f"fingerprints of {len(prints)} texts, {len(prints) / seconds:.0f} a second", total / seconds, "words/s"
    )
    proposed = _proposed(prints)
    right = sum(_same(one, other) for one, other in proposed)
    yield Measure(f"precision, {len(proposed)} pairs of {len(texts)} texts", right / len(proposed), "", 0.98)
    asked = [pair for pair in combinations(sorted(prints), 2) if _same(*pair) and _is_asked(pair)]
    yield Measure(f"recall, {len(asked)} pairs", sum(pair in proposed for pair in asked) / len(asked), "", 0.95)
    for kind in KINDS:
        pairs = [tuple(sorted([(name, "original"), (name, kind)])) for name in texts]
        yield Measure(f"  found: original and {kind}", sum(pair in proposed for pair in pairs) / len(pairs), "")
    yield from _linear()


Key = tuple[str, str]
"""Name of a text and of its variant."""


def _proposed(prints: Mapping[Key, Fingerprint]) -> set[tuple[Key, ...]]:
    """Pairs that the chain would propose."""
    alike: dict[int, list[Key]] = {}
    for key, made in prints.items():
        for band in bands(made):
            alike.setdefault(band, []).append(key)
    candidates = {pair for keys in alike.values() for pair in combinations(sorted(keys), 2)}
    return {pair for pair in candidates if similarity(prints[pair[0]], prints[pair[1]]) >= THRESHOLD}


def _same(one: Key, other: Key) -> bool:
    names = tuple(sorted({one[0], other[0]}))
    return len(names) == 1 or names in TWINS


def _is_asked(pair: Sequence[Key]) -> bool:
    """Two copies read by poor OCR are wrong twice: one of a pair is the original, or nearly."""
    kinds = [kind for _, kind in pair]
    return all(kind == "original" or kind in ASKED for kind in kinds) and sum("misread" in kind for kind in kinds) < 2


def _texts() -> dict[str, str]:
    shared = Path(os.environ.get("VERSEMENT_SHARED", "/nowhere")) / "samples"
    found = {}
    with PdfReader(seconds=30, memory=512 << 20) as reader:
        for path in sorted(path for folder in FOLDERS for path in (shared / folder).glob("**/*.*")):
            with suppress(UnreadableFile):
                if path.suffix == ".pdf":
                    found[path.name] = "\n".join(reader.read(path).pages)
                elif path.suffix == ".doc":
                    found[path.name] = reader.text(path, "doc")
    kept = {name: text for name, text in found.items() if len(words(text)) >= LEAST_WORDS}
    return kept or _generated()


def _generated() -> dict[str, str]:
    """Texts that share a commune's set phrases, as real ones do."""
    chance = random.Random(1)  # noqa: S311 -- texts for a measure
    vocabulary = [f"mot{number}" for number in range(3000)]
    phrases = " ".join(chance.choices(vocabulary, k=150))
    return {f"{n}.pdf": f"{phrases} {' '.join(chance.choices(vocabulary, k=300))}" for n in range(70)}


def _variant(kind: str, text: str) -> str:
    chance = random.Random(f"{kind}{len(text)}{text[:200]}")  # noqa: S311 -- texts for a measure
    if kind == "stamped":
        return text + STAMP
    if kind == "amended":
        said = text.split(" ")
        said[chance.randrange(len(said))] = "amendé"
        return " ".join(said)
    # Seven letters in ten can be misread here, which are so the more often.
    rate = 1.4 * int(kind.split()[1]) / 100
    return "".join(MISREAD.get(letter, letter) if chance.random() < rate else letter for letter in text)


def _linear() -> Iterator[Measure]:
    """Time by word of a long text against a short one."""
    text = " ".join(f"mot{number * number % 7919}" for number in range(200_000))
    short, long = text[: len(text) // 10], text
    times = []
    for said in (short, long):
        start = time.monotonic()
        fingerprint(said)
        times.append((time.monotonic() - start) / len(said))
    yield Measure("time by word, a text ten times longer", times[1] / times[0], "×", 1.5, at_most=True)
