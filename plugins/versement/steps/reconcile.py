"""Read the archive's replies down to each unit and object, then compare with what it says it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from versement.domain.documents import Finding
from versement.domain.errors import NotYetAvailable, UnreadableFile
from versement.domain.fixity import Digest
from versement.domain.lifecycle import IN_HAND, TAKEN, DocumentState, TransferState
from versement.domain.qualification import blocking, remark
from versement.domain.transfers import Ending, Settlement, Transfer
from versement.ports.archive import Archive
from versement.seda.explain import explain
from versement.seda.reply import ArchiveTransferReply, events_by_id, read_reply
from versement.steps.arrivals import tidy
from versement.steps.chain import Chain, log
from versement.steps.holdings import holding_mismatches, mismatch
from versement.steps.refusal import names_of, refusal_of, refuse

ACCEPTING = ("OK", "WARNING")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Transfers settled in one pass, by outcome.

    Attributes:
        waiting: their operation has ended; its reply is not written yet, or the archive does not show all of it.
        running: ids of the operations that have not ended.
    """

    accepted: int = 0
    refused: int = 0
    stopped: int = 0
    waiting: int = 0
    running: tuple[str, ...] = ()


def reconcile(chain: Chain, archive: Archive, *, patient: bool) -> Reconciled:
    """Settle every deposited transfer whose operation has ended. Transfers stopped before are looked at again.

    While `patient`, units that the archive does not show yet are waited for: its search lags behind its replies.

    Raises:
        ArchiveUnavailable: what is settled stays so, the rest waits.
    """
    running: list[str] = []
    counts = dict.fromkeys(("accepted", "refused", "stopped", "waiting"), 0)
    for transfer in chain.registry.transfers(chain.tenant, chain.connector, *IN_HAND):
        outcome = _reconcile_one(chain, archive, transfer, patient=patient)
        if outcome == "running":
            running.append(transfer.operation_id)
        else:
            counts[outcome] += 1
    tidy(chain)
    log.info(
        "Versements acceptés : %(accepted)d ; refusés : %(refused)d ; arrêtés : %(stopped)d ; en cours : %(running)d ; "
        "en attente de leur réponse ou de l’index : %(waiting)d.",
        {**counts, "running": len(running)},
    )
    return Reconciled(**counts, running=tuple(running))


def _reconcile_one(chain: Chain, archive: Archive, transfer: Transfer, *, patient: bool) -> str:
    if not transfer.operation_id:  # stopped before the archive ever took it
        return "stopped"
    operation = archive.operation(chain.tenant, transfer.operation_id)
    if operation is not None and operation.stopped:
        return _stop(chain, transfer, _stopped_by_the_archive(transfer))
    if operation is not None and operation.idle and _taken_long_ago(chain, transfer):
        return _stop(chain, transfer, _never_begun(transfer))
    if operation is not None and not operation.completed:
        return "running"
    try:
        reply_bytes = archive.reply(chain.tenant, transfer.operation_id)
    except NotYetAvailable:
        return "waiting" if patient else _stop(chain, transfer, _without_reply(transfer))
    return _settle(chain, archive, transfer, reply_bytes, patient=patient)


def _taken_long_ago(chain: Chain, transfer: Transfer) -> bool:
    """Whether nobody can be sending it any more, and that for the length of a lease."""
    patience = timedelta(seconds=chain.profile.target.lease_seconds)
    taken = chain.registry.attempts(chain.tenant, chain.connector, *TAKEN)
    return all(
        chain.clock.now() >= attempt.lease_until + patience
        for attempt in taken
        if attempt.operation_id == transfer.operation_id
    )


def _settle(chain: Chain, archive: Archive, transfer: Transfer, reply_bytes: bytes, *, patient: bool) -> str:
    with chain.staging.holding(chain.tenant):
        return _acted_on(chain, archive, transfer, reply_bytes, patient=patient)


def _acted_on(chain: Chain, archive: Archive, transfer: Transfer, reply_bytes: bytes, *, patient: bool) -> str:
    """Act on a reply. Only what it says in so many words counts: OK and WARNING accept, KO refuses."""
    try:
        reply = read_reply(reply_bytes)
    except UnreadableFile:
        return "waiting" if patient else _stop(chain, transfer, _unreadable_reply(transfer))
    if not _answers(reply, transfer):
        return _stop(chain, transfer, _reply_of_another(transfer))
    kept = chain.staging.put(chain.tenant, [reply_bytes]).digest
    if reply.reply_code == "KO":
        return _refuse(chain, archive, transfer, (reply, kept), patient=patient)
    ended = _end(chain, archive, transfer)
    if reply.reply_code not in ACCEPTING or ended not in ACCEPTING:
        return "waiting" if patient and not ended else _stop(chain, transfer, _contradicts(transfer))
    mismatches = _mismatches(chain, archive, transfer, reply)
    if not mismatches:
        return _accept(chain, transfer, reply, kept)
    return "waiting" if patient else _stop(chain, transfer, *mismatches)


def _refuse(
    chain: Chain, archive: Archive, transfer: Transfer, answer: tuple[ArchiveTransferReply, Digest], *, patient: bool
) -> str:
    reply, kept = answer
    refusal = refusal_of(transfer, reply, archive.count_units(chain.tenant, transfer.operation_id))
    if refusal.stop is None:
        return refuse(chain, transfer, refusal.named, kept)
    return "waiting" if patient and refusal.may_show_later else _stop(chain, transfer, refusal.stop)


def _end(chain: Chain, archive: Archive, transfer: Transfer) -> str:
    """How the operation itself ended: by the process engine, else, once that has forgotten it, by the logbook.

    Empty when neither says that it ended, which an acceptance alone does not prove.
    """
    operation = archive.operation(chain.tenant, transfer.operation_id)
    if operation is not None:
        return operation.status
    entry = archive.logbook(chain.tenant, transfer.operation_id)
    return entry.final_status if entry else ""


def _contradicts(transfer: Transfer) -> Finding:
    return blocking(
        "REPLY_CONTRADICTS",
        f"Versement {transfer.id} : la réponse (ATR) de l’opération {transfer.operation_id} n’est ni une acceptation "
        "ni un refus, ou l’opération s’est terminée autrement qu’elle ne le dit, ou rien ne montre qu’elle l’est. "
        "Rien n’est dit accepté ni refusé ; un opérateur doit examiner cette opération avec l’exploitant de Vitam.",
    )


def _answers(reply: ArchiveTransferReply, transfer: Transfer) -> bool:
    """Whether the reply is this transfer's: its identifiers are ours. Only a refusal may not say its operation's."""
    unsaid = () if reply.reply_code in ACCEPTING else ("",)
    own = reply.operation_id in (*unsaid, transfer.operation_id)
    return own and reply.message_request_identifier in ("", transfer.id)


def _reply_of_another(transfer: Transfer) -> Finding:
    return blocking(
        "REPLY_OF_ANOTHER",
        f"Versement {transfer.id} : la réponse (ATR) lue sous l’opération {transfer.operation_id} parle d’un autre "
        "versement. Rien n’est dit accepté ni refusé ; un opérateur doit examiner cette opération avec l’exploitant "
        "de Vitam.",
    )


def _unreadable_reply(transfer: Transfer) -> Finding:
    return blocking(
        "REPLY_UNREADABLE",
        f"Versement {transfer.id} : la réponse (ATR) de l’opération {transfer.operation_id} est tronquée ou n’est pas "
        "une réponse. Rien n’est dit accepté ni refusé ; un opérateur doit la demander à l’exploitant de Vitam.",
    )


def _without_reply(transfer: Transfer) -> Finding:
    return blocking(
        "REPLY_MISSING",
        f"Versement {transfer.id} : l’opération {transfer.operation_id} ne court plus et la plateforme n’en donne pas "
        "la réponse (ATR). Un opérateur doit vérifier auprès d’elle ce qu’elle en détient, par exemple si elle a été "
        "réinitialisée ; rien n’est dit accepté, et rien ne repart d’ici là.",
    )


def _stop(chain: Chain, transfer: Transfer, *findings: Finding) -> str:
    """An operator's matter: no document is blamed, none is said to be accepted."""
    chain.registry.settle(
        chain.tenant,
        transfer.id,
        Settlement(TransferState.STOPPED, findings=tuple(("", finding) for finding in findings)),
    )
    for finding in findings:
        log.warning("%s", finding.message)
    return "stopped"


def _stopped_by_the_archive(transfer: Transfer) -> Finding:
    return blocking(
        "OPERATION_STOPPED",
        f"Versement {transfer.id} : la plateforme a suspendu l’opération {transfer.operation_id} sur une erreur "
        f"technique. Cause levée, un opérateur la reprend : python -m versement operation resume {transfer.id} ; sinon "
        f"il l’annule : python -m versement operation cancel {transfer.id}. Le rapprochement suivra à la prochaine "
        "exécution, et dira ce qu’il reste à faire.",
    )


def _never_begun(transfer: Transfer) -> Finding:
    return blocking(
        "OPERATION_STOPPED",
        f"Versement {transfer.id} : la plateforme l’a pris, et n’a toujours pas commencé l’opération "
        f"{transfer.operation_id}, restée en PAUSE. Un opérateur en cherche la cause avec l’exploitant de Vitam, puis "
        f"la fait commencer : python -m versement operation resume {transfer.id} ; sinon il l’annule : "
        f"python -m versement operation cancel {transfer.id}. Rien n’est renvoyé d’ici là.",
    )


def _system_ids(reply: ArchiveTransferReply) -> tuple[dict[str, str], dict[str, str]]:
    units = {unit.xml_id: unit.system_id for unit in reply.units if unit.system_id}
    return units, {item.xml_id: item.system_id for item in reply.objects if item.system_id}


def _mismatches(chain: Chain, archive: Archive, transfer: Transfer, reply: ArchiveTransferReply) -> list[Finding]:
    units, objects = _system_ids(reply)
    return [
        *_reply_mismatches(transfer, units, objects),
        *holding_mismatches(chain, archive, transfer, reply),
    ]


def _accept(chain: Chain, transfer: Transfer, reply: ArchiveTransferReply, kept: Digest) -> str:
    units, objects = _system_ids(reply)
    warned = reply.reply_code == "WARNING"
    state = TransferState.ACCEPTED_WITH_REMARKS if warned else TransferState.ACCEPTED
    chain.registry.settle(
        chain.tenant,
        transfer.id,
        Settlement(
            state,
            units=units,
            objects=objects,
            documents={member: Ending(DocumentState.ACCEPTED) for member in transfer.members},
            findings=tuple(_remarks(transfer, reply)),
            reply=kept,
        ),
    )
    return "accepted"


def _reply_mismatches(transfer: Transfer, units: Mapping[str, str], objects: Mapping[str, str]) -> Iterable[Finding]:
    for unit in transfer.units:
        if unit.xml_id not in units and not unit.attached:
            yield mismatch("REPLY_UNIT_MISSING", transfer, unit, "la réponse (ATR) ne donne pas son identifiant")
        if unit.object_xml_id and unit.object_xml_id not in objects:
            yield mismatch("REPLY_OBJECT_MISSING", transfer, unit, "la réponse (ATR) ne donne pas son objet")


def _remarks(transfer: Transfer, reply: ArchiveTransferReply) -> Iterable[tuple[str, Finding]]:
    for event in reply.events:
        if event.outcome == "WARNING":
            said = f"Versement {transfer.id} : {explain(event.outcome_detail).text}"
            yield "", remark("ARCHIVE_REMARK", said)
    events = events_by_id(reply)
    for unit in transfer.units:
        for event in (event for name in names_of(unit) for event in events.get(name, ())):
            if event.outcome == "WARNING":
                text = explain(event.outcome_detail).text
                said = text if unit.document_id else f"Unité {unit.key} : {text}"
                yield unit.document_id, remark("ARCHIVE_REMARK", said, unit.path)
