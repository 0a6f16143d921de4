"""Units and object groups as the archive keeps and shows them (JSON), built from a manifest."""

from __future__ import annotations

from sandbox.vitam import manifest
from sandbox.vitam.judge.ingest import Ingest, Json
from sandbox.vitam.manifest import Element, Unit

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LISTS = frozenset(
    {
        "FilePlanPosition",
        "OriginatingSystemId",
        "ArchivalAgencyArchiveUnitIdentifier",
        "OriginatingAgencyArchiveUnitIdentifier",
        "TransferringAgencyArchiveUnitIdentifier",
        "Language",
        "Tag",
        "Keyword",
        "Agent",
        "AuthorizedAgent",
        "Writer",
        "Addressee",
        "Recipient",
        "Transmitter",
        "Sender",
        "Event",
        "Signature",
        "TextContent",
        "PersistentIdentifier",
    }
)


def unit(ingest: Ingest, found: Unit, held: dict[str, Json], management: Json) -> Json:
    """A new unit; `held` gives the documents of its parents by system id."""
    state, op = ingest.state, ingest.op
    agency = state.header["OriginatingAgencyIdentifier"]
    parents = list(dict.fromkeys(state.units[parent] for parent in found.parents))
    if state.linked_to and ingest.is_root(found):
        parents = list(dict.fromkeys([*parents, state.linked_to]))
    above = {upper for parent in parents for upper in (parent, *held[parent]["#allunitups"])}
    group = next(iter((*found.groups, *found.objects)), "")
    depth = 1 + max((held[parent]["#max"] for parent in parents), default=0)
    agencies = {
        *([agency] if agency else []),
        *(name for parent in parents for name in held[parent]["#originating_agencies"]),
    }
    body: Json = {
        "#id": state.units[found.id],
        "#tenant": op.tenant,
        "#unittype": op.workflow.unit_type,
        "#opi": op.id,
        "#operations": [op.id],
        "#unitups": parents,
        "#allunitups": sorted(above),
        "#originating_agency": agency or None,
        "#originating_agencies": sorted(agencies),
        "#management": management,
        "#min": 1 + min((held[parent]["#min"] for parent in parents), default=0),
        "#max": depth,
        "#nbunits": 0,
        "#version": 0,
        **description(found.content),
    }
    if found.profile:
        body["ArchiveUnitProfile"] = found.profile
    if group:
        body["#object"] = state.groups[group]
    return body


def checked_by_profile(found: Unit, management: Json) -> Json:
    """What the schema of an archive unit profile sees of a unit."""
    return {"ArchiveUnitProfile": found.profile, "#management": management, **description(found.content)}


def description(content: Element | None) -> Json:
    """Descriptive metadata of a unit, element names kept."""
    body = {} if content is None else _fields(content)
    body.pop("SystemId", None)
    return body


def _fields(element: Element) -> Json:
    body: Json = {}
    for found in element:
        name = manifest.local(found)
        if not name:
            continue
        language = found.get(_LANG)
        if language and name in ("Title", "Description"):
            body.setdefault(f"{name}_", {})[language] = found.text or ""
            body.setdefault(name, found.text or "")
            continue
        _add(body, name, _value(found))
    return body


def _value(element: Element) -> object:
    has_children = any(manifest.local(found) for found in element)
    return _fields(element) if has_children else (element.text or "")


def _add(body: Json, name: str, value: object) -> None:
    if name in _LISTS:
        body.setdefault(name, []).append(value)
    elif name in body:
        kept = body[name] if isinstance(body[name], list) else [body[name]]
        body[name] = [*kept, value]
    else:
        body[name] = value


def object_groups(ingest: Ingest) -> list[Json]:
    """Every new object group of the manifest, with the units that show it."""
    shown: dict[str, list[str]] = {}
    for found in ingest.package.real_units:
        for group in dict.fromkeys((*found.groups, *found.objects)):
            shown.setdefault(group, []).append(ingest.state.units[found.id])
    return [_object_group(ingest, group, shown.get(group, [])) for group in ingest.new_groups]


def added_objects(ingest: Ingest) -> dict[str, list[tuple[str, Json]]]:
    """Objects that join an existing group, by its system id: (usage, version)."""
    package, found = ingest.package, {}
    for group in ingest.state.extended:
        objects = [package.objects[name] for name in package.groups[group]]
        found[ingest.state.groups[group]] = [(one.usage, _version(ingest, one)) for one in objects]
    return found


def _object_group(ingest: Ingest, group: str, units: list[str]) -> Json:
    state, package = ingest.state, ingest.package
    qualifiers: dict[str, list[Json]] = {}
    for name in package.groups[group]:
        found = package.objects[name]
        qualifiers.setdefault(found.usage, []).append(_version(ingest, found))
    return {
        "#id": state.groups[group],
        "#tenant": ingest.op.tenant,
        "#opi": ingest.op.id,
        "#operations": [ingest.op.id],
        "#unitups": units,
        "#originating_agency": state.header["OriginatingAgencyIdentifier"],
        "#nbobjects": len(package.groups[group]),
        "#version": 0,
        "#qualifiers": [
            {"qualifier": usage, "#nbc": len(versions), "versions": versions} for usage, versions in qualifiers.items()
        ],
    }


def _version(ingest: Ingest, found: manifest.DataObject) -> Json:
    body: Json = {
        "#id": ingest.state.objects[found.id],
        "DataObjectVersion": found.full_version,
        "DataObjectGroupId": ingest.state.groups[found.group],
        "#opi": ingest.op.id,
    }
    if found.physical:
        return {**body, "PhysicalId": found.physical_id}
    puid, mime, name = ingest.state.formats[found.id]
    return {
        **body,
        "FileInfo": {"Filename": found.filename} if found.filename else {},
        "FormatIdentification": {"FormatId": puid or "unknown", "MimeType": mime, "FormatLitteral": name},
        "Size": ingest.state.sizes[found.id],
        "MessageDigest": ingest.state.digests[found.id],
        "Algorithm": "SHA-512",
        "Uri": found.uri,
    }
