"""Find out what became of tries whose answer never came. Anybody may do so, at any time, as often as wanted."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from versement.domain.documents import Finding
from versement.domain.errors import NotYetAvailable, OutcomeUncertain, UnreadableFile
from versement.domain.lifecycle import OPEN, AttemptState, TransferState
from versement.domain.qualification import blocking
from versement.domain.transfers import Attempt, Settlement
from versement.ports.archive import Archive, LogbookEntry, Operation
from versement.seda.reply import judgements, read_reply
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
    except OutcomeUncertain as error:
        # Several operations bear this one try: which of them to follow is for a person to say.
        log.warning("Versement %s : %s", attempt.transfer_id, error.message)
        return _uncertain(chain, attempt)
    if found is None:
        return _not_found(chain, attempt)
    # What a search shows lags; the operation's own logbook does not.
    entry = archive.logbook(chain.tenant, found.operation_id) or found
    if entry.final_status == "KO" and (not attempt.committed or _kept_nothing(chain, archive, entry.operation_id)):
        # An upload cut short, then cancelled: the archive kept nothing of it.
        return _cut(chain, attempt, entry.operation_id)
    if _awaits_its_reply(chain, archive, attempt, entry):
        return "waiting"
    return _follow(chain, archive, attempt, entry)


def _follow(chain: Chain, archive: Archive, attempt: Attempt, entry: LogbookEntry) -> str:
    """Adopt an operation that works or has ended; cancel an upload that nobody goes on with."""
    operation = archive.operation(chain.tenant, entry.operation_id)
    if not entry.final_status and operation is None:
        return _uncertain(chain, attempt)
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


def _awaits_its_reply(chain: Chain, archive: Archive, attempt: Attempt, entry: LogbookEntry) -> bool:
    """Whether a KO may still turn out to be a cancellation, its reply being late: for the length of a lease."""
    patience = timedelta(seconds=chain.profile.target.lease_seconds)
    if entry.final_status != "KO" or chain.clock.now() >= attempt.lease_until + patience:
        return False
    try:
        archive.reply(chain.tenant, entry.operation_id)
    except NotYetAvailable:
        return True
    return False


def _being_cancelled(operation: Operation, entry: LogbookEntry) -> bool:
    """Whether a running operation may be one that goes straight to its end: it is known in a moment."""
    return operation.state == "RUNNING" and entry.shows_no_work


def _kept_nothing(chain: Chain, archive: Archive, operation_id: str) -> bool:
    """Whether an operation that ended KO was cancelled before it judged or stored anything, as far as can be read."""
    try:
        judged = judgements(read_reply(archive.reply(chain.tenant, operation_id)))
    except (NotYetAvailable, UnreadableFile):
        return False
    return not judged and not archive.count_units(chain.tenant, operation_id)


def _not_found(chain: Chain, attempt: Attempt) -> str:
    now, delay = chain.clock.now(), timedelta(seconds=pause_of(chain))
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


def _uncertain(chain: Chain, attempt: Attempt) -> str:
    if attempt.state is not AttemptState.UNCERTAIN:
        chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.UNCERTAIN)
        log.warning(
            "Versement %s : la plateforme l’a peut-être reçu, son journal n’en dit rien. Un opérateur doit "
            "vérifier auprès d’elle avant tout nouvel envoi.",
            attempt.transfer_id,
        )
    return "uncertain"


def _cut(chain: Chain, attempt: Attempt, operation_id: str = "") -> str:
    """The archive kept nothing of this try: the transfer leaves again, unless that happens every time."""
    if not chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.CUT, operation_id=operation_id):
        return "cancelled"
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


def pause_of(chain: Chain) -> float:
    """Seconds before another look is worth it."""
    return max(chain.profile.target.index_delay_seconds, 1)
