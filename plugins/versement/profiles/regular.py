"""Regular expressions that a partner may write: those whose time stays bounded on the values that they judge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

# Python's own parser, under names that it keeps for itself: the public ones (sre_parse) are deprecated.

MOST_OPEN = 4
"""Unbounded repetitions of one expression: each may multiply the time by the length of the value."""

_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)


def is_bounded(text: str) -> bool:
    """Whether a text is a regular expression that never goes back over a value again and again.

    Refused: a repetition within a repetition, an alternative or a reference within one, more than a few open
    repetitions, and what is one only by itself (`(?i)`: write `(?i:…)`), for a value must match it entirely.
    """
    try:
        parser.parse(rf"\A(?:{text})\Z")
        parsed = parser.parse(text)
    except (re.error, RecursionError, OverflowError):
        return False
    found = list(_repeats(parsed))
    opened = sum(most >= codes.MAXREPEAT or most > 100 for _, most, _ in found)
    return opened <= MOST_OPEN and not any(most > 1 and _is_risky(body) for _, most, body in found)


def _repeats(parsed: Any) -> Iterator[tuple[int, int, Any]]:
    for code, argument in _nodes(parsed):
        if code in _REPEATS:
            yield argument


def _is_risky(body: Any) -> bool:
    return any(
        code in (codes.BRANCH, codes.GROUPREF, codes.GROUPREF_EXISTS)
        or (code in _REPEATS and argument[0] != argument[1])
        for code, argument in _nodes(body)
    )


def _nodes(parsed: Any) -> Iterator[tuple[Any, Any]]:
    """Every node of an expression, those within others included."""
    waiting = [parsed]
    while waiting:
        for code, argument in waiting.pop():
            yield code, argument
            waiting += _within(argument)


def _within(argument: Any) -> Iterator[Any]:
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for part in argument:
            yield from _within(part)
