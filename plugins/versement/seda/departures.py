"""Where a manifest departs from its archival profile: the verdict is RELAX NG's, the places are found by reading on.

libxml2 tells neither which record nor which element is to blame once units of several kinds may stand in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from versement.domain.errors import Defect
from versement.ports.archival_profile import Departure, DepartureKind
from versement.seda.relaxng import RNG
from versement.seda.xml import local_name, read_xml

LIMIT = 200
"""Departures that are told of one manifest."""
BLANKS = " \t\r\n"
AHEAD = 3
"""Elements out of place that are passed over before a wanted one is said to be missing."""
_MISSING, _MISPLACED, _INSIDE = 10, 10, 1
"""What a reading costs: the cheapest one is told. An element of the right name is read as that element."""


def departures(manifest: Path, profile: bytes) -> Sequence[Departure]:
    """See `ports.ArchivalProfileCheck`; in this process, the whole manifest in memory."""
    grammar = read_xml(profile)
    schema = compiled(grammar)
    root = read_xml(manifest.read_bytes())
    if schema.validate(root):
        return ()
    return places(root, grammar) or (Departure("", local_name(root), DepartureKind.REFUSED, _line(root)),)


def places(root: etree._Element, grammar: etree._Element) -> Sequence[Departure]:
    """Departures of a document, in its order, by the reading that has the fewest; none when it is valid."""
    return _Reader(grammar).read(root)


def compiled(grammar: etree._Element) -> etree.RelaxNG:
    """The grammar, ready to validate.

    Raises:
        Defect: it is no RELAX NG grammar.
    """
    try:
        return etree.RelaxNG(grammar)
    except etree.RelaxNGParseError as error:
        raise Defect(
            "Le profil d’archivage produit à partir de la fiche n’est pas une grammaire RELAX NG : signalez-le aux "
            "développeurs.",
            detail=str(error),
        ) from error


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read the elements so far: what it costs, what it costs within them, and what it has to tell."""

    cost: int = 0
    inner: int = 0
    told: tuple[Departure, ...] = ()

    def with_(self, cost: int, inner: int, told: Iterable[Departure]) -> _Reading:
        return _Reading(self.cost + cost, self.inner + inner, (*self.told, *told)[:LIMIT])

    @property
    def rank(self) -> tuple[int, int]:
        return self.cost, self.inner


_Readings = Mapping[int, _Reading]
"""By number of elements read, the cheapest reading."""


def _cheapest(some: Iterable[tuple[int, _Reading]]) -> dict[int, _Reading]:
    best: dict[int, _Reading] = {}
    for place, reading in some:
        if place not in best or reading.rank < best[place].rank:
            best[place] = reading
    return best


class _Reader:
    """Reads a document as a grammar has it, over its departures."""

    def __init__(self, grammar: etree._Element) -> None:
        self._grammar = grammar
        self._defines = {define.get("name", ""): define for define in grammar.iterfind(f"{{{RNG}}}define")}
        self._bare_ones: dict[etree._Element, etree.RelaxNG] = {}
        self._whole_ones: dict[etree._Element, etree.RelaxNG] = {}
        self._known: dict[tuple[etree._Element, etree._Element], _Reading] = {}

    def read(self, root: etree._Element) -> Sequence[Departure]:
        start = self._grammar.find(f"{{{RNG}}}start")
        return self._whole(start, [root], root).told if start is not None else ()

    def _whole(self, pattern: etree._Element, elements: Sequence[etree._Element], parent: etree._Element) -> _Reading:
        """The cheapest reading of all these elements; those that are left over are out of place."""
        ends = self._sequence(pattern, elements, parent, {0: _Reading()})
        count = len(elements)
        end = min(ends, key=lambda place: (ends[place].cost + _MISPLACED * (count - place), ends[place].inner))
        left = elements[end : end + LIMIT]
        return ends[end].with_(_MISPLACED * (count - end), 0, map(_misplaced, left))

    def _sequence(
        self, patterns: etree._Element, elements: Sequence[etree._Element], parent: etree._Element, at: _Readings
    ) -> _Readings:
        for pattern in patterns.iterchildren(f"{{{RNG}}}*"):
            at = self._ends(pattern, elements, parent, at)
        return at

    def _ends(
        self, pattern: etree._Element, elements: Sequence[etree._Element], parent: etree._Element, at: _Readings
    ) -> _Readings:
        """Where the pattern may end, from where it may begin."""
        kind = local_name(pattern)
        if kind == "element":
            places = (self._element(pattern, elements, parent, place, at[place]) for place in at)
            return _cheapest(end for some in places for end in some)
        if kind == "choice":
            alternatives = [self._ends(one, elements, parent, at) for one in pattern]
            return _cheapest(end for one in alternatives for end in one.items())
        if kind in ("ref", "group", "optional", "oneOrMore"):
            ends = self._sequence(self._content(pattern), elements, parent, at)
            if kind == "optional":
                return _cheapest([*at.items(), *ends.items()])
            return self._repeated(pattern, elements, parent, ends) if kind == "oneOrMore" else ends
        return self._repeated(pattern, elements, parent, at) if kind == "zeroOrMore" else at

    def _content(self, pattern: etree._Element) -> etree._Element:
        return self._defines[pattern.get("name", "")] if local_name(pattern) == "ref" else pattern

    def _repeated(
        self, pattern: etree._Element, elements: Sequence[etree._Element], parent: etree._Element, at: _Readings
    ) -> _Readings:
        ends, fresh = dict(at), dict(at)
        while fresh:
            first = min(fresh)
            more = self._sequence(pattern, elements, parent, {first: fresh.pop(first)})
            for place, reading in more.items():
                if place > first and (place not in ends or reading.rank < ends[place].rank):
                    ends[place] = fresh[place] = reading
        return ends

    def _element(
        self,
        pattern: etree._Element,
        elements: Sequence[etree._Element],
        parent: etree._Element,
        place: int,
        so_far: _Reading,
    ) -> Iterable[tuple[int, _Reading]]:
        name = pattern.get("name", "")
        for ahead, found in enumerate(elements[place : place + AHEAD]):
            if not name or local_name(found) == name:
                inside = self._inside(pattern, found)
                reading = so_far.with_(_MISPLACED * ahead, 0, map(_misplaced, elements[place : place + ahead]))
                yield place + ahead + 1, reading.with_(_INSIDE * bool(inside.told), inside.cost, inside.told)
                break
        if name:
            missing = Departure(_within(parent), name, DepartureKind.MISSING, _line(parent))
            yield place, so_far.with_(_MISSING, 0, (missing,))

    def _inside(self, pattern: etree._Element, found: etree._Element) -> _Reading:
        """Reading of what an element holds, the element being of the right name."""
        known = self._known.get((pattern, found))
        if known is None:
            known = self._known[pattern, found] = self._read_inside(pattern, found)
        return known

    def _read_inside(self, pattern: etree._Element, found: etree._Element) -> _Reading:
        if all(map(_is_own, pattern)):
            return _Reading() if self._alone(pattern).validate(found) else _refused(found)
        if self._is_named(pattern) and self._named(pattern).validate(found):
            return _Reading()
        reading = self._whole(pattern, list(found), found)
        bare = etree.Element(found.tag, _attributes(found))
        if not self._alone(pattern).validate(bare) or _has_text(found):
            own = _refused(found)
            return own.with_(reading.cost, reading.inner, reading.told)
        return reading

    def _is_named(self, pattern: etree._Element) -> bool:
        parent = pattern.getparent()
        return parent is not None and local_name(parent) == "define"

    def _named(self, pattern: etree._Element) -> etree.RelaxNG:
        """The element with all that it holds: libxml2 passes over what is right faster than we do."""
        if pattern not in self._whole_ones:
            grammar = deepcopy(self._grammar)
            start = grammar.find(f"{{{RNG}}}start")
            if start is not None:
                start[:] = [deepcopy(pattern)]
            self._whole_ones[pattern] = compiled(grammar)
        return self._whole_ones[pattern]

    def _alone(self, pattern: etree._Element) -> etree.RelaxNG:
        """The element without those that it holds: its attributes, and its text where it holds none."""
        if pattern not in self._bare_ones:
            alone = etree.Element(self._grammar.tag, _attributes(self._grammar))
            start = etree.SubElement(alone, f"{{{RNG}}}start")
            own = etree.SubElement(start, pattern.tag, _attributes(pattern))
            own.extend(deepcopy(part) for part in pattern if _is_own(part))
            if not len(own) or (len(own) == 1 and local_name(own[0]) == "anyName"):
                etree.SubElement(own, f"{{{RNG}}}empty")
            self._bare_ones[pattern] = compiled(alone)
        return self._bare_ones[pattern]


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(text) for name, text in element.items()}


def _is_own(part: etree._Element) -> bool:
    """Whether a pattern speaks of attributes or text only."""
    return not any(local_name(each) in ("element", "ref") for each in part.iter(f"{{{RNG}}}*"))


def _has_text(element: etree._Element) -> bool:
    texts = (element.text, *(child.tail for child in element))
    return any((text or "").strip(BLANKS) for text in texts)


def _misplaced(element: etree._Element) -> Departure:
    return Departure(_within(element), local_name(element), DepartureKind.MISPLACED, _line(element))


def _refused(element: etree._Element) -> _Reading:
    departure = Departure(_within(element), local_name(element), DepartureKind.REFUSED, _line(element))
    return _Reading(_INSIDE, 0, (departure,))


def _within(element: etree._Element) -> str:
    """The xml id of the nearest element around that has one, itself included."""
    around: etree._Element | None = element
    while around is not None:
        identifier = around.get("id")
        if identifier:
            return identifier
        around = around.getparent()
    return ""


def _line(element: etree._Element) -> int:
    line: Any = element.sourceline  # int | None; lxml's stubs say otherwise
    return line or 0
