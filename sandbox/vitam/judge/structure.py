"""CHECK_DATAOBJECTPACKAGE: usages, number of objects, references, cycles, orphans."""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.vitam.judge import attachments
from sandbox.vitam.judge.ingest import Ingest, by_level
from sandbox.vitam.manifest import DataObject, Package, Unit
from sandbox.vitam.outcome import Result, Status, composite, ko, ok

_BINARY_USAGES = ("BinaryMaster", "Dissemination", "Thumbnail", "TextContent")
_PHYSICAL_USAGES = ("PhysicalMaster", "Dissemination")
_MASTERS = ("BinaryMaster", "PhysicalMaster")
_VERSION = re.compile(r"([A-Za-z]+)(?:_([0-9]+))?")
_ALGORITHMS = ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")
_MANIFEST = "CHECK_MANIFEST"


def check_package(ingest: Ingest) -> Result:
    checks: tuple[Callable[[Ingest], Result], ...] = (
        (_check_versions, _check_numbers, _check_manifest, _check_consistency)
        if ingest.op.workflow.objects
        else (_check_no_object, _check_manifest)
    )
    parts: list[Result] = []
    for check in checks:
        parts.append(check(ingest))
        if parts[-1].status >= Status.KO:
            break
    result = composite("CHECK_DATAOBJECTPACKAGE", parts)
    ingest.state.extracted = result.status < Status.KO
    return result


def _check_no_object(ingest: Ingest) -> Result:
    if ingest.package.objects or ingest.state.files:
        return ko("CHECK_NO_OBJECT", message="Un plan de classement ne porte pas d’objet")
    return ok("CHECK_NO_OBJECT")


def _check_versions(ingest: Ingest) -> Result:
    code = "CHECK_MANIFEST_DATAOBJECT_VERSION"
    for data_object in ingest.package.objects.values():
        subcode = _version_error(data_object)
        if subcode:
            return ko(code, subcode, f"Objet {data_object.id}")
    return ok(code)


def _version_error(data_object: DataObject) -> str:
    matched = _VERSION.fullmatch(data_object.full_version)
    usage = matched.group(1) if matched else ""
    if data_object.physical:
        if usage == "BinaryMaster":
            return "PDO_DATAOBJECTIONVERSION_BINARYMASTER"
        if usage not in _PHYSICAL_USAGES:
            return "INVALID_DATAOBJECTVERSION"
        return "" if data_object.physical_id.strip() else "EMPTY_REQUIRED_FIELD"
    if usage == "PhysicalMaster":
        return "BDO_DATAOBJECTIONVERSION_PHYSICALMASTER"
    if usage not in _BINARY_USAGES:
        return "INVALID_DATAOBJECTVERSION"
    return "" if data_object.algorithm in _ALGORITHMS else "INVALIDE_ALGO"


def _check_numbers(ingest: Ingest) -> Result:
    """Compare sets: two objects with the same Uri pass, as in Vitam."""
    code = "CHECK_MANIFEST_OBJECTNUMBER"
    declared = {found.uri for found in ingest.package.objects.values() if not found.physical}
    present = set(ingest.state.files)
    if any(" " in uri for uri in declared):
        return ko(code, message="Une Uri contient un espace")
    if declared == present:
        return ok(code)
    if len(declared) > len(present):
        return ko(code, "MANIFEST_SUPERIOR_BDO", f"Absents du SIP : {_some(declared - present)}")
    if len(declared) < len(present):
        return ko(code, "MANIFEST_INFERIOR_BDO", f"Absents du bordereau : {_some(present - declared)}")
    return ko(code, "INVALID_URI", f"Absents du SIP : {_some(declared - present)}")


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:5])


def _check_manifest(ingest: Ingest) -> Result:
    package = ingest.package
    error = _tree_error(package) or _unit_objects_error(package) or _groups_error(ingest)
    if error is not None:
        return error
    if len(by_level(package)) < len(package.real_units):
        return ko(_MANIFEST, "CHECK_MANIFEST_LOOP", "L’arborescence des unités contient un cycle")
    refused = attachments.resolve(ingest) or _masters(ingest)
    if refused is not None:
        return refused
    ingest.assign_ids()
    return ok(_MANIFEST)


def _tree_error(package: Package) -> Result | None:
    for unit in package.units.values():
        if not unit.reference:
            continue
        if unit.reference != unit.reference.strip():
            return ko(_MANIFEST, "CHECK_MANIFEST_MALFORMED_DATA", f"ArchiveUnitRefId de {unit.id} entouré d’espaces")
        if unit.reference not in package.units:
            return ko(_MANIFEST, message=f"ArchiveUnitRefId de {unit.id} ne nomme pas une unité")
        if not package.resolve(unit.id):
            return ko(_MANIFEST, "CHECK_MANIFEST_LOOP", "L’arborescence des unités contient un cycle")
    return None


def _unit_objects_error(package: Package) -> Result | None:
    for unit in package.real_units:
        error = _unit_error(package, unit)
        if error is not None:
            return error
    return None


def _unit_error(package: Package, unit: Unit) -> Result | None:
    for name in (*unit.groups, *unit.objects):
        found = package.objects.get(name)
        if found is not None and found.group != name:
            return ko(_MANIFEST, "EXISTING_OG_NOT_DECLARED", f"L’unité {unit.id} nomme un objet, pas son groupe")
        if name not in package.groups:
            return ko(_MANIFEST, message=f"L’unité {unit.id} nomme {name}, qui n’est ni objet ni groupe")
    if len({*unit.groups, *unit.objects}) > 1:
        return ko(_MANIFEST, "ARCHIVEUNIT_REFERENCES_MULTIPLE_OBJECTGROUP", f"Unité {unit.id}")
    return None


def _groups_error(ingest: Ingest) -> Result | None:
    package = ingest.package
    for group, names in package.groups.items():
        objects = [package.objects[name] for name in names]
        if group not in package.declared and group not in package.objects:
            return ko(_MANIFEST, message=f"Le groupe {group} n’est pas déclaré")
        versions = [found.full_version for found in objects]
        if len(set(versions)) < len(versions):
            return ko(_MANIFEST, message=f"Le groupe {group} porte deux fois le même usage et la même version")
    return None


def _masters(ingest: Ingest) -> Result | None:
    """A new group needs its first master, and a master at all where the contract says so."""
    package, mandatory = ingest.package, bool(ingest.contract["MasterMandatory"])
    for group in ingest.new_groups:
        versions = [package.objects[name].full_version for name in package.groups[group]]
        error = _masters_error(group, versions, mandatory=mandatory)
        if error is not None:
            return error
    return None


def _masters_error(group: str, versions: list[str], *, mandatory: bool) -> Result | None:
    for master in _MASTERS:
        if any(v.startswith(f"{master}_") for v in versions) and f"{master}_1" not in versions:
            return ko(_MANIFEST, "EXPECTED_MANDATORY_VERSION_1", f"Groupe {group} : {master}_1 attendu")
    if mandatory and not any(version.startswith(_MASTERS) for version in versions):
        return ko(_MANIFEST, "MASTER_MANDATORY_REQUIRED", f"Groupe {group} : original attendu")
    return None


def _check_consistency(ingest: Ingest) -> Result:
    package = ingest.package
    used = {name for unit in package.real_units for name in (*unit.groups, *unit.objects)}
    orphans = [group for group in package.groups if group not in used]
    if orphans:
        return ko("CHECK_CONSISTENCY", "CHECK_CONSISTENCY_ORPHAN_OBJECT", f"Sans unité : {', '.join(orphans[:5])}")
    return ok("CHECK_CONSISTENCY")
