"""Read the archive's replies down to each unit and object, then compare with what it says it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from versement.domain.documents import Finding
from versement.domain.errors import NotYetAvailable, UnreadableFile
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DocumentState, TransferState
from versement.domain.qualification import blocking, remark
from versement.domain.transfers import Ending, Settlement, Transfer
from versement.ports.archive import Archive
from versement.seda.explain import explain
from versement.seda.reply import ArchiveTransferReply, culprits, judgements, read_reply
from versement.steps.chain import Chain, log
from versement.steps.holdings import holding_mismatches, mismatch

IN_HAND = (TransferState.DEPOSITED, TransferState.STOPPED)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Transfers settled in one pass, by outcome; `waiting` still run, or their reply is not written yet."""

    accepted: int = 0
    refused: int = 0
    stopped: int = 0
    waiting: int = 0


def operations_in_hand(chain: Chain) -> list[str]:
    """Ids of the operations whose end is to be waited for."""
    transfers = chain.registry.transfers(chain.tenant, chain.connector, TransferState.DEPOSITED)
    return [transfer.operation_id for transfer in transfers]


def reconcile(chain: Chain, archive: Archive, *, patient: bool) -> Reconciled:
    """Settle every deposited transfer whose operation has ended. Transfers stopped before are looked at again.

    While `patient`, units that the archive does not show yet are waited for: its search lags behind its replies.

    Raises:
        ArchiveUnavailable: what is settled stays so, the rest waits.
    """
    counts = {"accepted": 0, "refused": 0, "stopped": 0, "waiting": 0}
    for transfer in chain.registry.transfers(chain.tenant, chain.connector, *IN_HAND):
        counts[_reconcile_one(chain, archive, transfer, patient=patient)] += 1
    log.info(
        "Versements acceptés : %(accepted)d ; refusés : %(refused)d ; arrêtés : %(stopped)d ; en cours : %(waiting)d.",
        counts,
    )
    return Reconciled(**counts)


def _reconcile_one(chain: Chain, archive: Archive, transfer: Transfer, *, patient: bool) -> str:
    if not transfer.operation_id:  # stopped before the archive ever took it
        return "stopped"
    operation = archive.operation(chain.tenant, transfer.operation_id)
    if operation is not None and operation.stopped:
        return _stop(chain, transfer, _stopped_by_the_archive(transfer))
    if operation is not None and not operation.completed:
        return "waiting"
    try:
        reply_bytes = archive.reply(chain.tenant, transfer.operation_id)
    except NotYetAvailable:
        return "waiting" if patient else _stop(chain, transfer, _without_reply(transfer))
    return _settle(chain, archive, transfer, reply_bytes, patient=patient)


def _settle(chain: Chain, archive: Archive, transfer: Transfer, reply_bytes: bytes, *, patient: bool) -> str:
    try:
        reply = read_reply(reply_bytes)
    except UnreadableFile:
        return "waiting" if patient else _stop(chain, transfer, _unreadable_reply(transfer))
    if not _answers(reply, transfer):
        return _stop(chain, transfer, _reply_of_another(transfer))
    kept = chain.staging.put(chain.tenant, [reply_bytes]).digest
    if reply.reply_code not in ("OK", "WARNING"):
        return _refuse(chain, transfer, reply, kept)
    mismatches = _mismatches(chain, archive, transfer, reply)
    if not mismatches:
        return _accept(chain, transfer, reply, kept)
    return "waiting" if patient else _stop(chain, transfer, *mismatches)


def _answers(reply: ArchiveTransferReply, transfer: Transfer) -> bool:
    """Whether the reply is this transfer's: its identifiers, which an early KO leaves empty, are ours."""
    return reply.operation_id in ("", transfer.operation_id) and reply.message_request_identifier in ("", transfer.id)


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
        "technique. Un opérateur Vitam doit la reprendre (PUT operations, X-ACTION: RESUME), et le rapprochement "
        "suivra de lui-même ; ou l’annuler (DELETE operations), vérifier qu’il n’en reste rien, puis rendre le "
        f"versement à la chaîne : python -m versement release {transfer.id}.",
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
            yield "", remark("ARCHIVE_REMARK", explain(event.outcome_detail).text)
    events = {unit.xml_id: unit.events for unit in reply.units} | {item.xml_id: item.events for item in reply.objects}
    for unit in transfer.units:
        told = (*events.get(unit.xml_id, ()), *events.get(unit.object_xml_id, ()))
        for event in told:
            if unit.document_id and event.outcome == "WARNING":
                text = explain(event.outcome_detail).text
                yield unit.document_id, remark("ARCHIVE_REMARK", text, unit.path)


def _refuse(chain: Chain, transfer: Transfer, reply: ArchiveTransferReply, kept: Digest) -> str:
    """Documents that the reply names are refused, their neighbours go back; a KO that names none stops it all."""
    named = _named(transfer, reply)
    judged = judgements(reply)
    if not named and judged:
        return _stop(chain, transfer, _refused_as_a_whole(transfer, [event.outcome_detail for event in judged]))
    # Neither culprit nor judgement: the operation was cancelled, the archive kept nothing.
    documents = {
        member: Ending(DocumentState.REFUSED, "REFUSED_BY_ARCHIVE", named[member].message)
        if member in named
        else Ending(DocumentState.QUALIFIED)
        for member in transfer.members
    }
    chain.registry.settle(
        chain.tenant,
        transfer.id,
        Settlement(
            TransferState.REFUSED,
            documents=documents,
            findings=tuple(sorted(named.items(), key=lambda i: i[0])),
            reply=kept,
        ),
    )
    log.warning(
        "Versement %s refusé : %d documents en cause ; les %d autres repartiront dans un nouveau versement.",
        transfer.id,
        len(named),
        len(transfer.members) - len(named),
    )
    return "refused"


def _refused_as_a_whole(transfer: Transfer, details: Sequence[str]) -> Finding:
    explained = [explain(detail) for detail in details]
    said = " ; ".join(dict.fromkeys(f"{e.text} ({d})" for e, d in zip(explained, details, strict=True)))
    return blocking(
        "TRANSFER_REFUSED",
        f"Versement {transfer.id} refusé sans qu’aucun document soit en cause : {said}. Corrigez ce point, puis "
        f"rendez ses documents à la chaîne : python -m versement release {transfer.id}.",
    )


def _joined(details: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(explain(detail).text for detail in details))


def _named(transfer: Transfer, reply: ArchiveTransferReply) -> dict[str, Finding]:
    """By document id, why the archive refuses it."""
    guilty = culprits(reply)
    events = {unit.xml_id: unit.events for unit in reply.units} | {item.xml_id: item.events for item in reply.objects}
    named: dict[str, Finding] = {}
    for unit in transfer.units:
        blamed = [xml_id for xml_id in (unit.xml_id, unit.object_xml_id) if xml_id in guilty]
        if not blamed or not unit.document_id:
            continue
        details = [e.outcome_detail for i in blamed for e in events.get(i, ()) if e.outcome == "KO"]
        why = _joined(details) or "sans motif détaillé."
        named.setdefault(
            unit.document_id,
            blocking(
                "REFUSED_BY_ARCHIVE",
                f"« {unit.path or unit.key} » est refusé par la plateforme (opération {transfer.operation_id}) : {why}",
                unit.path,
            ),
        )
    return named
