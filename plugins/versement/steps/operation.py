"""What an operator asks of an operation that the archive stopped: that it goes on, or that it ends here."""

from __future__ import annotations

from versement.domain.errors import NotStopped
from versement.domain.transfers import Ask, Transfer
from versement.ports.archive import Archive
from versement.steps.chain import Chain, log

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
