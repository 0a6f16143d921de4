"""Referentials that come as JSON: their fields, their defaults, and what makes an entry be refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from jsonschema import Draft7Validator, SchemaError

Json = dict[str, Any]
_DATES = ("CreationDate", "LastUpdate", "ActivationDate", "DeactivationDate")
_PERMISSION = re.compile(r"[a-zA-Z]+(:[a-zA-Z]+)+")
_HTML = re.compile(r"<[a-zA-Z!/]")
_FIELD = re.compile(r"[a-zA-Z][a-zA-Z0-9_\-]*")
_ONTOLOGY_TYPES = ("TEXT", "KEYWORD", "DATE", "LONG", "DOUBLE", "BOOLEAN", "GEO_POINT", "ENUM")
_BOOLEANS = (
    "MasterMandatory",
    "EveryDataObjectVersion",
    "FormatUnidentifiedAuthorized",
    "EveryFormatType",
    "ComputeInheritedRulesAtIngest",
    "EveryOriginatingAgency",
    "WritingPermission",
    "EnableControl",
    "FullAccess",
)
DEFAULTS: dict[str, Json] = {
    "ingestcontracts": {
        "Status": "INACTIVE",
        "CheckParentLink": "AUTHORIZED",
        "CheckParentId": [],
        "MasterMandatory": True,
        "EveryDataObjectVersion": False,
        "DataObjectVersion": [],
        "FormatUnidentifiedAuthorized": False,
        "EveryFormatType": True,
        "FormatType": [],
        "ArchiveProfiles": [],
        "ComputeInheritedRulesAtIngest": False,
    },
    "accesscontracts": {
        "Status": "INACTIVE",
        "OriginatingAgencies": [],
        "EveryOriginatingAgency": False,
        "DataObjectVersion": [],
        "EveryDataObjectVersion": False,
        "WritingPermission": False,
        "AccessLog": "INACTIVE",
    },
    "managementcontracts": {"Status": "INACTIVE"},
    "contexts": {"Status": "INACTIVE", "EnableControl": False, "Permissions": []},
    "securityprofiles": {"FullAccess": False, "Permissions": []},
    "profiles": {"Status": "INACTIVE", "Format": "RNG"},
    "archiveunitprofiles": {"Status": "INACTIVE", "ControlSchema": ""},
    "ontologies": {},
}
_MORE_FIELDS: dict[str, tuple[str, ...]] = {
    "ingestcontracts": ("LinkParentId", "ManagementContractId", "SignaturePolicy"),
    "accesscontracts": ("WritingRestrictedDesc", "RootUnits", "ExcludedRootUnits", "RuleCategoryToFilter"),
    "managementcontracts": ("Storage", "VersionRetentionPolicy", "PersistentIdentifierPolicyList"),
    "contexts": ("SecurityProfile",),
    "ontologies": ("SedaField", "ApiField", "Type", "Origin", "ShortName", "Collections"),
}


class Known(Protocol):
    """What an entry may refer to."""

    def get(self, tenant: int, kind: str, identifier: str) -> Json | None: ...

    def unit_exists(self, tenant: int, unit_id: str) -> bool: ...


_PREFIXES = {
    "ingestcontracts": "IC",
    "accesscontracts": "AC",
    "managementcontracts": "MC",
    "contexts": "CT",
    "securityprofiles": "SEC_PROFILE",
    "profiles": "PR",
    "archiveunitprofiles": "AUP",
    "ontologies": "ON",
}


def generated(kind: str, number: int) -> str:
    """The identifier that a master tenant gives to the entry of that number."""
    return f"{_PREFIXES[kind]}-{number:06d}"


def error(known: Known, tenant: int, kind: str, entry: Json) -> str:
    """Why an entry is refused; empty when it is not."""
    identifier = entry["Identifier"]
    reason = _common_error(kind, entry) or _CHECKS[kind](known, tenant, completed(kind, entry))
    return f"{identifier}: {reason}" if reason else ""


def completed(kind: str, entry: Json) -> Json:
    """An entry with its defaults; what is null counts as absent."""
    return {**DEFAULTS[kind], **{name: value for name, value in entry.items() if value is not None}}


def filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _common_error(kind: str, entry: Json) -> str:
    allowed = {"Identifier", "Name", "Description", *_DATES, *DEFAULTS[kind], *_MORE_FIELDS.get(kind, ())}
    strange = [name for name in entry if name not in allowed and not name.startswith(("#", "_"))]
    if strange:
        return f"unknown fields {strange}"
    if any(_HTML.search(text) for text in _texts(entry)):
        return "HTML is not allowed"
    if kind != "ontologies" and not filled(entry.get("Name")):
        return "Name is mandatory"
    if entry.get("Status") not in ("ACTIVE", "INACTIVE", None):
        return "Status is ACTIVE or INACTIVE"
    return _type_error(kind, entry)


def _type_error(kind: str, entry: Json) -> str:
    lists = [name for name, default in DEFAULTS[kind].items() if default == [] and name != "Permissions"]
    for names, right, what in (
        (_BOOLEANS, lambda value: isinstance(value, bool), "a boolean"),
        ((*lists, "RootUnits", "ExcludedRootUnits"), _is_texts, "an array of texts"),
        (("LinkParentId", "ManagementContractId", "SecurityProfile"), filled, "a text"),
    ):
        wrong = [name for name in names if entry.get(name) is not None and not right(entry[name])]
        if wrong:
            return f"{wrong}: {what} is expected"
    return ""


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _texts(value: object) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _ingest_contract(known: Known, tenant: int, entry: Json) -> str:
    if entry["CheckParentLink"] not in ("AUTHORIZED", "UNAUTHORIZED", "REQUIRED"):
        return "CheckParentLink is not AUTHORIZED, UNAUTHORIZED or REQUIRED"
    if not entry["EveryFormatType"] and not entry["FormatType"]:
        return "FormatType is mandatory when EveryFormatType is false"
    if entry["EveryFormatType"] and entry["FormatType"]:
        return "FormatType must be empty when EveryFormatType is true"
    management = entry.get("ManagementContractId")
    return (
        _unknown(known, tenant, "profiles", entry["ArchiveProfiles"])
        or _unknown(known, tenant, "managementcontracts", [management] if management else [])
        or _absent_units(known, tenant, [entry.get("LinkParentId"), *entry["CheckParentId"]])
    )


def _access_contract(known: Known, tenant: int, entry: Json) -> str:
    units = [*(entry.get("RootUnits") or []), *(entry.get("ExcludedRootUnits") or [])]
    return _unknown(known, tenant, "agencies", entry["OriginatingAgencies"]) or _absent_units(known, tenant, units)


def _context(known: Known, tenant: int, entry: Json) -> str:
    named = entry.get("SecurityProfile") or ""
    if not filled(named):
        return "SecurityProfile is mandatory"
    if not isinstance(entry["Permissions"], list):
        return "Permissions is an array"
    reasons = (_permission_error(known, permission) for permission in entry["Permissions"])
    return next((reason for reason in reasons if reason), _unknown(known, tenant, "securityprofiles", [named]))


def _permission_error(known: Known, permission: object) -> str:
    """Why one of a context's permissions is refused."""
    if not isinstance(permission, dict) or type(permission.get("tenant")) is not int:
        return "a permission has a tenant"
    for kind, field in (("ingestcontracts", "IngestContracts"), ("accesscontracts", "AccessContracts")):
        contracts = permission.get(field)
        if contracts is not None and not _is_texts(contracts):
            return f"{field} is an array of texts"
        reason = _unknown(known, permission["tenant"], kind, contracts)
        if reason:
            return reason
    return ""


def _security_profile(_known: Known, _tenant: int, entry: Json) -> str:
    permissions = entry["Permissions"]
    if not _is_texts(permissions):
        return "Permissions is an array of texts"
    if entry["FullAccess"] and permissions:
        return "Permissions must be empty when FullAccess is true"
    strange = [name for name in permissions if not _PERMISSION.fullmatch(name)]
    return f"unknown permissions {strange}" if strange else ""


def _profile(_known: Known, _tenant: int, entry: Json) -> str:
    return "" if entry["Format"] in ("RNG", "XSD") else "Format is RNG or XSD"


def _unit_profile(_known: Known, _tenant: int, entry: Json) -> str:
    schema = entry["ControlSchema"]
    if not isinstance(schema, str):
        return "ControlSchema is a JSON schema written as a string"
    try:
        Draft7Validator.check_schema(json.loads(schema or "{}"))
    except (ValueError, SchemaError):
        return "ControlSchema is not a JSON schema"
    return ""


def _ontology(_known: Known, _tenant: int, entry: Json) -> str:
    if entry.get("Type") not in _ONTOLOGY_TYPES or entry.get("Origin") not in ("INTERNAL", "EXTERNAL"):
        return f"Type is one of {', '.join(_ONTOLOGY_TYPES)}, Origin is INTERNAL or EXTERNAL"
    names = [entry[name] for name in ("SedaField", "ApiField") if name in entry]
    named = bool(names) and all(isinstance(name, str) and _FIELD.fullmatch(name) for name in names)
    return "" if named else "SedaField or ApiField names a field"


def _none(_known: Known, _tenant: int, _entry: Json) -> str:
    return ""


_CHECKS: Mapping[str, Callable[[Known, int, Json], str]] = {
    "ingestcontracts": _ingest_contract,
    "accesscontracts": _access_contract,
    "managementcontracts": _none,
    "contexts": _context,
    "securityprofiles": _security_profile,
    "profiles": _profile,
    "archiveunitprofiles": _unit_profile,
    "ontologies": _ontology,
}


def _unknown(known: Known, tenant: int, kind: str, identifiers: Iterable[str] | None) -> str:
    missing = [identifier for identifier in identifiers or [] if known.get(tenant, kind, identifier) is None]
    return f"unknown in {kind}: {missing}" if missing else ""


def _absent_units(known: Known, tenant: int, units: Iterable[str | None]) -> str:
    missing = [unit for unit in units if unit and not known.unit_exists(tenant, unit)]
    return f"units {missing} do not exist" if missing else ""
