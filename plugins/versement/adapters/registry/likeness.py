"""Documents that are like others of the tenant: the same bytes under another record, or nearly the same text."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, select, union

from versement.adapters.registry import journal
from versement.adapters.registry.database import Transaction, chunks
from versement.adapters.registry.tables import claim, document, fingerprint, fingerprint_band
from versement.domain.lifecycle import DocumentState
from versement.domain.near import BANDS, LOOKED_AT, Fingerprint, bands, packed, similarity, unpacked
from versement.ports.likeness import Alike


def _of_band(number: int) -> Select[Any]:
    of_it = (fingerprint_band.c.tenant == bindparam("of_tenant"), fingerprint_band.c.band == bindparam(f"of_{number}"))
    some = select(fingerprint_band.c.document).where(*of_it).order_by(fingerprint_band.c.document).limit(LOOKED_AT)
    return select(some.subquery().c.document)


_CANDIDATES = union(*map(_of_band, range(BANDS)))
"""Each once: two texts that are nearly the same share most bands."""


def holders(tx: Transaction, versions: Collection[str]) -> Mapping[str, Sequence[str]]:
    """By version, the documents that hold a record with these very bytes, the oldest first."""
    found: dict[str, set[str]] = {}
    for some in chunks(sorted(set(versions))):
        for row in tx.rows(tx.select(claim, claim.c.version, claim.c.document).where(claim.c.version.in_(some))):
            found.setdefault(row.version, set()).add(row.document)
    several = sorted({key for keys in found.values() if len(keys) > 1 for key in keys})
    age = {
        row.id: row.number
        for ids in chunks(several)
        for row in tx.rows(tx.select(document, document.c.id, document.c.number).where(document.c.id.in_(ids)))
    }
    return {version: sorted(keys, key=lambda key: age.get(key, 0)) for version, keys in found.items()}


def unread(tx: Transaction, document_ids: Sequence[str]) -> set[str]:
    """Those whose text was not compared yet."""
    read = {
        row.document
        for ids in chunks(document_ids)
        for row in tx.rows(tx.select(fingerprint, fingerprint.c.document).where(fingerprint.c.document.in_(ids)))
    }
    return set(document_ids) - read


def keep(tx: Transaction, prints: Mapping[str, Fingerprint | None], subject: str) -> None:
    fresh = unread(tx, list(prints))
    kept = {key: made for key, made in prints.items() if key in fresh}
    if not kept:
        return
    tx.add(
        fingerprint,
        [{"document": key, "print": packed(made) if made is not None else None} for key, made in kept.items()],
    )
    rows = {(band, key) for key, made in kept.items() if made is not None for band in bands(made)}
    tx.add(fingerprint_band, [{"band": band, "document": key} for band, key in sorted(rows)])
    journal.append(tx, "documents.fingerprinted", subject, documents=len(kept))


def alike(tx: Transaction, document_id: str, made: Fingerprint, least: float) -> Sequence[Alike]:
    """Documents of another record whose kept text is like this one, the likest first."""
    asked = {f"of_{number}": band for number, band in enumerate(bands(made))}
    candidates = set(tx.connection.scalars(_CANDIDATES, {"of_tenant": tx.tenant, **asked}))
    own = tx.first(tx.select(document, document.c.record_key).where(document.c.id == document_id))
    if own is None or not candidates - {document_id}:
        return ()
    found = []
    for ids in chunks(sorted(candidates - {document_id})):
        chosen = (
            tx.select(
                document, document.c.id, document.c.number, document.c.reference, document.c.state, fingerprint.c.print
            )
            .join(fingerprint, (fingerprint.c.tenant == document.c.tenant) & (fingerprint.c.document == document.c.id))
            .where(document.c.id.in_(ids), document.c.record_key != own.record_key)
        )
        for row in tx.rows(chosen):
            share = similarity(made, unpacked(row.print))
            if share >= least:
                found.append((-share, row.number, Alike(row.id, row.reference, DocumentState(row.state), share)))
    return [item for _, _, item in sorted(found, key=lambda each: each[:2])]
