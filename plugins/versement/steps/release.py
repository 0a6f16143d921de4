"""Give a transfer back to the chain when an operator says so, after a last look at what the archive has of it."""

from __future__ import annotations

from versement.domain.errors import ArrivalsUnusable, NotReleasable
from versement.domain.lifecycle import AttemptState, TransferState
from versement.domain.transfers import Attempt, Transfer
from versement.ports.archive import Archive
from versement.steps.arrivals import clear
from versement.steps.chain import Chain, log
from versement.steps.operation import bearing
from versement.steps.recover import recover

_PERHAPS_HELD = (TransferState.UNCERTAIN, TransferState.STOPPED)
_ENDED_WELL = ("OK", "WARNING")


def release(chain: Chain, archive: Archive, transfer: Transfer) -> None:
    """Give a transfer back, unless the archive shows that it has it.

    Raises:
        NotReleasable: the archive has it, or may have it.
        ArchiveUnavailable: the archive cannot be asked: nothing is given back.
    """
    chain.check_own(transfer)
    if transfer.state is TransferState.UNCERTAIN:
        transfer = _looked_up(chain, archive, transfer)
        if transfer.state is TransferState.READY:
            log.info("Versement %s : la plateforme n’en a rien gardé, il est déjà rendu à la chaîne.", transfer.id)
            return
    looked_for = _operations(chain, archive, transfer) if transfer.state in _PERHAPS_HELD else []
    for operation_id in looked_for:
        _check_ended_in_vain(chain, archive, transfer, operation_id)
        _check_not_held(chain, archive, transfer, operation_id)
    chain.registry.release(chain.tenant, transfer.id, unseen=not looked_for)
    shown = "" if looked_for else " Le journal de la plateforme n’en montre aucune opération."
    log.info("Versement %s rendu à la chaîne par un opérateur.%s", transfer.id, shown)
    _clear(chain, transfer)


def _looked_up(chain: Chain, archive: Archive, transfer: Transfer) -> Transfer:
    """An uncertain transfer as another look at the archive leaves it.

    Raises:
        NotReleasable: the archive has it.
    """
    recover(chain, archive)
    now = chain.registry.transfer(chain.tenant, transfer.id) or transfer
    if now.state in (TransferState.READY, *_PERHAPS_HELD):
        return now
    raise NotReleasable(
        f"Versement {now.id} : en regardant encore une fois, la chaîne l’a retrouvé sur la plateforme, qui le détient "
        f"(opération {now.operation_id or 'inconnue'}). Il est maintenant « {now.state} » : rien n’est à rendre, la "
        "prochaine exécution lira la réponse.",
        detail="release of a transfer that was just found",
    )


def _clear(chain: Chain, transfer: Transfer) -> None:
    """A request of a try given back, delivered late, finds no file."""
    try:
        clear(chain)
    except ArrivalsUnusable as error:  # the next sending takes it away before anything else, or waits
        log.warning("Versement %s rendu à la chaîne ; son fichier reste encore. %s", transfer.id, error.message)


def _check_ended_in_vain(chain: Chain, archive: Archive, transfer: Transfer, operation_id: str) -> None:
    """An operation that works, or ended well, is the transfer's, whatever a search of units shows (yet)."""
    operation = archive.operation(chain.tenant, operation_id)
    entry = archive.logbook(chain.tenant, operation_id)
    ended = entry.final_status if entry else ""
    alive = operation is not None and not operation.completed
    if not alive and ended not in _ENDED_WELL and (operation is None or operation.status not in _ENDED_WELL):
        return
    stands = f"n’est pas terminée ({operation.state}, {operation.status})" if operation and alive else "a abouti"
    raise NotReleasable(
        f"Versement {transfer.id} : l’opération {operation_id} de la plateforme {stands}. Le renvoyer ferait des "
        "doubles, rien n’est rendu. Si le versement est incertain, relancez python -m versement recover, qui l’adopte "
        f"dès qu’il le peut, ou adoptez-la vous-même : python -m versement operation adopt {transfer.id} "
        f"<opération>. Si elle est suspendue : python -m versement operation show {transfer.id}.",
        detail="release of a transfer whose operation works, or ended well",
    )


def _check_not_held(chain: Chain, archive: Archive, transfer: Transfer, operation_id: str) -> None:
    held = archive.count_units(chain.tenant, operation_id)
    if held:
        raise NotReleasable(
            f"Versement {transfer.id} : la plateforme montre des unités de l’opération {operation_id} (nombre : "
            f"{held}). Le renvoyer ferait des doubles, rien n’est rendu. Faites d’abord éliminer ces unités par "
            "l’exploitant de Vitam, si elles ne doivent pas y rester.",
            detail="release of a transfer whose units are held",
        )


def _tries(chain: Chain, transfer: Transfer) -> list[Attempt]:
    """The tries of which the archive may have something: one given back was sent too, and may show since."""
    tries = chain.registry.attempts(chain.tenant, chain.connector, *AttemptState)
    perhaps = (attempt for attempt in tries if attempt.state is not AttemptState.CANCELLED or attempt.committed)
    return [attempt for attempt in perhaps if attempt.transfer_id == transfer.id]


def _operations(chain: Chain, archive: Archive, transfer: Transfer) -> list[str]:
    """Every operation that the archive made of a transfer's tries, as far as it shows them."""
    return sorted({*bearing(chain, archive, _tries(chain, transfer)), transfer.operation_id} - {""})
