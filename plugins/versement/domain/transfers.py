"""Transfers as the registry keeps them: what was packed, each try to send it, what the archive answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from versement.domain.documents import Finding
from versement.domain.fixity import Digest, Fixity
from versement.domain.lifecycle import AttemptState, DocumentState, TransferState


@dataclass(frozen=True, slots=True)
class PackedEntry:
    """One file of the SIP beside its manifest: entry name in the zip, and the bytes' fixity in staging."""

    name: str
    fixity: Fixity


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """One archive unit of a transfer, and what it stands for.

    Attributes:
        key: its `OriginatingSystemId`, unique within the tenant; the key of later attachments.
        xml_id: its id in the manifest.
        document_id: the document that it belongs to; empty for a séance, which belongs to all of its acts.
        path: the pièce's path at the source, empty for a unit without object.
        object_xml_id: the BinaryDataObject's id, empty for a unit without object.
        digest: of the object, None for a unit without object.
        attached: the unit is already in the archive and only receives children.
    """

    key: str
    xml_id: str
    document_id: str = ""
    path: str = ""
    object_xml_id: str = ""
    digest: Digest | None = None
    attached: bool = False


@dataclass(frozen=True, slots=True)
class Transfer:
    """One SIP sent or to send, frozen: members, manifest, entries, profile.

    Attributes:
        id: SEDA MessageIdentifier.
        collection: the collection during which it was packed.
        profile: digest of the frozen profile, in staging.
        manifest: fixity of the manifest, in staging.
        size: bytes of the whole SIP.
        unit_count: archive units, all counted.
        follows: id of the refused transfer that this one corrects, or empty.
        operation_id: Vitam's GUID once deposited.
        reply: digest of the ATR in staging once read.
    """

    id: str
    connector: str
    collection: str
    target: str
    archival_agreement: str
    profile: Digest
    manifest: Fixity
    size: int
    unit_count: int
    members: tuple[str, ...]
    units: tuple[PlannedUnit, ...]
    entries: tuple[PackedEntry, ...]
    follows: str = ""
    state: TransferState = TransferState.READY
    operation_id: str = ""
    reply: Digest | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a deposit; its id is sent as `X-Application-Id`.

    Attributes:
        lease_until: until then nobody else may touch the transfer.
        deadline: no byte of this try leaves after it.
        committed: `COMMITTING` was written: the archive may have the whole SIP.
        operation_id: Vitam's GUID: of the operation that took the SIP, or of the one that was cancelled (CUT).
        first_empty_search: when the logbook was first searched in vain for it.
    """

    id: str
    transfer_id: str
    state: AttemptState
    lease_until: datetime
    deadline: datetime
    committed: bool = False
    operation_id: str = ""
    first_empty_search: datetime | None = None


SEVERAL_OPERATIONS = "SEVERAL_OPERATIONS"
"""Code of an uncertain transfer that the archive took more than once: never given back, one operation is adopted."""


class Ask(StrEnum):
    """What an operator may ask of an operation that its archive stopped."""

    RESUME = "resume"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Ending:
    """What a transfer's outcome does to one of its documents."""

    state: DocumentState
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The outcome of a transfer, written in one transaction.

    Attributes:
        units: SystemId by the unit's id in the manifest.
        objects: SystemId by the BinaryDataObject's id in the manifest.
        documents: what becomes of each member.
        findings: by document id; an empty id concerns the whole transfer.
        reply: digest of the ATR in staging.
        only_from: the state that it is settled from; in any other, nothing is written. None: whatever is allowed.
    """

    state: TransferState
    units: Mapping[str, str] = field(default_factory=dict)
    objects: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, Ending] = field(default_factory=dict)
    findings: tuple[tuple[str, Finding], ...] = ()
    reply: Digest | None = None
    only_from: TransferState | None = None
