"""Send frozen transfers, each at most once."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from versement.domain.documents import Finding
from versement.domain.errors import (
    AntivirusUnavailable,
    ArchiveUnavailable,
    ArrivalsUnusable,
    FixityMismatch,
    OutcomeUncertain,
    RequestRefused,
    SettingsError,
    StagingDamaged,
    TransferTooLarge,
)
from versement.domain.lifecycle import ON_THE_WAY, AttemptState, TransferState
from versement.domain.qualification import blocking
from versement.domain.transfers import Attempt, Transfer
from versement.ports.archive import Archive
from versement.profiles.sign_off import is_signed
from versement.steps.arrivals import clear_earlier
from versement.steps.chain import Chain, log
from versement.steps.files import Guard
from versement.steps.package import sip_stream
from versement.steps.recover import pause_before_another_look, recover, stop
from versement.steps.rehearse import rehearse
from versement.steps.rescan import rescan_packed
from versement.steps.sign_off import Versions, tell_earlier


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


def deposit(
    chain: Chain, archive: Archive, pause: Callable[[float], None] = time.sleep, guard: Guard | None = None
) -> Progress:
    """Settle open tries, then send every transfer that is ready.

    Under a profile that is not signed off only what an earlier signed version packed is sent; the others are
    blank-tested. Once the sign-off is withdrawn, nothing is sent.

    Args:
        chain: whose transfers.
        archive: the target.
        pause: waits for so many seconds, between two looks at a blank test.
        guard: looks again, by the signatures of now, into a transfer of which nothing was ever sent.

    Raises:
        ArchiveUnavailable: the archive does not answer; nothing was sent and no try is lost.
        RequestRefused: the archive refuses the request; the transfer stays ready.
        SettingsError: one side refuses the other's certificate, or no slot can be had: the transfer stays ready.
        StagingDamaged: an object in staging is no longer what was collected; told once the other transfers have left.
        ArrivalsUnusable: there is no room for a large SIP in the archive's folder of arrivals; told as late.
        AntivirusUnavailable: what was never sent waits for the antivirus; told as late.
    """
    if not archive.alive(chain.tenant):
        raise ArchiveUnavailable(
            f"La plateforme « {chain.profile.target.label} » ne répond pas : les versements attendent, rien "
            "n’est perdu. Ils partiront d’eux-mêmes à son retour.",
            detail="archive is not alive",
        )
    settled = recover(chain, archive)
    deposited = settled["adopted"]
    deposited += _send_all(chain, archive, guard)
    if not is_signed(chain.profile):
        rehearse(chain, archive, pause, guard)
    waiting = chain.registry.attempts(chain.tenant, chain.connector, *ON_THE_WAY)
    return Progress(deposited, len(waiting), settled["uncertain"], pause_before_another_look(chain, waiting))


def _send_all(chain: Chain, archive: Archive, guard: Guard | None) -> int:
    """How many of the transfers that are ready, and may leave, the archive took."""
    deposited, versions, sent = 0, Versions(chain), _ever_sent(chain)
    held_up: list[StagingDamaged | ArrivalsUnusable | AntivirusUnavailable] = []
    for transfer in chain.registry.transfers(chain.tenant, chain.connector, TransferState.READY):
        if not versions.may_leave(transfer):
            continue  # the next packing makes it anew, or it is blank-tested
        try:
            if transfer.id in sent or rescan_packed(chain, transfer, guard):
                tell_earlier(chain, versions, transfer)
                deposited += _send(chain, archive, transfer)
        except (StagingDamaged, ArrivalsUnusable, AntivirusUnavailable) as error:
            log.error("%s", error.message)
            held_up.append(error)
    if held_up:
        raise held_up[-1]
    return deposited


def _ever_sent(chain: Chain) -> set[str]:
    """Ids of transfers of which a byte may have left: nothing of these is judged anew, whatever became of the try."""
    tries = chain.registry.attempts(chain.tenant, chain.connector, *set(AttemptState) - {AttemptState.CANCELLED})
    return {attempt.transfer_id for attempt in tries}


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

    log.info("Versement %s : envoi de %d octets.", transfer.id, transfer.size)
    try:
        clear_earlier(chain, attempt)
        operation_id = _sent(chain, archive, transfer, attempt.id)
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
        stop(chain, transfer.id, _too_large(transfer, error))
        return False
    except (ArchiveUnavailable, RequestRefused, ArrivalsUnusable, SettingsError):
        # The archive kept nothing of this try.
        chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.CANCELLED)
        raise
    chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.DEPOSITED, operation_id=operation_id)
    log.info("Versement %s : pris par la plateforme, opération %s.", transfer.id, operation_id)
    return True


def _sent(chain: Chain, archive: Archive, transfer: Transfer, attempt: str) -> str:
    """The operation's id, however the SIP goes; COMMITTING is written before the archive can have all of it."""
    target, arrivals = chain.profile.target, chain.arrivals

    def commit(more: float = 0) -> None:
        chain.registry.commit(chain.tenant, attempt, lease=timedelta(seconds=target.lease_seconds + more))

    manifest = transfer.manifest.digest
    if arrivals is None or not arrivals.takes(transfer.size):
        body = sip_stream(chain, transfer.manifest, transfer.entries, commit)
        return archive.deposit(chain.tenant, attempt, body, manifest=manifest)

    def deliver() -> None:
        arrivals.deliver(attempt, sip_stream(chain, transfer.manifest, transfer.entries))
        # The archive copies the whole file before it answers: for as long, its operation looks like a cut upload.
        commit(target.send_deadline_seconds)

    return archive.deposit_local(chain.tenant, attempt, arrivals.path(attempt), deliver, manifest=manifest)


def _too_large(transfer: Transfer, error: TransferTooLarge) -> Finding:
    return blocking(
        "TRANSFER_TOO_LARGE",
        f"Versement {transfer.id}, {transfer.size} octets : {error.message} Faites relever la limite, ou réduisez "
        "les versements dans la fiche, puis rendez ses documents à la chaîne : "
        f"python -m versement release {transfer.id}.",
    )
