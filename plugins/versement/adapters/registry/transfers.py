"""Transfers: frozen once, found again, settled with what became of each of their documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam
from sqlalchemy.exc import IntegrityError

from versement.adapters.registry import journal
from versement.adapters.registry.claims import release
from versement.adapters.registry.codec import finding_rows, to_digest
from versement.adapters.registry.database import Transaction, chunks
from versement.adapters.registry.states import move_all
from versement.adapters.registry.tables import document, entry, member, transfer, transfer_finding, unit
from versement.domain.errors import Defect
from versement.domain.fixity import Digest, Fixity
from versement.domain.lifecycle import TRANSFER_MOVES, DocumentState, TransferState, checked
from versement.domain.transfers import Ask, Ending, PackedEntry, PlannedUnit, Settlement, Transfer
from versement.ports.records import HeldKey


def pack(tx: Transaction, packed: Transfer) -> None:
    if find_row(tx, packed.id) is not None:
        return
    move_all(tx, sorted(packed.members), DocumentState.PACKAGED)
    tx.add(transfer, [_transfer_row(tx, packed)])
    tx.add(
        member,
        [{"transfer": packed.id, "position": i, "document": key} for i, key in enumerate(packed.members)],
    )
    try:
        tx.add(unit, [_unit_row(packed.id, i, planned) for i, planned in enumerate(packed.units)])
    except IntegrityError as error:
        raise Defect(
            f"Le versement {packed.id} créerait une seconde fois une unité qu’un autre versement crée déjà : "
            "rien n’a été écrit. Signalez-le aux développeurs.",
            detail="a unit would be created by two transfers",
        ) from error
    tx.add(entry, [_entry_row(packed.id, i, item) for i, item in enumerate(packed.entries)])
    journal.append(
        tx,
        "transfer.packed",
        packed.id,
        members=len(packed.members),
        units=packed.unit_count,
        size=packed.size,
        manifest=str(packed.manifest.digest),
        follows=packed.follows,
    )


def in_states(tx: Transaction, connector: str, states: Collection[TransferState]) -> Sequence[Transfer]:
    wanted = [state.value for state in states]
    chosen = tx.select(transfer).where(transfer.c.connector == connector, transfer.c.state.in_(wanted))
    return [_load(tx, row) for row in tx.rows(chosen.order_by(transfer.c.number))]


def find(tx: Transaction, transfer_id: str) -> Transfer | None:
    row = find_row(tx, transfer_id)
    return _load(tx, row) if row is not None else None


def find_by_operation(tx: Transaction, operation_id: str) -> Transfer | None:
    row = tx.first(tx.select(transfer).where(transfer.c.operation_id == operation_id)) if operation_id else None
    return _load(tx, row) if row is not None else None


def find_row(tx: Transaction, transfer_id: str) -> Row[Any] | None:
    return tx.first(tx.select(transfer).where(transfer.c.id == transfer_id))


def existing_row(tx: Transaction, transfer_id: str) -> Row[Any]:
    """The transfer's row.

    Raises:
        Defect: this tenant has no such transfer.
    """
    row = find_row(tx, transfer_id)
    if row is None:
        raise Defect(
            f"Le versement {transfer_id} est inconnu de ce coffre : signalez-le aux développeurs.",
            detail="unknown transfer",
        )
    return row


def members_of(tx: Transaction, transfer_id: str) -> Sequence[Row[Any]]:
    return tx.rows(tx.select(member).where(member.c.transfer == transfer_id).order_by(member.c.position))


def stop_codes(tx: Transaction, transfer_id: str) -> list[str]:
    """Codes of what was found on the transfer as a whole, the latest last."""
    as_a_whole = tx.select(transfer_finding).where(
        transfer_finding.c.transfer == transfer_id, transfer_finding.c.document.is_(None)
    )
    return [row.code for row in tx.rows(as_a_whole.order_by(transfer_finding.c.position))]


def of_document(tx: Transaction, document_id: str) -> tuple[Transfer, ...]:
    """Transfers that the document was a member of, the oldest first."""
    chosen = (
        tx.select(transfer)
        .join(member, (member.c.tenant == transfer.c.tenant) & (member.c.transfer == transfer.c.id))
        .where(member.c.document == document_id)
        .order_by(transfer.c.number)
    )
    return tuple(_load(tx, row) for row in tx.rows(chosen))


def units_of_document(tx: Transaction, document_id: str) -> tuple[tuple[PlannedUnit, str, str], ...]:
    """Units planned for a document, the oldest transfer's first, with unit and object SystemIds."""
    chosen = (
        tx.select(unit)
        .join(transfer, (unit.c.tenant == transfer.c.tenant) & (unit.c.transfer == transfer.c.id))
        .where(unit.c.document == document_id)
        .order_by(transfer.c.number, unit.c.position)
    )
    return tuple((_to_unit(row), row.system_id, row.object_system_id) for row in tx.rows(chosen))


def held_key(tx: Transaction, key: str) -> HeldKey | None:
    chosen = (
        tx.select(unit, unit.c.transfer, unit.c.system_id, transfer.c.state)
        .join(transfer, (unit.c.tenant == transfer.c.tenant) & (unit.c.transfer == transfer.c.id))
        .where(unit.c.key == key, unit.c.live, ~unit.c.attached)
    )
    row = tx.first(chosen)
    return HeldKey(key, row.transfer, TransferState(row.state), row.system_id) if row else None


def move_transfer(tx: Transaction, transfer_id: str, after: TransferState, **values: object) -> None:
    """Change a transfer's state as the lifecycle allows it."""
    before = TransferState(existing_row(tx, transfer_id).state)
    checked(TRANSFER_MOVES, before, after)
    tx.run(tx.update(transfer).where(transfer.c.id == transfer_id).values(state=after.value, **values))


def ask(tx: Transaction, transfer_id: str, what: Ask) -> None:
    operation_id = existing_row(tx, transfer_id).operation_id
    journal.append(tx, f"operation.{what}_asked", transfer_id, operation=operation_id)


def settle(tx: Transaction, transfer_id: str, settlement: Settlement) -> None:
    before = existing_row(tx, transfer_id).state
    if settlement.only_from not in (None, before):
        return  # another execution has sent it meanwhile
    if before == settlement.state:
        _say_why_it_stays_so(tx, transfer_id, settlement)
        return
    if settlement.state in _ONLY_SAID:
        return  # the try that made it uncertain was settled meanwhile, or the transfer that was tried has left
    ends = settlement.state is not TransferState.STOPPED
    _check_members(tx, transfer_id, settlement, ends=ends)
    reply = {"reply": str(settlement.reply)} if settlement.reply else {}
    move_transfer(tx, transfer_id, settlement.state, **reply)
    _write_system_ids(tx, transfer_id, settlement)
    _write_findings(tx, transfer_id, settlement)
    if settlement.state is TransferState.REFUSED:
        tx.run(tx.update(unit).where(unit.c.transfer == transfer_id).values(live=False))
    heirs = _end_documents(tx, settlement.documents)
    counts = Counter(ending.state.name.lower() for ending in settlement.documents.values())
    codes = sorted({finding.code for _, finding in settlement.findings})
    journal.append(
        tx,
        "transfer.settled",
        transfer_id,
        state=settlement.state.name.lower(),
        documents=counts,
        findings=codes,
        heirs=heirs,
        reply=str(settlement.reply or ""),
    )


_ONLY_SAID = (TransferState.UNCERTAIN, TransferState.READY)


def _say_why_it_stays_so(tx: Transaction, transfer_id: str, settlement: Settlement) -> None:
    """A transfer that stays where it is, for another reason or with another answer to a blank test."""
    told = [finding.code for document_id, finding in settlement.findings if not document_id]
    held_up = settlement.state in (TransferState.STOPPED, *_ONLY_SAID)
    if held_up and told and stop_codes(tx, transfer_id)[-len(told) :] != told:
        _write_findings(tx, transfer_id, settlement)
        journal.append(tx, f"transfer.{settlement.state.name.lower()}_again", transfer_id, findings=sorted(told))


def _check_members(tx: Transaction, transfer_id: str, settlement: Settlement, *, ends: bool) -> None:
    """An outcome says what becomes of every member, and of nobody else: none may be forgotten in a closed transfer."""
    members = {row.document for row in members_of(tx, transfer_id)}
    told = set(settlement.documents)
    if told - members or (ends and members - told):
        raise Defect(
            f"L’issue du versement {transfer_id} ne dit pas ce que devient chacun de ses documents : signalez-le "
            "aux développeurs.",
            detail=f"{len(members - told)} members untold, {len(told - members)} strangers",
        )


def _end_documents(tx: Transaction, endings: Mapping[str, Ending]) -> list[str]:
    """Write what becomes of members; return the duplicates that take the records of refused ones."""
    alike: dict[Ending, list[str]] = {}
    for document_id, ending in sorted(endings.items()):
        alike.setdefault(ending, []).append(document_id)
    for ending, ids in alike.items():
        told = {"code": ending.code, "reason": ending.message}
        if ending.state is DocumentState.PACKAGED:
            for some in chunks(ids):
                tx.run(tx.update(document).where(document.c.id.in_(some)).values(**told))
        else:
            move_all(tx, ids, ending.state, **told)
    refused = [key for key, ending in sorted(endings.items()) if ending.state is DocumentState.REFUSED]
    return [heir for key in refused if (heir := release(tx, key))]


def _write_system_ids(tx: Transaction, transfer_id: str, settlement: Settlement) -> None:
    if not settlement.units and not settlement.objects:
        return
    planned = tx.rows(tx.select(unit, unit.c.xml_id, unit.c.object_xml_id).where(unit.c.transfer == transfer_id))
    change = (
        tx.update(unit)
        .where(unit.c.transfer == transfer_id, unit.c.xml_id == bindparam("of"))
        .values(system_id=bindparam("unit_id"), object_system_id=bindparam("object_id"))
    )
    given = [
        {
            "of": row.xml_id,
            "unit_id": settlement.units.get(row.xml_id, ""),
            "object_id": settlement.objects.get(row.object_xml_id, ""),
        }
        for row in planned
    ]
    tx.run_many(change, given)


def _write_findings(tx: Transaction, transfer_id: str, settlement: Settlement) -> None:
    """Add them to what stopped the transfer before, if anything did."""
    earlier = len(tx.rows(tx.select(transfer_finding).where(transfer_finding.c.transfer == transfer_id)))
    rows = finding_rows({"transfer": transfer_id}, [finding for _, finding in settlement.findings])
    about = [{"document": document_id or None} for document_id, _ in settlement.findings]
    told = zip(rows, about, strict=True)
    tx.add(transfer_finding, [{**row, **which, "position": row["position"] + earlier} for row, which in told])


def _transfer_row(tx: Transaction, packed: Transfer) -> dict[str, Any]:
    return {
        "id": packed.id,
        "number": tx.next_number(transfer),
        "connector": packed.connector,
        "collection": packed.collection,
        "target": packed.target,
        "archival_agreement": packed.archival_agreement,
        "profile": str(packed.profile),
        "manifest_digest": str(packed.manifest.digest),
        "manifest_crc32": packed.manifest.crc32,
        "manifest_size": packed.manifest.size,
        "size": packed.size,
        "unit_count": packed.unit_count,
        "follows": packed.follows,
        "state": TransferState.READY.value,
    }


def _unit_row(transfer_id: str, position: int, planned: PlannedUnit) -> dict[str, Any]:
    return {
        "transfer": transfer_id,
        "xml_id": planned.xml_id,
        "position": position,
        "key": planned.key,
        "document": planned.document_id or None,
        "path": planned.path,
        "object_xml_id": planned.object_xml_id,
        "digest": str(planned.digest) if planned.digest else None,
        "attached": planned.attached,
        "live": True,
    }


def _entry_row(transfer_id: str, position: int, item: PackedEntry) -> dict[str, Any]:
    return {
        "transfer": transfer_id,
        "position": position,
        "name": item.name,
        "digest": str(item.fixity.digest),
        "crc32": item.fixity.crc32,
        "size": item.fixity.size,
    }


def _load(tx: Transaction, row: Row[Any]) -> Transfer:
    members = members_of(tx, row.id)
    units = tx.rows(tx.select(unit).where(unit.c.transfer == row.id).order_by(unit.c.position))
    entries = tx.rows(tx.select(entry).where(entry.c.transfer == row.id).order_by(entry.c.position))
    return Transfer(
        id=row.id,
        connector=row.connector,
        collection=row.collection,
        target=row.target,
        archival_agreement=row.archival_agreement,
        profile=Digest.parse(row.profile),
        manifest=Fixity(Digest.parse(row.manifest_digest), row.manifest_crc32, row.manifest_size),
        size=row.size,
        unit_count=row.unit_count,
        members=tuple(found.document for found in members),
        units=tuple(_to_unit(found) for found in units),
        entries=tuple(
            PackedEntry(found.name, Fixity(Digest.parse(found.digest), found.crc32, found.size)) for found in entries
        ),
        follows=row.follows,
        state=TransferState(row.state),
        operation_id=row.operation_id,
        reply=to_digest(row.reply),
    )


def _to_unit(row: Row[Any]) -> PlannedUnit:
    return PlannedUnit(
        key=row.key,
        xml_id=row.xml_id,
        document_id=row.document or "",
        path=row.path,
        object_xml_id=row.object_xml_id,
        digest=to_digest(row.digest),
        attached=row.attached,
    )
