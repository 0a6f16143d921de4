"""Patterns of paths within a drop, as profiles write them: `{market}.zip/11.4*/{tenderer}/**`.

`{name}` takes one part of one level and names it, `*` anything within a level, `**` any number of levels. Case, accents
and the two ways of writing an accent make no difference; what is captured is given as it stands, in NFC.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

NAME = re.compile(r"[a-z][a-z_]{0,40}")
LONGEST = 500
"""Characters of a pattern."""


class PatternFault(ValueError):
    """A pattern is not well formed; the message is French and completes « attendu … »."""


@dataclass(frozen=True, slots=True)
class _Level:
    """One level: a text that it starts with, then wild parts (a name, or empty) each followed by a text."""

    start: str
    wild: tuple[tuple[str, str], ...] = ()

    def fitted(self, part: str) -> Mapping[str, tuple[int, int]] | None:
        """Spans of the named parts. Each wild part takes as little as it can, which takes a linear time."""
        if not self.wild:
            return {} if part == self.start else None
        if not part.startswith(self.start):
            return None
        spans: dict[str, tuple[int, int]] = {}
        at = len(self.start)
        for place, (name, text) in enumerate(self.wild, start=1):
            least = at + bool(name)
            end = part.find(text, least) if place < len(self.wild) else len(part) - len(text)
            if end < least or not part.startswith(text, end):
                return None
            if name:
                spans[name] = (at, end)
            at = end + len(text)
        return spans


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A pattern, ready to be matched.

    Raises:
        PatternFault: it is not well formed.
    """

    text: str
    _levels: tuple[_Level | None, ...] = field(init=False, repr=False, compare=False)
    _texts: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        levels = _levels(self.text)
        texts = (text for level in levels if level for text in (level.start, *(after for _, after in level.wild)))
        object.__setattr__(self, "_levels", levels)
        object.__setattr__(self, "_texts", tuple(filter(None, texts)))

    @property
    def names(self) -> tuple[str, ...]:
        """Names that it gives, in order."""
        return tuple(name for level in self._levels if level is not None for name, _ in level.wild if name)

    @property
    def levels(self) -> int | None:
        """How many levels it takes; None when `**` takes any number."""
        return None if None in self._levels else len(self._levels)

    def match(self, path: str) -> Mapping[str, str] | None:
        """Named parts of a path that it fits, None when it does not fit."""
        whole = plain(path)
        if not all(text in whole for text in self._texts):
            return None  # most patterns, most of the time
        return _fitted(self._levels, _shown(path))

    def match_above(self, folder: str) -> Mapping[str, str] | None:
        """Named parts of a folder, or of one above it, that stands where those above what it fits do, or fits itself.

        Of several ways, the one of most levels; None when there is none.
        """
        parts, most = _shown(folder), len(self._levels)
        ways = ((levels, depth) for depth in range(len(parts), 0, -1) for levels in range(most, 0, -1))
        fitted = (_fitted(self._levels[:levels], parts[:depth]) for levels, depth in ways)
        return next((named for named in fitted if named is not None), None)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Without case nor accents, one character for each of the text's own (NFC)."""
    return "".join(map(_plain_character, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=4096)
def _plain_character(character: str) -> str:
    folded = [one for one in unicodedata.normalize("NFD", character.casefold()) if not unicodedata.combining(one)]
    return folded[0] if folded else character


def _shown(path: str) -> list[str]:
    return [unicodedata.normalize("NFC", part) for part in path.split("/")]


def _levels(text: str) -> tuple[_Level | None, ...]:
    if not text.strip("/") or len(text) > LONGEST:
        raise PatternFault(f"un motif de 1 à {LONGEST} caractères")
    levels: list[_Level | None] = []
    seen: set[str] = set()
    for part in text.strip("/").split("/"):
        if part != "**":
            levels.append(_level(part, seen))
        elif levels and levels[-1] is None:
            raise PatternFault("un seul « ** » à la suite")
        else:
            levels.append(None)
    return tuple(levels)


def _level(part: str, seen: set[str]) -> _Level:
    if not part or "**" in part:
        raise PatternFault("des niveaux non vides, et « ** » seul dans son niveau")
    start, *pieces = re.split(r"(\{[^{}]*\}|\*)", part)
    texts = [plain(text) for text in (start, *pieces[1::2])]
    if any("{" in text or "}" in text for text in texts):
        raise PatternFault("des accolades qui se ferment")
    names = ["" if wild == "*" else wild[1:-1] for wild in pieces[::2]]
    for name in filter(None, names):
        if NAME.fullmatch(name) is None or name in seen:
            raise PatternFault("entre accolades, un nom en minuscules qui ne serve qu’une fois, comme {market}")
        seen.add(name)
    if "{}" in pieces:
        raise PatternFault("un nom entre les accolades")
    return _Level(texts[0], tuple(zip(names, texts[1:], strict=True)))


def _fitted(levels: tuple[_Level | None, ...], parts: list[str]) -> Mapping[str, str] | None:
    """Levels against parts; of several ways to fit, the one whose `**` take the fewest levels."""
    reached: dict[tuple[int, int], Mapping[str, str] | None] = {}

    def fit(level: int, part: int) -> Mapping[str, str] | None:
        if (level, part) not in reached:
            reached[level, part] = found(level, part)
        return reached[level, part]

    def found(level: int, part: int) -> Mapping[str, str] | None:
        if level == len(levels):
            return {} if part == len(parts) else None
        one = levels[level]
        if one is None:
            fewer = fit(level + 1, part)
            return fit(level, part + 1) if fewer is None and part < len(parts) else fewer
        spans = one.fitted(plain(parts[part])) if part < len(parts) else None
        rest = None if spans is None else fit(level + 1, part + 1)
        if spans is None or rest is None:
            return None
        return {**{name: parts[part][start:end].strip() for name, (start, end) in spans.items()}, **rest}

    return fit(0, 0)
