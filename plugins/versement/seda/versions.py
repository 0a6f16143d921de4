"""What differs between SEDA 2.1, 2.2 and 2.3; everything else is common to the three.

Source: the official schemas seda-2.x-main.xsd. Where Vitam's own grammar is more lenient (HoldRule in 2.1,
SigningInformation before 2.3), the official one holds; where it is stricter (Gps in 2.1), Vitam's.
"""

from __future__ import annotations

import re

from versement.seda.text import printable

VERSIONS = ("2.1", "2.2", "2.3")
"""The versions that Vitam takes and that the model covers."""

DEFAULT = "2.2"

_PREFIX = "fr:gouv:culture:archivesdefrance:seda:v"
_NAMESPACE = re.compile(rf"{_PREFIX}([0-9]+\.[0-9]+)")

_SINCE = {
    ("Content", "Agent"): "2.2",
    ("Content", "DateLitteral"): "2.2",
    ("Content", "OriginatingSystemIdReplyTo"): "2.2",
    ("Content", "TextContent"): "2.2",
    ("Content", "SigningInformation"): "2.3",
    ("Content", "PersistentIdentifier"): "2.3",
    ("Event", "LinkingAgentIdentifier"): "2.2",
    ("Management", "HoldRule"): "2.2",
    ("DataObject", "DataObjectProfile"): "2.2",
    ("DataObject", "PersistentIdentifier"): "2.3",
    ("DataObject", "DataObjectUse"): "2.3",
    ("DataObject", "DataObjectNumber"): "2.3",
}
ROOT = "ArchiveTransfer"
_UNTIL = {("Content", "Signature"): "2.2"}
_APART = {"2.1": ("Signature", "Gps")}
"""Elements of Content that Vitam's grammar makes exclusive, though the official schema has both."""


def namespace(version: str) -> str:
    return _PREFIX + version


def wrong_root(space: str, name: str) -> str:
    """Why a root element is not that of a message which the model covers, in French; completes a sentence."""
    where = f"dans l’espace de noms « {printable(space)} »" if space else "sans espace de noms"
    known = ", ".join(f"« {namespace(version)} »" for version in VERSIONS)
    return f"est « {printable(name)} », {where} ; attendu : {ROOT}, dans l’un des espaces de noms {known}"


def version_of(uri: str) -> str:
    """Version that a namespace stands for, whether the model covers it or not; empty when it is none of SEDA 2."""
    found = _NAMESPACE.fullmatch(uri)
    return found.group(1) if found else ""


def exists(version: str, parent: str, element: str) -> bool:
    """Tells whether an element that SEDA has in some version exists in this one."""
    place = (parent, element)
    return _SINCE.get(place, VERSIONS[0]) <= version <= _UNTIL.get(place, VERSIONS[-1])


def apart(version: str) -> tuple[str, ...]:
    """Elements of a description of which this version takes one only."""
    return _APART.get(version, ())


def versions_with(parent: str, element: str) -> tuple[str, ...]:
    """Every version in which an element exists."""
    return tuple(version for version in VERSIONS if exists(version, parent, element))
