"""See, resume, cancel or adopt the operation that a Vitam made of a transfer."""

from __future__ import annotations

import argparse
import sys

from versement.cli.output import say
from versement.cli.vitam import archive_of
from versement.cli.whereabouts import chains, transfer_named
from versement.domain.transfers import Ask, Transfer
from versement.ports.archive import Archive, LogbookEntry, Operation
from versement.steps.chain import Chain
from versement.steps.operation import adopt as adopt_operation
from versement.steps.operation import ask, operation_of

_KINDS = {"essai": "essai, sans valeur d’archive", "production": "production"}
_FOLLOWS = {
    Ask.RESUME: "Reprise demandée : la plateforme continue l’opération. La prochaine exécution lira la réponse. "
    "Si l’opération s’arrête de nouveau, sa cause est à chercher avec l’exploitant de Vitam.",
    Ask.CANCEL: "Annulation demandée : la plateforme termine l’opération par un refus (KO). La prochaine exécution "
    "dira s’il n’en reste rien (OPERATION_CANCELLED) ; vérifiez-le, puis : python -m versement release {transfer}. Si "
    "elle dit REFUSED_BUT_HELD, rien ne doit être renvoyé.",
}


def show(arguments: argparse.Namespace) -> int:
    """What the platform says of an operation, and what may be asked of it."""
    if found := transfer_named(arguments.reference, chains()):
        chain, transfer = found
        archive = archive_of(chain.profile)
        _tell_place(chain, transfer)
        _tell(chain, archive, transfer)
        return 0
    return _unknown(arguments.reference)


def act(arguments: argparse.Namespace) -> int:
    """Resume or cancel."""
    if found := transfer_named(arguments.reference, chains()):
        chain, transfer = found
        archive = archive_of(chain.profile)
        _tell_place(chain, transfer)
        ask(chain, archive, transfer, arguments.what)
        say(_FOLLOWS[arguments.what].format(transfer=transfer.id))
        return 0
    return _unknown(arguments.reference)


def adopt(arguments: argparse.Namespace) -> int:
    """Follow one of several operations."""
    if found := transfer_named(arguments.reference, chains()):
        chain, transfer = found
        others = adopt_operation(chain, archive_of(chain.profile), transfer, arguments.operation)
        say(f"Opération {arguments.operation} adoptée pour le versement {transfer.id} : le rapprochement suivra.")
        if others is not None:
            say(f"{others.message} ({others.code})")
        return 0
    return _unknown(arguments.reference)


def _unknown(reference: str) -> int:
    sys.stderr.write(
        f"« {reference} » : ni versement, ni opération d’un versement de ce registre. Donnez l’identifiant du "
        "versement (MessageIdentifier) ou celui de l’opération, comme au bilan.\n"
    )
    return 1


def _tell_place(chain: Chain, transfer: Transfer) -> None:
    target = chain.profile.target
    say(f"Versement {transfer.id} : {transfer.state}")
    say(f"  Plateforme « {target.label} » ({_KINDS[target.kind]}), coffre n° {chain.tenant.number}")
    say(f"  Opération {operation_of(transfer)}")


def _tell(chain: Chain, archive: Archive, transfer: Transfer) -> None:
    details = archive.details(chain.tenant, transfer.operation_id)
    if details is not None:
        say(f"  Moteur : {details.operation.state}, {details.operation.status}")
        if details.message:
            say(f"  {details.message}")
        for name, status in details.steps:
            say(f"  Étape {name} : {status}")
    entry = archive.logbook(chain.tenant, transfer.operation_id)
    if entry is not None and entry.last_detail:
        say(f"  Dernier événement au journal : {entry.last_detail}")
    say(_advice(transfer, details.operation) if details else _without_engine(entry))


def _without_engine(entry: LogbookEntry | None) -> str:
    if entry is not None and entry.final_status:
        return f"Le moteur ne la suit plus : terminée ({entry.final_status}), ni à reprendre ni à annuler."
    return (
        "Le moteur ne la suit pas, et son journal n’en donne pas la fin : rien ne dit qu’elle est terminée. "
        "Cherchez-en la cause avec l’exploitant de Vitam avant de rien renvoyer."
    )


def _advice(transfer: Transfer, operation: Operation) -> str:
    if operation.completed:
        return "Elle est terminée : rien à demander. La prochaine exécution lit sa réponse."
    if operation.state != "PAUSE":
        return "Elle avance : rien à faire."
    return (
        f"Elle est suspendue. Pour la reprendre : python -m versement operation resume {transfer.id}. Pour l’annuler : "
        f"python -m versement operation cancel {transfer.id}."
    )
