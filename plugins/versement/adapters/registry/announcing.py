"""Collections: what was announced, written first and once; what was known already; what the source replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam

from versement.adapters.registry import claims, journal
from versement.adapters.registry.codec import (
    announced_columns,
    announced_file_rows,
    announced_paths,
    finding_rows,
    from_announced,
    to_digest,
    to_finding,
)
from versement.adapters.registry.database import Transaction, chunks
from versement.adapters.registry.tables import collection, collection_finding, document, document_finding, file, waste
from versement.domain.documents import AnnouncedDocument, FileReference
from versement.domain.errors import Defect
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DOCUMENT_MOVES, DocumentState, checked
from versement.domain.policies import DEFAULTS
from versement.ports.records import CollectionRecord, CollectionStart

_PASSING = (
    *("FILE_VANISHED", "FILE_CHANGED", "MIXED_DROP", "PERSONAL_DATA_IN_RUN", "BIRTH_DIFFERS"),
    *("BIRTH_CHANGED", "PROFILE_DEPARTURE"),
)
"""Reasons that say something of one reading only, of that day's neighbours, or of a manifest that we may have written
wrongly: what comes again is read again."""
_OF_THE_PROFILE = (
    "ACCESS_OPEN",
    "ACCESS_UNDETERMINED",
    "ACKNOWLEDGEMENT_MISSING",
    "DEPARTEMENT_FOREIGN",
    "DESTROY_NOT_VALIDATED",
    "EXPECTATION_FAILED",
    "INDEX_ROW_MISSING",
    "SIREN_FOREIGN",
    *DEFAULTS,
)
"""Reasons that another profile may lift: a changed profile has these documents read again."""


@dataclass(slots=True)
class _Sorted:
    """An announcement against what is known: new documents, known ones, and those of which more is said now."""

    fresh: dict[str, AnnouncedDocument] = field(default_factory=dict)
    known: dict[str, AnnouncedDocument] = field(default_factory=dict)
    said_anew: dict[str, AnnouncedDocument] = field(default_factory=dict)
    to_begin_again: dict[str, AnnouncedDocument] = field(default_factory=dict)


def announce(tx: Transaction, start: CollectionStart) -> CollectionRecord:
    already = find(tx, start.id)
    if already is not None:
        return already
    told = _sort(tx, start.documents, _reasons_to_lift(tx, start))
    residue = {_waste_id(start.connector, reference): reference for reference in start.waste}
    fresh_residue = {key: value for key, value in residue.items() if key not in _known_waste(tx, list(residue))}
    counts = {
        "announced_documents": len(start.documents),
        "announced_files": _pieces(start.documents.values()) + len(residue),
        "known_documents": len(told.known),
        "known_files": _pieces(told.known.values()) + len(residue) - len(fresh_residue),
        "collected_documents": len(told.fresh),
        "collected_files": _pieces(told.fresh.values()) + len(fresh_residue),
    }
    _write_start(tx, start, counts)
    _write_documents(tx, start, told.fresh)
    _write_waste(tx, start, fresh_residue)
    _say_anew(tx, told.said_anew)
    _begin_again(tx, told.to_begin_again)
    replaced = _mark_replaced(tx, start)
    again = {"again": len(told.to_begin_again), "replaced": replaced}
    journal.append(tx, "collection.announced", start.id, listing=str(start.listing), **counts, **again)
    record = find(tx, start.id)
    if record is None:
        raise Defect("Une collecte écrite est introuvable : signalez-le aux développeurs.", detail="lost collection")
    return record


def last(tx: Transaction, connector: str, window: str | None) -> CollectionRecord | None:
    of_it = [collection.c.connector == connector]
    if window is not None:
        of_it.append(collection.c.run_window == window)
    row = tx.first(tx.select(collection).where(*of_it).order_by(collection.c.started.desc(), collection.c.id.desc()))
    return find(tx, row.id) if row else None


def find(tx: Transaction, collection_id: str) -> CollectionRecord | None:
    row = tx.first(tx.select(collection).where(collection.c.id == collection_id))
    if row is None:
        return None
    of_it = collection_finding.c.collection == collection_id
    findings = tx.rows(tx.select(collection_finding).where(of_it).order_by(collection_finding.c.position))
    return CollectionRecord(
        id=row.id,
        connector=row.connector,
        run_id=row.run_id,
        window=row.run_window,
        profile=Digest.parse(row.profile),
        listing_paths=row.listing_paths,
        announced_documents=row.announced_documents,
        announced_files=row.announced_files,
        known_documents=row.known_documents,
        known_files=row.known_files,
        started=row.started,
        findings=tuple(to_finding(finding) for finding in findings),
        expectations=to_digest(row.expectations),
        report=to_digest(row.report),
        page=to_digest(row.page),
    )


def attach_evidence(tx: Transaction, collection_id: str, evidence: Mapping[str, Digest]) -> None:
    """Keep digests of what a step produced; naming the same again changes nothing."""
    record = find(tx, collection_id)
    if record is None:
        raise Defect(f"La collecte {collection_id} est inconnue : signalez-le aux développeurs.")
    fresh = {name: str(digest) for name, digest in evidence.items() if getattr(record, name) != digest}
    if fresh:
        tx.run(tx.update(collection).where(collection.c.id == collection_id).values(**fresh))
        journal.append(tx, "collection.evidence", collection_id, **fresh)


def _reasons_to_lift(tx: Transaction, start: CollectionStart) -> frozenset[str]:
    # A run for some days under another profile says nothing of the documents of other days.
    of_it = [collection.c.connector == start.connector]
    if (earlier := last(tx, start.connector, start.window)) is not None:
        of_it.append(collection.c.started >= earlier.started)
    profiles = {row.profile for row in tx.rows(tx.select(collection, collection.c.profile).where(*of_it))}
    changed = bool(profiles - {str(start.profile)})
    return frozenset(_PASSING + (_OF_THE_PROFILE if changed else ()))


def _sort(tx: Transaction, documents: Mapping[str, AnnouncedDocument], lifted: frozenset[str]) -> _Sorted:
    told = _Sorted()
    for ids in chunks(list(documents)):
        columns = [document.c[name] for name in ("id", "state", "code", "announced", "record_key", "other_key")]
        rows = {row.id: row for row in tx.rows(tx.select(document, *columns).where(document.c.id.in_(ids)))}
        for key in ids:
            row, announced = rows.get(key), documents[key]
            if row is None:
                told.fresh[key] = announced
                continue
            told.known[key] = announced
            if row.announced == from_announced(announced) and row.code not in lifted and not _rival_is_gone(tx, row):
                continue
            # Not yet collected counts as set aside: what is collected is what is said now.
            again = row.state in (DocumentState.SET_ASIDE, DocumentState.ANNOUNCED)
            (told.to_begin_again if again else told.said_anew)[key] = announced
    return told


def _rival_is_gone(tx: Transaction, row: Row[Any]) -> bool:
    """Whether a document waits for the sake of another content of its record that was refused since, or set aside."""
    return row.code == "IDENTITY_CONFLICT" and claims.record(tx, filter(None, (row.record_key, row.other_key))) is None


def _pieces(documents: Iterable[AnnouncedDocument]) -> int:
    return sum(len(announced_paths(announced)) for announced in documents)


def _write_start(tx: Transaction, start: CollectionStart, counts: Mapping[str, int]) -> None:
    row = {
        "id": start.id,
        "connector": start.connector,
        "run_id": start.run_id,
        "run_window": start.window,
        "profile": str(start.profile),
        "listing": str(start.listing),
        "listing_paths": start.listing_paths,
        "started": tx.now,
        **counts,
    }
    tx.add(collection, [row])
    tx.add(collection_finding, finding_rows({"collection": start.id}, start.findings))


def _write_documents(tx: Transaction, start: CollectionStart, fresh: Mapping[str, AnnouncedDocument]) -> None:
    first = tx.next_number(document)
    rows = [
        {
            "id": key,
            "number": number,
            "connector": start.connector,
            "collection": start.id,
            "reference": announced.reference,
            "kind": announced.kind.value,
            "state": DocumentState.ANNOUNCED.value,
            "moved": tx.now,
            **announced_columns(announced),
        }
        for number, (key, announced) in enumerate(fresh.items(), start=first)
    ]
    tx.add(document, rows)
    _write_files(tx, fresh)


def _write_files(tx: Transaction, documents: Mapping[str, AnnouncedDocument]) -> None:
    tx.add(file, [row for key, announced in documents.items() for row in announced_file_rows(key, announced)])


def _write_waste(tx: Transaction, start: CollectionStart, fresh: Mapping[str, FileReference]) -> None:
    rows = [
        {
            "id": key,
            "connector": start.connector,
            "collection": start.id,
            "path": reference.path,
            "size": reference.size,
            "modified": reference.modified,
        }
        for key, reference in fresh.items()
    ]
    tx.add(waste, rows)


def _waste_id(connector: str, reference: FileReference) -> str:
    said = "\x1f".join((connector, reference.path, str(reference.size), str(reference.modified)))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _known_waste(tx: Transaction, ids: list[str]) -> set[str]:
    return {row.id for some in chunks(ids) for row in tx.rows(tx.select(waste, waste.c.id).where(waste.c.id.in_(some)))}


def _say_anew(tx: Transaction, documents: Mapping[str, AnnouncedDocument]) -> None:
    """Documents that are on their way keep what is known of them; only the announcement is the new one."""
    rows = [{"of": key, "announced": from_announced(announced)} for key, announced in documents.items()]
    tx.run_many(tx.update(document).where(document.c.id == bindparam("of")), rows)


def _begin_again(tx: Transaction, documents: Mapping[str, AnnouncedDocument]) -> None:
    for ids in chunks(list(documents)):
        rows = tx.rows(tx.select(document, document.c.state).where(document.c.id.in_(ids)))
        for row in rows:
            if row.state != DocumentState.ANNOUNCED:
                checked(DOCUMENT_MOVES, DocumentState(row.state), DocumentState.ANNOUNCED)
        tx.run(tx.delete(file).where(file.c.document.in_(ids)))
        tx.run(tx.delete(document_finding).where(document_finding.c.document.in_(ids)))
    blank: dict[str, Any] = {
        "state": DocumentState.ANNOUNCED.value,
        "withdrawn": False,
        "code": "",
        "reason": "",
        "record_key": "",
        "other_key": "",
    }
    rows_anew: list[dict[str, Any]] = [
        {"of": key, "moved": tx.now, **blank, **announced_columns(announced)} for key, announced in documents.items()
    ]
    tx.run_many(tx.update(document).where(document.c.id == bindparam("of")), rows_anew)
    _write_files(tx, documents)


def _mark_replaced(tx: Transaction, start: CollectionStart) -> int:
    """Set-aside documents that the source no longer holds, or of which it holds another version; or holds again."""
    newest = {announced.reference: key for key, announced in start.documents.items()}
    columns = (document.c.id, document.c.reference, document.c.replaced_by, document.c.withdrawn)
    aside = tx.select(document, *columns).where(
        document.c.connector == start.connector, document.c.state == DocumentState.SET_ASIDE.value
    )
    moves = []
    for row in tx.rows(aside):
        held = row.id in start.documents
        by = None if held else newest.get(row.reference, row.replaced_by)
        # A run for some days says nothing of the acts of other days.
        withdrawn = not held and (start.whole or row.withdrawn)
        if (by, withdrawn) != (row.replaced_by, row.withdrawn):
            moves.append({"of": row.id, "by": by, "gone": withdrawn})
    change = tx.update(document).where(document.c.id == bindparam("of"))
    tx.run_many(change.values(replaced_by=bindparam("by"), withdrawn=bindparam("gone")), moves)
    return len(moves)
