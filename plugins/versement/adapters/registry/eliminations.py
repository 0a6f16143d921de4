"""Bordereaux d'élimination: proposed, signed, decided line by line, purged."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from sqlalchemy import Row, Select

from versement.adapters.registry import journal
from versement.adapters.registry.codec import compact, to_digest
from versement.adapters.registry.database import Transaction, chunks
from versement.adapters.registry.states import load
from versement.adapters.registry.tables import (
    collection,
    document,
    elimination,
    elimination_item,
    elimination_line,
    file,
    member,
    transfer,
)
from versement.domain.elimination import (
    Addressees,
    Bordereau,
    BordereauState,
    Given,
    Ground,
    Held,
    Item,
    Kept,
    Line,
    Visa,
)
from versement.domain.errors import NotEliminable
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DocumentState, TransferState
from versement.ports.eliminations import Double

_SENT = (transfer.c.id.label("sent"), transfer.c.operation_id)
_ACCEPTED = (TransferState.ACCEPTED.value, TransferState.ACCEPTED_WITH_REMARKS.value)


def final_doubles(tx: Transaction) -> Sequence[Double]:
    original = document.alias("original")
    chosen = (
        tx.select(document, document.c.id, document.c.original, original.c.reference, *_SENT)
        .join(original, (original.c.tenant == document.c.tenant) & (original.c.id == document.c.original))
        .join(member, (member.c.tenant == original.c.tenant) & (member.c.document == original.c.id))
        .join(transfer, (transfer.c.tenant == member.c.tenant) & (transfer.c.id == member.c.transfer))
        .where(
            document.c.state == DocumentState.DUPLICATE.value,
            original.c.state == DocumentState.ACCEPTED.value,
            transfer.c.state.in_(_ACCEPTED),
        )
        .order_by(document.c.number)
    )
    rows = tx.rows(chosen)
    loaded = {found.id: found for _, found in load(tx, document.c.state == DocumentState.DUPLICATE.value)}
    return [
        Double(loaded[row.id], row.original, Kept(row.reference, tx.tenant, row.sent, row.operation_id, row.original))
        for row in rows
    ]


def in_bordereaux(tx: Transaction, *, again: bool = False) -> frozenset[str]:
    engaged = _items(tx).where(elimination.c.state != BordereauState.PROPOSED.value)
    if again:
        engaged = engaged.where(elimination_line.c.visa != Visa.REFUSED.value, ~elimination_item.c.sampled)
    return frozenset(row.document for row in tx.rows(engaged))


def propose(tx: Transaction, bordereau: Bordereau) -> None:
    if _row(tx, bordereau.id) is not None:
        return
    tx.add(
        elimination,
        [
            {
                "id": bordereau.id,
                "number": tx.next_number(elimination),
                "day": bordereau.day.isoformat(),
                "addressees": compact(asdict(bordereau.addressees) | _held_told(bordereau)),
                "journal": bordereau.journal,
                "state": bordereau.state.value,
            }
        ],
    )
    of_it = {"elimination": bordereau.id}
    tx.add(
        elimination_line,
        [
            {
                **of_it,
                "number": line.number,
                "ground": line.ground.value,
                "category": line.category,
                "observations": line.observations,
                "visa": line.visa.value,
            }
            for line in bordereau.lines
        ],
    )
    rows = [
        {**of_it, **_item_row(item), "line": line.number, "position": position}
        for line in bordereau.lines
        for position, item in enumerate(line.items)
    ]
    tx.add(elimination_item, rows)
    counts = {"lines": len(bordereau.lines), "documents": len(rows), "files": bordereau.files, "size": bordereau.size}
    journal.append(tx, "elimination.proposed", bordereau.id, **counts)


def sign(tx: Transaction, bordereau_id: str, digest: Digest) -> None:
    found = existing(tx, bordereau_id)
    if found.signed == digest:
        return
    if found.state is not BordereauState.PROPOSED:
        raise NotEliminable(
            f"Bordereau {bordereau_id} : il est « {found.state} », avec un autre PDF signé. Rien n’a été fait : un "
            "bordereau signé ne se remplace pas, proposez-en un autre.",
            detail="a second signed PDF",
        )
    elsewhere = in_bordereaux(tx, again=True)
    _check_copies(tx, found, elsewhere)
    twice = elsewhere & found.documents.keys()
    if twice:
        raise NotEliminable(
            f"Bordereau {bordereau_id} : des documents (nombre : {len(twice)}) sont sur un autre bordereau signé. Rien "
            "n’a été fait : proposez-en un nouveau, sans eux.",
            detail="documents of another signed bordereau",
        )
    _change(tx, bordereau_id, state=BordereauState.SIGNED.value, signed=str(digest))
    journal.append(tx, "elimination.signed", bordereau_id, digest=str(digest))


def _check_copies(tx: Transaction, found: Bordereau, elsewhere: frozenset[str]) -> None:
    """Since it was proposed, another bordereau may have been signed that lets go the other copy of its documents."""
    kept = {item.kept.document for line in found.lines for item in line.items if item.kept}
    plain = {item.document_id for line in found.lines if not line.last_copies for item in line.items}
    both = kept & elsewhere | plain & _kept_for(tx, elsewhere)
    if both:
        raise NotEliminable(
            f"Bordereau {found.id} : des exemplaires conservés (nombre : {len(both)}) ou leurs doubles sont sur un "
            "autre bordereau signé, et celui-ci ne le dit pas. Rien n’a été fait : proposez-en un nouveau.",
            detail="an original and its double on two bordereaux",
        )


def _kept_for(tx: Transaction, doubles: frozenset[str]) -> set[str]:
    """Documents that stay, as bordereaux say, when these doubles go."""
    kept = set()
    for ids in chunks(sorted(doubles)):
        chosen = elimination_item.c.document.in_(ids), elimination_item.c.kept.is_not(None)
        for row in tx.rows(tx.select(elimination_item, elimination_item.c.kept).where(*chosen)):
            kept.add(Kept(**json.loads(row.kept)).document)
    return kept - {""}


def kept_copies(tx: Transaction) -> frozenset[str]:
    """Documents that stay, as signed bordereaux say, when the doubles that they name go."""
    return frozenset(_kept_for(tx, in_bordereaux(tx, again=True)))


def decide(tx: Transaction, bordereau_id: str, number: int, given: Given) -> None:
    found = existing(tx, bordereau_id)
    line = next((line for line in found.lines if line.number == number), None)
    if line is None:
        raise NotEliminable(
            f"Bordereau {bordereau_id} : pas de ligne {number} ; il en a {len(found.lines)}.", detail="no such line"
        )
    before = line.visa
    if before is not Visa.AWAITED:
        if _given(line) == replace(given, replace=False):
            return
        if not given.replace or found.state is not BordereauState.SIGNED:
            raise _decided_already(found, line)
        _check_not_taken_up(tx, found, line)
    if found.state is not BordereauState.SIGNED:
        raise NotEliminable(
            f"Bordereau {bordereau_id} : il est « {found.state} ». Le visa s’inscrit ligne à ligne sur un bordereau "
            "signé (python -m versement elimination sign), et une seule fois.",
            detail=f"visa in state {found.state.name}",
        )
    told = {"visa": given.visa.value, "author": given.author, "reason": given.reason, "decided": tx.now}
    of_line = (elimination_line.c.elimination == bordereau_id, elimination_line.c.number == number)
    tx.run(tx.update(elimination_line).where(*of_line).values(**told))
    of_item = (elimination_item.c.elimination == bordereau_id, elimination_item.c.line == number)
    tx.run(tx.update(elimination_item).where(*of_item).values(sampled=False))
    for ids in chunks(sorted(given.kept)):
        tx.run(tx.update(elimination_item).where(*of_item, elimination_item.c.document.in_(ids)).values(sampled=True))
    instead = {} if before is Visa.AWAITED else {"replaces": before.name.lower()}
    said = {"line": number, "visa": given.visa.name.lower(), "kept": sorted(given.kept), **instead}
    journal.append(tx, "elimination.visa", bordereau_id, **said)
    if all(each.visa is not Visa.AWAITED for each in found.lines if each.number != number):
        _change(tx, bordereau_id, state=BordereauState.DECIDED.value)
        _give_back(tx, bordereau_id)


def _check_not_taken_up(tx: Transaction, found: Bordereau, line: Line) -> None:
    """What was refused may stand on a bordereau that was signed since: the last word on it is said there."""
    since = (elimination_line.c.visa == Visa.AWAITED.value) | (elimination_line.c.decided >= line.decided)
    elsewhere = _items(tx).where(
        elimination.c.state != BordereauState.PROPOSED.value, elimination.c.id != found.id, since
    )
    taken_up = {row.document for row in tx.rows(elsewhere)} & {item.document_id for item in line.items}
    if taken_up:
        raise NotEliminable(
            f"Bordereau {found.id}, ligne {line.number} : des documents (nombre : {len(taken_up)}) ont été repris "
            "depuis sur un autre bordereau signé. Rien n’a été fait : leur visa est celui de ce bordereau.",
            detail="documents taken up by a later bordereau",
        )


def _given(line: Line) -> Given:
    sampled = frozenset(item.document_id for item in line.items if item.sampled)
    return Given(line.visa, line.author, line.reason, sampled)


def _decided_already(found: Bordereau, line: Line) -> NotEliminable:
    when = f"le {line.decided:%d/%m/%Y}" if line.decided else "avant"
    do = (
        "Pour la changer, inscrivez-la de nouveau avec --replace et son motif."
        if found.state is BordereauState.SIGNED
        else f"Le bordereau est « {found.state} » : plus rien n’y change."
    )
    return NotEliminable(
        f"Bordereau {found.id}, ligne {line.number} : visa déjà inscrit, « {line.visa} », par {line.author} {when} "
        f"({line.reason}). Rien n’a été fait. {do}",
        detail="line decided already",
    )


_OWN = (
    *(transfer.c.profile, transfer.c.manifest_digest, transfer.c.reply),
    *(collection.c.profile, collection.c.expectations, collection.c.report, collection.c.page),
    elimination.c.signed,
)
"""What the chain keeps in staging for itself: a partner may archive a copy of it, as of a signed bordereau."""


def let_go(tx: Transaction) -> Select[Any]:
    """Ids of the documents that a visa let go, each once: column `document`."""
    gone = (
        elimination.c.state.in_((BordereauState.DECIDED.value, BordereauState.PURGED.value)),
        elimination_line.c.visa.in_((Visa.GRANTED.value, Visa.SAMPLE.value)),
        ~elimination_item.c.sampled,
    )
    return _items(tx).where(*gone).distinct()


def _items(tx: Transaction) -> Select[Any]:
    """Ids of documents on bordereaux, each with its bordereau and its line."""
    of_it = (elimination.c.tenant == elimination_item.c.tenant) & (elimination.c.id == elimination_item.c.elimination)
    its_line = (
        (elimination_line.c.tenant == elimination_item.c.tenant)
        & (elimination_line.c.elimination == elimination_item.c.elimination)
        & (elimination_line.c.number == elimination_item.c.line)
    )
    items = tx.select(elimination_item, elimination_item.c.document)
    return items.join(elimination, of_it).join(elimination_line, its_line)


def only_held_by(tx: Transaction, document_ids: Collection[str]) -> frozenset[Digest]:
    """Digests of files of these documents that no other document has, nor the chain as its own evidence."""
    inside, going = set(document_ids), set[str]()
    for ids in chunks(sorted(inside)):
        of_them = tx.select(file, file.c.digest).where(file.c.document.in_(ids), file.c.digest.is_not(None))
        going |= {row.digest for row in tx.rows(of_them)}
    return _not_held(tx, going, inside)


def held_by_nobody(tx: Transaction, digests: Collection[Digest]) -> frozenset[Digest]:
    to_come = tx.select(document, document.c.id).where(document.c.state == DocumentState.ANNOUNCED.value)
    if tx.first(to_come):  # what they are to be read from may be among these
        return frozenset()
    purged = tx.rows(let_go(tx).where(elimination.c.state == BordereauState.PURGED.value))
    return _not_held(tx, set(map(str, digests)), {row.document for row in purged})


def _not_held(tx: Transaction, going: set[str], inside: Collection[str]) -> frozenset[Digest]:
    """Those that no document has but these, nor the chain."""
    for some in chunks(sorted(going)):
        rows = tx.rows(tx.select(file, file.c.digest, file.c.document).where(file.c.digest.in_(some)))
        going -= {row.digest for row in rows if row.document not in inside}
        for own in _OWN:
            going -= {row[0] for row in tx.rows(tx.select(own.table, own).where(own.in_(some)))}
    return frozenset(Digest.parse(text) for text in going)


def purging(tx: Transaction, bordereau_id: str, *, objects: int, size: int) -> None:
    if objects:
        journal.append(tx, "elimination.purging", bordereau_id, objects=objects, size=size)


def purged(tx: Transaction, bordereau_id: str, *, objects: int, size: int) -> None:
    if existing(tx, bordereau_id).state is BordereauState.PURGED and not objects:
        return
    _change(tx, bordereau_id, state=BordereauState.PURGED.value)
    journal.append(tx, "elimination.purged", bordereau_id, objects=objects, size=size)


def every(tx: Transaction) -> Sequence[Bordereau]:
    return [_load(tx, row) for row in tx.rows(tx.select(elimination).order_by(elimination.c.number))]


def existing(tx: Transaction, bordereau_id: str) -> Bordereau:
    """The bordereau.

    Raises:
        NotEliminable: this coffre has none of that id.
    """
    row = _row(tx, bordereau_id)
    if row is None:
        raise NotEliminable(
            f"« {bordereau_id} » : aucun bordereau de ce nom dans ce coffre (python -m versement elimination show).",
            detail="unknown bordereau",
        )
    return _load(tx, row)


def _give_back(tx: Transaction, bordereau_id: str) -> None:
    """What was refused, or kept as a sample, is told: it goes on as if it had never been proposed."""
    found = existing(tx, bordereau_id)
    refused = [line.number for line in found.lines if line.visa is Visa.REFUSED]
    journal.append(tx, "elimination.decided", bordereau_id, refused=refused, granted=len(found.granted()))


def _row(tx: Transaction, bordereau_id: str) -> Row[Any] | None:
    return tx.first(tx.select(elimination).where(elimination.c.id == bordereau_id))


def _change(tx: Transaction, bordereau_id: str, **values: object) -> None:
    tx.run(tx.update(elimination).where(elimination.c.id == bordereau_id).values(**values))


def _item_row(item: Item) -> dict[str, Any]:
    return {
        "document": item.document_id,
        "reference": item.reference,
        "day": item.day.isoformat() if item.day else None,
        "files": compact([[str(digest), size] for digest, size in item.files]),
        "kept": compact(asdict(item.kept)) if item.kept else None,
        "sampled": item.sampled,
    }


def _held_told(bordereau: Bordereau) -> dict[str, Any]:
    """What its heading says of holds, when there are some."""
    told = [asdict(held) | {"since": held.since.isoformat()} for held in bordereau.held]
    return {"held": told} if told else {}


def _held(told: Mapping[str, Any]) -> Held:
    return Held(**{**told, "since": date.fromisoformat(told["since"])})


def _load(tx: Transaction, row: Row[Any]) -> Bordereau:
    heading = json.loads(row.addressees)
    held = tuple(_held(told) for told in heading.pop("held", ()))
    of_it = tx.select(elimination_item).where(elimination_item.c.elimination == row.id)
    items = tx.rows(of_it.order_by(elimination_item.c.line, elimination_item.c.position))
    lines = tx.rows(
        tx.select(elimination_line).where(elimination_line.c.elimination == row.id).order_by(elimination_line.c.number)
    )
    return Bordereau(
        id=row.id,
        tenant=tx.tenant,
        day=date.fromisoformat(row.day),
        addressees=Addressees(**heading),
        lines=tuple(_line(line, [item for item in items if item.line == line.number]) for line in lines),
        journal=row.journal,
        state=BordereauState(row.state),
        signed=to_digest(row.signed),
        held=held,
    )


def _line(row: Row[Any], items: Sequence[Row[Any]]) -> Line:
    said = (Visa(row.visa), row.reason, row.author, row.decided)
    line = Line(row.number, Ground(row.ground), row.category, row.observations, (), *said)
    return replace(line, items=tuple(_item(line, item) for item in items))


def _item(line: Line, row: Row[Any]) -> Item:
    return Item(
        document_id=row.document,
        reference=row.reference,
        ground=line.ground,
        category=line.category,
        observations=line.observations,
        day=date.fromisoformat(row.day) if row.day else None,
        files=tuple((Digest.parse(digest), size) for digest, size in json.loads(row.files)),
        kept=Kept(**json.loads(row.kept)) if row.kept else None,
        sampled=row.sampled,
    )
