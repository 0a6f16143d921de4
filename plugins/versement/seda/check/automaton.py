"""Content models as automata: what may come next inside an element, and whether it may end there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

ANY = "ANY"
"""Name of an extension point in a model."""

START = 0
_TOKEN = re.compile(r"\s*(?:([A-Za-z]+)(?::(\w+))?(?:\{([\d.]+)([+-])\})?|([(),|?*+]))")


@dataclass(frozen=True, slots=True)
class Model:
    """A deterministic automaton.

    Attributes:
        steps: by state, what each element's name leads to: the next state and the name of its type.
        ends: by state, whether the element may end there.
        names: every element that the model knows, or knew in an earlier version.
    """

    steps: tuple[dict[str, tuple[int, str]], ...]
    ends: tuple[bool, ...]
    names: frozenset[str]

    def expected(self, state: int) -> tuple[str, ...]:
        """Elements that may come in a state, in the order of the model; extensions are not named."""
        return tuple(name for name in self.steps[state] if name != ANY)


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a model: which places it may begin and end with, and whether it may be empty."""

    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    empty: bool = True


@dataclass(slots=True)
class _Builder:
    """Reads a model and numbers its elements; `follow` says which may come after which (Glushkov)."""

    version: str
    tokens: list[tuple[str, str, str, str, str]]
    elements: list[tuple[str, str]] = field(default_factory=lambda: [("", "")])
    follow: list[list[int]] = field(default_factory=lambda: [[]])
    gone: list[str] = field(default_factory=list)
    place: int = 0

    def peek(self) -> str:
        return self.tokens[self.place][4] if self.place < len(self.tokens) else ""

    def choice(self) -> _Part:
        parts = [self.sequence()]
        while self.peek() == "|":
            self.place += 1
            parts.append(self.sequence())
        return _Part(
            tuple(i for part in parts for i in part.first),
            tuple(i for part in parts for i in part.last),
            any(part.empty for part in parts),
        )

    def sequence(self) -> _Part:
        whole = self.repeated()
        while self.peek() == ",":
            self.place += 1
            whole = self._joined(whole, self.repeated())
        return whole

    def _joined(self, left: _Part, right: _Part) -> _Part:
        for end in left.last:
            self.follow[end] += right.first
        return _Part(
            left.first + right.first if left.empty else left.first,
            left.last + right.last if right.empty else right.last,
            left.empty and right.empty,
        )

    def repeated(self) -> _Part:
        part = self.single()
        sign = self.peek()
        if sign not in ("?", "*", "+") or not sign:
            return part
        self.place += 1
        if sign != "?":
            for end in part.last:
                self.follow[end] += part.first
        return _Part(part.first, part.last, part.empty or sign != "+")

    def single(self) -> _Part:
        name, kind, bound, side, sign = self.tokens[self.place]
        self.place += 1
        if sign == "(":
            part = self.choice()
            self.place += 1
            return part
        if bound and (self.version < bound if side == "+" else self.version > bound):
            if side == "-":
                self.gone.append(name)
            return _Part()
        self.elements.append((name, kind))
        self.follow.append([])
        here = (len(self.elements) - 1,)
        return _Part(here, here, empty=False)


def compile_model(text: str, version: str, types: Iterable[str]) -> Model:
    """The automaton of a model, for one SEDA version; `types` are the names of the complex types that there are.

    Raises:
        ValueError: the model is not deterministic.
    """
    builder = _Builder(version, _TOKEN.findall(text))
    whole = builder.choice() if builder.tokens else _Part()
    builder.follow[START] = list(whole.first)
    known = frozenset(types)
    elements = [(name, kind or (name if name in known else "nonEmpty")) for name, kind in builder.elements]
    steps = tuple(_steps(after, elements) for after in builder.follow)
    ends = tuple(whole.empty if state == START else state in whole.last for state in range(len(elements)))
    return Model(steps, ends, frozenset({name for name, _ in elements if name not in ("", ANY)} | {*builder.gone}))


def _steps(after: Sequence[int], elements: Sequence[tuple[str, str]]) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    for place in dict.fromkeys(after):
        name, kind = elements[place]
        if name in found:
            raise ValueError(f"{name} may be read in two ways")
        found[name] = (place, kind)
    return found
