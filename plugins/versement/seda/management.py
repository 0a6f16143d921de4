"""Writes management rules, and the attachment of a unit to one that the archive holds."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from versement.domain.errors import Defect, NotExpressible
from versement.seda.grammar import CLASSIFICATION, HOLD, RULE_CATEGORIES
from versement.seda.lines import Lines
from versement.seda.model import ArchiveUnit, Attachment, Classification, Inheritance, Rule
from versement.seda.parts import PartWriter
from versement.seda.text import sane_token
from versement.seda.versions import exists

_DEFAULT_FINAL_ACTION = {"AppraisalRule": "Keep", "StorageRule": ""}


class Managed(Protocol):
    """What rules may apply to: a unit, or the whole transfer."""

    @property
    def rules(self) -> tuple[Rule, ...]: ...

    @property
    def inheritance(self) -> tuple[Inheritance, ...]: ...

    @property
    def classification(self) -> Classification | None: ...

    @property
    def need_authorization(self) -> bool | None: ...


class ManagementWriter:
    """Writes Management, and the same elements of ManagementMetadata."""

    def __init__(self, xml: Lines, parts: PartWriter) -> None:
        self._xml = xml
        self._parts = parts

    def management(self, unit: ArchiveUnit) -> None:
        mark = self._xml.mark("Management")
        self.rules(unit)
        if unit.attach_to is not None:
            self._attachment(unit.attach_to)
        self._xml.close_since("Management", mark)

    def rules(self, item: Managed) -> None:
        """Rules by category, in SEDA's order.

        Raises:
            Defect: SEDA has no such rule.
            NotExpressible: the version has none.
        """
        if item.rules or item.inheritance or item.classification:
            self._check(item)
            for category in RULE_CATEGORIES[:-1]:
                self._category(category, item)
        if item.need_authorization is not None:
            self._parts.boolean("NeedAuthorization", item.need_authorization)
        if item.rules or item.inheritance:
            self._category(RULE_CATEGORIES[-1], item)

    def _check(self, item: Managed) -> None:
        stated = {rule.category for rule in item.rules} | {limit.category for limit in item.inheritance}
        unknown = sorted(stated.difference(RULE_CATEGORIES))
        if unknown:
            raise Defect(
                "Une règle de gestion est d’une catégorie que le SEDA n’a pas : signalez-le aux développeurs.",
                detail=f"rule categories {unknown}",
            )
        if any(rule.hold and rule.category != "HoldRule" for rule in item.rules):
            raise Defect(
                "Une règle de gestion porte un gel sans être une règle de gel : signalez-le aux développeurs.",
                detail="hold details outside HoldRule",
            )

    def _category(self, category: str, item: Managed) -> None:
        rules = [rule for rule in item.rules if rule.category == category]
        limits = [limit for limit in item.inheritance if limit.category == category]
        classification = item.classification if category == "ClassificationRule" else None
        if not rules and not limits and classification is None:
            return
        if not exists(self._parts.version, "Management", category):
            self._parts.refuse("Management", category)
        mark = self._xml.mark(category)
        for rule in rules:
            self._rule(rule)
        if classification is not None:
            self._xml.token("ClassificationAudience", classification.audience)
        self._limits(category, limits)
        if category == "ClassificationRule":
            self._classification(classification)
        elif category in _DEFAULT_FINAL_ACTION:
            self._xml.token("FinalAction", _final_action(category, rules))
        self._xml.close_since(category, mark)

    def _rule(self, rule: Rule) -> None:
        if not rule.rule:
            return
        if rule.start_date is not None or rule.hold is not None:
            _said(rule.category, rule.rule)
        self._xml.token("Rule", rule.rule)
        if rule.start_date is not None:
            start = rule.start_date
            self._xml.date("StartDate", start.date() if isinstance(start, datetime) else start)  # a day, says SEDA
        if rule.hold is not None:
            self._parts.fields(HOLD, rule.hold)

    def _limits(self, category: str, limits: list[Inheritance]) -> None:
        if len(limits) > 1 or any(limit.prevent and limit.refused for limit in limits):
            raise NotExpressible(
                f"SEDA : {category} refuse à la fois tout héritage et l’héritage de certaines règles. Choisissez l’un "
                "des deux dans la fiche.",
                detail=f"{category}: PreventInheritance and RefNonRuleId, or several of them",
            )
        for limit in limits:
            for rule in limit.refused:
                self._xml.token("RefNonRuleId", _said("RefNonRuleId", rule))
            if not limit.refused:
                self._parts.boolean("PreventInheritance", limit.prevent)

    def _classification(self, classification: Classification | None) -> None:
        if classification is None or not classification.level or not classification.owner:
            raise NotExpressible(
                "SEDA : une ClassificationRule demande un niveau (ClassificationLevel) et un responsable "
                "(ClassificationOwner). Complétez-les dans la fiche.",
                detail="ClassificationRule without level or owner",
            )
        self._parts.fields(CLASSIFICATION, classification)

    def _attachment(self, attachment: Attachment) -> None:
        self._xml.open("UpdateOperation")
        if attachment.system_id:
            self._xml.token("SystemId", attachment.system_id)
        else:
            self._xml.open("ArchiveUnitIdentifierKey")
            self._xml.token("MetadataName", _said("MetadataName", attachment.metadata_name))
            self._xml.token("MetadataValue", _said("MetadataValue", attachment.key))
            self._xml.close("ArchiveUnitIdentifierKey")
        self._xml.close("UpdateOperation")


def _said(element: str, text: str) -> str:
    """The text, which is not blank: what would be left out of the manifest may not be left out in silence.

    Raises:
        NotExpressible: it is.
    """
    if not sane_token(text):
        raise NotExpressible(
            f"SEDA : « {element} » est vide. Complétez-le dans la fiche, ou retirez-le.", detail=f"blank {element}"
        )
    return text


def _final_action(category: str, rules: list[Rule]) -> str:
    actions = {rule.final_action for rule in rules if rule.final_action}
    action = actions.pop() if actions else _DEFAULT_FINAL_ACTION[category]
    if actions or not action:
        raise Defect(
            f"{category} : le sort final manque ou n’est pas unique ; signalez-le aux développeurs.",
            detail=f"final actions of {category}: {[rule.final_action for rule in rules]}",
        )
    return action
