"""Send frozen transfers, each at most once; find out what became of tries whose answer never came."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from versement.domain.documents import Finding
from versement.domain.errors import (
    ArchiveUnavailable,
    FixityMismatch,
    NotYetAvailable,
    OutcomeUncertain,
    RequestRefused,
    StagingDamaged,
    TransferTooLarge,
)
from versement.domain.lifecycle import AttemptState, TransferState
from versement.domain.qualification import blocking
from versement.domain.transfers import Attempt, Settlement, Transfer
from versement.ports.archive import Archive
from versement.seda.reply import judgements, read_reply
from versement.steps.chain import Chain, log
from versement.steps.package import sip_stream

ON_THE_WAY = (AttemptState.SENDING, AttemptState.COMMITTING)
OPEN = (*ON_THE_WAY, AttemptState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a deposit stands after one pass.

    Attributes:
        deposited: transfers that the archive took during this pass.
        waiting: tries whose outcome is not known yet: another pass may settle them.
        uncertain: tries that only an operator can settle.
        pause: seconds to wait before another pass is worth it; 0 when none is needed.
    """

    deposited: int
    waiting: int
    uncertain: int
    pause: float

    @property
    def done(self) -> bool:
        return self.waiting == 0


def deposit(chain: Chain, archive: Archive) -> Progress:
    """Settle open tries, then send every transfer that is ready.

    Raises:
        ArchiveUnavailable: the archive does not answer; nothing was sent and no try is lost.
        RequestRefused: the archive refuses the request; the transfer stays ready.
        StagingDamaged: an object in staging is no longer what was collected; told once the other transfers have left.
    """
    if not archive.alive(chain.tenant):
        raise ArchiveUnavailable(
            f"La plateforme « {chain.profile.target.label} » ne répond pas : les versements attendent, rien "
            "n’est perdu. Ils partiront d’eux-mêmes à son retour.",
            detail="archive is not alive",
        )
    settled = recover(chain, archive)
    deposited = settled["adopted"]
    damaged: list[StagingDamaged] = []
    for transfer in chain.registry.transfers(chain.tenant, chain.connector, TransferState.READY):
        try:
            deposited += _send(chain, archive, transfer)
        except StagingDamaged as error:
            log.error("%s", error.message)
            damaged.append(error)
    if damaged:
        raise damaged[-1]
    waiting = len(chain.registry.attempts(chain.tenant, chain.connector, *ON_THE_WAY))
    return Progress(deposited, waiting, settled["uncertain"], _pause(chain) if waiting else 0)


def _pause(chain: Chain) -> float:
    return max(chain.profile.target.index_delay_seconds, 1)


def _send(chain: Chain, archive: Archive, transfer: Transfer) -> bool:
    """One try. False when its outcome is left to recovery, or when somebody else holds the transfer."""
    target, now = chain.profile.target, chain.clock.now()
    deadline = now + timedelta(seconds=target.send_deadline_seconds)
    attempt = Attempt(
        id=secrets.token_hex(16),
        transfer_id=transfer.id,
        state=AttemptState.SENDING,
        lease_until=deadline + timedelta(seconds=target.lease_seconds),
        deadline=deadline,
    )
    if not chain.registry.begin(chain.tenant, attempt):
        log.info("Versement %s : une autre exécution s’en occupe.", transfer.id)
        return False

    def commit() -> None:
        moment = chain.clock.now()
        lease = moment + timedelta(seconds=target.lease_seconds)
        chain.registry.commit(chain.tenant, attempt.id, now=moment, lease_until=lease)

    body = sip_stream(chain, transfer.manifest, transfer.entries, commit)
    log.info("Versement %s : envoi de %d octets.", transfer.id, transfer.size)
    try:
        operation_id = archive.deposit(chain.tenant, attempt.id, body)
    except OutcomeUncertain as error:
        log.warning("Versement %s : %s", transfer.id, error.message)
        return False
    except FixityMismatch as error:
        raise StagingDamaged(
            f"Versement {transfer.id} interrompu avant son dernier bloc : {error.message} Rien n’a été versé. "
            "Restaurez ce fichier dans l’espace de préparation depuis sa sauvegarde, ou prévenez les développeurs.",
            detail=error.detail,
        ) from error
    except TransferTooLarge as error:
        chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.CANCELLED)
        _stop(chain, transfer.id, _too_large(transfer, error))
        return False
    except (ArchiveUnavailable, RequestRefused):
        # The archive kept nothing of this try.
        chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.CANCELLED)
        raise
    chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.DEPOSITED, operation_id=operation_id)
    log.info("Versement %s : pris par la plateforme, opération %s.", transfer.id, operation_id)
    return True


def _cut(chain: Chain, attempt: Attempt) -> str:
    """The archive kept nothing of this try: the transfer leaves again, unless that happens every time."""
    chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.CUT)
    tries = chain.registry.attempts(chain.tenant, chain.connector, AttemptState.CUT)
    cut = sum(one.transfer_id == attempt.transfer_id for one in tries)
    if cut % chain.profile.target.send_tries == 0:
        _stop(chain, attempt.transfer_id, _cut_too_often(attempt.transfer_id, cut))
    return "cancelled"


def _stop(chain: Chain, transfer_id: str, finding: Finding) -> None:
    """An operator's matter; no document is blamed."""
    chain.registry.settle(chain.tenant, transfer_id, Settlement(TransferState.STOPPED, findings=(("", finding),)))
    log.warning("%s", finding.message)


def _too_large(transfer: Transfer, error: TransferTooLarge) -> Finding:
    return blocking(
        "TRANSFER_TOO_LARGE",
        f"Versement {transfer.id}, {transfer.size} octets : {error.message} Faites relever la limite, ou réduisez "
        "les versements dans la fiche, puis rendez ses documents à la chaîne : "
        f"python -m versement release {transfer.id}.",
    )


def _cut_too_often(transfer_id: str, cut: int) -> Finding:
    return blocking(
        "SENDING_CUT",
        f"Versement {transfer_id} : {cut} envois ont été coupés avant leur fin, la plateforme n’en a rien gardé. "
        "Un opérateur doit chercher ce qui les coupe (taille ou durée admises par un serveur intermédiaire, disque "
        "de la plateforme), puis rendre le versement à la chaîne : "
        f"python -m versement release {transfer_id}.",
    )


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
    if entry.final_status == "KO" and (not attempt.committed or _judged_nothing(chain, archive, entry.operation_id)):
        # An upload cut short, then cancelled: the archive kept nothing of it.
        return _cut(chain, attempt)
    operation = archive.operation(chain.tenant, entry.operation_id)
    if not entry.final_status and operation is None:
        return _uncertain(chain, attempt)
    if entry.final_status or (operation and operation.status != "UNKNOWN"):
        chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.DEPOSITED, operation_id=entry.operation_id)
        log.info("Tentative %s retrouvée : opération %s adoptée.", attempt.id, entry.operation_id)
        return "adopted"
    # PAUSE/UNKNOWN is also the state of an upload in progress: cancel only once nobody can be sending.
    if chain.clock.now() >= attempt.lease_until:
        archive.cancel(chain.tenant, entry.operation_id)
    return "waiting"


def _judged_nothing(chain: Chain, archive: Archive, operation_id: str) -> bool:
    try:
        return not judgements(read_reply(archive.reply(chain.tenant, operation_id)))
    except NotYetAvailable:
        return False


def _not_found(chain: Chain, attempt: Attempt) -> str:
    now, delay = chain.clock.now(), timedelta(seconds=_pause(chain))
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
