"""CHECK_UNIT_SCHEMA and what follows: the description and the rules of one unit, gathered value by value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

SCHEMA = "CHECK_UNIT_SCHEMA"
RULES = frozenset(
    {
        "StorageRule",
        "AppraisalRule",
        "AccessRule",
        "DisseminationRule",
        "ReuseRule",
        "ClassificationRule",
        "HoldRule",
    }
)
MAX_TEXT_BYTES = 32_766
_LEVELS = ("Non protégé", "Secret Défense", "Confidentiel Défense")
_RULE_DATE = re.compile(r"[0-8][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_DATE = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(T.*|Z|[+-].*)?")
_DATES = frozenset(
    {
        "CreatedDate",
        "TransactedDate",
        "AcquiredDate",
        "SentDate",
        "ReceivedDate",
        "RegisteredDate",
        "StartDate",
        "EndDate",
    }
)
_ZONED = re.compile(r"[0-9]{4}-.*T.*(Z|[+-][0-9]{2}:[0-9]{2})")
_SUSPECT = re.compile("[<&\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_TAG = re.compile(r"<(?:([a-zA-Z][\w:.-]*+)[^<>]*+>|/([a-zA-Z][\w:.-]*+)\s*+>)")
_ALWAYS_REFUSED = re.compile(r"<script|<!\[CDATA\[", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#[0-9]+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

Wrong = tuple[str, str]
"""What is wrong with a unit: action and sub-code, French message."""


@dataclass(slots=True)
class Description:
    """What one unit says of itself; each value is told once, in order."""

    level: bool = False
    title: bool = False
    start: str = ""
    end: str = ""
    rule_start: str = ""
    unsafe: str = ""
    too_long: str = ""
    bad_date: str = ""
    bad_rule_date: str = ""
    bad_hold: bool = False
    classification: bool = False

    def value(self, section: str, parent: str, name: str, text: str, size: int) -> None:
        """Take a value of a section, `Content` or `Management`; `text` is its beginning when it is long."""
        if size >= MAX_TEXT_BYTES:
            self.too_long = self.too_long or name
        elif _is_unsafe(text):
            self.unsafe = self.unsafe or name
        if parent == "Content":
            self._content(name, text.strip())
        elif parent in RULES:
            self._rule(parent, name, text.strip())
        elif name == "EventDateTime" and section == "Content":
            self.date(name, text.strip())

    def date(self, name: str, text: str) -> None:
        """Take a date of the description, which must have its day."""
        if text and not _DATE.fullmatch(text):
            self.bad_date = self.bad_date or name

    def _content(self, name: str, text: str) -> None:
        if name == "DescriptionLevel":
            self.level = self.level or bool(text)
        elif name == "Title":
            self.title = self.title or bool(text)
        elif name in _DATES:
            self.date(name, text)
            if name == "StartDate":
                self.start = text
            elif name == "EndDate":
                self.end = text

    def _rule(self, category: str, name: str, text: str) -> None:
        if name == "Rule":
            self.rule_start = ""
        elif name == "StartDate":
            self.rule_start = text
            if not _RULE_DATE.fullmatch(text):
                self.bad_rule_date = self.bad_rule_date or category
        elif name == "HoldEndDate":
            self.bad_hold = self.bad_hold or text < self.rule_start
        elif name == "ClassificationLevel":
            self.classification = self.classification or text not in _LEVELS

    def wrong(self) -> Iterator[Wrong]:
        """What Vitam refuses, in the order of its actions; it stops at the first of them for this unit."""
        schema = next(self._schema(), None)
        if schema is not None:
            yield schema
            return
        if self.classification:
            allowed = ", ".join(_LEVELS)
            yield "CHECK_CLASSIFICATION_LEVEL", f"ClassificationLevel n’est pas de ceux que Vitam admet ({allowed})"
        elif self.bad_hold:
            yield "UNITS_RULES_COMPUTE.CONSISTENCY", "dans HoldRule, HoldEndDate précède StartDate"

    def _schema(self) -> Iterator[Wrong]:
        if not self.level:
            yield f"{SCHEMA}.EMPTY_REQUIRED_FIELD", "DescriptionLevel, obligatoire, est absent ou vide"
        if not self.title:
            yield f"{SCHEMA}.EMPTY_REQUIRED_FIELD", "Title, obligatoire, est absent ou vide"
        if self.too_long:
            yield f"{SCHEMA}.INVALID_UNIT", f"{self.too_long} atteint 32 766 octets, ce que Vitam n’indexe pas"
        if self.unsafe:
            found = "du balisage, une entité écrite comme du texte (« &apos; ») ou un caractère de contrôle"
            yield SCHEMA, f"{self.unsafe} contient {found} : écrivez le caractère lui-même"
        if self.bad_date:
            yield f"{SCHEMA}.INVALID_UNIT", f"{self.bad_date} n’est pas une date avec son jour (aaaa-mm-jj attendu)"
        if self.bad_rule_date:
            yield (
                f"{SCHEMA}.DATE_FORMAT",
                f"dans {self.bad_rule_date}, StartDate n’est pas de la forme aaaa-mm-jj, avant l’an 9000",
            )
        if self.start and self.end and _before(self.end, self.start):
            yield f"{SCHEMA}.CONSISTENCY", "EndDate précède StartDate"


def _is_unsafe(text: str) -> bool:
    """Paired tags, a script, CDATA, an entity reference written as text, a control character."""
    if not _SUSPECT.search(text):
        return False
    if _ALWAYS_REFUSED.search(text) or _REFERENCE.search(text) or _CONTROL.search(text):
        return True
    opened: set[str] = set()
    for found in _TAG.finditer(text):
        if found[1]:
            opened.add(found[1])
        elif found[2] in opened:
            return True
    return False


def _before(first: str, second: str) -> bool:
    if _ZONED.fullmatch(first) and _ZONED.fullmatch(second):
        earlier, later = _instant(first), _instant(second)
        if earlier and later:
            return earlier < later
    length = 19 if "T" in first and "T" in second else 10
    return first[:length] < second[:length]


def _instant(text: str) -> datetime | None:
    """An instant that the grammar let through; None for one that Python has not, such as midnight written 24:00."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
