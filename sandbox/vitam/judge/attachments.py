"""Attachment to what the archive already holds: by SystemId, by key, by the contract's LinkParentId."""

from __future__ import annotations

from sandbox.vitam import manifest
from sandbox.vitam.guid import is_guid
from sandbox.vitam.judge.ingest import Ingest, Json
from sandbox.vitam.outcome import Result, Status, ko, ok

_CODE = "CHECK_MANIFEST"
_TYPES = ("INGEST", "FILING_UNIT", "HOLDING_UNIT")


def resolve(ingest: Ingest) -> Result | None:
    """Find the existing unit behind every UpdateOperation; None when all is well."""
    attaching = [unit for unit in ingest.package.real_units if unit.update is not None]
    targets: list[Json] = []
    for unit in attaching:
        found = _target(ingest, unit)
        if isinstance(found, Result):
            return found
        if unit.parents:
            return ko(_CODE, "MODIFY_PARENT_EXISTING_UNIT_UNAUTHORIZED", f"L’unité {unit.id} existe déjà")
        targets.append(found)
        ingest.state.units[unit.id] = found["#id"]
    ingest.state.attached = [unit.id for unit in attaching]
    return (
        _contract_error(ingest, targets)
        or _link(ingest)
        or _type_error(ingest, targets)
        or _extend(ingest, list(zip(attaching, targets, strict=True)))
    )


def _target(ingest: Ingest, unit: manifest.Unit) -> Json | Result:
    holdings, tenant = ingest.services.holdings, ingest.op.tenant
    key = None if unit.update is None else manifest.child(unit.update, "ArchiveUnitIdentifierKey")
    if key is not None:
        name, value = manifest.text(key, "MetadataName").strip(), manifest.text(key, "MetadataValue").strip()
        if not name or not value:
            return ko(_CODE, "EMPTY_KEY_ATTACHMENT", f"Unité {unit.id} : clé de rattachement vide")
        found = holdings.units_where(tenant, name, value)
        if len(found) > 1:
            return ko(_CODE, "TOO_MANY_FOUND_ATTACHMENT", f"Unité {unit.id} : {len(found)} unités portent la clé")
        system_id = found[0] if found else ""
    else:
        system_id = manifest.text(unit.update, "SystemId").strip()
        if not is_guid(system_id):
            return ko(_CODE, "INVALID_GUID_ATTACHMENT", f"Unité {unit.id} : SystemId non valide")
    held = holdings.unit(tenant, system_id)
    if held is None:
        return ko(_CODE, "NOT_FOUND_ATTACHMENT", f"Unité {unit.id} : unité de rattachement introuvable")
    return held


def _contract_error(ingest: Ingest, targets: list[Json]) -> Result | None:
    rule = ingest.contract.get("CheckParentLink", "AUTHORIZED")
    allowed = set(ingest.contract.get("CheckParentId") or [])
    if rule == "REQUIRED" and not targets:
        return ko(_CODE, "ATTACHMENT_REQUIRED", "Le contrat exige un rattachement")
    if rule == "UNAUTHORIZED" and targets:
        return ko(_CODE, "UNAUTHORIZED_ATTACHMENT_BY_CONTRACT", "Le contrat interdit le rattachement")
    for target in targets if allowed else ():
        if not allowed & {target["#id"], *target["#allunitups"]}:
            return ko(_CODE, "UNAUTHORIZED_ATTACHMENT_BY_CONTRACT", "Rattachement hors des unités du contrat")
    return None


def _link(ingest: Ingest) -> Result | None:
    linked = ingest.contract.get("LinkParentId") or ""
    if linked and ingest.services.holdings.unit(ingest.op.tenant, linked) is None:
        return ko(_CODE, "NOT_FOUND_ATTACHMENT", "L’unité LinkParentId du contrat est introuvable")
    ingest.state.linked_to = linked
    return None


def _extend(ingest: Ingest, attached: list[tuple[manifest.Unit, Json]]) -> Result | None:
    """Objects of an attached unit join the group that the existing unit has."""
    agency = ingest.state.header["OriginatingAgencyIdentifier"]
    ingest.state.extended = []
    for unit, held in attached:
        existing = ingest.services.holdings.group(ingest.op.tenant, held.get("#object", ""))
        for group in dict.fromkeys((*unit.groups, *unit.objects)) if existing else ():
            usages = {ingest.package.objects[name].usage for name in ingest.package.groups[group]}
            if existing and existing["#originating_agency"] != agency:
                return ko(_CODE, "SUBTASK_UNAUTHORIZED_ATTACHMENT_BY_BAD_SP", f"Groupe {group} d’un autre service")
            if not ingest.contract["EveryDataObjectVersion"] and usages - set(ingest.contract["DataObjectVersion"]):
                return ko(_CODE, "ATTACHMENT_OBJECTGROUP", f"Groupe {group} : usage que le contrat n’admet pas")
            ingest.state.groups[group] = held["#object"]
            ingest.state.extended.append(group)
    return None


def _type_error(ingest: Ingest, targets: list[Json]) -> Result | None:
    parents = list(targets)
    if ingest.state.linked_to:
        parents.append(ingest.services.holdings.unit(ingest.op.tenant, ingest.state.linked_to) or {})
    lowest = _TYPES.index(ingest.op.workflow.unit_type)
    if any(_TYPES.index(parent["#unittype"]) < lowest for parent in parents):
        return ko(_CODE, "UNAUTHORIZED_ATTACHMENT", "Unité de rattachement d’un type inférieur")
    return None


def check_attached_operations(ingest: Ingest) -> Result:
    """What we attach to must come from operations that ended well."""
    state = ingest.state
    targets = [state.units[unit] for unit in state.attached] + ([state.linked_to] if state.linked_to else [])
    for target in dict.fromkeys(targets):
        held = ingest.services.holdings.unit(ingest.op.tenant, target) or {}
        operation = ingest.services.operations.get(str(held.get("#opi")))
        if operation is None or operation.state != "COMPLETED" or operation.status >= Status.KO:
            return ko("CHECK_ATTACHEMENT", message="L’opération de l’unité de rattachement n’est pas achevée")
    return ok("CHECK_ATTACHEMENT")
