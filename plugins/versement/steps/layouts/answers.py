"""An operator's answers: the préfecture's message within, where no file of the drop is that message already."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from versement.domain.documents import Field, Finding, Kind, Metadata
from versement.domain.drop import ActesMessage, Descriptor, Envelope, OperatorAnswer
from versement.domain.qualification import remark

NAME = "réponse de l’opérateur"
STATES: Mapping[int, str] = MappingProxyType(
    {
        -1: "erreur",
        0: "annulé",
        1: "posté",
        2: "en attente de transmission",
        3: "transmis",
        4: "acquittement reçu",
        5: "validé",
        6: "refusé",
        17: "en attente d’être posté",
    }
)
"""States of a transaction, as S2LOW numbers them."""


def answered(
    described: Mapping[str, Descriptor], messages: Mapping[str, ActesMessage]
) -> tuple[Mapping[str, Descriptor], Mapping[str, ActesMessage], tuple[Finding, ...]]:
    """What describes the drop and its messages, answers read; a remark for each answer that is about no known act.

    An answer that repeats a message of the drop goes with it as its proof; one that says nothing serves to no more.
    """
    known = {said: path for path, message in messages.items() if (said := _said(message))}
    others, more, findings = dict(described), dict(messages), []
    for path, answer in described.items():
        if not isinstance(answer, OperatorAnswer):
            continue
        said = _said(answer.message) if answer.message is not None else None
        if answer.message is not None and said not in known:
            more[path] = answer.message
            del others[path]
            if said:
                known[said] = path
            continue
        others[path] = Envelope(NAME, (known[said],) if said else ())
        if said is None:
            findings.append(_mute(path, answer))
    return others, more, tuple(findings)


def _said(message: ActesMessage) -> tuple[Kind, str] | None:
    """What a message is and the IDActe that it gives; None without one."""
    identifier = Metadata.settled(message.readings).text(Field.ID_ACTE)
    return (message.kind, identifier) if identifier else None


def _mute(path: str, answer: OperatorAnswer) -> Finding:
    if answer.state is None:
        told = "une erreur"
    else:
        told = f"l’état {answer.state} ({STATES.get(answer.state, 'état inconnu')}), sans accusé de réception"
    return remark(
        "OPERATOR_ANSWER_MUTE",
        f"« {path} » : l’opérateur (S2LOW) répond par {told}. Rien n’y dit de quel acte il s’agit : elle n’est pas "
        "versée. Déposez l’ARActe quand la préfecture l’aura envoyé.",
        path,
    )
