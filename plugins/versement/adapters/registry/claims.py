"""Who holds a record: taken by one INSERT, found under any of its keys, left to the oldest duplicate when freed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import BindParameter, Insert, Row, bindparam, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from versement.adapters.registry import journal
from versement.adapters.registry.columns import same
from versement.adapters.registry.database import Transaction
from versement.adapters.registry.states import load, move, record_of, row_of
from versement.adapters.registry.tables import claim, document
from versement.domain.errors import Defect
from versement.domain.lifecycle import DocumentState
from versement.ports.records import Claim, Record, Wanted

LONGEST_KEY = 500

_UNDER_KEYS = select(claim).where(
    claim.c.tenant == bindparam("of_tenant"), claim.c.record_key.in_(bindparam("of_keys", expanding=True))
)
_ROWS = select(document).where(
    document.c.tenant == bindparam("of_tenant"), document.c.id.in_(bindparam("of_ids", expanding=True))
)
_OTHER_KEY = update(document).where(document.c.tenant == bindparam("of_tenant"), document.c.id == bindparam("of_id"))


def take_each(tx: Transaction, wanted: Sequence[Wanted]) -> list[Claim]:
    """Claim in order; those whose keys nobody holds are written together."""
    rows = {
        row.id: row
        for row in tx.connection.execute(_ROWS, {"of_tenant": tx.tenant, "of_ids": [item.document for item in wanted]})
    }
    asked = {item: _keys(rows[item.document].record_key, item.other_key) for item in wanted if item.document in rows}
    held = set(_held(tx, {key: None for keys in asked.values() for key in keys}))
    free: list[Wanted] = []
    outcomes = []
    for item in wanted:
        keys = asked.get(item, {})
        if keys and _may_claim(rows[item.document]) and held.isdisjoint(keys):
            free.append(item)
            outcomes.append(Claim("taken", item.document))
        else:
            _take_free(tx, free, rows)
            free = []
            outcomes.append(_take(tx, item.document, other_key=item.other_key, version=item.version))
        held.update(keys)
    _take_free(tx, free, rows)
    return outcomes


def _may_claim(row: Row[Any]) -> bool:
    return bool(row.record_key) and row.state == DocumentState.QUALIFIED


def _take_free(tx: Transaction, free: Sequence[Wanted], rows: Mapping[str, Row[Any]]) -> None:
    """Write claims on what nobody holds; if somebody did, the unique index would refuse them all."""
    if not free:
        return
    changed = [item for item in free if item.other_key != rows[item.document].other_key]
    tx.run_many(
        _OTHER_KEY, [{"of_tenant": tx.tenant, "of_id": item.document, "other_key": item.other_key} for item in changed]
    )
    tx.add(
        claim,
        [
            {"record_key": key, "document": item.document, "version": item.version}
            for item in free
            for key in sorted(_keys(rows[item.document].record_key, item.other_key))
        ],
    )
    journal.append_all(tx, "record.claimed", {item.document: {} for item in free})


def _keys(record_key: str, other_key: str) -> dict[str, None]:
    return {bounded(record_key): None} | ({bounded(other_key): None} if other_key else {})


def _take(tx: Transaction, document_id: str, *, other_key: str, version: str) -> Claim:
    row = row_of(tx, document_id)
    if not row.record_key:
        raise Defect(
            "Un document sans identifiant réclame un enregistrement : signalez-le aux développeurs.",
            detail=f"claim of {document_id} without record key",
        )
    main, keys = bounded(row.record_key), _keys(row.record_key, other_key)
    held = _held(tx, keys)
    if main in held and held[main].document == document_id:
        _insert(tx, document_id, keys, version)
        return Claim("taken", document_id)
    if row.state != DocumentState.QUALIFIED:
        raise Defect(
            f"Un document « {row.state} » réclame un enregistrement : signalez-le aux développeurs.",
            detail=f"claim of {document_id} which is not qualified",
        )
    if other_key != row.other_key:
        tx.run(tx.update(document).where(document.c.id == document_id).values(other_key=other_key))
    if _insert(tx, document_id, keys, version) < len(keys):
        held = _held(tx, keys)
    rival = next((held[key] for key in keys if key in held and _is_rival(tx, held[key], document_id, main)), None)
    if rival is None:
        journal.append(tx, "record.claimed", document_id)
        return Claim("taken", document_id)
    if rival.version != version:
        tx.run(tx.delete(claim).where(claim.c.document == document_id))
        journal.append(tx, "record.conflict", document_id, holder=rival.document)
        return Claim("conflict", rival.document)
    # The same record: whatever key it is known by now leads to its holder.
    tx.run(tx.update(claim).where(claim.c.document == document_id).values(document=rival.document))
    move(tx, document_id, DocumentState.DUPLICATE, original=rival.document)
    journal.append(tx, "record.duplicate", document_id, holder=rival.document)
    return Claim("duplicate", rival.document)


def _is_rival(tx: Transaction, held: Row[Any], document_id: str, main: str) -> bool:
    """Whether a claim stands for the same record. Under its other key, only one that is known by that key alone.

    Two acts may bear one printed number on one day: their own identifiers tell them apart.
    """
    if held.document == document_id:
        return False
    return bool(held.record_key == main or bounded(row_of(tx, held.document).record_key) == held.record_key)


def record(tx: Transaction, keys: Iterable[str]) -> Record | None:
    for key in keys:
        holder = _holder(tx, bounded(key))
        if holder is not None:
            return record_of(tx, holder)
    return None


def unclaimed(tx: Transaction, keys: Iterable[str]) -> Record | None:
    known = [same(column, key) for key in keys if key for column in (document.c.record_key, document.c.other_key)]
    if not known:
        return None
    holds = exists().where(claim.c.tenant == document.c.tenant, claim.c.document == document.c.id)
    found = load(
        tx,
        or_(*known),
        document.c.state != DocumentState.DUPLICATE.value,
        document.c.replaced_by.is_(None),
        ~document.c.withdrawn,
        ~holds,
    )
    return next((Record(loaded, DocumentState(row.state), row.reason) for row, loaded in found), None)


def release(tx: Transaction, document_id: str) -> str:
    """Free what a document holds; its oldest duplicate takes it and is qualified again. Return that one's id."""
    duplicates = tx.select(document, document.c.id).where(document.c.original == document_id)
    oldest = tx.first(duplicates.order_by(document.c.number))
    held = claim.c.document == document_id
    if oldest is None:
        tx.run(tx.delete(claim).where(held))
        return ""
    heir = str(oldest.id)
    tx.run(tx.update(claim).where(held).values(document=heir))
    move(tx, heir, DocumentState.QUALIFIED)
    tx.run(tx.update(document).where(document.c.original == document_id).values(original=heir))
    return heir


def bounded(key: str) -> str:
    """The key as it is indexed: a long one by its digest, since PostgreSQL bounds the size of an index row."""
    return key if len(key) <= LONGEST_KEY else sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _holder(tx: Transaction, key: str) -> str | None:
    row = tx.first(tx.select(claim, claim.c.document).where(claim.c.record_key == key))
    return str(row.document) if row else None


def _held(tx: Transaction, keys: Iterable[str]) -> dict[str, Row[Any]]:
    found = tx.connection.execute(_UNDER_KEYS, {"of_tenant": tx.tenant, "of_keys": list(keys)})
    return {row.record_key: row for row in found}


def _insert(tx: Transaction, document_id: str, keys: Iterable[str], version: str) -> int:
    """Take those of the keys that nobody holds; return how many."""
    # Always in the same order, so that two claims never wait for one another.
    named = {f"key_{position}": key for position, key in enumerate(sorted(keys))}
    statement = _insertion(tx.connection.dialect.name, len(named))
    told = {"of_tenant": tx.tenant, "of_id": document_id, "of_version": version, **named}
    return tx.connection.execute(statement, told).rowcount


@cache
def _insertion(dialect: str, count: int) -> Insert:
    """Built once: there is a claim for each document."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    rows: list[dict[str, BindParameter[str]]] = [
        {
            "tenant": bindparam("of_tenant"),
            "record_key": bindparam(f"key_{position}"),
            "document": bindparam("of_id"),
            "version": bindparam("of_version"),
        }
        for position in range(count)
    ]
    return insert(claim).values(rows).on_conflict_do_nothing()
