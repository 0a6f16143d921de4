"""A small SIP builder for the tests of the sandbox: writes what it is asked, right or wrong."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

UNKNOWN_BYTES = bytes([1, 2, 3, 250, 251]) * 100
TEXT = b"Le conseil municipal approuve.\n" * 4


@dataclass
class Binary:
    """One BinaryDataObject with its bytes; what is None is derived from them."""

    id: str = "OBJ1"
    group: str = "GRP1"
    content: bytes = TEXT
    uri: str | None = None
    version: str = "BinaryMaster_1"
    algorithm: str = "SHA-512"
    digest: str | None = None
    size: int | None = None
    puid: str = "x-fmt/111"
    stored: bool = True

    @property
    def path(self) -> str:
        return self.uri or f"Content/{self.id}.txt"

    def xml(self) -> str:
        digest = hashlib.sha512(self.content).hexdigest() if self.digest is None else self.digest
        size = len(self.content) if self.size is None else self.size
        return (
            f"<BinaryDataObject id={quoteattr(self.id)}><DataObjectVersion>{self.version}</DataObjectVersion>"
            f"<Uri>{self.path}</Uri><MessageDigest algorithm={quoteattr(self.algorithm)}>{digest}</MessageDigest>"
            f"<Size>{size}</Size><FormatIdentification><FormatId>{self.puid}</FormatId></FormatIdentification>"
            f"<FileInfo><Filename>acte.txt</Filename></FileInfo></BinaryDataObject>"
        )


@dataclass
class Unit:
    """One ArchiveUnit; `extra` goes into Content after the title, `management` is raw XML."""

    id: str = "AU1"
    title: str = "Délibération"
    level: str = "Item"
    key: str = ""
    group: str = ""
    extra: str = ""
    management: str = ""
    children: list[Unit | str] = field(default_factory=list)

    def xml(self) -> str:
        management = f"<Management>{self.management}</Management>" if self.management else ""
        key = f"<OriginatingSystemId>{escape(self.key)}</OriginatingSystemId>" if self.key else ""
        below = "".join(child if isinstance(child, str) else child.xml() for child in self.children)
        group = (
            f"<DataObjectReference><DataObjectGroupReferenceId>{self.group}</DataObjectGroupReferenceId>"
            "</DataObjectReference>"
            if self.group
            else ""
        )
        return (
            f"<ArchiveUnit id={quoteattr(self.id)}>{management}<Content>"
            f"<DescriptionLevel>{self.level}</DescriptionLevel><Title>{escape(self.title)}</Title>{key}{self.extra}"
            f"</Content>{below}{group}</ArchiveUnit>"
        )


def attached(unit_id: str, key: str, children: list[Unit | str]) -> Unit:
    """A unit that stands for the existing one with this OriginatingSystemId."""
    update = (
        "<UpdateOperation><ArchiveUnitIdentifierKey><MetadataName>OriginatingSystemId</MetadataName>"
        f"<MetadataValue>{escape(key)}</MetadataValue></ArchiveUnitIdentifierKey></UpdateOperation>"
    )
    return Unit(unit_id, "Rattachement", "RecordGrp", management=update, children=children)


@dataclass
class Sip:
    """A whole SIP; `raw` replaces the manifest, `files` adds entries that no object declares."""

    units: list[Unit] = field(default_factory=lambda: [Unit(group="GRP1")])
    objects: list[Binary] = field(default_factory=lambda: [Binary()])
    version: str = "2.2"
    identifier: str = "SIP-1"
    agreement: str = "CONTRAT"
    agency: str = "SERVICE"
    submission: str = ""
    metadata: str = ""
    profile: str = ""
    code_lists: str = "<ReplyCodeListVersion>R0</ReplyCodeListVersion>"
    name: str = "manifest.xml"
    raw: bytes | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    more_objects: str = ""

    def manifest(self) -> bytes:
        if self.raw is not None:
            return self.raw
        groups: dict[str, list[Binary]] = {}
        for binary in self.objects:
            groups.setdefault(binary.group, []).append(binary)
        objects = "".join(
            f"<DataObjectGroup id={quoteattr(group)}>{''.join(b.xml() for b in listed)}</DataObjectGroup>"
            for group, listed in groups.items()
        )
        units = "".join(unit.xml() for unit in self.units)
        agreement = f"<ArchivalAgreement>{self.agreement}</ArchivalAgreement>" if self.agreement else ""
        agency = f"<OriginatingAgencyIdentifier>{self.agency}</OriginatingAgencyIdentifier>" if self.agency else ""
        sender = f"<SubmissionAgencyIdentifier>{self.submission}</SubmissionAgencyIdentifier>"
        profile = f"<ArchivalProfile>{self.profile}</ArchivalProfile>" if self.profile else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<ArchiveTransfer xmlns="fr:gouv:culture:archivesdefrance:seda:v{self.version}">'
            f"<Comment>Essai</Comment><Date>2024-03-01T10:00:00</Date>"
            f"<MessageIdentifier>{escape(self.identifier)}</MessageIdentifier>{agreement}"
            f"<CodeListVersions>{self.code_lists}</CodeListVersions>"
            f"<DataObjectPackage>{objects}{self.more_objects}<DescriptiveMetadata>{units}</DescriptiveMetadata>"
            f"<ManagementMetadata>{profile}{agency}{sender if self.submission else ''}{self.metadata}"
            "</ManagementMetadata></DataObjectPackage>"
            "<ArchivalAgency><Identifier>ARCHIVES</Identifier></ArchivalAgency>"
            "<TransferringAgency><Identifier>VERSANT</Identifier></TransferringAgency></ArchiveTransfer>"
        ).encode()

    def zipped(self) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(self.name, self.manifest())
            for binary in self.objects:
                if binary.stored:
                    archive.writestr(binary.path, binary.content)
            for name, content in self.files.items():
                archive.writestr(name, content)
        return buffer.getvalue()
