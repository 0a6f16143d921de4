"""Freeze qualified documents into transfers: members, mapped values, manifest, profile."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from versement.domain.documents import SourceDocument
from versement.domain.duplicates import version_digest
from versement.domain.errors import Defect
from versement.domain.fixity import CHUNK, Fixity
from versement.domain.lifecycle import TransferState
from versement.domain.packing import Caps, Parcel, cut
from versement.domain.transfers import PackedEntry, PlannedUnit, Transfer
from versement.ports.records import HeldKey
from versement.seda.dates import xml_date
from versement.seda.manifest import Numbering, write_manifest
from versement.seda.model import ArchiveTransfer, ArchiveUnit
from versement.seda.sip import SipEntry, SipStream
from versement.seda.text import xml_text
from versement.seda.validation import schema_folder, validate
from versement.steps.chain import Chain, log
from versement.steps.conformity import NotConform, check_conformity, set_aside_departures
from versement.steps.placing import Placed, new_ancestors, rooted
from versement.steps.ready import owners, ready_to_leave, wait
from versement.steps.sign_off import unpack_outdated

ACCEPTED = (TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS)


class _Parents:
    """What the registry says of each unit above records, asked once for the whole step."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._known: dict[str, HeldKey | None] = {}

    def carried(self, key: str) -> HeldKey | None:
        if key not in self._known:
            self._known[key] = self._chain.registry.held_key(self._chain.tenant, key)
        return self._known[key]

    def held(self, key: str) -> bool:
        carried = self.carried(key)
        return carried is not None and carried.transfer_state in ACCEPTED


def package(chain: Chain, *, collection_id: str) -> list[Transfer]:
    """Pack everything that may leave now; say of the rest what it waits for.

    A document waits while the séance or the act above it is itself on its way, or not accepted. One that departs from
    the archival profile is set aside, and the others are packed without it.
    """
    unpack_outdated(chain)
    transfers: list[Transfer] = []
    while True:
        try:
            for transfer in _packed(chain, collection_id):
                transfers.append(transfer)  # noqa: PERF402 - those before a departure are kept
        except NotConform as error:
            set_aside_departures(chain, error)
        else:
            break
    log.info("Versements préparés : %d.", len(transfers))
    return transfers


def _packed(chain: Chain, collection_id: str) -> Iterator[Transfer]:
    """Each transfer as it is frozen."""
    parents, connector = _Parents(chain), chain.profile.connector
    ready = [_parcel(chain, placed) for placed in ready_to_leave(chain) if _is_free(chain, parents, placed)]
    batches = cut(ready, Caps(connector.unit_cap, connector.byte_cap))
    leaving = list(_leaving(chain, parents, batches))
    refused = _last_refused(chain) if leaving else {}
    for batch in leaving:
        with chain.staging.holding(chain.tenant):
            transfer = _freeze(chain, parents, batch, collection_id, _follows(batch, refused))
        yield transfer


def _parcel(chain: Chain, placed: Placed) -> Parcel[Placed]:
    files = [file for member in placed.members for file in member.files]
    return Parcel(
        placed,
        units=_count(placed.unit),
        described=_described(placed),
        files=tuple(file.fixity for file in files if file.fixity is not None),
        parents=tuple(unit.key for unit in placed.ancestors),
        group=placed.group if chain.profile.connector.split_by == "rule" else "",
    )


def _count(unit: ArchiveUnit) -> int:
    return 1 + sum(map(_count, unit.children))


def _described(placed: Placed) -> int:
    """Bytes that a record's values take in the manifest; an objet may be longer than the rest together."""
    texts = (value.text for member in placed.members[:1] for value in member.metadata.values.values())
    return sum(len(xml_text(text).encode()) for text in texts)


def _leaving(chain: Chain, parents: _Parents, batches: Sequence[Sequence[Parcel[Placed]]]) -> Iterator[list[Placed]]:
    """What of each batch may leave now: a unit that is new leaves with the first of them, the rest of it waits."""
    opened: dict[str, int] = {}
    for number, batch in enumerate(batches):
        leaving = []
        for parcel in batch:
            new = new_ancestors(parcel.record, parents.held)
            elsewhere = next((unit for unit in new if opened.get(unit.key, number) != number), None)
            if elsewhere is None:
                opened.update(dict.fromkeys((unit.key for unit in new), number))
                leaving.append(parcel.record)
            else:
                why = f"« {elsewhere.title} », au-dessus de lui, part d’abord, dans un autre versement"
                wait(chain, parcel.record.members, why)
        if leaving:
            yield leaving


def _is_free(chain: Chain, parents: _Parents, placed: Placed) -> bool:
    """False while a unit above the record is on its way in a transfer that is not accepted."""
    for unit in new_ancestors(placed, parents.held):
        carried = parents.carried(unit.key)
        if carried is not None:
            why = f"« {unit.title} », au-dessus de lui, est dans le versement {carried.transfer_id}, pas encore accepté"
            wait(chain, placed.members, why)
            return False
    return True


def _freeze(chain: Chain, parents: _Parents, batch: Sequence[Placed], collection_id: str, follows: str) -> Transfer:
    members = [document for placed in batch for document in placed.members]
    units = tuple(rooted(batch, parents.held))
    identifier = _identifier(chain, members, follows)
    message = _message(chain, identifier, members, units)
    numbering, manifest = _write(chain, message)
    planned = tuple(_planned(units, numbering, owners(chain, members)))
    check_conformity(chain, manifest, planned, members)
    entries = tuple(PackedEntry(name, fixity) for name, fixity in numbering.entries.items())
    transfer = Transfer(
        id=identifier,
        connector=chain.connector,
        collection=collection_id,
        target=chain.tenant.target,
        archival_agreement=chain.profile.connector.archival_agreement,
        profile=chain.staging.put(chain.tenant, [chain.profile.frozen()]).digest,
        manifest=manifest,
        size=len(sip_stream(chain, manifest, entries)),
        unit_count=len(planned),
        members=tuple(sorted(document.id for document in members)),
        units=planned,
        entries=entries,
        follows=follows,
    )
    chain.registry.pack(chain.tenant, transfer)
    log.info("Versement %s : %d unités, %d octets.", identifier, transfer.unit_count, transfer.size)
    return transfer


def sip_stream(
    chain: Chain,
    manifest: Fixity,
    entries: Sequence[PackedEntry],
    before_last: Callable[[], None] = lambda: None,
) -> SipStream:
    """The SIP of a frozen transfer, its bytes taken from staging as they leave."""
    return SipStream(
        SipEntry("manifest.xml", manifest),
        [SipEntry(entry.name, entry.fixity) for entry in entries],
        lambda entry: chain.staging.open(chain.tenant, entry.fixity.digest),
        before_last,
    )


def _identifier(chain: Chain, members: Sequence[SourceDocument], follows: str) -> str:
    """MessageIdentifier: tenant, connector and digest of the members, all that the manifest says of them included."""
    digest = hashlib.sha256(follows.encode())
    for document in sorted(members, key=lambda d: d.record_key):
        digest.update(f"\x1e{document.record_key}\x1f{version_digest(document)}".encode())
        for name, value in sorted(document.metadata.values.items()):
            digest.update(f"\x1f{name}={value.text}".encode())
        for file in document.files:
            modified = xml_date(file.modified) if file.modified else ""
            said = (
                file.name,
                modified,
                str(file.fixity and file.fixity.digest),
                file.puid,
                file.mime,
                file.format_name,
            )
            digest.update("\x1f".join(("", *said)).encode(errors="surrogatepass"))
    return f"{chain.tenant.organisation}_{chain.connector}_{digest.hexdigest()[:32]}"


def _last_refused(chain: Chain) -> dict[str, tuple[int, str]]:
    """By key of a unit, the place and id of the last refused transfer that would have created it."""
    refused = chain.registry.transfers(chain.tenant, chain.connector, TransferState.REFUSED)
    return {key: (place, transfer.id) for place, transfer in enumerate(refused) for key in _created(transfer)}


def _follows(batch: Sequence[Placed], refused: Mapping[str, tuple[int, str]]) -> str:
    """The last refused transfer that carried one of these records, whichever document held it then."""
    keys = (document.record_key for placed in batch for document in placed.members)
    return max((refused[key] for key in keys if key in refused), default=(0, ""))[1]


def _created(transfer: Transfer) -> set[str]:
    return {unit.key for unit in transfer.units if not unit.attached}


def _message(
    chain: Chain, identifier: str, members: Sequence[SourceDocument], units: tuple[ArchiveUnit, ...]
) -> ArchiveTransfer:
    organisation, connector = chain.profile.organisation, chain.profile.connector
    dates = [file.modified for document in members for file in document.files if file.modified is not None]
    return ArchiveTransfer(
        message_identifier=identifier,
        date=max(dates, default=datetime(1970, 1, 1, tzinfo=UTC)),
        comment=f"{organisation.label} – {connector.label}",
        archival_agreement=connector.archival_agreement,
        archival_agency=organisation.agencies.archival,
        transferring_agency=organisation.agencies.transferring,
        originating_agency=organisation.agencies.originating,
        submission_agency=organisation.agencies.submission,
        acquisition_information=connector.acquisition_information,
        legal_status=connector.legal_status,
        units=units,
        version=connector.seda_version,
        archival_profile=connector.archival_profile,
    )


def _write(chain: Chain, message: ArchiveTransfer) -> tuple[Numbering, Fixity]:
    """Write the manifest into staging, valid on grammar and identifiers or not at all.

    Raises:
        SettingsError: the schemas of its version are not installed; nothing was written.
    """
    schema_folder(message.version)
    with tempfile.TemporaryFile() as out:
        numbering = write_manifest(message, out)
        out.seek(0)
        fixity = chain.staging.put(chain.tenant, iter(lambda: out.read(CHUNK), b""))
    violations = validate(chain.staging.path(chain.tenant, fixity.digest))
    if violations:
        raise Defect(
            f"Le bordereau du versement {message.message_identifier} n’est pas conforme au SEDA {message.version} "
            f"({len(violations)} écarts, le premier : {violations[0].message}). Rien n’a été envoyé : "
            "signalez-le aux développeurs.",
            detail=f"invalid manifest: {violations[0]}",
        )
    return numbering, fixity


def _planned(
    units: Sequence[ArchiveUnit], numbering: Numbering, owned: Mapping[str, tuple[str, str]]
) -> Iterator[PlannedUnit]:
    for unit in units:
        document_id, path = owned.get(unit.key, ("", ""))
        digest = unit.object.fixity.digest if unit.object else None
        yield PlannedUnit(
            key=unit.key,
            xml_id=numbering.units[unit.key],
            document_id=document_id,
            path=path,
            object_xml_id=numbering.objects[digest] if digest else "",
            digest=digest,
            attached=unit.attach_to is not None,
        )
        yield from _planned(unit.children, numbering, owned)
