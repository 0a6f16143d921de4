"""The xml ids of a manifest: made from keys and digests, each given once, every reference to one that is given."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from versement.domain.errors import Defect
from versement.domain.fixity import Digest
from versement.seda.description import SignedObject
from versement.seda.model import BinaryObject, DataObjectGroup, PhysicalObject

_FIRST = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
NCNAME = re.compile(rf"[{_FIRST}][{_FIRST}0-9.\-\u00b7\u0300-\u036f\u203f\u2040]*")
"""A name without colon, as XML 1.0 (fifth edition) has it."""
_LENGTH = 32


def short(digest: str) -> str:
    """As much of a digest as names something in a SIP."""
    return digest[:_LENGTH]


def lone_group_id(digest: Digest) -> str:
    """Id of the group that holds the object of this digest alone."""
    return "G" + short(digest.value)


@dataclass(slots=True)
class Identifiers:
    """Ids given in one manifest.

    Attributes:
        keep: keys are ids already.
    """

    keep: bool
    _given: set[str] = field(default_factory=set)
    _asked: dict[str, str] = field(default_factory=dict)

    def unit(self, key: str) -> str:
        return self._give(self._of("U", key), f"unit {key!r}")

    def group(self, key: str) -> str:
        return self._give(self._of("G", key), f"group {key!r}")

    def lone_group(self, item: BinaryObject) -> str:
        """Id of the group that holds one object alone."""
        return self._give(lone_group_id(item.fixity.digest), f"group of {item.fixity.digest}")

    def lone_object(self, item: BinaryObject) -> str:
        identifier = self._of("O", item.key) if item.key else "O" + short(item.fixity.digest.value)
        return self._give(identifier, f"object {item.fixity.digest}")

    def object(self, group: DataObjectGroup, item: BinaryObject | PhysicalObject) -> str:
        if not item.key and self.keep:
            raise _defect(f"object without key in group {group.key!r}")
        return self._give(self._of("O", item.key or f"{group.key} {item.usage}"), f"object of group {group.key!r}")

    def unit_asked(self, key: str) -> str:
        """Id of a unit that is referred to, before or after it is written."""
        return self._ask(self._of("U", key), f"unit {key!r}")

    def signed_object(self, item: SignedObject) -> str:
        identifier = self._of("O", item.key) if item.key else "O" + short(item.digest.value)
        return self._ask(identifier, f"signed object {item.key or item.digest}")

    def check(self) -> None:
        """To be called once everything is written.

        Raises:
            Defect: something that was referred to is not in the manifest.
        """
        for identifier, what in self._asked.items():
            if identifier not in self._given:
                raise Defect(
                    "Le bordereau désigne un élément qu’il ne contient pas : signalez-le aux développeurs.",
                    detail=f"reference to {what}, which is not in the transfer",
                )

    def _of(self, kind: str, key: str) -> str:
        """An NCName, the same for the same key."""
        return key if self.keep else kind + short(hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest())

    def _give(self, identifier: str, what: str) -> str:
        if identifier in self._given or not (self.keep is False or NCNAME.fullmatch(identifier)):
            raise _defect(f"identifier of {what} is not a name, or is given twice")
        self._given.add(identifier)
        return identifier

    def _ask(self, identifier: str, what: str) -> str:
        self._asked[identifier] = what
        return identifier


def _defect(detail: str) -> Defect:
    return Defect(
        "Deux éléments du bordereau auraient le même identifiant, ou l’un n’en a pas de valable : "
        "signalez-le aux développeurs.",
        detail=detail,
    )
