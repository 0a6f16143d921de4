"""Reading back what was packed: manifests as trees of units, SIPs as zips."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from versement.domain.transfers import Transfer
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.package import package, sip_stream
from versement.steps.qualify import qualify
from versement.testing.plain_expectations import PlainExpectations

SEDA = "{fr:gouv:culture:archivesdefrance:seda:v2.2}"


@dataclass
class Unit:
    """One ArchiveUnit of a manifest: its own element, and its children in order."""

    element: etree._Element
    parent: str = ""
    children: list[Unit] = field(default_factory=list)

    def text(self, path: str) -> str:
        """Text at a path below Content, `A/B`; empty when it is not there."""
        return self.element.findtext(_path(f"Content/{path}"), "")

    def all(self, path: str) -> list[etree._Element]:
        return self.element.findall(_path(path))

    @property
    def key(self) -> str:
        return self.text("OriginatingSystemId")

    @property
    def group(self) -> str:
        return self.element.findtext(_path("DataObjectReference/DataObjectGroupReferenceId"), "")

    @property
    def attached_to(self) -> str:
        """The key of the held unit that this one stands for, empty for a new one."""
        key = _path("Management/UpdateOperation/ArchiveUnitIdentifierKey")
        name = self.element.findtext(f"{key}/{SEDA}MetadataName", "")
        assert name in ("", "OriginatingSystemId")
        return self.element.findtext(f"{key}/{SEDA}MetadataValue", "")

    def walk(self) -> Iterator[Unit]:
        yield self
        for child in self.children:
            yield from child.walk()


def _path(path: str) -> str:
    return "/".join(f"{SEDA}{name}" for name in path.split("/"))


def manifest_of(world, transfer: Transfer) -> bytes:
    chain = world.chain()
    with chain.staging.open(chain.tenant, transfer.manifest.digest) as stream:
        return stream.read()


def roots_of(world, transfer: Transfer) -> list[Unit]:
    """Root units of a transfer's manifest, each with its children."""
    root = etree.fromstring(manifest_of(world, transfer))
    return [_unit(element) for element in root.findall(_path("DataObjectPackage/DescriptiveMetadata/ArchiveUnit"))]


def _unit(element: etree._Element, parent: str = "") -> Unit:
    unit = Unit(element, parent)
    unit.children = [_unit(child, unit.key) for child in element.findall(_path("ArchiveUnit"))]
    return unit


def units_of(world, transfer: Transfer) -> dict[str, Unit]:
    """Every unit of a transfer, by its OriginatingSystemId."""
    return {unit.key: unit for root in roots_of(world, transfer) for unit in root.walk()}


def sip_of(world, transfer: Transfer) -> bytes:
    """The whole SIP as it leaves."""
    return b"".join(sip_stream(world.chain(), transfer.manifest, transfer.entries))


def entries_of(world, transfer: Transfer) -> dict[str, bytes]:
    """Files of the SIP by name."""
    with zipfile.ZipFile(io.BytesIO(sip_of(world, transfer))) as sip:
        assert sip.testzip() is None
        return {name: sip.read(name) for name in sip.namelist()}


def packed(world) -> list[Transfer]:
    """Collect, qualify, deduplicate and package, as a run does; nothing is sent."""
    world.runs += 1
    chain = world.chain()
    record = collect(chain, world.source(), world.formats, run_id=f"run-{world.runs}", window=Window())
    qualify(chain, world.formats, PlainExpectations(), collection_id=record.id)
    deduplicate(chain)
    return package(chain, collection_id=record.id)
