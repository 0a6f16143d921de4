"""Manifests that the check's grammar accepts, drawn at random, and small changes to them."""

from __future__ import annotations

import random
from copy import deepcopy

from lxml import etree

from versement.seda.check.automaton import ANY, START
from versement.seda.check.grammar import ElementType, grammar
from versement.seda.versions import ROOT

LARGEST = 80
VALUES = {
    "string": "x",
    "nonEmpty": "x",
    "IDREF": "R0",
    "date": "2024-03-01",
    "dateTime": "2024-03-01T10:00:00",
    "anyDate": "2024-03-01",
    "boolean": "true",
    "integer": "1",
    "size": "1",
    "decimal": "1.5",
    "language": "fra",
    "base64": "YQ==",
    "binary": "00ff",
    "unit": "metre",
    "weightUnit": "gram",
    "level": "Item",
    "keyword": "subject",
    "legalStatus": "Public Archive",
    "storageAction": "Copy",
    "appraisalAction": "Keep",
    "signingRole": "Signature",
    "detachedRole": "Signature",
}
OTHER_VALUES = ("", " ", "x y", "-1", "0", "1.0", "2024", "2024-02-30", "24:00:00", "2024-03-01Z", "Keep", "é")


class Drawing:
    """Draws one manifest of a version of SEDA."""

    def __init__(self, version: str, seed: int) -> None:
        self._types = grammar(version)
        self._namespace = f"fr:gouv:culture:archivesdefrance:seda:v{version}"
        self._random = random.Random(seed)  # noqa: S311  nothing secret here
        self._number = 0
        self._left = LARGEST

    def manifest(self) -> etree._Element:
        self._left = LARGEST
        return self._element(ROOT, self._types[ROOT])

    def changed(self, root: etree._Element) -> etree._Element:
        """A copy with one thing changed: an element removed, doubled, moved or renamed, a value, an attribute."""
        copy = deepcopy(root)
        target = self._random.choice(list(copy.iter()))
        parent = target.getparent()
        if parent is None:
            target.set("autre", "x")
            return copy
        self._random.choice((self._remove, self._double, self._move, self._rename, self._revalue, self._reattribute))(
            parent, target
        )
        return copy

    def _remove(self, parent: etree._Element, target: etree._Element) -> None:
        parent.remove(target)

    def _double(self, parent: etree._Element, target: etree._Element) -> None:
        twin = deepcopy(target)
        for element in twin.iter():
            if "id" in element.attrib:
                element.set("id", self._identifier())
        target.addnext(twin)

    def _move(self, parent: etree._Element, target: etree._Element) -> None:
        parent.insert(self._random.randrange(len(parent)), target)

    def _rename(self, parent: etree._Element, target: etree._Element) -> None:
        others = sorted({str(element.tag) for element in parent.getroottree().iter()})
        target.tag = self._random.choice(others)

    def _revalue(self, parent: etree._Element, target: etree._Element) -> None:
        target.text = self._random.choice(OTHER_VALUES)

    def _reattribute(self, parent: etree._Element, target: etree._Element) -> None:
        if target.attrib and self._random.random() < 0.5:
            del target.attrib[self._random.choice(sorted(map(str, target.attrib)))]
        else:
            target.set(self._random.choice(("id", "algorithm", "listID", "when")), "x1")

    def _identifier(self) -> str:
        self._number += 1
        return f"N{self._number}"

    def _element(self, name: str, kind: ElementType) -> etree._Element:
        element = etree.Element(f"{{{self._namespace}}}{name}", nsmap={None: self._namespace})
        for attribute, rule in kind.attributes.items():
            if rule.required or self._random.random() < 0.3:
                element.set(attribute, self._value(rule.kind))
        if kind.model is None:
            element.text = "" if kind.free else self._value(kind.kind)
            return element
        state = START
        while True:
            self._left -= 1
            steps = {name: step for name, step in kind.model.steps[state].items() if name != ANY}
            ends = kind.model.ends[state]
            if not steps or (ends and (self._left < 0 or self._random.random() < 0.12)):
                break
            chosen = list(steps)[-1] if self._left < 0 else self._random.choice(list(steps)[:8])
            state, inner = steps[chosen]
            element.append(self._element(chosen, self._types[inner]))
        return element

    def _value(self, kind: str) -> str:
        return self._identifier() if kind == "ID" else VALUES[kind]
