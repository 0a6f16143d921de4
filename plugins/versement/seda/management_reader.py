"""Reads management rules, and the attachment of a unit to one that the archive holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lxml import etree

from versement.seda.dates import AnyDate
from versement.seda.grammar import CLASSIFICATION, HOLD, RULE_CATEGORIES
from versement.seda.model import Attachment, Classification, Hold, Inheritance, Rule
from versement.seda.parts_reader import PartReader
from versement.seda.xml import child, local_name

_OF_HOLD = frozenset(slot.element for slot in HOLD.slots)
_OF_CLASSIFICATION = frozenset(slot.element for slot in CLASSIFICATION.slots)


def read_management(parts: PartReader, elements: Iterable[etree._Element]) -> dict[str, Any]:
    """By attribute of a unit, what its Management says: rules, inheritance, classification, attachment."""
    rules: list[Rule] = []
    inheritance: list[Inheritance] = []
    found: dict[str, Any] = {}
    for element in elements:
        name = local_name(element)
        if name in RULE_CATEGORIES:
            category = _Category(parts, name)
            category.read(element)
            rules += category.rules
            inheritance += category.limits()
            if category.classification:
                found["classification"] = Classification(**({"level": "", "owner": ""} | category.classification))
        elif name == "NeedAuthorization":
            found["need_authorization"] = parts.boolean(element)
        elif name == "UpdateOperation":
            found["attach_to"] = _attachment(parts, element)
        else:
            parts.left_out(element)
    return found | {"rules": tuple(rules), "inheritance": tuple(inheritance)}


class _Category:
    """One element of rules, read child by child: what follows a Rule is about it."""

    def __init__(self, parts: PartReader, name: str) -> None:
        self._parts = parts
        self._name = name
        self._refused: list[str] = []
        self._prevent: bool | None = None
        self.rules: list[Rule] = []
        self.classification: dict[str, Any] = {}

    def read(self, element: etree._Element) -> None:
        action = ""
        holds: dict[int, list[etree._Element]] = {}
        classification: list[etree._Element] = []
        for item in element:
            name = local_name(item)
            if name == "Rule" and (item.text or "").strip():
                self.rules.append(Rule(self._name, self._parts.token(item), None))
            elif name == "StartDate" and self.rules:
                self.rules[-1] = replace(self.rules[-1], start_date=self._date(item))
            elif name in _OF_HOLD and self.rules:
                holds.setdefault(len(self.rules) - 1, []).append(item)
            elif name == "FinalAction":
                action = self._parts.token(item)
            else:
                classification += self._other(name, item)
        self._complete(action, holds, classification)

    def limits(self) -> list[Inheritance]:
        if self._refused or self._prevent is not None:
            return [Inheritance(self._name, bool(self._prevent), tuple(self._refused))]
        return []

    def _date(self, element: etree._Element) -> AnyDate | None:
        return self._parts.date(element) if (element.text or "").strip() else None

    def _other(self, name: str, element: etree._Element) -> list[etree._Element]:
        """Read what limits inheritance; give back what makes a classification."""
        if name == "RefNonRuleId":
            self._refused.append(self._parts.token(element))
        elif name == "PreventInheritance":
            self._prevent = self._parts.boolean(element)
        elif name == "ClassificationAudience":
            self.classification["audience"] = self._parts.token(element)
        elif name in _OF_CLASSIFICATION:
            return [element]
        else:
            self._parts.left_out(element)
        return []

    def _complete(
        self, action: str, holds: dict[int, list[etree._Element]], classification: list[etree._Element]
    ) -> None:
        if action and not self.rules:
            self.rules.append(Rule(self._name, "", None))
        self.rules = [replace(rule, final_action=action) for rule in self.rules]
        for index, elements in holds.items():
            hold = Hold(**self._parts.values(HOLD, elements))
            self.rules[index] = replace(self.rules[index], hold=hold)
        self.classification |= self._parts.values(CLASSIFICATION, classification)


def _attachment(parts: PartReader, element: etree._Element) -> Attachment:
    key = child(element, "ArchiveUnitIdentifierKey")
    if key is None:
        return Attachment("", system_id=parts.token(child(element, "SystemId")))
    return Attachment(parts.token(child(key, "MetadataValue")), parts.token(child(key, "MetadataName")))
