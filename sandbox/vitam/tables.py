"""Referentials that come as files: agencies and rules (CSV), formats (DROID), grammars. Reads them, keeps nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

from lxml import etree

Json = dict[str, Any]
RULE_TYPES = (
    "AppraisalRule",
    "AccessRule",
    "StorageRule",
    "DisseminationRule",
    "ClassificationRule",
    "ReuseRule",
    "HoldRule",
)
_MEASURES = {"day": "DAY", "month": "MONTH", "year": "YEAR", "second": "SECOND"}
_MAX_YEARS = 999
_IN_A_YEAR = {"DAY": 365, "MONTH": 12, "YEAR": 1, "SECOND": 365 * 86_400}
_AGENCY_COLUMNS = ("Identifier", "Name", "Description")
_RULE_COLUMNS = ("RuleId", "RuleType", "RuleValue", "RuleDescription", "RuleDuration", "RuleMeasurement")
_GRAMMARS = {"RNG": "grammar", "XSD": "schema"}
_HTML = re.compile(r"<[a-zA-Z!/]")


class ImportRefused(Exception):
    """An import that Vitam answers by a 400; each argument is one reason."""


def read(kind: str, content: bytes) -> dict[str, Json]:
    """Entries of a file by identifier: `agencies`, `rules` or `formats`.

    Raises:
        ImportRefused: the file is not what Vitam takes.
    """
    if kind == "formats":
        return _formats(content)
    columns, read_row = (_AGENCY_COLUMNS, _agency) if kind == "agencies" else (_RULE_COLUMNS, _rule)
    return _read_csv(content, columns, read_row)


def grammar(form: str, content: bytes) -> str:
    """The text of an archival profile's file, whose form is RNG or XSD.

    Raises:
        ImportRefused: not such a file.
    """
    found = etree.QName(_root(content)).localname
    if found != _GRAMMARS[form]:
        raise ImportRefused(f"a {form} file is expected, found {found}")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ImportRefused(f"not UTF-8: {error.reason} at byte {error.start}") from error


def _root(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ImportRefused(f"not an XML file: {error.msg}") from error


def _formats(content: bytes) -> dict[str, Json]:
    root = _root(content)
    version = root.get("Version") or ""
    found = {
        str(element.get("PUID")): {
            "PUID": element.get("PUID"),
            "Name": element.get("Name"),
            "MimeType": element.get("MIMEType") or "",
            "Extension": [(extension.text or "") for extension in element.iter("{*}Extension")],
            "VersionPronom": version,
        }
        for element in root.iter("{*}FileFormat")
        if element.get("PUID")
    }
    if not found:
        raise ImportRefused("no FileFormat element: not a DROID signature file")
    return found


def _read_csv(
    content: bytes, columns: tuple[str, ...], read_row: Callable[[Json], tuple[str, Json]]
) -> dict[str, Json]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefused(f"not UTF-8: {error.reason} at byte {error.start}") from error
    table = list(csv.reader(io.StringIO(text)))
    if not table or tuple(table[0]) != columns:
        raise ImportRefused(f"header {','.join(columns)} is expected")
    found: dict[str, Json] = {}
    for number, cells in enumerate(table[1:], start=2):
        if len(cells) != len(columns):
            raise ImportRefused(f"line {number}: {len(columns)} columns are expected, {len(cells)} found")
        if any(_HTML.search(cell) for cell in cells):
            raise ImportRefused(f"line {number}: HTML is not allowed")
        try:
            identifier, body = read_row(dict(zip(columns, (cell.strip() for cell in cells), strict=True)))
        except ValueError as error:
            raise ImportRefused(f"line {number}: {error}") from error
        if identifier in found:
            raise ImportRefused(f"line {number}: {identifier} appears twice")
        found[identifier] = body
    return found


def _agency(row: Json) -> tuple[str, Json]:
    if not row["Identifier"] or not row["Name"]:
        raise ValueError("Identifier and Name are mandatory")
    return row["Identifier"], row


def _rule(row: Json) -> tuple[str, Json]:
    if not row["RuleId"] or not row["RuleValue"]:
        raise ValueError("RuleId and RuleValue are mandatory")
    if row["RuleType"] not in RULE_TYPES:
        raise ValueError(f"RuleType {row['RuleType']!r} is unknown")
    duration, measure = row["RuleDuration"].lower(), row["RuleMeasurement"].lower()
    if row["RuleType"] == "HoldRule" and not duration and not measure:
        return row["RuleId"], row
    if duration != "unlimited" and not (duration.isascii() and duration.isdigit()):
        raise ValueError(f"RuleDuration {row['RuleDuration']!r} is neither an integer nor unlimited")
    if measure not in _MEASURES:
        raise ValueError(f"RuleMeasurement {row['RuleMeasurement']!r} is not Day, Month, Year or Second")
    unit = _MEASURES[measure]
    if duration != "unlimited" and int(duration) > _MAX_YEARS * _IN_A_YEAR[unit]:
        raise ValueError(f"a duration of more than {_MAX_YEARS} years")
    return row["RuleId"], {**row, "RuleDuration": duration, "RuleMeasurement": unit}
