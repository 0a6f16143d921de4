"""Titles of units: a text in which `{field}` stands for a field's value. Nothing is computed in it."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACE = re.compile(r"\{([a-z_]+)\}")
_EMPTY = re.compile(r"\s*[–—:,;(-]\s*$|^\s*[–—:,;)-]\s*|\(\s*\)")


def fields_of(text: str) -> tuple[str, ...] | None:
    """Codes of the fields that a title names, in order; None when its braces are not well formed."""
    if "{" in _PLACE.sub("", text) or "}" in _PLACE.sub("", text):
        return None
    return tuple(_PLACE.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The title with values in place of fields; marks left hanging by a lacking value are dropped."""
    made = _PLACE.sub(lambda match: values.get(match[1], ""), text)
    made = " ".join(made.split())
    while (shorter := _EMPTY.sub("", made).strip()) != made:
        made = shorter
    return made
