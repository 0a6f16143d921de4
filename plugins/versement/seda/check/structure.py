"""CHECK_HEADER and CHECK_DATAOBJECTPACKAGE: what the manifest says against itself and against the container."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from versement.seda.check.package import DataObject, Package, Unit
from versement.seda.check.tree import resolved
from versement.seda.check.verdict import Ruling, named
from versement.seda.text import printable

PACKAGE = "CHECK_DATAOBJECTPACKAGE"
_VERSIONS = f"{PACKAGE}.CHECK_MANIFEST_DATAOBJECT_VERSION"
_NUMBERS = f"{PACKAGE}.CHECK_MANIFEST_OBJECTNUMBER"
_MANIFEST = f"{PACKAGE}.CHECK_MANIFEST"
ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_BINARY_USAGES = ("BinaryMaster", "Dissemination", "Thumbnail", "TextContent")
_PHYSICAL_USAGES = ("PhysicalMaster", "Dissemination")
_MASTERS = ("BinaryMaster", "PhysicalMaster")
_VERSION = re.compile(r"([A-Za-z]+)(?:_([0-9]+))?")


def header(package: Package) -> Iterator[Ruling]:
    """What CHECK_HEADER can tell without the platform's referentials."""
    if not package.agency.strip():
        yield Ruling(
            "CHECK_HEADER.CHECK_AGENT.EMPTY_REQUIRED_FIELD.KO",
            "ManagementMetadata",
            "OriginatingAgencyIdentifier, le service producteur, est absent ou vide : il est obligatoire.",
        )
    if not package.agreement.strip():
        yield Ruling(
            "CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_NOT_IN_MANIFEST.KO",
            "ArchiveTransfer",
            "ArchivalAgreement, le contrat d’entrée, est absent ou vide : Vitam l’exige.",
        )


def versions(package: Package) -> Iterator[Ruling]:
    """Usages, identifiers of physical objects, digest algorithms."""
    for found in package.objects.values():
        code, message = _version_error(found)
        if message:
            yield Ruling(f"{_VERSIONS}.{code}.KO", _object(found), message)


def _version_error(found: DataObject) -> tuple[str, str]:
    matched = _VERSION.fullmatch(found.full_version)
    usage = matched[1] if matched else ""
    if found.physical:
        return _physical_error(found, usage)
    if usage == "PhysicalMaster":
        return "BDO_DATAOBJECTIONVERSION_PHYSICALMASTER", "DataObjectVersion est réservé aux objets physiques."
    if usage not in _BINARY_USAGES:
        return "INVALID_DATAOBJECTVERSION", _usages(_BINARY_USAGES)
    if found.algorithm not in ALGORITHMS:
        return "INVALIDE_ALGO", f"l’algorithme de MessageDigest n’est pas l’un de {', '.join(ALGORITHMS)}."
    return "", ""


def _physical_error(found: DataObject, usage: str) -> tuple[str, str]:
    if usage == "BinaryMaster":
        return "PDO_DATAOBJECTIONVERSION_BINARYMASTER", "DataObjectVersion est réservé aux fichiers."
    if usage not in _PHYSICAL_USAGES:
        return "INVALID_DATAOBJECTVERSION", _usages(_PHYSICAL_USAGES)
    return ("", "") if found.physical_id else ("EMPTY_REQUIRED_FIELD", "PhysicalId, obligatoire, est absent ou vide.")


def _usages(usages: tuple[str, ...]) -> str:
    return f"DataObjectVersion n’est pas un usage admis ({', '.join(usages)}, suivi ou non de _1, _2…)."


def numbers(package: Package, files: Collection[str], skipped: Mapping[str, str]) -> Iterator[Ruling]:
    """Files of the container against Uri of the manifest, as sets: two objects of one Uri pass, as in Vitam."""
    owners = {found.uri or "": found for found in package.objects.values() if not found.physical}
    missing, unknown = owners.keys() - set(files), set(files) - owners.keys()
    with_space = [uri for uri in owners if " " in uri]
    if with_space:
        yield from _ruled(f"{_NUMBERS}.KO", owners, with_space, "Uri contient une espace, ce que Vitam refuse.")
    code = f"{_NUMBERS}.{_number_code(len(missing), len(unknown))}.KO"
    for uri in sorted(missing):
        yield Ruling(code, _object(owners[uri]), _absence(uri, skipped))
    for name in sorted(unknown):
        yield Ruling(code, printable(name), "ce fichier est dans le paquet, mais aucune Uri du bordereau ne le cite.")


def _number_code(missing: int, unknown: int) -> str:
    if missing > unknown:
        return "MANIFEST_SUPERIOR_BDO"
    return "MANIFEST_INFERIOR_BDO" if missing < unknown else "INVALID_URI"


def _absence(uri: str, skipped: Mapping[str, str]) -> str:
    if not uri:
        return "il n’a pas d’Uri : Vitam ne saurait pas quel fichier lui donner."
    if uri in skipped:
        return f"l’entrée « {printable(uri)} » est dans le paquet, mais Vitam la saute sans le dire : {skipped[uri]}."
    return f"son Uri, « {printable(uri)} », n’est le chemin exact (casse comprise) d’aucun fichier du paquet."


def _ruled(code: str, owners: Mapping[str, DataObject], uris: Collection[str], message: str) -> Iterator[Ruling]:
    for uri in sorted(uris):
        yield Ruling(code, _object(owners[uri]), message)


def references(package: Package) -> Iterator[Ruling]:
    """CHECK_MANIFEST, first part: ArchiveUnitRefId, then what units show."""
    standing = resolved(package)
    for unit in package.units.values():
        if unit.reference is None:
            continue
        if unit.reference != unit.reference.strip():
            code, message = f"{_MANIFEST}.CHECK_MANIFEST_MALFORMED_DATA.KO", "ArchiveUnitRefId est entouré d’espaces."
        elif unit.reference not in package.units:
            code, message = f"{_MANIFEST}.KO", "ArchiveUnitRefId désigne autre chose qu’une unité d’archives."
        elif not standing[unit.id]:
            code, message = (
                f"{_MANIFEST}.CHECK_MANIFEST_LOOP.KO",
                "ArchiveUnitRefId mène, de proche en proche, à lui-même.",
            )
        else:
            continue
        yield Ruling(code, _unit(unit), message)


def shown_objects(package: Package) -> Iterator[Ruling]:
    """CHECK_MANIFEST, second part: a unit shows one group, and a group rather than one of its objects."""
    for unit in package.units.values():
        for name in unit.shown:
            found = package.objects.get(name)
            if found is not None and found.group != name:
                yield Ruling(
                    f"{_MANIFEST}.EXISTING_OG_NOT_DECLARED.KO",
                    _unit(unit),
                    f"elle cite {_object(found)} au lieu de son groupe, {named('DataObjectGroup', found.group)}.",
                )
            elif name not in package.groups:
                yield Ruling(
                    f"{_MANIFEST}.KO", _unit(unit), "elle cite comme groupe d’objets autre chose qu’un groupe."
                )
        if len(unit.shown) > 1:
            code = f"{_MANIFEST}.ARCHIVEUNIT_REFERENCES_MULTIPLE_OBJECTGROUP.KO"
            yield Ruling(code, _unit(unit), "elle cite plusieurs groupes d’objets ; un seul est permis.")


def groups(package: Package) -> Iterator[Ruling]:
    """CHECK_MANIFEST, third part: usages inside each group, its original."""
    for group, names in package.groups.items():
        element = named("DataObjectGroup", group)
        if group not in package.declared and group not in package.objects:
            yield Ruling(f"{_MANIFEST}.KO", element, "des objets le citent, mais il n’est déclaré nulle part.")
        held = [package.objects[name].full_version for name in names if name in package.objects]
        if len(set(held)) < len(held):
            yield Ruling(f"{_MANIFEST}.KO", element, "deux de ses objets ont le même usage et la même version.")
        for master in _MASTERS:
            if any(version.startswith(f"{master}_") for version in held) and f"{master}_1" not in held:
                yield Ruling(
                    f"{_MANIFEST}.EXPECTED_MANDATORY_VERSION_1.KO",
                    element,
                    f"il a un {master} mais pas {master}_1, que Vitam attend dans un nouveau groupe.",
                )
        if not any(version.startswith(_MASTERS) for version in held):
            yield Ruling(
                f"{_MANIFEST}.MASTER_MANDATORY_REQUIRED.KO",
                element,
                "aucun de ses objets n’est un original (BinaryMaster ou PhysicalMaster) ; il en faut un, sauf si le "
                "contrat d’entrée en dispense.",
            )


def attachments(package: Package, level: Mapping[str, int]) -> Iterator[Ruling]:
    """CHECK_MANIFEST, last part: UpdateOperation, as far as the manifest tells; `level` of units from the roots."""
    for unit in package.units.values():
        if unit.update is None:
            continue
        if unit.update:
            wanted = "SystemId doit être un identifiant de Vitam (36 caractères), ou la clé complète (nom et valeur)"
            yield Ruling(f"{_MANIFEST}.{unit.update}.KO", _unit(unit), f"UpdateOperation est incorrect : {wanted}.")
    for unit in package.units.values():
        if unit.update is None or not level.get(unit.id):
            continue
        code = f"{_MANIFEST}.MODIFY_PARENT_EXISTING_UNIT_UNAUTHORIZED.KO"
        yield Ruling(
            code, _unit(unit), "elle désigne une unité déjà archivée, et ne peut pas être placée sous une autre."
        )


def orphans(package: Package) -> Iterator[Ruling]:
    """CHECK_CONSISTENCY: a group that no unit shows."""
    shown = {name for unit in package.units.values() for name in unit.shown}
    for group in package.groups:
        if group not in shown:
            code = f"{PACKAGE}.CHECK_CONSISTENCY.CHECK_CONSISTENCY_ORPHAN_OBJECT.KO"
            yield Ruling(code, named("DataObjectGroup", group), "aucune unité d’archives ne le cite.")


def _object(found: DataObject) -> str:
    return named("PhysicalDataObject" if found.physical else "BinaryDataObject", found.id)


def _unit(unit: Unit) -> str:
    return named("ArchiveUnit", unit.id)
