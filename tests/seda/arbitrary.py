"""Arbitrary transfers from a seed: every element of the grammar, in any combination that a version of SEDA allows.

Drawn from a seed, not element by element: Hypothesis chooses seeds, and one example stays a matter of milliseconds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from tests.seda.builders import binary, transfer
from versement.domain.fixity import Digest
from versement.seda.description import CustodialItem, Further, SignedObject
from versement.seda.grammar import AGENT, CONTENT, PERSON_ONLY, RULE_CATEGORIES, SIGNER, VALIDATOR, Kind, Shape, Slot
from versement.seda.model import (
    ArchiveTransfer,
    ArchiveUnit,
    Attachment,
    BinaryObject,
    Classification,
    DataObjectGroup,
    Hold,
    Inheritance,
    PhysicalObject,
    Rule,
)
from versement.seda.text import sane_text, sane_token
from versement.seda.versions import exists

ENUMERATED = {
    "DescriptionLevel": ("RecordGrp", "SubGrp", "File", "Item", "Series", "OtherLevel"),
    "KeywordType": ("subject", "corpname", "persname"),
    "Language": ("fra", "eng"),
    "DescriptionLanguage": ("fra", "eng"),
    "SigningRole": ("SignedDocument", "Signature", "Timestamp", "AdditionalProof"),
    "DetachedSigningRole": ("Signature", "Timestamp", "AdditionalProof"),
}
CHARACTERS = "aé’ \n\t<>&;/!#'\"]x0\u00a0\u2028\u0301\ufffd文\U0001f600"
LEVELS = ("Non protégé", "Secret Défense", "Confidentiel Défense")
"""Classifications that Vitam takes as it is installed."""
ROOTS = 2
"""Depth of the tree below root units."""


class Maker:
    """Makes values; the same ones for the same seed and version.

    Attributes:
        contents: bytes of the objects that were made, by digest.
    """

    def __init__(self, seed: int, version: str) -> None:
        self._random = Random(seed)  # noqa: S311 (test data)
        self._version = version
        self.contents: dict[Digest, bytes] = {}

    def _binary(self, data: bytes, filename: str) -> BinaryObject:
        self.contents[Digest.of(data)] = data
        return binary(data, filename)

    def transfer(self) -> ArchiveTransfer:
        """A transfer of a few units that refer to one another."""
        units = [self.unit(str(number), ROOTS) for number in range(self._random.randint(1, 3))]
        signed = ArchiveUnit("signed", "Item", "t", object=self._binary(b"signed", "x"))
        return replace(transfer(*units, signed), version=self._version)

    def unit(self, key: str, depth: int) -> ArchiveUnit:
        children = tuple(self.unit(f"{key}.{n}", depth - 1) for n in range(self._random.randint(0, depth)))
        said = {"title": "t"} | self._values(CONTENT, self._random.choice((0.1, 0.5)))
        unit = ArchiveUnit(key=key, level=said.pop("level", "Item"), children=children, **said)
        return self._managed(self._carrying(unit), held=depth == ROOTS and self._random.random() < 0.5)

    def _carrying(self, unit: ArchiveUnit) -> ArchiveUnit:
        data = self._random.randbytes(2)
        carried = self._random.choice(("", "object", "group"))
        if carried == "object":
            return replace(unit, object=self._binary(data, f"{data.hex()}.pdf"))
        if carried == "group":
            picture = replace(self._binary(data + b"2", "b.jpg"), usage="Thumbnail_1")
            objects = (self._binary(data, self._text()), picture, PhysicalObject(self._token()))
            return replace(unit, group=DataObjectGroup(f"group {unit.key}", objects))
        return unit

    def _managed(self, unit: ArchiveUnit, *, held: bool) -> ArchiveUnit:
        rules, classification = self._rules(), self._classification()
        further = Further(self._random.choice(("Title", "Description")), self._text(), "bre")
        held_unit = "aeaq" + "".join(self._random.choices("abcdefghij234567", k=32))
        attachments = Attachment(self._token()), Attachment("", system_id=held_unit)
        return replace(
            unit,
            rules=rules,
            inheritance=self._inheritance({rule.category for rule in rules}, classification),
            classification=classification,
            need_authorization=self._random.choice((None, True, False)),
            profile=self._random.choice(("", self._token())),
            further=self._random.choice(((), (further,))),
            attach_to=self._random.choice(attachments) if held else None,
        )

    def _classification(self) -> Classification | None:
        level, audience = self._random.choice(LEVELS), self._random.choice(("", self._token()))
        classification = Classification(level, self._token(), audience=audience, reassessing_date=self._day())
        return self._random.choice((None, classification))

    def _inheritance(self, ruled: set[str], classification: Classification | None) -> tuple[Inheritance, ...]:
        """Of some categories, in SEDA's order; where a final action or a level must be said, only beside it."""
        found = []
        for category in RULE_CATEGORIES:
            possible = category in ruled or category in ("AccessRule", "DisseminationRule", "ReuseRule")
            if category == "HoldRule":
                possible = exists(self._version, "Management", category)
            if (possible or (category == "ClassificationRule" and classification)) and self._random.random() < 0.3:
                limits = (True, ()), (False, ()), (False, (self._token(), self._token()))
                found.append(Inheritance(category, *self._random.choice(limits)))
        return tuple(found)

    def _rules(self) -> tuple[Rule, ...]:
        start, end = sorted((self._day(), self._day()))
        hold = Hold(owner=self._token(), end_date=end, prevent_rearrangement=False)
        rules = [
            Rule("StorageRule", self._token(), self._day(), self._random.choice(("Copy", "Transfer"))),
            Rule("AppraisalRule", self._token(), None, self._random.choice(("Keep", "Destroy"))),
            Rule("AccessRule", self._token(), self._day()),
            Rule("AccessRule", self._token(), None),
            Rule("DisseminationRule", self._token(), self._day()),
            Rule("ReuseRule", self._token(), None),
        ]
        if exists(self._version, "Management", "HoldRule"):
            rules.append(Rule("HoldRule", self._token(), start, hold=self._random.choice((None, hold))))
        return tuple(rule for rule in rules if self._random.random() < 0.3)

    def _values(self, shape: Shape, share: float, *without: str) -> dict[str, Any]:
        """A share of a shape's attributes, and those that it must have."""
        found = {}
        for slot in shape.slots:
            if not exists(self._version, shape.name, slot.element) or slot.kind is Kind.RAW:
                continue
            wanted = slot.attribute in shape.required or self._random.random() < share
            if wanted and slot.attribute not in without:
                count = self._random.randint(1, 2)
                found[slot.attribute] = (
                    tuple(self._value(slot) for _ in range(count)) if slot.many else self._value(slot)
                )
        return found

    def _value(self, slot: Slot) -> Any:
        if slot.element in ENUMERATED:
            return self._random.choice(ENUMERATED[slot.element])
        if slot.shape is not None:
            return self._part(slot.shape)
        makers = {
            Kind.TEXT: self._text,
            Kind.DATE: self._day,
            Kind.TIME: self._instant,
            Kind.DATED_TEXT: lambda: CustodialItem(self._text(), self._random.choice((None, self._day()))),
            Kind.UNIT: lambda: "signed",
            Kind.SIGNED_OBJECT: lambda: SignedObject(binary(b"signed", "x").fixity.digest),
        }
        return makers.get(slot.kind, self._token)()

    def _part(self, shape: Shape) -> Any:
        persons = shape in (AGENT, SIGNER, VALIDATOR)
        without = self._random.choice((PERSON_ONLY, ("corpname",))) if persons else ()
        said: dict[str, Any] = {}
        while not said:
            said = self._values(shape, 0.5, *without)
        return shape.build(**({"type_code": "", "type": ""} if shape.name == "Event" else {}) | said)

    def _text(self) -> str:
        drawn = "".join(self._random.choices(CHARACTERS, k=self._random.randint(1, 20)))
        return sane_text(drawn) if sane_text(drawn).strip() else "texte"

    def _token(self) -> str:
        return sane_token(self._text()) or "jeton"

    def _day(self) -> date:
        return date(1000, 1, 1) + timedelta(days=self._random.randint(0, 2_900_000))

    def _instant(self) -> datetime:
        return datetime(1000, 1, 2, tzinfo=UTC) + timedelta(milliseconds=self._random.randint(0, 280 * 10**12))
