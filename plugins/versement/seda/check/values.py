"""Simple types of Vitam's grammar: which values each of them lets through."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping

from versement.seda.identifiers import NCNAME

_ZONE = r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
_YEAR = r"-?(?:[1-9]\d{3,8}|0\d{3})"
_DATE = re.compile(rf"({_YEAR})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]){_ZONE}", re.ASCII)
_TIME = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
_DATE_TIME = re.compile(rf"({_YEAR})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T{_TIME}{_ZONE}", re.ASCII)
_PARTIAL = re.compile(
    rf"(?:{_YEAR}|{_YEAR}-(?:0[1-9]|1[0-2])|--(?:0[1-9]|1[0-2])|---(?:0[1-9]|[12]\d|3[01])"
    rf"|--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])){_ZONE}",
    re.ASCII,
)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_SIZE = re.compile(r"\+?0*[1-9]\d*", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*")
_HEXADECIMAL = re.compile(r"(?:[0-9a-fA-F]{2})*")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?")
_LENGTHS = ("micrometre", "4H", "millimetre", "MMT", "centimetre", "CMT", "metre", "inch", "INH", "foot", "FOT")
_WEIGHTS = ("microgram", "MC", "milligram", "MGM", "gram", "GRM", "kilogram", "KGM")
_LEVELS = "Fonds Subfonds Class Collection Series Subseries RecordGrp SubGrp File Item OtherLevel"
_KEYWORDS = "corpname famname geogname name occupation persname subject genreform function"

_BLANKS = re.compile(r"[ \t\r\n]+")

Accepts = Callable[[str], bool]


def collapsed(value: str) -> str:
    """A value as XML Schema compares it: only XML's own white space is collapsed, not the no-break space."""
    return " ".join(value.split()) if value.isascii() else _BLANKS.sub(" ", value).strip(" ")


def is_ncname(value: str) -> bool:
    return NCNAME.fullmatch(value) is not None


def _is_date(value: str) -> bool:
    return _in_calendar(_DATE.fullmatch(value))


def _is_date_time(value: str) -> bool:
    return _in_calendar(_DATE_TIME.fullmatch(value))


def _in_calendar(found: re.Match[str] | None) -> bool:
    if found is None or not int(found[1]):
        return False
    leap = calendar.isleap(abs(int(found[1])))
    return int(found[3]) <= (29 if leap else 28) if found[2] == "02" else int(found[3]) <= _days(int(found[2]))


def _days(month: int) -> int:
    return 30 if month in (4, 6, 9, 11) else 31


def _is_any_date(value: str) -> bool:
    return _is_date(value) or _is_date_time(value) or _PARTIAL.fullmatch(value) is not None


def _is_base64(value: str) -> bool:
    return _BASE64.fullmatch(value.replace(" ", "")) is not None


def _is_binary(value: str) -> bool:
    return _HEXADECIMAL.fullmatch(value) is not None or _is_base64(value)


def _one_of(*values: str) -> Accepts:
    return frozenset(values).__contains__


def _like(pattern: re.Pattern[str]) -> Accepts:
    return lambda value: pattern.fullmatch(value) is not None


SIMPLE: Mapping[str, Accepts] = {
    "string": lambda _value: True,
    "nonEmpty": bool,
    "ID": is_ncname,
    "IDREF": is_ncname,
    "date": _is_date,
    "dateTime": _is_date_time,
    "anyDate": _is_any_date,
    "boolean": _one_of("true", "false", "0", "1"),
    "integer": _like(_INTEGER),
    "size": _like(_SIZE),
    "decimal": _like(_DECIMAL),
    "language": _like(_LANGUAGE),
    "base64": _is_base64,
    "binary": _is_binary,
    "unit": _one_of(*_LENGTHS),
    "weightUnit": _one_of(*_WEIGHTS),
    "level": _one_of(*_LEVELS.split()),
    "keyword": _one_of(*_KEYWORDS.split()),
    "legalStatus": _one_of("Public Archive", "Private Archive", "Public and Private Archive"),
    "storageAction": _one_of("RestrictAccess", "Transfer", "Copy"),
    "appraisalAction": _one_of("Keep", "Destroy"),
    "signingRole": _one_of("SignedDocument", "Timestamp", "Signature", "AdditionalProof"),
    "detachedRole": _one_of("Timestamp", "Signature", "AdditionalProof"),
}
"""By simple type, whether a value is one, its white space collapsed."""
