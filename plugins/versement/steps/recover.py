"""Find out what became of tries whose answer never came. Anybody may do so, at any time, as often as wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from versement.domain.documents import Finding
from versement.domain.errors import SeveralOperations
from versement.domain.lifecycle import OPEN, AttemptState, TransferState
from versement.domain.qualification import blocking
from versement.domain.transfers import Attempt, Settlement
from versement.ports.archive import Archive, LogbookEntry, Operation
from versement.steps.chain import Chain, log


def recover(chain: Chain, archive: Archive) -> Counter[str]:
    """Settle tries without an answer; count what became of them (waiting, uncertain, adopted, cancelled).

    Anybody may run it at any time, as often as wanted.
    """
    attempts = chain.registry.attempts(chain.tenant, chain.connector, *OPEN)
    return Counter(_recover_one(chain, archive, attempt) for attempt in attempts)


def _recover_one(chain: Chain, archive: Archive, attempt: Attempt) -> str:
    try:
        found = archive.find_attempt(chain.tenant, attempt.id)
    except SeveralOperations as error:
        # Which of them to follow is for a person to say.
        return _uncertain(chain, attempt, _several(attempt.transfer_id, error.operations))
    if found is None:
        return _not_found(chain, attempt)
    # What a search shows lags; the operation's own logbook does not.
    entry = archive.logbook(chain.tenant, found.operation_id) or found
    if entry.final_status == "KO" and (not attempt.committed or _kept_nothing(chain, archive, entry)):
        # An upload cut short, then cancelled: the archive kept nothing of it.
        return _cut(chain, attempt, entry.operation_id)
    return _follow(chain, archive, attempt, entry)


def _follow(chain: Chain, archive: Archive, attempt: Attempt, entry: LogbookEntry) -> str:
    """Adopt an operation that works or has ended; cancel an upload that nobody goes on with."""
    operation = archive.operation(chain.tenant, entry.operation_id)
    if not entry.final_status and operation is None:
        return _without_workflow(chain, attempt, entry)
    if operation and not entry.final_status and _being_cancelled(operation, entry):
        return "waiting"
    if entry.final_status or (operation and operation.status != "UNKNOWN"):
        chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.ADOPTED, operation_id=entry.operation_id)
        log.info("Tentative %s retrouvée : opération %s adoptée.", attempt.id, entry.operation_id)
        return "adopted"
    # PAUSE/UNKNOWN is also the state of an upload in progress: cancel only once nobody can be sending.
    if chain.clock.now() >= attempt.lease_until:
        archive.cancel(chain.tenant, entry.operation_id)
    return "waiting"


def _without_workflow(chain: Chain, attempt: Attempt, entry: LogbookEntry) -> str:
    """The logbook's line comes before the workflow and the body; long after, only the last block tells what it has."""
    if attempt.state is not AttemptState.UNCERTAIN and chain.clock.now() < attempt.lease_until:
        return "waiting"
    if attempt.committed or entry.worked:
        return _uncertain(chain, attempt)
    return _cut(chain, attempt, entry.operation_id)


def _being_cancelled(operation: Operation, entry: LogbookEntry) -> bool:
    """Whether a running operation may be one that goes straight to its end: it is known in a moment."""
    return operation.state == "RUNNING" and not entry.worked


def _kept_nothing(chain: Chain, archive: Archive, entry: LogbookEntry) -> bool:
    """Whether an operation that ended KO was cancelled before its first step: what its own logbook says at once.

    Neither a reply without a judgement nor a search that shows no unit would prove it: steps may have stored some.
    """
    return not entry.worked and not archive.count_units(chain.tenant, entry.operation_id)


def _not_found(chain: Chain, attempt: Attempt) -> str:
    now, delay = chain.clock.now(), timedelta(seconds=_index_delay(chain))
    if attempt.state is AttemptState.UNCERTAIN:
        return "uncertain"
    if now < attempt.lease_until:
        return "waiting"
    if attempt.first_empty_search is None:
        chain.registry.searched_in_vain(chain.tenant, attempt.id, now=now)
        return "waiting"
    if now - attempt.first_empty_search < delay:
        return "waiting"
    if attempt.committed:
        return _uncertain(chain, attempt)
    log.info("Tentative %s : rien n’est parvenu à la plateforme.", attempt.id)
    return _cut(chain, attempt)


def _uncertain(chain: Chain, attempt: Attempt, why: Finding | None = None) -> str:
    if attempt.state is not AttemptState.UNCERTAIN:
        if not chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.UNCERTAIN):
            # Its sender was answered meanwhile, or somebody else settled it.
            if why:
                log.warning("%s", why.message)
            return "waiting"
        log.warning("%s", why.message if why else _SHOWS_NOTHING.format(attempt.transfer_id))
    return _say_why(chain, attempt, why) if why else "uncertain"


def _say_why(chain: Chain, attempt: Attempt, why: Finding) -> str:
    told = Settlement(TransferState.UNCERTAIN, findings=(("", why),))
    chain.registry.settle(chain.tenant, attempt.transfer_id, told)
    transfer = chain.registry.transfer(chain.tenant, attempt.transfer_id)
    adopted_meanwhile = transfer is not None and transfer.state is not TransferState.UNCERTAIN
    return "waiting" if adopted_meanwhile else "uncertain"


_SHOWS_NOTHING = (
    "Versement {} : la plateforme l’a peut-être reçu, son journal n’en dit pas la suite. Un opérateur doit vérifier "
    "auprès d’elle avant tout nouvel envoi."
)


def _several(transfer_id: str, operations: Sequence[str]) -> Finding:
    return blocking(
        "SEVERAL_OPERATIONS",
        f"Versement {transfer_id} : plusieurs opérations de la plateforme portent la même tentative "
        f"({', '.join(operations)}) : un serveur intermédiaire a répété l’envoi. Rien ne repart. Un opérateur les "
        "compare dans le journal des opérations de Vitam et donne celle à garder : python -m versement operation adopt "
        f"{transfer_id} <opération> ; les autres seront à faire éliminer.",
    )


def _cut(chain: Chain, attempt: Attempt, operation_id: str = "") -> str:
    """The archive kept nothing of this try: the transfer leaves again, unless that happens every time."""
    if not chain.registry.end_attempt(
        chain.tenant, attempt.id, AttemptState.CUT, operation_id=operation_id, uncommitted=not attempt.committed
    ):
        # Settled by somebody else meanwhile, or its sender woke and sent the last block.
        return "waiting"
    tries = chain.registry.attempts(chain.tenant, chain.connector, AttemptState.CUT)
    cut = sum(one.transfer_id == attempt.transfer_id for one in tries)
    if cut % chain.profile.target.send_tries == 0:
        stop(chain, attempt.transfer_id, _cut_too_often(attempt.transfer_id, cut))
    return "cancelled"


def stop(chain: Chain, transfer_id: str, finding: Finding) -> None:
    """An operator's matter; no document is blamed."""
    chain.registry.settle(chain.tenant, transfer_id, Settlement(TransferState.STOPPED, findings=(("", finding),)))
    log.warning("%s", finding.message)


def _cut_too_often(transfer_id: str, cut: int) -> Finding:
    return blocking(
        "SENDING_CUT",
        f"Versement {transfer_id} : {cut} envois ont été coupés avant leur fin, la plateforme n’en a rien gardé. "
        "Un opérateur doit chercher ce qui les coupe (taille ou durée admises par un serveur intermédiaire, disque "
        "de la plateforme), puis rendre le versement à la chaîne : "
        f"python -m versement release {transfer_id}.",
    )


def _index_delay(chain: Chain) -> float:
    return max(chain.profile.target.index_delay_seconds, 1)


def pause_before_another_look(chain: Chain, attempts: Sequence[Attempt]) -> float:
    """Seconds before another look at these open tries is worth it; 0 when there is none."""
    return min((_pause(chain, attempt) for attempt in attempts), default=0)


def _pause(chain: Chain, attempt: Attempt) -> float:
    """Soon after the try began and after its lease; in between less and less often, and not beyond its lease."""
    target, now, soon = chain.profile.target, chain.clock.now(), _index_delay(chain)
    left = (attempt.lease_until - now).total_seconds()
    if left <= 0:
        return soon if -left < target.poll_seconds else max(soon, target.poll_seconds)
    passed = (now - attempt.deadline).total_seconds() + target.send_deadline_seconds
    later = soon if passed < soon else max(target.poll_seconds, min(passed, target.longest_pause_seconds))
    return max(min(later, left), 1)
