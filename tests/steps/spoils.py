"""Manifests spoiled in one place, the same for the same seed."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping

from lxml import etree

Spoil = Callable[[etree._Element, random.Random], None]


def _removed(element: etree._Element, _: random.Random) -> None:
    element.getparent().remove(element)


def _doubled(element: etree._Element, _: random.Random) -> None:
    element.addnext(copy.deepcopy(element))


def _moved(element: etree._Element, chance: random.Random) -> None:
    parent = element.getparent()
    parent.insert(parent.index(chance.choice(parent)), element)


def _renamed(element: etree._Element, _: random.Random) -> None:
    element.tag = element.tag.partition("}")[0] + "}Autre"


def _foreign(element: etree._Element, _: random.Random) -> None:
    element.tag = "{urn:autre}" + element.tag.partition("}")[2]


def _with_text(text: str) -> Spoil:
    def spoil(element: etree._Element, _: random.Random) -> None:
        element.text = text

    return spoil


def _with_attribute(element: etree._Element, _: random.Random) -> None:
    element.set("autre", "1")


SPOILS: Mapping[str, Spoil] = {
    "removed": _removed,
    "doubled": _doubled,
    "moved": _moved,
    "renamed": _renamed,
    "of another namespace": _foreign,
    "of another value": _with_text("autre"),
    "blank": _with_text(" \n "),
    "untitled": _with_text("[Sans titre]"),
    "a wrong day": _with_text("2026-02-30"),
    "a day with a zone": _with_text("2026-02-03Z"),
    "very long": _with_text("é " * 16000),
    "with an attribute": _with_attribute,
}


def spoiled(manifest: bytes, seed: int) -> tuple[bytes, str]:
    """The manifest with one element spoiled, and how; some spoils change nothing that counts."""
    chance = random.Random(seed)  # noqa: S311 - the same spoil for the same seed
    root = etree.fromstring(manifest)
    element = chance.choice([each for each in root.iter() if each is not root])
    how = chance.choice(sorted(SPOILS))
    told = f"{etree.QName(element).localname} {how}"
    SPOILS[how](element, chance)
    return etree.tostring(root), told
