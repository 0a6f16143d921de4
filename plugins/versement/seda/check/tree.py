"""The graph of units: references resolved, levels, cycles. Linear in the number of units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from versement.seda.check.package import Package
from versement.seda.check.verdict import Ruling, named


def resolved(package: Package) -> dict[str, str]:
    """By id of unit, the unit it stands for through references; empty when there is none."""
    found: dict[str, str] = {}
    for start in package.units:
        way: list[str] = []
        here = start
        seen: set[str] = set()
        while here not in found and here not in seen:
            seen.add(here)
            way.append(here)
            unit = package.units.get(here)
            if unit is None or unit.reference is None:
                found[here] = here if unit is not None else ""
                break
            here = unit.reference.strip()
        end = found.get(here, "")
        found.update(dict.fromkeys(way, end))
    return found


def levels(package: Package) -> dict[str, int]:
    """By id of unit, its level from the roots (the longest way); units of a cycle, and below one, are left out."""
    below, above = _edges(package)
    level = {name: 0 for name, number in above.items() if not number}
    ready = list(level)
    for name in ready:
        for child in below.get(name, ()):
            above[child] -= 1
            level[child] = max(level.get(child, 0), level[name] + 1)
            if not above[child]:
                ready.append(child)
    return {name: level[name] for name in ready}


def _edges(package: Package) -> tuple[dict[str, dict[str, None]], dict[str, int]]:
    """Children of each unit of its own, and the number of its parents."""
    standing = resolved(package)
    below: dict[str, dict[str, None]] = {}
    above = {unit.id: 0 for unit in package.units.values() if unit.reference is None}
    for unit in package.units.values():
        child = standing[unit.id]
        children = below.setdefault(unit.parent, {}) if unit.parent else {}
        if unit.parent and child and child not in children:
            children[child] = None
            above[child] += 1
    return below, above


def loops(package: Package, level: Mapping[str, int]) -> Iterator[Ruling]:
    """CHECK_MANIFEST_LOOP: units that no way from the roots reaches without going round."""
    for unit in package.units.values():
        if unit.reference is None and unit.id not in level:
            yield Ruling(
                "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.CHECK_MANIFEST_LOOP.KO",
                named("ArchiveUnit", unit.id),
                "elle est, de proche en proche, contenue dans elle-même, ou placée sous une telle unité.",
            )
