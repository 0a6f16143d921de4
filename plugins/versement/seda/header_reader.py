"""Reads what a manifest says around its units: message, agencies, rules that hold for the whole transfer."""

from __future__ import annotations

from typing import Any

from lxml import etree

from versement.seda.dates import PartialDate
from versement.seda.description import Further
from versement.seda.grammar import CODE_LISTS, COPIED_CODE_LISTS
from versement.seda.management_reader import read_management
from versement.seda.parts_reader import PartReader
from versement.seda.xml import child, children, local_name

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_TOKENS = {
    "MessageIdentifier": "message_identifier",
    "ArchivalAgreement": "archival_agreement",
    "TransferRequestReplyIdentifier": "request_reply_identifier",
}
_AGENCIES = {"ArchivalAgency": "archival_agency", "TransferringAgency": "transferring_agency"}
_OF_MANAGEMENT = {
    "ArchivalProfile": "archival_profile",
    "ServiceLevel": "service_level",
    "AcquisitionInformation": "acquisition_information",
    "LegalStatus": "legal_status",
    "OriginatingAgencyIdentifier": "originating_agency",
    "SubmissionAgencyIdentifier": "submission_agency",
}


def read_header(parts: PartReader, root: etree._Element) -> dict[str, Any]:
    """By attribute of an ArchiveTransfer, everything but its version and its units."""
    found: dict[str, Any] = {"date": PartialDate(""), "comment": ""}
    found |= dict.fromkeys((*_TOKENS.values(), *_AGENCIES.values(), *_OF_MANAGEMENT.values()), "")
    related = []
    for item in root:
        name = local_name(item)
        if name in _TOKENS:
            found[_TOKENS[name]] = parts.token(item)
        elif name in _AGENCIES:
            found[_AGENCIES[name]] = parts.organisation(item)
        elif name == "Date":
            found["date"] = parts.date(item)
        elif name == "CodeListVersions":
            found["code_lists"] = _code_lists(parts, item)
        elif name == "RelatedTransferReference":
            related.append(parts.token(item))
        elif name == "DataObjectPackage":
            found |= _management_metadata(parts, child(item, "ManagementMetadata"))
        elif name != "Comment":
            parts.left_out(item)
    return found | _comments(parts, root) | {"related_transfers": tuple(related)}


def _comments(parts: PartReader, root: etree._Element) -> dict[str, Any]:
    found = [
        Further("Comment", parts.text(item, _LANGUAGE), item.get(_LANGUAGE, "")) for item in children(root, "Comment")
    ]
    first = found.pop(0).text if found and not found[0].language else ""
    return {"comment": first, "comments": tuple(found)}


def _code_lists(parts: PartReader, element: etree._Element) -> tuple[tuple[str, str], ...]:
    """Those that the writer would not give by itself."""
    found = []
    for item in element:
        name = local_name(item)
        if name not in CODE_LISTS:
            parts.left_out(item)
            continue
        value = parts.token(item)
        if value and (name not in COPIED_CODE_LISTS or value != f"{name}0"):
            found.append((name, value))
    return tuple(found)


def _management_metadata(parts: PartReader, element: etree._Element | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    rest = []
    for item in children(element):
        name = local_name(item)
        if name in _OF_MANAGEMENT:
            found[_OF_MANAGEMENT[name]] = parts.token(item)
        else:
            rest.append(item)
    found |= read_management(parts, rest)
    if found.pop("attach_to", None):
        parts.remark(rest[0], "porte un rattachement qui n’est pas repris")
    return found
