"""Reads the parts of a manifest that `grammar` describes, and names what it cannot keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, fields
from typing import Any

from lxml import etree

from versement.domain.fixity import Digest
from versement.seda.dates import AnyDate, PartialDate, parse_date
from versement.seda.description import CustodialItem, Element, Further, SignedObject
from versement.seda.grammar import REPEATED, Kind, Shape, Slot
from versement.seda.text import sane_text
from versement.seda.versions import exists, namespace
from versement.seda.xml import child, children, local_name

MAX_REMARKS = 1000
"""More are not kept: the manifest is another thing than it seems."""

_SPACES = re.compile("[ \t\r\n]+")
_NUMBER = re.compile(r"\d{1,18}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something in a manifest that the model does not hold as it stands, or that Vitam refuses.

    Attributes:
        line: in the manifest, from 1.
        element: name of the element.
        message: French; names the element, never its value.
    """

    line: int
    element: str
    message: str


class PartReader:
    """Reads elements of one version of SEDA.

    Attributes:
        remarks: what was found on the way, MAX_REMARKS at most.
    """

    def __init__(self, version: str) -> None:
        self.remarks: list[Remark] = []
        self._version = version
        self._own = namespace(version)
        self._slots: dict[int, dict[str, Slot]] = {}
        self._blanks: dict[int, dict[str, Any]] = {}

    def values(
        self,
        shape: Shape,
        elements: Iterable[etree._Element],
        other: Callable[[etree._Element], None] | None = None,
    ) -> dict[str, Any]:
        """By attribute, what the children of an element say of a shape; those that are not of it go to `other`."""
        slots = self._slots_of(shape)
        found: dict[str, Any] = {}
        for item in elements:
            slot = slots.get(str(item.tag))
            if slot is None:
                (other or self.left_out)(item)
            elif slot.many:
                found.setdefault(slot.attribute, []).append(self._value(slot, item))
            elif slot.attribute in found:
                self.remark(item, "est répété ; seule sa première valeur est gardée")
            else:
                found[slot.attribute] = self._value(slot, item)
        return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}

    def content(self, shape: Shape, element: etree._Element) -> dict[str, Any]:
        """The same for a description: further values and extensions are kept too."""
        further: list[Further] = []
        extensions: list[Element] = []
        slots = self._slots_of(shape)
        first: set[str] = set()
        for item in list(element):
            slot = slots.get(str(item.tag))
            if slot is None:
                extensions.append(self.raw(item))
                element.remove(item)
            elif slot.element in REPEATED:
                language = item.attrib.pop(_LANGUAGE, "")
                if language or slot.element in first:
                    further.append(Further(slot.element, self._value(slot, item), str(language)))
                    element.remove(item)
                else:
                    first.add(slot.element)
        found = self.values(shape, element)
        return found | {"further": tuple(further), "extensions": tuple(extensions)}

    def part(self, shape: Shape, element: etree._Element) -> Any:
        """The object of the model that an element stands for, blank where the element says nothing."""
        if element.attrib:
            self.remark(element, "porte des attributs qui ne sont pas repris")
        return shape.build(**(self._blank(shape) | self.values(shape, element)))

    def token(self, element: etree._Element | None) -> str:
        """Text of a token, white space collapsed as XML Schema compares it."""
        return _SPACES.sub(" ", self.text(element)).strip(" ") if element is not None else ""

    def text(self, element: etree._Element, *attributes: str) -> str:
        """Text as it stands. Attributes other than these are named as not kept."""
        if len(element) or (element.attrib and set(element.attrib) - set(attributes)):
            self.remark(element, "porte des attributs ou des éléments qui ne sont pas repris")
        text = element.text or ""
        if sane_text(text) != text:
            self.remark(element, "a un texte que Vitam refuse (balises, caractères de contrôle, longueur)")
        return text

    def date(self, element: etree._Element) -> AnyDate:
        when = parse_date(self.token(element))
        if isinstance(when, PartialDate):
            self.remark(element, "n’est pas une date avec un jour, ce que Vitam refuse ; elle est gardée telle quelle")
        return when

    def boolean(self, element: etree._Element) -> bool | None:
        found = _BOOLEANS.get(self.token(element))
        if found is None:
            self.remark(element, "n’est ni vrai ni faux ; il n’est pas repris")
        return found

    def number(self, element: etree._Element) -> int | None:
        text = self.token(element)
        if _NUMBER.fullmatch(text):
            return int(text)
        self.remark(element, "n’est pas un nombre ; il n’est pas repris")
        return None

    def raw(self, element: etree._Element) -> Element:
        """Markup as it stands, but for text between child elements."""
        uri = etree.QName(element).namespace
        inside = tuple(self.raw(item) for item in element)
        text = element.text or ""
        if inside and (text.strip() or any((item.tail or "").strip() for item in element)):
            self.remark(element, "mêle du texte et des éléments ; le texte n’est pas repris")
        return Element(
            local_name(element),
            "" if inside else text,
            inside,
            tuple((str(name), str(value)) for name, value in element.attrib.items()),
            "" if uri == self._own else uri,
        )

    def digest(self, element: etree._Element | None) -> Digest:
        """A MessageDigest or SignedObjectDigest; blank when there is none."""
        if element is None:
            return Digest("", "")
        text = self.text(element, "algorithm")
        return Digest(element.get("algorithm", ""), _SPACES.sub(" ", text).strip(" "))

    def left_out(self, element: etree._Element) -> None:
        self.remark(element, "n’est pas repris")

    def remark(self, element: etree._Element, what: str) -> None:
        if len(self.remarks) < MAX_REMARKS:
            name = local_name(element)
            line: Any = element.sourceline  # int | None; lxml's stubs say otherwise
            self.remarks.append(Remark(line or 0, name, f"L’élément « {name} » {what}."))

    def _value(self, slot: Slot, element: etree._Element) -> Any:
        if slot.shape is not None:
            return self.part(slot.shape, element)
        readers: dict[Kind, Callable[[etree._Element], Any]] = {
            Kind.TEXT: self.text,
            Kind.TOKEN: self.token,
            Kind.DATE: self.date,
            Kind.TIME: self.date,
            Kind.BOOLEAN: self.boolean,
            Kind.NUMBER: self.number,
            Kind.DATED_TEXT: self._dated_text,
            Kind.ORGANISATION: self.organisation,
            Kind.RAW: self.raw,
            Kind.UNIT: self.token,
            Kind.SIGNED_OBJECT: self._signed_object,
        }
        return readers[slot.kind](element)

    def organisation(self, element: etree._Element | None) -> str:
        """Identifier of an organisation; what else is said of it is named as not kept."""
        for item in children(element):
            if local_name(item) != "Identifier":
                self.left_out(item)
        return self.token(child(element, "Identifier"))

    def _dated_text(self, element: etree._Element) -> CustodialItem:
        when = element.get("when", "")
        return CustodialItem(self.text(element, "when"), parse_date(when) if when else None)

    def _signed_object(self, element: etree._Element) -> SignedObject:
        digest = self.digest(child(element, "SignedObjectDigest"))
        return SignedObject(digest, self.token(child(element, "SignedObjectId")))

    def _slots_of(self, shape: Shape) -> dict[str, Slot]:
        slots = self._slots.get(id(shape))
        if slots is None:
            known = (slot for slot in shape.slots if exists(self._version, shape.name, slot.element))
            slots = self._slots[id(shape)] = {f"{{{self._own}}}{slot.element}": slot for slot in known}
        return slots

    def _blank(self, shape: Shape) -> dict[str, Any]:
        """Values of attributes that the class of the model has no default for."""
        blank = self._blanks.get(id(shape))
        if blank is None:
            demanded = {item.name for item in fields(shape.build) if item.default is MISSING}
            slots = [slot for slot in shape.slots if slot.attribute in demanded]
            blank = self._blanks[id(shape)] = {slot.attribute: _nothing(slot) for slot in slots}
        return blank


def _nothing(slot: Slot) -> Any:
    if slot.many:
        return ()
    return "" if slot.kind in (Kind.TEXT, Kind.TOKEN) else None
