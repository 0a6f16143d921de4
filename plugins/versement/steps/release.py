"""Give a transfer back to the chain when an operator says so, after a last look at what the archive has of it."""

from __future__ import annotations

from versement.domain.errors import NotReleasable, SeveralOperations
from versement.domain.lifecycle import AttemptState, TransferState
from versement.domain.transfers import Transfer
from versement.ports.archive import Archive
from versement.steps.chain import Chain, log
from versement.steps.recover import recover

_PERHAPS_HELD = (TransferState.UNCERTAIN, TransferState.STOPPED)


def release(chain: Chain, archive: Archive, transfer: Transfer) -> None:
    """Give a transfer back, unless the archive shows that it has it.

    Raises:
        NotReleasable: the archive has it, or may have it.
        ArchiveUnavailable: the archive cannot be asked: nothing is given back.
    """
    chain.check_own(transfer)
    if transfer.state is TransferState.UNCERTAIN:
        recover(chain, archive)
    looked_for = _operations(chain, archive, transfer) if transfer.state in _PERHAPS_HELD else []
    for operation_id in looked_for:
        held = archive.count_units(chain.tenant, operation_id)
        if held:
            raise NotReleasable(
                f"Versement {transfer.id} : la plateforme montre des unités de l’opération {operation_id} (nombre : "
                f"{held}). Le renvoyer ferait des doubles, rien n’est rendu. Faites d’abord éliminer ces unités par "
                "l’exploitant de Vitam, si elles ne doivent pas y rester.",
                detail="release of a transfer whose units are held",
            )
    chain.registry.release(chain.tenant, transfer.id)
    log.info("Versement %s rendu à la chaîne par un opérateur.", transfer.id)


def _tries(chain: Chain, transfer: Transfer) -> list[str]:
    """Ids of the tries of which the archive may have something."""
    states = set(AttemptState) - {AttemptState.CANCELLED}
    tries = chain.registry.attempts(chain.tenant, chain.connector, *sorted(states))
    return [attempt.id for attempt in tries if attempt.transfer_id == transfer.id]


def _operations(chain: Chain, archive: Archive, transfer: Transfer) -> list[str]:
    """Every operation that the archive made of a transfer's tries, as far as it shows them."""
    found = {transfer.operation_id} - {""}
    for attempt in _tries(chain, transfer):
        try:
            entry = archive.find_attempt(chain.tenant, attempt)
        except SeveralOperations as error:
            found |= set(error.operations)
        else:
            found |= {entry.operation_id} if entry else set()
    return sorted(found)
