"""Freeze qualified documents into transfers: members, mapped values, manifest, profile."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from versement.domain.documents import Field, Kind, SourceDocument
from versement.domain.duplicates import version_digest
from versement.domain.errors import Defect
from versement.domain.fixity import CHUNK, Fixity
from versement.domain.identity import act_key, other_key, seance_key
from versement.domain.lifecycle import PENDING, DocumentState, TransferState
from versement.domain.packing import Caps, Parcel, cut
from versement.domain.qualification import remark
from versement.domain.transfers import PackedEntry, PlannedUnit, Transfer
from versement.ports.registry import HeldKey, Record
from versement.profiles.rules import rule_for
from versement.seda.dates import xml_date
from versement.seda.manifest import Numbering, write_manifest
from versement.seda.model import ArchiveTransfer, ArchiveUnit
from versement.seda.sip import SipEntry, SipStream
from versement.seda.text import xml_text
from versement.seda.validation import schema_folder, validate
from versement.steps.acts import act_attested_by
from versement.steps.chain import Chain, log
from versement.steps.conformity import NotConform, check_conformity, set_aside_departures
from versement.steps.sign_off import unpack_outdated
from versement.steps.tree import ActBranch, act_unit, day_of, items_of, seance_unit

ACCEPTED = (TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS)


class _Seances:
    """What the registry says of each séance, asked once for the whole step."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._known: dict[str, HeldKey | None] = {}

    def carried(self, key: str) -> HeldKey | None:
        if key not in self._known:
            self._known[key] = self._chain.registry.held_key(self._chain.tenant, key)
        return self._known[key]

    def accepted(self, key: str) -> bool:
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
    seances, connector = _Seances(chain), chain.profile.connector
    ready = [_parcel(chain, branch) for branch in _ready(chain) if _seance_is_free(chain, seances, branch)]
    batches = cut(ready, Caps(connector.unit_cap, connector.byte_cap))
    leaving = list(_leaving(chain, seances, batches))
    refused = _last_refused(chain) if leaving else {}
    for batch in leaving:
        yield _freeze(chain, seances, batch, collection_id, _follows(batch, refused))


def _parcel(chain: Chain, branch: ActBranch) -> Parcel[ActBranch]:
    files = [file for member in _members(branch) for file in member.files]
    return Parcel(
        branch,
        units=len(files) + 1,
        described=_described(branch),
        files=tuple(file.fixity for file in files if file.fixity is not None),
        parent="" if branch.held else seance_key(branch.act.metadata),
        group=_rules_of(chain, branch.act) if chain.profile.connector.split_by == "rule" else "",
    )


def _described(branch: ActBranch) -> int:
    """Bytes that an act's values take in the manifest; an objet may be longer than the rest together."""
    texts = (value.text for value in branch.act.metadata.values.values())
    return sum(len(xml_text(text).encode()) for text in texts)


def _rules_of(chain: Chain, act: SourceDocument) -> str:
    """The management rules of an act, alike for acts that a transfer may hold together."""
    metadata = act.metadata
    row = rule_for(chain.profile.organisation, metadata.text(Field.NATURE), metadata.text(Field.MATTER))
    if row is None:
        return ""
    appraisal = (row.appraisal.rule, row.appraisal.final_action) if row.appraisal else ()
    return " ".join((row.access.rule, *appraisal))


def _leaving(
    chain: Chain, seances: _Seances, batches: Sequence[Sequence[Parcel[ActBranch]]]
) -> Iterator[list[ActBranch]]:
    """What of each batch may leave now: a séance that is new leaves with the first of them, the rest of it waits."""
    opened: dict[str, int] = {}
    for number, batch in enumerate(batches):
        branches = []
        for parcel in batch:
            new = bool(parcel.parent) and not seances.accepted(parcel.parent)
            if new and opened.setdefault(parcel.parent, number) != number:
                day = day_of(parcel.record.act)
                _wait(chain, _members(parcel.record), f"la séance du {day} part d’abord, dans un autre versement")
            else:
                branches.append(parcel.record)
        if branches:
            yield branches


def _ready(chain: Chain) -> Iterator[ActBranch]:
    """Acts that may leave with what attests them, then attestations of acts already accepted."""
    documents = chain.registry.documents(chain.tenant, chain.connector, DocumentState.QUALIFIED)
    qualified = [document for document in documents if _holds_its_record(chain, document)]
    acts = {act_key(d.record_key): d for d in qualified if d.kind is Kind.ACT}
    attestations: dict[str, list[SourceDocument]] = {}
    for document in qualified:
        if document.kind is not Kind.ACT:
            attestations.setdefault(_key_of_act(chain, document, acts), []).append(document)
    order = sorted(acts.values(), key=lambda d: (day_of(d), d.record_key))
    for act in order:
        yield ActBranch(act, held=False, attestations=tuple(attestations.pop(act_key(act.record_key), ())))
    for key, documents in sorted(attestations.items()):
        record = chain.registry.record(chain.tenant, key)
        if record is not None and record.state is DocumentState.ACCEPTED:
            yield ActBranch(record.document, held=True, attestations=tuple(documents))
        else:
            _wait(chain, documents, *_why_its_act_is_not_there(chain, key, record))


def _holds_its_record(chain: Chain, document: SourceDocument) -> bool:
    """False while another run has qualified it and not yet looked for duplicates."""
    record = chain.registry.record(chain.tenant, document.record_key)
    return record is not None and record.document.id == document.id


def _key_of_act(chain: Chain, document: SourceDocument, acts: dict[str, SourceDocument]) -> str:
    """The record key of the act that an attestation is about, which may be known by its index row only."""
    key, other = act_key(document.record_key), other_key(document.metadata)
    for known in (key, other):
        if known in acts:
            return known
    record = act_attested_by(chain, document)
    return record.document.record_key if record else key


def _why_its_act_is_not_there(chain: Chain, key: str, record: Record | None) -> tuple[str, str]:
    known = record or chain.registry.unclaimed(chain.tenant, key)
    if known is None:
        return f"son acte ({key}) n’est pas encore arrivé", "WAITS_FOR_ITS_ACT"
    why = f"son acte (« {known.document.reference} ») n’est pas accepté, mais {known.state}"
    return why, "WAITS_FOR_ITS_PARENT" if known.state in PENDING else "WAITS_FOR_A_DECISION"


def _seance_is_free(chain: Chain, seances: _Seances, branch: ActBranch) -> bool:
    key = seance_key(branch.act.metadata)
    carried = None if branch.held else seances.carried(key)
    if carried is None or seances.accepted(key):
        return True
    _wait(
        chain,
        _members(branch),
        f"la séance du {day_of(branch.act)} est dans le versement {carried.transfer_id}, pas encore accepté",
    )
    return False


def _wait(chain: Chain, documents: Sequence[SourceDocument], why: str, code: str = "WAITS_FOR_ITS_PARENT") -> None:
    for document in documents:
        finding = remark(code, f"« {document.reference} » attend : {why}.")
        chain.registry.waits(chain.tenant, document.id, finding)


def _members(branch: ActBranch) -> tuple[SourceDocument, ...]:
    return branch.attestations if branch.held else (branch.act, *branch.attestations)


def _freeze(chain: Chain, seances: _Seances, batch: Sequence[ActBranch], collection_id: str, follows: str) -> Transfer:
    members = [document for branch in batch for document in _members(branch)]
    units = tuple(_roots(chain, seances, batch))
    identifier = _identifier(chain, members, follows)
    message = _message(chain, identifier, members, units)
    numbering, manifest = _write(chain, message)
    planned = tuple(_planned(units, numbering, _owners(members)))
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


def _roots(chain: Chain, seances: _Seances, batch: Sequence[ActBranch]) -> Iterator[ArchiveUnit]:
    """Each séance with its new acts; an act that is already held is a root of its own, its parents unchanged."""
    organisation = chain.profile.organisation
    by_seance: dict[str, list[ActBranch]] = {}
    for branch in batch:
        by_seance.setdefault(seance_key(branch.act.metadata), []).append(branch)
    for key, branches in by_seance.items():
        new = [branch for branch in branches if not branch.held]
        if new:
            yield seance_unit(organisation, new, held=seances.accepted(key))
        for branch in branches:
            if branch.held:
                yield act_unit(organisation, branch)


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


def _follows(batch: Sequence[ActBranch], refused: Mapping[str, tuple[int, str]]) -> str:
    """The last refused transfer that carried one of these records, whichever document held it then."""
    keys = (document.record_key for branch in batch for document in _members(branch))
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


def _owners(members: Sequence[SourceDocument]) -> dict[str, tuple[str, str]]:
    """By unit key: the document that the unit belongs to, and its pièce's path."""
    owners = {act_key(d.record_key): (d.id, "") for d in members if d.kind is Kind.ACT}
    for document in members:
        owners |= {key: (document.id, file.path) for key, _, file in items_of(document)}
    return owners


def _planned(
    units: Sequence[ArchiveUnit], numbering: Numbering, owners: dict[str, tuple[str, str]]
) -> Iterator[PlannedUnit]:
    for unit in units:
        document_id, path = owners.get(unit.key, ("", ""))
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
        yield from _planned(unit.children, numbering, owners)
