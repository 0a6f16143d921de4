"""What a KO means: which documents are to blame, and whether the archive really kept nothing of the transfer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from versement.domain.documents import Finding
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DocumentState, TransferState
from versement.domain.qualification import blocking
from versement.domain.transfers import Ending, PlannedUnit, Settlement, Transfer
from versement.seda.explain import blames_document, explain
from versement.seda.identifiers import lone_group_id
from versement.seda.reply import (
    ArchiveTransferReply,
    ReplyEvent,
    culprits,
    events_by_id,
    judged_before_storing,
    judgements,
)
from versement.steps.chain import Chain, log


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a KO comes to.

    Attributes:
        named: by document id, why it is refused; its neighbours may leave again.
        stop: what stops the whole transfer for an operator; None when it does not.
        may_show_later: units may be there that the archive's search does not show yet.
    """

    named: Mapping[str, Finding] = field(default_factory=dict)
    stop: Finding | None = None
    may_show_later: bool = False


def refusal_of(transfer: Transfer, reply: ArchiveTransferReply, held: int) -> Refusal:
    """Read a KO.

    Args:
        transfer: the transfer that it answers.
        reply: the KO.
        held: units of its operation that the archive shows all the same.
    """
    judged = judgements(reply)
    if held:
        return Refusal(stop=_but_held(transfer, held))
    if not judged_before_storing(reply):
        return Refusal(stop=_as_a_whole(transfer, judged, AFTER_STORING), may_show_later=True)
    named = _named(transfer, reply)
    if named:
        return Refusal(named)
    told = [*(unit.events for unit in reply.units), *(item.events for item in reply.objects)]
    said = judged or tuple(event for events in told for event in events if event.failed)
    if said:
        return Refusal(stop=_as_a_whole(transfer, said))
    return Refusal(stop=_cancelled(transfer), may_show_later=True)


def refuse(chain: Chain, transfer: Transfer, named: Mapping[str, Finding], kept: Digest) -> str:
    """Documents that the reply names are refused, their neighbours go back to be packed again."""
    documents = {
        member: Ending(DocumentState.REFUSED, "REFUSED_BY_ARCHIVE", named[member].message)
        if member in named
        else Ending(DocumentState.QUALIFIED)
        for member in transfer.members
    }
    findings = tuple(sorted(named.items(), key=lambda item: item[0]))
    settlement = Settlement(TransferState.REFUSED, documents=documents, findings=findings, reply=kept)
    chain.registry.settle(chain.tenant, transfer.id, settlement)
    log.warning(
        "Versement %s refusé : %d documents en cause ; les %d autres repartiront dans un nouveau versement.",
        transfer.id,
        len(named),
        len(transfer.members) - len(named),
    )
    return "refused"


def _but_held(transfer: Transfer, held: int) -> Finding:
    return blocking(
        "REFUSED_BUT_HELD",
        f"Versement {transfer.id} : l’opération {transfer.operation_id} est dite refusée, et la plateforme montre "
        f"pourtant des unités de cette opération (nombre : {held}). Renvoyer ses documents ferait des doubles, rien ne "
        "repart. Un opérateur doit faire éliminer ces unités par l’exploitant de Vitam ; le rapprochement suivra.",
    )


def _cancelled(transfer: Transfer) -> Finding:
    return blocking(
        "OPERATION_CANCELLED",
        f"Versement {transfer.id} : l’opération {transfer.operation_id} a été annulée avant sa fin, sans jugement, et "
        "la plateforme n’en montre aucune unité. Un opérateur doit le vérifier avec l’exploitant de Vitam, puis rendre "
        f"ses documents à la chaîne : python -m versement release {transfer.id}.",
    )


AFTER_STORING = (
    "La plateforme avait commencé à écrire, et n’en montre encore aucune unité. Vérifiez avec l’exploitant de Vitam "
    "qu’il n’en reste rien : ce qu’elle détient et qui est renvoyé fait des doubles. "
)


def _as_a_whole(transfer: Transfer, events: Sequence[ReplyEvent], first: str = "") -> Finding:
    said = " ; ".join(dict.fromkeys(f"{explain(e.outcome_detail).text} ({e.outcome_detail})" for e in events))
    return blocking(
        "TRANSFER_REFUSED",
        f"Versement {transfer.id} refusé sans qu’aucun document soit en cause : {said} {first}Corrigez ce point, puis "
        f"rendez ses documents à la chaîne : python -m versement release {transfer.id}.",
    )


def names_of(unit: PlannedUnit) -> tuple[str, ...]:
    """What a reply may call it: the unit, its object, and the group that holds that object alone."""
    own = (unit.xml_id, unit.object_xml_id, lone_group_id(unit.digest) if unit.digest else "")
    return tuple(name for name in own if name)


def _named(transfer: Transfer, reply: ArchiveTransferReply) -> dict[str, Finding]:
    """By document id, why the archive refuses it."""
    guilty = culprits(reply, blames_document)
    events = events_by_id(reply)
    named: dict[str, Finding] = {}
    for unit in transfer.units:
        blamed = [name for name in names_of(unit) if name in guilty]
        if not blamed or not unit.document_id:
            continue
        details = [e.outcome_detail for i in blamed for e in events.get(i, ()) if blames_document(e.outcome_detail)]
        why = " ; ".join(dict.fromkeys(f"{explain(detail).text} ({detail})" for detail in details))
        named.setdefault(
            unit.document_id,
            blocking(
                "REFUSED_BY_ARCHIVE",
                f"« {unit.path or unit.key} » est refusé par la plateforme (opération {transfer.operation_id}) : {why}",
                unit.path,
            ),
        )
    return named
