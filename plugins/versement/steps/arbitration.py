"""What a person is asked about documents set aside, and the answer carried out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from versement.domain.cases import Choice
from versement.domain.decisions import Decision
from versement.domain.documents import Field
from versement.domain.errors import NotDecidable
from versement.domain.identity import IdActe
from versement.domain.lifecycle import DocumentState
from versement.domain.personal import forbidden_in
from versement.ports.records import Waiting
from versement.profiles.families import PERSONAL
from versement.steps.chain import Chain, log

MOST_QUESTIONS = 20
"""Groups asked about at a time, for one organisation."""
MOST_DOCUMENTS = 200
"""Documents in one question."""
OF_ONE = frozenset({Field.ID_ACTE, Field.NUMBER, Field.IDENTIFIER, Field.AGENT, Field.BIRTH})
"""Values that tell a document, or its agent, from the others: never given to several at once."""


@dataclass(frozen=True, slots=True)
class Question:
    """Like cases: documents of one connector set aside under one code, each with the version that is asked about.

    Attributes:
        connector: `dag_id` of the connector.
        asked: by document id, its version.
        more: how many others wait alike and are not asked about yet.
    """

    connector: str
    code: str
    asked: tuple[tuple[str, str], ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answers to a question, or says on the command line.

    Attributes:
        document: beginning of the id of the one document concerned; empty: all that were asked about.
    """

    choice: Choice
    author: str
    reason: str
    document: str = ""
    field: Field | None = None
    value: str = ""


def questions(chain: Chain) -> Iterator[Question]:
    """One question for each code under which documents of a connector wait for a person's decision."""
    groups: dict[str, list[str]] = {}
    for item in chain.registry.waiting(chain.tenant, chain.connector):
        if _is_open(item):
            groups.setdefault(item.code, []).append(item.document_id)
    for code, ids in sorted(groups.items()):
        asked = ids[:MOST_DOCUMENTS]
        versions = ((name, chain.registry.version(chain.tenant, name)) for name in asked)
        yield Question(chain.profile.dag_id, code, tuple(versions), len(ids) - len(asked))


def _is_open(item: Waiting) -> bool:
    return bool(item.document_id) and item.state is DocumentState.SET_ASIDE and not item.asked


def answer(chain: Chain, question: Question, given: Answer) -> tuple[Sequence[Decision], Sequence[str]]:
    """Keep the answer for each document that it is about; return the decisions, and why others were left as they are.

    Raises:
        NotDecidable: the answer names a document that was not asked about, or is about none; or its value is one that
            may not be archived here, or that several documents cannot share.
    """
    _check_value(chain, given)
    chosen = [(name, version) for name, version in question.asked if name.startswith(given.document)]
    if not chosen or (given.document and len(chosen) > 1):
        raise NotDecidable(
            "La réponse ne désigne pas un document de la question : donnez le début de l’identifiant d’un seul des "
            "documents listés, ou rien pour tous. Rien n’a été enregistré."
        )
    if len(chosen) > 1 and given.field in OF_ONE:
        raise NotDecidable(
            f"« {given.field} » est propre à un document, et la réponse le donnerait à {len(chosen)} : dites lequel "
            "est concerné. Rien n’a été enregistré."
        )
    kept: list[Decision] = []
    left: list[str] = []
    for name, version in chosen:
        try:
            kept.append(chain.registry.arbitrate(chain.tenant, _decision(question, given, name, version)))
        except NotDecidable as error:
            left.append(error.message)
    log.info("Arbitrage : %d décisions enregistrées, %d documents laissés tels quels.", len(kept), len(left))
    return kept, left


def _check_value(chain: Chain, given: Answer) -> None:
    """A corrected value is archived as it is: what must never be, is refused before anything is kept."""
    if given.field is None:
        return
    text, profile = given.value.strip(), chain.profile
    act = IdActe.parse(text) if given.field is Field.ID_ACTE else None
    siren = act.siren if act else text if given.field is Field.SIREN else ""
    if siren and siren not in profile.organisation.sirens:
        raise NotDecidable("Ce SIREN n’est pas celui de la collectivité : vérifiez-le. Rien n’a été enregistré.")
    terms = profile.connector.health_terms
    if profile.connector.family in PERSONAL and forbidden_in(text, health_terms=terms):
        raise NotDecidable(
            "La valeur porte une donnée qui ne doit pas être versée (NIR, compte bancaire, santé) : donnez-en une "
            "autre. Rien n’a été enregistré."
        )
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise NotDecidable("La valeur porte un caractère qui ne s’écrit pas : retapez-la. Rien n’a été enregistré.")


def _decision(question: Question, given: Answer, document: str, version: str) -> Decision:
    return Decision(
        document=document,
        code=question.code,
        choice=given.choice,
        author=given.author,
        reason=given.reason,
        version=version,
        field=given.field,
        value=given.value,
    )
