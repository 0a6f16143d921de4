"""UNITS_RULES_COMPUTE: management rules against the referential, and the end dates that follow from them."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

from sandbox.vitam import manifest
from sandbox.vitam.judge.ingest import Ingest, Json
from sandbox.vitam.manifest import RULES, Element, Unit
from sandbox.vitam.outcome import ElementResult, Result, Status

_CODE = "UNITS_RULES_COMPUTE"
_DETAILS = ("FinalAction", "ClassificationLevel", "ClassificationOwner", "ClassificationAudience")
_HOLD = ("HoldEndDate", "HoldOwner", "HoldReassessingDate", "HoldReason")


def compute(ingest: Ingest) -> Result | None:
    known = referential(ingest)
    results: list[ElementResult] = []
    for unit in ingest.new_units:
        error = _error(blocks(ingest, unit), known)
        if error is None:
            results.append(ElementResult(unit.id, Status.OK))
        else:
            results.append(ElementResult(unit.id, Status.KO, error[0], f"Unité {unit.id} : {error[1]}"))
    return ingest.distribute(_CODE, results) if results else None


def referential(ingest: Ingest) -> dict[str, Json]:
    return {rule["RuleId"]: rule for rule in ingest.services.referentials.all(ingest.op.tenant, "rules")}


def management(ingest: Ingest, unit: Unit, known: dict[str, Json]) -> Json:
    """A unit's `#management`: rules with their end dates, as the archive keeps them."""
    document: Json = {}
    for block in blocks(ingest, unit):
        category = manifest.local(block)
        kept = document.setdefault(category, {"Rules": []})
        for rule in _rules(block):
            end = _end(rule, known.get(rule["Rule"], {}))
            kept["Rules"].append({**rule, "EndDate": end} if end else rule)
        inheritance = _inheritance(block)
        if inheritance:
            kept["Inheritance"] = inheritance
        kept.update({name: manifest.text(block, name) for name in _DETAILS if manifest.text(block, name)})
    need = manifest.text(unit.management, "NeedAuthorization").strip()
    if need:
        document["NeedAuthorization"] = need in ("true", "1")
    return document


def blocks(ingest: Ingest, unit: Unit) -> list[Element]:
    """A unit's rule elements; those of ManagementMetadata apply to root units."""
    sources = [unit.management]
    if ingest.is_root(unit):
        sources.append(ingest.package.management_metadata)
    return [block for source in sources if source is not None for block in source if manifest.local(block) in RULES]


def _rules(block: Element) -> list[Json]:
    rules: list[Json] = []
    for element in block:
        name, value = manifest.local(element), (element.text or "").strip()
        if name == "Rule":
            rules.append({"Rule": value})
        elif rules and (name == "StartDate" or name in _HOLD):
            rules[-1][name] = value
    return rules


def _inheritance(block: Element) -> Json:
    prevented = manifest.text(block, "PreventInheritance").strip()
    refused = [(e.text or "").strip() for e in block if manifest.local(e) == "RefNonRuleId"]
    found: Json = {"PreventInheritance": prevented in ("true", "1")} if prevented else {}
    return {**found, "PreventRulesId": refused} if refused else found


def _error(blocks: list[Element], known: dict[str, Json]) -> tuple[str, str] | None:
    for block in blocks:
        category = manifest.local(block)
        for rule in _rules(block):
            found = known.get(rule["Rule"])
            if found is None:
                return "UNKNOWN", f"règle {rule['Rule']} inconnue"
            if found["RuleType"] != category:
                return "CONSISTENCY", f"règle {rule['Rule']} d’une autre catégorie que {category}"
            if category == "HoldRule" and _bad_hold(rule, found):
                return "CONSISTENCY", f"règle {rule['Rule']} : HoldEndDate non admise"
        for refused in _inheritance(block).get("PreventRulesId", ()):
            if known.get(refused, {}).get("RuleType") != category:
                return "REF_INCONSISTENCY", f"règle à bloquer {refused} inconnue dans {category}"
    return None


def _bad_hold(rule: Json, found: Json) -> bool:
    end = rule.get("HoldEndDate", "")
    return bool(end) and (bool(found["RuleDuration"]) or end < rule.get("StartDate", ""))


def _end(rule: Json, found: dict[str, Any]) -> str:
    if "HoldEndDate" in rule:
        return str(rule["HoldEndDate"])
    duration = found.get("RuleDuration", "")
    if not duration.isdigit() or "StartDate" not in rule:
        return ""
    return _plus(date.fromisoformat(rule["StartDate"]), int(duration), found["RuleMeasurement"])


def _plus(start: date, number: int, measure: str) -> str:
    """A date later by so many days, months or years; empty past the calendar's end."""
    try:
        if measure in ("DAY", "SECOND"):
            return (start + timedelta(days=number if measure == "DAY" else number // 86_400)).isoformat()
        months = start.year * 12 + start.month - 1 + number * (12 if measure == "YEAR" else 1)
        year, month = divmod(months, 12)
        day = min(start.day, calendar.monthrange(year, month + 1)[1])
        return date(year, month + 1, day).isoformat()
    except (OverflowError, ValueError):
        return ""
