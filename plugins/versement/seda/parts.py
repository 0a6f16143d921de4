"""Writes the parts of a manifest that `grammar` describes, in one version of SEDA."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import attrgetter
from typing import Any

from versement.domain.errors import NotExpressible
from versement.seda.dates import AnyDate, PartialDate, xml_date
from versement.seda.description import Agent, CustodialItem, Element, Further, SignedObject
from versement.seda.grammar import PERSON_ONLY, Kind, Shape, Slot
from versement.seda.identifiers import NCNAME, Identifiers
from versement.seda.lines import Lines, attribute
from versement.seda.text import xml_attribute, xml_text
from versement.seda.versions import apart, exists, namespace, versions_with

_XML = "{http://www.w3.org/XML/1998/namespace"

Writer = Callable[[str, Any], None]


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the attributes of an object are written.

    Attributes:
        zeros: some may be False or 0.
    """

    values: Callable[[Any], tuple[Any, ...]]
    steps: tuple[tuple[str, Writer], ...]
    zeros: bool


class PartWriter:
    """Writes parts; refuses what the version does not have."""

    def __init__(self, xml: Lines, version: str, identifiers: Identifiers) -> None:
        self._xml = xml
        self.version = version
        self._ids = identifiers
        self._plans: dict[int, _Plan] = {}

    def fields(
        self,
        shape: Shape,
        item: Any,
        changed: Mapping[str, Any] | None = None,
        further: Mapping[str, Sequence[Further]] | None = None,
    ) -> None:
        """The elements of a shape, for what the item has of them.

        Args:
            shape: what there may be.
            item: what has the values.
            changed: by element, what is written instead of the item's value.
            further: by element, more values, each after the first one.
        """
        plan = self._plan(shape)
        values: Sequence[Any] = plan.values(item)
        if changed:
            values = [changed.get(element, value) for (element, _), value in zip(plan.steps, values, strict=True)]
        if further:
            self._with_further(plan, values, further)
            return
        # False and 0 are said, nothing is not.
        said = [value or value == 0 for value in values] if plan.zeros else values
        for value, (element, write) in compress(zip(values, plan.steps, strict=True), said):
            write(element, value)

    def _with_further(self, plan: _Plan, values: Sequence[Any], further: Mapping[str, Sequence[Further]]) -> None:
        for value, (element, write) in zip(values, plan.steps, strict=True):
            if value:
                write(element, value)
            for more in further.get(element, ()):
                if more.language:
                    self._xml.text(element, more.text, attribute("xml:lang", more.language))
                else:
                    write(element, more.text)

    def part(self, shape: Shape, element: str, item: Any) -> None:
        """An element with the fields of a shape; nothing when it would be empty."""
        for name in shape.required:
            value = getattr(item, name)
            if not value or (isinstance(value, str) and not xml_text(value).strip()):
                if shape.optional:
                    return
                raise NotExpressible(
                    f"SEDA : l’élément « {element} » n’a pas tout ce qu’il lui faut. Complétez cette métadonnée à la "
                    "source ou dans la fiche, ou retirez-la.",
                    detail=f"{element} without {name}",
                )
        if isinstance(item, Agent) and item.corpname and any(getattr(item, name) for name in PERSON_ONLY):
            raise NotExpressible(
                f"SEDA : l’élément « {element} » désigne à la fois une personne et un organisme. Choisissez l’un des "
                "deux à la source ou dans la fiche.",
                detail=f"{element} with Corpname and a person's names",
            )
        mark = self._xml.mark(element)
        self.fields(shape, item)
        self._xml.close_since(element, mark)

    def raw(self, element: str, item: Element) -> None:
        """Markup as it was given, its texts made sane."""
        own = namespace(self.version)
        self._xml.line(_markup(item, element, own, own))

    def extension(self, shape: Shape, item: Element) -> None:
        """An element that SEDA does not have, at the end of one that it has."""
        known = not item.namespace and any(slot.element == item.name for slot in shape.slots)
        if known and exists(self.version, shape.name, item.name):
            raise NotExpressible(
                f"SEDA : l’extension « {item.name} » porte le nom d’un élément du SEDA. Donnez sa valeur à cet "
                "élément dans la fiche.",
                detail=f"extension {item.name} is an element of SEDA {self.version}",
            )
        self.raw(item.name, item)

    def check_apart(self, shape: Shape, item: Any) -> None:
        """Refuse an item that has two values of which the version takes one only.

        Raises:
            NotExpressible: it has.
        """
        names = apart(self.version)
        if not names:
            return
        said = [slot.element for slot in shape.slots if slot.element in names and getattr(item, slot.attribute)]
        if len(said) > 1:
            raise NotExpressible(
                f"SEDA {self.version} : Vitam n’y admet pas à la fois {' et '.join(said)} dans une même description. "
                "Choisissez une autre version dans la fiche, ou retirez l’une de ces métadonnées.",
                detail=f"{said} together in SEDA {self.version}",
            )

    def boolean(self, element: str, value: bool) -> None:  # noqa: FBT001 (a value to write, not an option)
        self._xml.plain(element, "true" if value else "false")

    def _plan(self, shape: Shape) -> _Plan:
        plan = self._plans.get(id(shape))
        if plan is None:
            getter: Any = attrgetter(*(slot.attribute for slot in shape.slots))
            values = getter if len(shape.slots) > 1 else lambda item: (getter(item),)
            steps = tuple((slot.element, self._step(shape, slot)) for slot in shape.slots)
            plan = _Plan(values, steps, any(slot.kind in (Kind.BOOLEAN, Kind.NUMBER) for slot in shape.slots))
            self._plans[id(shape)] = plan
        return plan

    def _step(self, shape: Shape, slot: Slot) -> Writer:
        if not exists(self.version, shape.name, slot.element):
            return lambda element, _: self.refuse(shape.name, element)
        write = self._writer(slot)
        if not slot.many:
            return write

        def each(element: str, values: tuple[Any, ...]) -> None:
            for value in values:
                write(element, value)

        return each

    def _writer(self, slot: Slot) -> Writer:
        if slot.shape is not None:
            shape = slot.shape
            return lambda element, item: self.part(shape, element, item)
        writers: dict[Kind, Writer] = {
            Kind.TEXT: self._xml.text,
            Kind.TOKEN: self._xml.token,
            Kind.DATE: self._xml.date,
            Kind.TIME: self._xml.time,
            Kind.BOOLEAN: self.boolean,
            Kind.NUMBER: lambda element, number: self._xml.plain(element, str(number)),
            Kind.DATED_TEXT: self._dated_text,
            Kind.ORGANISATION: self._organisation,
            Kind.RAW: self.raw,
            Kind.UNIT: lambda element, key: self._xml.plain(element, self._ids.unit_asked(key)),
            Kind.SIGNED_OBJECT: self._signed_object,
        }
        return writers[slot.kind]

    def refuse(self, parent: str, element: str) -> None:
        """Say that this version does not have an element.

        Raises:
            NotExpressible: always.
        """
        versions = " et ".join(versions_with(parent, element))
        raise NotExpressible(
            f"SEDA {self.version} : l’élément « {element} » n’existe pas dans cette version, il existe en {versions}. "
            "Choisissez une autre version dans la fiche, ou retirez cette métadonnée.",
            detail=f"{parent}/{element} does not exist in SEDA {self.version}",
        )

    def _dated_text(self, element: str, item: CustodialItem) -> None:
        self._xml.text(element, item.text, attribute("when", _when(item.when)))

    def _organisation(self, element: str, identifier: str) -> None:
        mark = self._xml.mark(element)
        self._xml.token("Identifier", identifier)
        self._xml.close_since(element, mark)

    def _signed_object(self, element: str, item: SignedObject) -> None:
        self._xml.open(element)
        self._xml.plain("SignedObjectId", self._ids.signed_object(item))
        algorithm = attribute("algorithm", item.digest.algorithm)
        self._xml.token("SignedObjectDigest", item.digest.value, algorithm)
        self._xml.close(element)


def _when(when: AnyDate | None) -> str:
    if when is None:
        return ""
    return when.text if isinstance(when, PartialDate) else xml_date(when)


def _markup(item: Element, name: str, around: str | None, own: str) -> str:
    """An element on one line: white space inside may mean something. `own` is SEDA's namespace."""
    uri = own if item.namespace == "" else item.namespace
    declared = "" if uri == around else f' xmlns="{xml_attribute(uri or "")}"'
    attributes = "".join(_attribute(number, key, value) for number, (key, value) in enumerate(item.attributes))
    inside = "".join(_markup(child, child.name, uri, own) for child in item.children) or xml_text(item.text)
    return f"<{_checked(name)}{declared}{attributes}>{inside}</{name}>"


def _attribute(number: int, key: str, value: str) -> str:
    uri, _, name = key.rpartition("}")
    quoted = f'{_checked(name)}="{xml_attribute(value)}"'
    if not uri:
        return f" {quoted}"
    if uri == _XML:
        return f" xml:{quoted}"
    return f' xmlns:n{number}="{xml_attribute(uri[1:])}" n{number}:{quoted}'


def _checked(name: str) -> str:
    if NCNAME.fullmatch(name):
        return name
    raise NotExpressible(
        "Un élément d’extension n’a pas un nom que XML permet. Corrigez ce nom dans la fiche.",
        detail="extension with a name that is no NCName",
    )
