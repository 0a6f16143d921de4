"""From what a source says, as a tree of values, to the fields of a document: dotted paths and named transforms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from versement.domain.dates import iso_date
from versement.domain.documents import Field, Value, ValueSource
from versement.domain.identity import YEARS

ROOTS: Mapping[str, ValueSource] = MappingProxyType(
    {
        "index": ValueSource.INDEX,
        "metadata": ValueSource.METADATA,
        "notice": ValueSource.NOTICE,
        "path": ValueSource.PATH,
        "organisation": ValueSource.PROFILE,
    }
)
"""First part of a dotted path, and the source that it names."""

LONGEST = 20_000
"""Characters that a value may have; what is longer is cut, and no such value is an identity."""

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters that no database and no manifest takes; JSON and YAML may hold them as escapes."""
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(?P<y>\d{4})[-/. ]?(?P<m>0[1-9]|1[0-2])|(?P<fm>0?[1-9]|1[0-2])[-/. ](?P<fy>\d{4})")

DATES = frozenset(
    {
        *(Field.DATE, Field.SENT, Field.RECEIVED, Field.PUBLISHED, Field.CANCELLED, Field.START, Field.END),
        *(Field.NOTIFIED, Field.SIGNED, Field.BIRTH),
    }
)
"""Fields that are days."""


class Unusable(ValueError):
    """A transform cannot make anything of a value. The value itself is never told."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a field comes from: see `profiles.records.FieldOrigin`."""

    read: Sequence[str]
    transform: Sequence[str] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    value: str = ""


def mapped(
    origins: Mapping[Field, Origin], tree: Mapping[str, Any]
) -> tuple[tuple[tuple[Field, Value], ...], tuple[tuple[Field, str], ...]]:
    """Readings of the fields, in the order of the origins; and, for each value of no use, its field and origin.

    Args:
        origins: what a profile says of each field.
        tree: what the source says, by root (`ROOTS`), nested.
    """
    readings: list[tuple[Field, Value]] = []
    unusable: list[tuple[Field, str]] = []
    for name, origin in origins.items():
        for path in origin.read:
            text = _text(_at(tree, path))
            if not text:
                continue
            try:
                made = transformed(text, origin.transform)
                made = fit_for(name, origin.codes.get(made, made))
            except Unusable:
                unusable.append((name, path))
                continue
            if made:
                readings.append((name, Value(made, ROOTS[path.partition(".")[0]], path)))
                break
        else:
            if origin.value:
                readings.append((name, Value(fit_for(name, origin.value), ValueSource.PROFILE)))
    return tuple(readings), tuple(unusable)


def fit_for(name: Field, text: str) -> str:
    """A value as its field must be: ISO 8601 for dates, months and years; any text for the others.

    Raises:
        Unusable: it cannot be one.
    """
    if name in DATES:
        return _day(text)
    if name is Field.PERIOD:
        found = text if re.fullmatch(r"[0-9]{4}", text) else _month(text)
        if int(found[:4]) not in YEARS:
            raise Unusable
        return found
    return _year(text) if name is Field.YEAR else text


def transformed(text: str, names: Sequence[str]) -> str:
    """A value after these transforms, in their order.

    Raises:
        Unusable: one of them finds nothing that it can use.
    """
    for name in names:
        text = TRANSFORMS[name](text)
    return text


def _at(tree: Mapping[str, Any], path: str) -> Any:
    found: Any = tree
    parts = path.split(".")
    for place, part in enumerate(parts):
        if isinstance(found, Mapping) and (rest := ".".join(parts[place:])) in found:
            return found[rest]  # a column is called by its whole name, dots included
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list | tuple) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found


def _text(value: Any) -> str:
    """A leaf as text; several leaves are joined, a branch is none."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, str | int | float):
        return _UNWRITABLE.sub(_escaped, unicodedata.normalize("NFC", str(value)).strip())[:LONGEST]
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (_text(item) for item in value)))[:LONGEST]
    return ""


def _escaped(match: re.Match[str]) -> str:
    """The character as JSON writes it: nothing of an identity is lost."""
    return f"\\u{ord(match[0]):04x}"


def _day(text: str) -> str:
    text = text.replace("_", "-")  # names of files have no slash
    found = iso_date(_COMPACT.sub(r"\1-\2-\3", text) if _COMPACT.fullmatch(text) else text)
    if not found:
        raise Unusable
    return found


def _month(text: str) -> str:
    match = _MONTH.fullmatch(text.strip())
    if match:
        return f"{match['y'] or match['fy']}-{int(match['m'] or match['fm']):02}"
    return _day(text)[:7]


def _year(text: str) -> str:
    found = re.findall(r"(?<!\d)(?:1[789]|20)\d{2}(?!\d)", text)
    if len(set(found)) != 1:
        raise Unusable
    return str(found[0])


def _digits(text: str) -> str:
    return "".join(re.findall(r"[0-9]", text))


def _siren(text: str) -> str:
    digits = _digits(text)
    if len(digits) not in (9, 14):
        raise Unusable
    return digits[:9]


def _matter(text: str) -> str:
    match = re.match(r"\s*([1-9](?:\.[0-9]{1,2}){0,4})(?![0-9])", text)
    if match is None:
        raise Unusable
    return match[1]


TRANSFORMS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "collapse": lambda text: " ".join(text.split()),
        "upper": str.upper,
        "lower": str.lower,
        "digits": _digits,
        "date": _day,
        "month": _month,
        "year": _year,
        "siren": _siren,
        "matter": _matter,
        "before_dash": lambda text: text.partition(" - ")[0].strip(),
        "after_dash": lambda text: text.partition(" - ")[2].strip() or text,
    }
)
"""Named transforms of a profile; the list is closed."""
