"""Names of people within the names of files, however tools write them: `LE_GALL`, `LeGall`, `legallanne`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations

from versement.domain.paths import plain

HIDDEN = "[nom masqué]"
_RUN = re.compile(r"[^\W\d_]+")
_OF_PEOPLE = frozenset({
    "nom", "noms", "prenom", "prenoms", "patronyme", "patronymique", "name", "names", "firstname", "lastname",
    "birthname", "surname", "fullname", "nomusage", "nomnaissance", "nomfamille", "nommarital", "identite",
})  # fmt: skip
_OF_OTHERS = frozenset({
    "fichier", "fichiers", "file", "filename", "document", "documents", "piece", "pieces", "pdf", "chemin", "dossier",
    "index", "image", "collectivite", "commune", "service", "employeur", "etablissement", "organisme", "entite",
    "societe", "direction", "centre", "rubrique", "type", "emploi", "poste", "grade", "metier", "editeur", "logiciel",
    "lot",
})  # fmt: skip
_PARTICLES = frozenset({"des", "del", "der", "den", "les", "los", "las", "van", "von", "dos", "ben"})
_MOST_WORDS = 8
"""Words of a file's name that one person's name may take."""
_LEAST = 3
"""Letters of a name that is hidden in anybody's paths; shorter ones are words of any language."""


def names_in(cells: Mapping[str, str]) -> tuple[str, ...]:
    """What the columns of people's names hold, the longest first."""
    found = {text.strip() for key, text in cells.items() if holds_names(key) and len(text.strip()) > 1}
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def holds_names(key: str) -> bool:
    """Whether a column, or the dotted path of a value, is called as those that hold names of people."""
    above: frozenset[str] = frozenset()
    for part in key.split("."):
        words = frozenset(plain(part[start:end]) for start, end in _words(part))
        if words & _OF_PEOPLE and not (words | above) & _OF_OTHERS:
            return True
        above = words
    return False


class People:
    """Persons whose names are hidden.

    Args:
        persons: names of each one, as columns or parts of a path give them.
        least: letters of the shortest name that is hidden.
    """

    def __init__(self, persons: Iterable[Sequence[str]], *, least: int = _LEAST) -> None:
        known = [_parted(names) for names in persons]
        self._forms = frozenset(form for names in known for form in _forms(names) if len(form) >= least)
        self._glued = frozenset(form for names in known for form in _glued(names) if len(form) >= least)

    def hidden(self, text: str, also: People | None = None) -> str:
        """The text with `[nom masqué]` for each name, blind to case, accents and what parts its words.

        Args:
            text: a part of a path.
            also: others whose names are hidden in it.
        """
        known = (self, also) if also else (self,)
        text = unicodedata.normalize("NFC", text)
        bare, words, spans, place = plain(text), list(_words(text)), [], 0
        while place < len(words):
            taken = _taken(bare, words[place : place + _MOST_WORDS], known)
            if taken:
                spans.append((words[place][0], words[place + taken - 1][1]))
            place += taken or 1
        for start, end in reversed(spans):
            text = f"{text[:start]}{HIDDEN}{text[end:]}"
        return text

    def knows(self, joined: str, *, one_word: bool) -> bool:
        """Whether letters are a name, or two in one word."""
        return joined in self._forms or (one_word and joined in self._glued)


def _taken(bare: str, words: Sequence[tuple[int, int]], known: Iterable[People]) -> int:
    """How many of these words, from the first one, are a name; the longest one."""
    joined, end, best = "", words[0][0], 0
    for count, (start, stop) in enumerate(words, start=1):
        if any(map(str.isdigit, bare[end:start])):
            break
        joined, end = joined + bare[start:stop], stop
        one_word = len(joined) == end - words[0][0]
        if any(people.knows(joined, one_word=one_word) for people in known):
            best = count
    return best


def _parted(names: Sequence[str]) -> Sequence[Sequence[str]]:
    """Words of each name."""
    return [words for name in names if (words := _RUN.findall(plain(name)))]


def _wholes(names: Sequence[Sequence[str]]) -> set[str]:
    """Letters alone of each name, and of its first word."""
    return {"".join(words) for words in names} | {words[0] for words in names}


def _forms(names: Sequence[Sequence[str]]) -> Iterator[str]:
    """Letters alone of each name, and of its words."""
    yield from _wholes(names)
    yield from (word for words in names for word in words if len(word) >= _LEAST and word not in _PARTICLES)


def _glued(names: Sequence[Sequence[str]]) -> Iterator[str]:
    """Two names of one person in one word, or one with the other's initial."""
    for one, other in permutations(sorted(_wholes(names)), 2):
        yield from (one + other, one[0] + other, one + other[0])


def _words(text: str) -> Iterator[tuple[int, int]]:
    """Where words stand; `LeGall` and `LEGALLAnne` are two each."""
    for run in _RUN.finditer(text):
        start, word = run.start(), run[0]
        if not (word.isupper() or word[1:].islower()):
            for place in range(start + 1, run.end()):
                after = text[place + 1 : min(place + 2, run.end())]
                if text[place].isupper() and (text[place - 1].islower() or after.islower()):
                    yield start, place
                    start = place
        yield start, run.end()
