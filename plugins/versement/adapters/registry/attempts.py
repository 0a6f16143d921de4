"""Tries of a deposit: the intent before the first byte, the lease before the last, what became of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from versement.adapters.registry import journal
from versement.adapters.registry.database import Transaction
from versement.adapters.registry.tables import attempt, transfer
from versement.adapters.registry.transfers import existing_row, members_of, move_transfer, settle, stop_codes
from versement.domain.errors import Defect, NotReleasable, OutcomeUncertain
from versement.domain.lifecycle import ATTEMPT_MOVES, TAKEN, AttemptState, DocumentState, TransferState, checked
from versement.domain.transfers import SEVERAL_OPERATIONS, Attempt, Ending, Settlement

REFUSED_AS_A_WHOLE = ("TRANSFER_REFUSED", "TRANSFER_TOO_LARGE", "OPERATION_CANCELLED")
"""What stops a transfer of which the archive shows nothing."""

_TRANSFER_AFTER = {
    **dict.fromkeys(TAKEN, TransferState.DEPOSITED),
    AttemptState.CUT: TransferState.READY,
    AttemptState.CANCELLED: TransferState.READY,
    AttemptState.UNCERTAIN: TransferState.UNCERTAIN,
}


def begin(tx: Transaction, started: Attempt) -> bool:
    if existing_row(tx, started.transfer_id).state != TransferState.READY:
        return False
    move_transfer(tx, started.transfer_id, TransferState.SENDING)
    tx.add(
        attempt,
        [
            {
                "id": started.id,
                "number": tx.next_number(attempt),
                "transfer": started.transfer_id,
                "state": AttemptState.SENDING.value,
                "lease_until": started.lease_until,
                "deadline": started.deadline,
                "committed": False,
            }
        ],
    )
    journal.append(tx, "attempt.begun", started.transfer_id, attempt=started.id)
    return True


def commit(tx: Transaction, attempt_id: str, *, lease: timedelta) -> None:
    row = _row(tx, attempt_id)
    # Read under the lock: a sender that was paused on its way here must not bring an old time along.
    now = tx.now
    if row.state != AttemptState.SENDING or now >= row.lease_until or now >= row.deadline:
        raise OutcomeUncertain(
            "Le délai d’envoi est passé, ou une autre exécution a repris ce versement : le dernier bloc ne part pas. "
            "La chaîne cherchera ce que la plateforme en a reçu.",
            detail=f"attempt {attempt_id} may not commit in state {AttemptState(row.state).name}",
        )
    change = {"state": AttemptState.COMMITTING.value, "committed": True, "lease_until": now + lease}
    tx.run(tx.update(attempt).where(attempt.c.id == attempt_id).values(**change))
    journal.append(tx, "attempt.committing", row.transfer, attempt=attempt_id)


def in_states(tx: Transaction, connector: str, states: Collection[AttemptState]) -> Sequence[Attempt]:
    chosen = (
        tx.select(attempt)
        .join(transfer, (attempt.c.tenant == transfer.c.tenant) & (attempt.c.transfer == transfer.c.id))
        .where(transfer.c.connector == connector, attempt.c.state.in_([state.value for state in states]))
        .order_by(attempt.c.number)
    )
    return [_to_attempt(row) for row in tx.rows(chosen)]


def searched_in_vain(tx: Transaction, attempt_id: str, *, now: datetime) -> None:
    row = _row(tx, attempt_id)
    if row.first_empty_search is not None:
        return
    tx.run(tx.update(attempt).where(attempt.c.id == attempt_id).values(first_empty_search=now))
    journal.append(tx, "attempt.searched", row.transfer, attempt=attempt_id)


def end(
    tx: Transaction, attempt_id: str, after: AttemptState, *, operation_id: str = "", uncommitted: bool = False
) -> bool:
    if after not in _TRANSFER_AFTER or (after is not AttemptState.CUT and (after in TAKEN) != bool(operation_id)):
        raise Defect(
            "Une tentative finit sans que l’on sache comment : signalez-le aux développeurs.",
            detail=f"end_attempt({after.name}) with operation {operation_id!r}",
        )
    row = _row(tx, attempt_id)
    before = AttemptState(row.state)
    if (uncommitted and row.committed) or _settled_already(before, after, same=row.operation_id == operation_id):
        return False
    checked(ATTEMPT_MOVES, before, after)
    change = {"state": after.value, "operation_id": operation_id}
    tx.run(tx.update(attempt).where(attempt.c.id == attempt_id).values(**change))
    taken = {"operation_id": operation_id} if after in TAKEN else {}
    move_transfer(tx, row.transfer, _TRANSFER_AFTER[after], **taken)
    journal.append(tx, f"attempt.{after.name.lower()}", row.transfer, attempt=attempt_id, operation=operation_id)
    return True


def _settled_already(before: AttemptState, after: AttemptState, *, same: bool) -> bool:
    """Whether what is said of a try comes too late to change anything: only another operation taken would matter."""
    return (before is after and same) or (not ATTEMPT_MOVES[before] and (same or after not in TAKEN))


def release(tx: Transaction, transfer_id: str, *, unseen: bool = False) -> None:
    """Give back to the chain what the archive does not hold, says an operator."""
    state = TransferState(existing_row(tx, transfer_id).state)
    why = next(reversed(stop_codes(tx, transfer_id)), "")
    if state is TransferState.UNCERTAIN and (unseen or SEVERAL_OPERATIONS not in stop_codes(tx, transfer_id)):
        is_open = tx.select(attempt).where(
            attempt.c.transfer == transfer_id, attempt.c.state == AttemptState.UNCERTAIN.value
        )
        for row in tx.rows(is_open):
            end(tx, row.id, AttemptState.CANCELLED)
    elif state is TransferState.STOPPED and why == "SENDING_CUT":
        move_transfer(tx, transfer_id, TransferState.READY)
    elif state is TransferState.STOPPED and why in REFUSED_AS_A_WHOLE:
        given_back = {row.document: Ending(DocumentState.QUALIFIED) for row in members_of(tx, transfer_id)}
        settle(tx, transfer_id, Settlement(TransferState.REFUSED, documents=given_back))
    else:
        raise NotReleasable(
            f"Le versement {transfer_id} est « {state} » : ne se rend à la chaîne qu’un versement incertain, trop "
            "souvent coupé, ou refusé en bloc par la plateforme. Tout autre, elle le détient peut-être : le "
            "renvoyer ferait des doubles. "
            "Si son opération est suspendue, reprenez-la ou annulez-la, le rapprochement suivra : "
            f"python -m versement operation show {transfer_id}. S’il y en a plusieurs, choisissez celle à garder : "
            f"python -m versement operation adopt {transfer_id} <opération>.",
            detail=f"release in state {state.name}",
        )
    journal.append(tx, "transfer.released", transfer_id)


def _row(tx: Transaction, attempt_id: str) -> Row[Any]:
    row = tx.first(tx.select(attempt).where(attempt.c.id == attempt_id))
    if row is None:
        raise Defect(
            f"La tentative {attempt_id} est inconnue de ce coffre : signalez-le aux développeurs.",
            detail="unknown attempt",
        )
    return row


def _to_attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        id=row.id,
        transfer_id=row.transfer,
        state=AttemptState(row.state),
        lease_until=row.lease_until,
        deadline=row.deadline,
        committed=row.committed,
        operation_id=row.operation_id,
        first_empty_search=row.first_empty_search,
    )
