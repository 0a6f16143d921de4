"""What a connector makes of each thing that may be wrong with a file: the codes it may decide on, and the defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from versement.domain.documents import Finding, Severity


class Policy(StrEnum):
    """What a finding does to its document; nothing is even told of what is accepted."""

    SET_ASIDE = "set_aside"
    REMARK = "remark"
    ACCEPT = "accept"


DEFAULTS: Mapping[str, Policy] = MappingProxyType(
    {
        "FILE_EMPTY": Policy.SET_ASIDE,
        "FILE_UNREADABLE": Policy.SET_ASIDE,
        "FILE_TRUNCATED": Policy.SET_ASIDE,
        "FILE_ENCRYPTED": Policy.SET_ASIDE,
        "FILE_TOO_HEAVY": Policy.SET_ASIDE,
        "FILE_WITHOUT_PAGES": Policy.SET_ASIDE,
        "FILE_SIZE_IMPOSSIBLE": Policy.SET_ASIDE,
        "FILE_RESTRICTED": Policy.REMARK,
        "FILE_PDFA_DOUBTFUL": Policy.REMARK,
        "FILE_IMAGE_ONLY": Policy.ACCEPT,
        "FORMAT_MISMATCH": Policy.SET_ASIDE,
        "FORMAT_UNKNOWN": Policy.SET_ASIDE,
        "FORMAT_AMBIGUOUS": Policy.REMARK,
        "EXTENSION_UNCHECKED": Policy.REMARK,
        "NOT_SCANNED": Policy.SET_ASIDE,
        "EXPECTATION_UNFIT": Policy.REMARK,
    }
)
"""Every code that a profile may decide on, with what is done when it says nothing."""


def ruled(code: str, policies: Mapping[str, Policy], message: str, path: str = "") -> Iterator[Finding]:
    """The finding that the policy of its code makes, none when that is accepted."""
    policy = policies.get(code, DEFAULTS[code])
    if policy is not Policy.ACCEPT:
        severity = Severity.SET_ASIDE if policy is Policy.SET_ASIDE else Severity.REMARK
        yield Finding(code, severity, message, path)
