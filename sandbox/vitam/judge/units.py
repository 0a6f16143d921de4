"""STP_UNIT_CHECK_AND_PROCESS, first part: description of units against Vitam's schema and sanity rules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator

from jsonschema import Draft7Validator

from sandbox.vitam import documents, manifest
from sandbox.vitam.judge import rules
from sandbox.vitam.judge.ingest import Ingest, Json
from sandbox.vitam.manifest import Element, Unit
from sandbox.vitam.outcome import ElementResult, Result, Status

_MAX_TEXT_BYTES = 32_766
_RULE_DATE = re.compile(r"[0-8][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_DATE = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(T.*|Z|[+-].*)?")
_DATES = (
    "CreatedDate",
    "TransactedDate",
    "AcquiredDate",
    "SentDate",
    "ReceivedDate",
    "RegisteredDate",
    "StartDate",
    "EndDate",
)
_UNSAFE = (
    re.compile(r"<([a-zA-Z][\w:.-]*)[^<>]*>.*</\1\s*>", re.DOTALL),
    re.compile(r"<script", re.IGNORECASE),
    re.compile(r"<!\[CDATA\["),
    re.compile(r"&(#[0-9]+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);"),
    re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"),
)
_LEVELS = ("Non protégé", "Secret Défense", "Confidentiel Défense")


def _judge_units(
    ingest: Ingest, code: str, judge: Callable[[Unit], tuple[str, str] | None], *, blocking: bool = True
) -> Result | None:
    """Apply a judgement (sub-code and message, or None) to every unit that is not refused yet."""
    results: list[ElementResult] = []
    for unit in ingest.new_units:
        error = judge(unit)
        if error is None:
            results.append(ElementResult(unit.id, Status.OK))
        else:
            subcode, message = error
            results.append(ElementResult(unit.id, Status.KO, subcode, f"Unité {unit.id} : {message}"))
    return ingest.distribute(code, results, blocking=blocking) if results else None


def check_schema(ingest: Ingest) -> Result | None:
    def judge(unit: Unit) -> tuple[str, str] | None:
        given = rules.blocks(ingest, unit)
        return _required(unit) or _insane(unit, given) or _bad_dates(unit, given)

    return _judge_units(ingest, "CHECK_UNIT_SCHEMA", judge)


def check_profile(ingest: Ingest) -> Result | None:
    """Validate each unit that names an archive unit profile by that profile's schema."""
    known = rules.referential(ingest)

    def judge(unit: Unit) -> tuple[str, str] | None:
        if not unit.profile:
            return None
        profile = ingest.services.referentials.get(ingest.op.tenant, "archiveunitprofiles", unit.profile)
        return _profile_error(
            profile, lambda: documents.checked_by_profile(unit, rules.management(ingest, unit, known))
        )

    return _judge_units(ingest, "CHECK_ARCHIVE_UNIT_PROFILE", judge, blocking=False)


def _profile_error(profile: Json | None, document: Callable[[], Json]) -> tuple[str, str] | None:
    if profile is None:
        return "NOT_FOUND", "profil d’unité archivistique inconnu"
    if profile["Status"] != "ACTIVE":
        return "INACTIVE_STATUS", "profil d’unité archivistique inactif"
    schema = json.loads(profile["ControlSchema"] or "{}")
    if not schema:
        return "EMPTY_CONTROL_SCHEMA", "profil d’unité archivistique sans schéma"
    found = next(Draft7Validator(schema).iter_errors(document()), None)
    if found is None:
        return None
    place = ".".join(str(part) for part in found.absolute_path) or "unité"
    return "NOT_AU_JSON_VALID", f"{place} : règle « {found.validator} » du profil non respectée"


def check_classification(ingest: Ingest) -> Result | None:
    def judge(unit: Unit) -> tuple[str, str] | None:
        levels = [manifest.text(block, "ClassificationLevel").strip() for block in rules.blocks(ingest, unit)]
        unknown = any(level and level not in _LEVELS for level in levels)
        return ("", "niveau de classification inconnu") if unknown else None

    return _judge_units(ingest, "CHECK_CLASSIFICATION_LEVEL", judge)


def _required(unit: Unit) -> tuple[str, str] | None:
    content = unit.content
    if not manifest.text(content, "DescriptionLevel").strip():
        return "EMPTY_REQUIRED_FIELD", "DescriptionLevel est obligatoire"
    titles = [] if content is None else [found for found in content if manifest.local(found) == "Title"]
    if not any((title.text or "").strip() for title in titles):
        return "EMPTY_REQUIRED_FIELD", "Title est obligatoire"
    return None


def _own_elements(unit: Unit, given: Iterable[Element]) -> Iterator[Element]:
    """Elements of the unit's description, management and given rules, not of the units below."""
    for part in (unit.content, unit.management, *given):
        if part is not None:
            yield from part.iter("{*}*")


def _insane(unit: Unit, given: Iterable[Element]) -> tuple[str, str] | None:
    for element in _own_elements(unit, given):
        value = element.text or ""
        if len(value.encode()) >= _MAX_TEXT_BYTES:
            return "INVALID_UNIT", f"{manifest.local(element)} dépasse la taille admise"
        if any(pattern.search(value) for pattern in _UNSAFE):
            return "", f"{manifest.local(element)} contient du balisage, une entité ou un caractère de contrôle"
    return None


def _bad_dates(unit: Unit, given: Iterable[Element]) -> tuple[str, str] | None:
    dates = {name: manifest.text(unit.content, name).strip() for name in _DATES}
    for name, value in (*dates.items(), *_dates_below(unit)):
        if value and not _DATE.fullmatch(value):
            return "INVALID_UNIT", f"{name} n’est pas une date complète"
    for rule in given:
        for element in rule:
            if manifest.local(element) == "StartDate" and not _RULE_DATE.fullmatch((element.text or "").strip()):
                return "DATE_FORMAT", f"{manifest.local(rule)} : StartDate non admise"
    if dates["StartDate"] and dates["EndDate"] and _before(dates["EndDate"], dates["StartDate"]):
        return "CONSISTENCY", "EndDate précède StartDate"
    return None


def _dates_below(unit: Unit) -> Iterator[tuple[str, str]]:
    """Dates of the unit's events and of its custodial history."""
    if unit.content is not None:
        for event in unit.content.iter("{*}EventDateTime"):
            yield "EventDateTime", (event.text or "").strip()
        for item in unit.content.iter("{*}CustodialHistoryItem"):
            yield "CustodialHistoryItem/@when", str(item.get("when", "")).strip()


def _before(first: str, second: str) -> bool:
    both_have_time = "T" in first and "T" in second
    length = 19 if both_have_time else 10
    return first[:length] < second[:length]
