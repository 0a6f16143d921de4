"""Words of a text as Vitam's index cuts them; enough of its French analyser to find too much, as it does."""

from __future__ import annotations

import re
import unicodedata

_TAGS = re.compile(r"<[^>]*>")
_ELISION = re.compile(r"\b(?:l|m|t|qu|n|s|j|d|c|jusqu|quoiqu|lorsqu|puisqu)['’]", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"[^\W\d_]+|\d+")
_STOPWORDS = (
    "au aux avec ce ces dans de des du elle en et eux il je la le leur lui ma mais me même mes moi mon ne nos notre "
    "nous on ou par pas pour qu que qui sa se ses son sur ta te tes toi ton tu un une vos votre vous"
)
_STOP = frozenset(_STOPWORDS.split())
_ENDINGS = ("issements", "issement", "ements", "ement", "ations", "ation", "ées", "ée", "es", "s", "e", "x")


def words(text: str) -> frozenset[str]:
    """Stemmed words without accents; letters and digits stuck together also give their parts."""
    cut = _ELISION.sub("", _TAGS.sub(" ", text)).replace(".", " ").replace("_", " ")
    found: set[str] = set()
    for word in _WORD.findall(cut.lower()):
        if word in _STOP:
            continue
        parts = _PARTS.findall(word)
        found.update(_stem(part) for part in parts)
    return frozenset(found)


def matches(text: str, query: str) -> bool:
    """Whether every word of the query is in the text, in any order."""
    asked = words(query)
    return bool(asked) and asked <= words(text)


def _stem(word: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    for ending in _ENDINGS:
        if len(plain) - len(ending) >= 3 and plain.endswith(ending):
            return plain.removesuffix(ending)
    return plain
