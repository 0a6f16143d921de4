"""Vitam's grammar, ready to be followed element by element."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from versement.seda.check.automaton import Model, compile_model
from versement.seda.check.models import END_OF_CONTENT, GROUPS, TYPES
from versement.seda.check.values import SIMPLE, Accepts

_LINE = re.compile(r"(\w+) \[([^\]]*)\] ([=~])(.*)", re.DOTALL)
_ATTRIBUTE = re.compile(r"(\w+)(!?)(?::(\w+))?")
_MACRO = re.compile(r"\b(?:[A-Z]+(?:_[A-Z]+)*)\b")


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that a type has; `kind` is its simple type."""

    required: bool
    kind: str


@dataclass(frozen=True, slots=True)
class ElementType:
    """What an element may be.

    Attributes:
        model: what it contains, None for a value.
        kind: simple type of its value, empty when it has a model.
        accepts: whether a value is one, white space collapsed.
        attributes: by name; others are refused, `xml:` and `xsi:` ones aside.
        free: whatever is inside is let through.
        required: names of the attributes that must be there.
    """

    name: str
    model: Model | None = None
    kind: str = ""
    accepts: Accepts | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    free: bool = False
    required: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def grammar(version: str) -> Mapping[str, ElementType]:
    """Types of a version of SEDA, by name; `ArchiveTransfer` is the root's."""
    lines = [found for line in re.split(r"\n(?! )", TYPES.strip()) if (found := _LINE.fullmatch(line))]
    names = frozenset(found[1] for found in lines)
    groups = {**GROUPS, "END_OF_CONTENT": END_OF_CONTENT[version]}
    types = {kind: ElementType(kind, kind=kind, accepts=accepts) for kind, accepts in SIMPLE.items()}
    types["open"] = ElementType("open", free=True)
    for name, attributes, sign, body in (found.groups() for found in lines):
        having = {n: Attribute(bool(need), kind or "nonEmpty") for n, need, kind in _ATTRIBUTE.findall(attributes)}
        required = tuple(n for n, attribute in having.items() if attribute.required)
        if sign == "~":
            kind = body.strip()
            types[name] = ElementType(name, kind=kind, accepts=SIMPLE[kind], attributes=having, required=required)
        else:
            text = _MACRO.sub(lambda found: groups.get(found[0], found[0]), body)
            types[name] = ElementType(
                name, compile_model(text, version, {*names, *types}), attributes=having, required=required
            )
    return types
