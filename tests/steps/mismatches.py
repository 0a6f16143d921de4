"""What an archive's answers may have wrong, each by the code of its finding."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from tests.steps.sips import SEDA
from versement.domain.errors import NotYetAvailable
from versement.ports.archive import HeldUnit


def _without_first(*path: str) -> Callable[[bytes], bytes]:
    """The reply without the first element at a path."""

    def alter(reply: bytes) -> bytes:
        root = etree.fromstring(reply)
        found = root.find("/".join(f"{SEDA}{name}" for name in path))
        found.getparent().remove(found)
        return etree.tostring(root)

    return alter


def said(name: str, text: str) -> Callable[[bytes], bytes]:
    """The reply with another text in one of its elements."""

    def alter(reply: bytes) -> bytes:
        root = etree.fromstring(reply)
        root.find(f"{SEDA}{name}").text = text
        return etree.tostring(root)

    return alter


def _nothing(_: bytes) -> bytes:
    raise NotYetAvailable("404")


def _with_stranger(reply: bytes) -> bytes:
    """The reply with one more unit, that nobody sent."""
    root = etree.fromstring(reply)
    units = root.find(f"{SEDA}DataObjectPackage/{SEDA}DescriptiveMetadata")
    stranger = copy.deepcopy(units[0])
    stranger.set("id", "ID-inconnu")
    stranger.find(f"{SEDA}Content/{SEDA}SystemId").text = "aeaqaaaaaainconnue"
    units.append(stranger)
    return etree.tostring(root)


def same_identifier(reply: bytes) -> bytes:
    """The reply with one identifier for two of its units; the archive says that it holds both."""
    root = etree.fromstring(reply)
    first, second, *_ = root.iterfind(f".//{SEDA}ArchiveUnit/{SEDA}Content/{SEDA}SystemId")
    second.text = first.text
    return etree.tostring(root)


def _rotated(reply: bytes) -> bytes:
    """The reply with each object's identifiers given to the next one."""
    root = etree.fromstring(reply)
    items = list(root.iterfind(f".//{SEDA}BinaryDataObject"))
    for name in ("DataObjectSystemId", "DataObjectGroupSystemId"):
        given = [item.findtext(SEDA + name) for item in items]
        for item, other in zip(items, given[1:] + given[:1], strict=True):
            item.find(SEDA + name).text = other
    return etree.tostring(root)


def _told_twice(reply: bytes) -> bytes:
    """The reply with its first unit twice, first under another identifier."""
    root = etree.fromstring(reply)
    unit = root.find(f".//{SEDA}ArchiveUnit")
    again = copy.deepcopy(unit)
    again.find(f"{SEDA}Content/{SEDA}SystemId").text = "aeaqaaaaaaautre"
    unit.addprevious(again)
    return etree.tostring(root)


def _one_object(reply: bytes) -> bytes:
    """The reply with one identifier for two of its objects, each in its own group."""
    root = etree.fromstring(reply)
    first, second, *_ = root.iterfind(f".//{SEDA}BinaryDataObject/{SEDA}DataObjectSystemId")
    second.text = first.text
    return etree.tostring(root)


def elsewhere(units):
    return (replace(units[0], operation_id="aeeaaaaaaiautreoperation"), *units[1:])


def _extra(units):
    return (*units, HeldUnit("aeaqaaaaaaintruse", "clé d’une autre", "Intruse", "", ()))


def _renamed(units):
    return (replace(units[0], key="une-autre-clé"), *units[1:])


MISMATCHES = {
    "REPLY_UNIT_MISSING": ("reply", _without_first("DataObjectPackage", "DescriptiveMetadata", "ArchiveUnit")),
    "REPLY_OBJECT_MISSING": ("reply", _without_first("DataObjectPackage", "DataObjectGroup", "BinaryDataObject")),
    "UNIT_NOT_HELD": ("units", lambda units: units[1:]),
    "UNIT_NOT_SENT": ("units", _extra),
    "UNIT_KEY_DIFFERS": ("units", _renamed),
    "OBJECT_DIFFERS": ("bytes", lambda data: b"\0" + data[1:]),
    "OBJECT_NOT_HELD": ("bytes", _nothing),
    "REPLY_MISSING": ("reply", _nothing),
    "REPLY_UNREADABLE": ("reply", lambda reply: reply[: len(reply) // 2]),
    "REPLY_NAMES_STRANGERS": ("reply", _with_stranger),
    "REGISTER_MISSING": ("register", lambda _: None),
    "REGISTER_DIFFERS": ("register", lambda found: replace(found, object_groups=found.object_groups + 1)),
    "REPLY_OF_ANOTHER": ("reply", said("MessageIdentifier", "aeeaaaaaaiautreoperation")),
    "OBJECT_GROUP_DIFFERS": ("reply", _rotated),
    "REPLY_NAMES_TWICE": ("reply", _told_twice),
    "REPLY_IDENTIFIER_TWICE": ("reply", _one_object),
}
"""By code of the finding: what is altered, and how."""
