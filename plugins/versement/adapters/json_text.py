"""JSON whose texts a database and a manifest can hold, whatever escapes it is written with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_ESCAPED = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def loads(text: str | bytes, *, parse_number: Callable[[str], Any] | None = None) -> Any:
    r"""As `json.loads`; a zero (`\u0000`) or half of a character (`\ud83d` alone) stands as U+FFFD.

    Args:
        text: the JSON.
        parse_number: what a number is made into, from its text.
    """
    found = json.loads(text, parse_int=parse_number, parse_float=parse_number, parse_constant=parse_number)
    written = text.decode("latin-1") if isinstance(text, bytes) else text
    return sound(found) if _ESCAPED.search(written) else found


def sound(value: Any) -> Any:
    """A value of JSON or YAML without such characters, in its keys either."""
    if isinstance(value, str):
        return _NO_TEXT.sub("\ufffd", value)
    if isinstance(value, dict):
        return {sound(name): sound(one) for name, one in value.items()}
    if isinstance(value, list):
        return [sound(one) for one in value]
    return value
