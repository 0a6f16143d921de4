"""One ingest in progress: its SIP on disk, and what the steps leave to one another. Survives a restart."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.vitam import labels, manifest
from sandbox.vitam.antivirus import Antivirus
from sandbox.vitam.grammar import Grammar
from sandbox.vitam.guid import GuidType, new_guid
from sandbox.vitam.holdings import Holdings
from sandbox.vitam.operations import Operation, Operations, moment
from sandbox.vitam.outcome import ElementResult, Result, Status, distributed
from sandbox.vitam.referentials import Referentials

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the server that judging needs."""

    operations: Operations
    holdings: Holdings
    referentials: Referentials
    grammar: Grammar
    antivirus: Antivirus


@dataclass(slots=True)
class State:
    """What one step leaves to the next.

    Attributes:
        manifest: path of the manifest inside the archive.
        files: paths of the other files of the archive.
        version: SEDA version, empty before CHECK_SEDA.
        extracted: whether CHECK_DATAOBJECTPACKAGE passed; decides the form of the reply.
        units, groups, objects: system ids by XML id.
        attached: XML ids of units that stand for existing ones.
        extended: XML ids of groups whose objects join an existing group.
        linked_to: existing unit under which the contract puts root units, or empty.
        formats: (PUID, MIME type, name) by XML id of object.
        digests: SHA-512 by XML id of object.
        sizes: bytes by XML id of object.
        blocked: elements refused in the running step.
        events: lifecycle events that are not OK.
    """

    mime: str = ""
    manifest: str = ""
    files: list[str] = field(default_factory=list)
    version: str = ""
    extracted: bool = False
    header: Json = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    attached: list[str] = field(default_factory=list)
    extended: list[str] = field(default_factory=list)
    linked_to: str = ""
    formats: dict[str, list[str]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    blocked: list[str] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)


class Ingest:
    """An ingest: its operation, its folder, its state, the services it may ask."""

    def __init__(self, op: Operation, folder: Path, services: Services) -> None:
        self.op = op
        self.services = services
        self.folder = folder
        self.state = self._load()
        self._package: manifest.Package | None = None

    @property
    def body(self) -> Path:
        return self.folder / "body"

    @property
    def sip(self) -> Path:
        return self.folder / "sip"

    @property
    def manifest_path(self) -> Path:
        return self.sip / self.state.manifest

    @property
    def contract(self) -> Json:
        agreement = str(self.state.header.get("ArchivalAgreement", ""))
        return self.services.referentials.get(self.op.tenant, "ingestcontracts", agreement) or {}

    @property
    def package(self) -> manifest.Package:
        if self._package is None:
            self._package = manifest.read(manifest.parse(self.manifest_path))
        return self._package

    @property
    def new_units(self) -> list[manifest.Unit]:
        """Units that this ingest creates and the running step has not refused, parents before children."""
        left_out = {*self.state.attached, *self.state.blocked}
        return [unit for unit in by_level(self.package) if unit.id not in left_out]

    @property
    def new_groups(self) -> list[str]:
        return [group for group in self.package.groups if group not in self.state.extended]

    @property
    def open_groups(self) -> list[str]:
        blocked = set(self.state.blocked)
        return [group for group in self.package.groups if group not in blocked]

    def is_root(self, unit: manifest.Unit) -> bool:
        """Whether nothing of the manifest is above a unit, but what stands for existing units."""
        return all(parent in self.state.attached for parent in unit.parents)

    def assign_ids(self) -> None:
        """Give system ids to everything that is new; once, so that a restart keeps them."""
        tenant = self.op.tenant
        for unit in self.package.real_units:
            self.state.units.setdefault(unit.id, new_guid(GuidType.UNIT, tenant))
        for group, objects in self.package.groups.items():
            self.state.groups.setdefault(group, new_guid(GuidType.OBJECT_GROUP, tenant))
            for data_object in objects:
                self.state.objects.setdefault(data_object, new_guid(GuidType.OBJECT, tenant))

    def distribute(self, code: str, results: Iterable[ElementResult], *, blocking: bool = True) -> Result:
        """Gather the results of an action on each element, and keep what is not OK for the reply."""
        listed = list(results)
        for result in listed:
            if result.status >= Status.WARNING:
                self._keep_event(code, result)
            if result.status >= Status.KO and blocking:
                self.state.blocked.append(result.element)
        return distributed(code, listed)

    def save(self) -> None:
        part = self.folder / "state.part"
        part.write_text(json.dumps(dataclasses.asdict(self.state), ensure_ascii=False), encoding="utf-8")
        part.replace(self.folder / "state.json")

    def _load(self) -> State:
        saved = self.folder / "state.json"
        return State(**json.loads(saved.read_text(encoding="utf-8"))) if saved.exists() else State()

    def _keep_event(self, code: str, result: ElementResult) -> None:
        self._keep(result, f"LFC.{code}", result.subcode, result.status)
        for data_object, suffix, status in result.objects:
            sub, _, subcode = suffix.partition("/")
            self._keep(result, f"LFC.{code}.{sub}".rstrip("."), subcode, status, data_object)

    def _keep(self, result: ElementResult, code: str, subcode: str, status: Status, data_object: str = "") -> None:
        told = {
            "step": self.op.step_name,
            "element": result.element,
            "code": code,
            "label": labels.name(code),
            "at": moment(time.time()),
            "status": status.name,
            "detail": ".".join(part for part in (code, subcode, status.name) if part),
            "message": labels.message(code, subcode, status),
            "tech": result.message,
            "object": data_object,
        }
        self.state.events.append(told)


def by_level(package: manifest.Package) -> Sequence[manifest.Unit]:
    """Units of the manifest in levels from the roots; references left out."""
    units = package.real_units
    done: dict[str, manifest.Unit] = {}
    level = [unit for unit in units if not unit.parents]
    while level:
        below: dict[str, manifest.Unit] = {}
        for unit in level:
            done.setdefault(unit.id, unit)
            for name in unit.children:
                found = package.units.get(name)
                if found is not None and all(parent in done for parent in found.parents):
                    below[name] = found
        level = [unit for unit in below.values() if unit.id not in done]
    return list(done.values())
