"""Blank tests: what the archive would answer to a transfer, without its keeping anything."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from versement.domain.errors import ArchiveUnavailable, NotYetAvailable, OutcomeUncertain, RequestRefused
from versement.domain.transfers import Transfer
from versement.ports.archive import Archive, Context
from versement.seda.explain import explain
from versement.seda.reply import ArchiveTransferReply, ReplyEvent, read_reply
from versement.steps.chain import Chain
from versement.steps.package import sip_stream

PATIENCE = 3600.0
"""Seconds after which a blank test that does not end is given up."""
_BLANK = "Test "


@dataclass(frozen=True, slots=True)
class Judged:
    """One thing that the archive found.

    Attributes:
        path: the pièce concerned, or its unit's key; empty when it is the whole SIP.
        code: Vitam's outcome, such as `CHECK_HEADER.CHECK_AGENT.UNKNOWN.KO`.
        text: what it means, in French.
        actor: who has to act.
    """

    path: str
    code: str
    text: str
    actor: str


@dataclass(frozen=True, slots=True)
class BlankTest:
    """What the archive would answer.

    Attributes:
        status: OK, WARNING or KO; FATAL when the archive broke down over it.
    """

    operation_id: str
    status: str
    found: tuple[Judged, ...] = ()

    @property
    def accepted(self) -> bool:
        return self.status in ("OK", "WARNING")


def blank_test(chain: Chain, archive: Archive, transfer: Transfer, pause: Callable[[float], None]) -> BlankTest:
    """Send a transfer in BLANK_TEST, wait for its end and explain the reply.

    Args:
        chain: whose profile says where to, and how often to ask.
        archive: the target.
        transfer: what to try; its state is neither read nor changed.
        pause: waits for so many seconds.

    Raises:
        ArchiveUnavailable: the archive does not answer, or does not come to an end.
        RequestRefused: it refuses the request, or did not take it for a blank test.
        UnreadableFile: its reply is none.
    """
    operation_id = _sent(chain, archive, transfer)
    seconds = chain.profile.target.poll_seconds
    for _ in range(int(PATIENCE / seconds) + 1):
        operation = archive.operation(chain.tenant, operation_id)
        if operation is not None and operation.stopped:
            return BlankTest(operation_id, "FATAL")
        if operation is None or operation.completed:
            try:
                reply = archive.reply(chain.tenant, operation_id)
            except NotYetAvailable:
                pass
            else:
                return _explained(operation_id, transfer, read_reply(reply))
        pause(seconds)
    raise ArchiveUnavailable(
        f"Essai à blanc du versement {transfer.id} : l’opération {operation_id} ne se termine pas. Un essai à blanc "
        "ne laisse rien dans le coffre : relancez-le plus tard, ou prévenez l’exploitant de Vitam.",
        detail="blank test without end",
    )


def _sent(chain: Chain, archive: Archive, transfer: Transfer) -> str:
    attempt = f"essai-a-blanc-{secrets.token_hex(8)}"
    body = sip_stream(chain, transfer.manifest, transfer.entries)
    try:
        return archive.deposit(
            chain.tenant, attempt, body, context=Context.BLANK_TEST, manifest=transfer.manifest.digest
        )
    except OutcomeUncertain as error:
        raise ArchiveUnavailable(
            f"Essai à blanc du versement {transfer.id} : l’envoi s’est interrompu. Un essai à blanc ne laisse rien "
            "dans le coffre : relancez-le.",
            detail=error.detail,
        ) from error


def _explained(operation_id: str, transfer: Transfer, reply: ArchiveTransferReply) -> BlankTest:
    if reply.operation_id not in ("", operation_id) or not reply.reply_code.startswith(_BLANK):
        raise RequestRefused(
            f"Essai à blanc du versement {transfer.id} : la réponse (ATR) de l’opération {operation_id} n’est pas "
            "celle d’un essai à blanc. Vérifiez avec l’exploitant de Vitam ce que la plateforme en a gardé.",
            detail=f"reply code {reply.reply_code[:20]}",
        )
    found = tuple(dict.fromkeys(_found(transfer, reply)))
    return BlankTest(operation_id, reply.reply_code.removeprefix(_BLANK), found)


def _found(transfer: Transfer, reply: ArchiveTransferReply) -> Iterator[Judged]:
    """The SIP's own events first, then those of units and objects, in the order of the transfer."""
    yield from _judged("", reply.events)
    events = {unit.xml_id: unit.events for unit in reply.units} | {item.xml_id: item.events for item in reply.objects}
    for unit in transfer.units:
        told = (*events.get(unit.xml_id, ()), *events.get(unit.object_xml_id, ()))
        yield from _judged(unit.path or unit.key, told)


def _judged(path: str, events: tuple[ReplyEvent, ...]) -> Iterator[Judged]:
    for event in events:
        if event.failed or event.outcome == "WARNING":
            meaning = explain(event.outcome_detail)
            yield Judged(path, event.outcome_detail, meaning.text, meaning.actor)
