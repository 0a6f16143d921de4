"""Files in the archive's folder of arrivals: each stays for as long as its try may still be asked for."""

from __future__ import annotations

from versement.domain.errors import ArrivalsUnusable
from versement.domain.lifecycle import IN_HAND, OPEN, TAKEN, AttemptState
from versement.domain.transfers import Attempt
from versement.steps.chain import Chain, log


def clear(chain: Chain) -> None:
    """Take away the files of tries that are over.

    Raises:
        ArrivalsUnusable: one cannot be taken away.
    """
    if chain.arrivals is None or not (names := chain.arrivals.names()):
        return
    registry, tenant, connector = chain.registry, chain.tenant, chain.connector
    in_hand = {transfer.id for transfer in registry.transfers(tenant, connector, *IN_HAND)}
    for attempt in registry.attempts(tenant, connector, *AttemptState):
        needed = attempt.state in OPEN or (attempt.state in TAKEN and attempt.transfer_id in in_hand)
        if attempt.id in names and not needed:
            chain.arrivals.remove(attempt.id)
            log.info("Versement %s : fichier de la tentative %s retiré.", attempt.transfer_id, attempt.id)


def clear_earlier(chain: Chain, begun: Attempt) -> None:
    """Before a transfer is sent again: a request of an earlier try, delivered late, then finds no file any more.

    Raises:
        ArrivalsUnusable: one cannot be taken away.
    """
    if chain.arrivals is None:
        return
    tries = chain.registry.attempts(chain.tenant, chain.connector, *AttemptState)
    if any(one.transfer_id == begun.transfer_id and one.id != begun.id for one in tries):
        clear(chain)


def tidy(chain: Chain) -> None:
    """`clear` when nothing depends on it: what cannot be taken away is told, and is taken away another time."""
    try:
        clear(chain)
    except ArrivalsUnusable as error:
        log.warning("Des fichiers de versements réglés restent au dossier d’arrivée. %s", error.message)
