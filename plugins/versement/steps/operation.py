"""What an operator says of operations: that a stopped one goes on or ends here, which of several is the right one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from versement.domain.documents import Finding
from versement.domain.errors import NotStopped, SeveralOperations
from versement.domain.lifecycle import AttemptState, TransferState
from versement.domain.qualification import remark
from versement.domain.transfers import Ask, Attempt, Settlement, Transfer
from versement.ports.archive import Archive
from versement.steps.chain import Chain, log

_RANKS = {"KO": 0, "OK": 2, "WARNING": 2}
_NONE_ANY_MORE = " Si la plateforme, refaite, n’en détient plus rien : python -m versement release {}."
_DONE = {Ask.RESUME: "reprise", Ask.CANCEL: "annulée"}


def ask(chain: Chain, archive: Archive, transfer: Transfer, what: Ask) -> None:
    """Have a transfer's paused operation resumed or cancelled. What comes of it is for the reconciliation to read.

    Raises:
        NotStopped: the archive does not hold it in pause, or does not allow it any more; nothing changed.
        ArchiveUnavailable: it does not answer; asking again is harmless.
    """
    operation_id = operation_of(transfer)
    operation = archive.operation(chain.tenant, operation_id)
    if operation is None or operation.state != "PAUSE":
        stands = f"est « {operation.state}, {operation.status} »" if operation else "n’est plus suivie par le moteur"
        raise NotStopped(
            f"Versement {transfer.id} : l’opération {operation_id} {stands}. Seule une opération suspendue (PAUSE), "
            "FATAL compris, se reprend ou s’annule : rien n’a été demandé. Si elle est terminée, la prochaine "
            "exécution lira sa réponse ; sinon, laissez-la travailler.",
            detail=f"{what} of an operation that is not paused",
        )
    chain.registry.ask(chain.tenant, transfer.id, what)
    asked = archive.resume if what is Ask.RESUME else archive.cancel
    if not asked(chain.tenant, operation_id):
        raise NotStopped(
            f"Versement {transfer.id} : la plateforme répond que l’état de l’opération {operation_id} ne le permet "
            f"plus. Rien n’a changé ; relisez-la : python -m versement operation show {transfer.id}.",
            detail=f"{what} answered by 409 or 404",
        )
    log.info("Versement %s : opération %s %s par un opérateur.", transfer.id, operation_id, _DONE[what])


def adopt(chain: Chain, archive: Archive, transfer: Transfer, operation_id: str) -> Finding | None:
    """Follow one of the operations that bear a transfer's uncertain try, or one that was given back before it.

    What becomes of the others, if there are any, is returned.

    Raises:
        NotStopped: the transfer is not uncertain, the logbook does not give this operation for its try, or gives one
            that ended better.
    """
    chain.check_own(transfer)
    attempt, *earlier = _tries(chain, transfer)
    found = bearing(chain, archive, (attempt, *earlier))
    if operation_id not in found:
        raise NotStopped(
            f"Versement {transfer.id} : l’opération {operation_id} n’est pas de celles que le journal de la "
            f"plateforme donne pour sa tentative ({', '.join(found) or 'aucune'}). Rien n’a été adopté."
            f"{'' if found else _NONE_ANY_MORE.format(transfer.id)}",
            detail="adoption of an operation of something else",
        )
    _check_the_best(chain, archive, transfer, operation_id, found)
    told = _to_eliminate(transfer, operation_id, [other for other in found if other != operation_id])
    if told:  # first, so that whoever is stopped in between finds it uncertain still
        settlement = Settlement(TransferState.UNCERTAIN, findings=(("", told),))
        chain.registry.settle(chain.tenant, transfer.id, settlement)
    chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.ADOPTED, operation_id=operation_id)
    log.info("Versement %s : opération %s adoptée par un opérateur.", transfer.id, operation_id)
    return told


def _tries(chain: Chain, transfer: Transfer) -> list[Attempt]:
    """Its uncertain try, and those that an operator gave back earlier, of which something may show since.

    Raises:
        NotStopped: it has no uncertain try.
    """
    states = (AttemptState.UNCERTAIN, AttemptState.CANCELLED)
    tries = chain.registry.attempts(chain.tenant, chain.connector, *states)
    mine = [one for one in tries if one.transfer_id == transfer.id]
    uncertain = [one for one in mine if one.state is AttemptState.UNCERTAIN]
    if not uncertain:
        raise NotStopped(
            f"Versement {transfer.id} : il est « {transfer.state} ». Seul un versement incertain attend que l’on dise "
            "laquelle de ses opérations est la bonne.",
            detail="adoption for a transfer without uncertain try",
        )
    return uncertain + [one for one in mine if one.committed and one not in uncertain]


def bearing(chain: Chain, archive: Archive, attempts: Iterable[Attempt]) -> list[str]:
    """Ids of the operations that bear tries, as far as the archive shows them."""
    found: set[str] = set()
    for attempt in attempts:
        try:
            entry = archive.find_attempt(chain.tenant, attempt.id)
        except SeveralOperations as error:
            found |= set(error.operations)
        else:
            found |= {entry.operation_id} if entry else set()
    return sorted(found)


def _check_the_best(
    chain: Chain, archive: Archive, transfer: Transfer, operation_id: str, found: Sequence[str]
) -> None:
    """One that was refused, or may yet be, is not followed beside one that is not: its SIP would be sent again."""
    entries = {one: archive.logbook(chain.tenant, one) for one in found}
    ended = {one: entry.final_status if entry else "" for one, entry in entries.items()}
    ranks = {one: _RANKS.get(status, 1) for one, status in ended.items()}
    if ranks[operation_id] == max(ranks.values()):
        return
    told = ", ".join(f"{one} : {status or 'en cours'}" for one, status in ended.items())
    raise NotStopped(
        f"Versement {transfer.id} : selon leur journal, ses opérations en sont là : {told}. L’opération "
        f"{operation_id} n’est pas à garder tant qu’une autre a abouti, ou le peut encore. Rien n’a été adopté.",
        detail="adoption of an operation beside a better one",
    )


def _to_eliminate(transfer: Transfer, kept: str, others: list[str]) -> Finding | None:
    if not others:
        return None
    return remark(
        "OPERATIONS_TO_ELIMINATE",
        f"Versement {transfer.id} : l’opération {kept} est gardée. La plateforme a pris le même envoi sous "
        f"{', '.join(others)} : l’archiviste doit en faire éliminer les unités, qui sont des doubles, par l’exploitant "
        "de Vitam.",
    )


def operation_of(transfer: Transfer) -> str:
    """Id of the operation that the archive made of a transfer.

    Raises:
        NotStopped: the archive never took it, as far as is known.
    """
    if not transfer.operation_id:
        raise NotStopped(
            f"Versement {transfer.id} ({transfer.state}) : la plateforme n’en a donné aucune opération. S’il est en "
            "cours d’envoi ou incertain, cherchez d’abord ce qu’elle en a : python -m versement recover.",
            detail="transfer without operation",
        )
    return transfer.operation_id
