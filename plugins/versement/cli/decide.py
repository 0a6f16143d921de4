"""Decide, from the command line, of documents that are set aside; list what was decided."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from versement.cli.output import say
from versement.cli.whereabouts import OTHER_REGISTRY, chains, chains_of
from versement.domain.cases import ALWAYS, Choice
from versement.domain.decisions import OF_DECISIONS, Decision
from versement.domain.documents import Field, Severity
from versement.domain.errors import NotDecidable
from versement.domain.lifecycle import DocumentState
from versement.ports.records import Story
from versement.profiles.records import FIELDS
from versement.steps.arbitration import Answer, Question, answer
from versement.steps.chain import Chain

CHOICES = {
    "accepter": Choice.ACCEPT,
    "corriger": Choice.CORRECT,
    "nouvelle-version": Choice.NEW_VERSION,
    "garder-la-premiere": Choice.KEEP_FIRST,
    "rejeter": Choice.REJECT,
    "demander": Choice.ASK,
}


def decide(arguments: argparse.Namespace) -> int:
    """Keep a decision about one document set aside."""
    found = [(chain, story) for chain in chains() for story in _set_aside(chain, arguments.document)]
    if len(found) != 1:
        sys.stderr.write(
            f"« {arguments.document} » : {len(found)} documents mis de côté portent ce nom, attendu un seul. Donnez "
            f"l’identifiant entier d’un document (python -m versement document). {OTHER_REGISTRY}\n"
        )
        return 1
    (chain, story), *_ = found
    name = story.document.id
    version = chain.registry.version(chain.tenant, name)
    question = Question(
        chain.profile.dag_id, arguments.code or _code_of(story, CHOICES[arguments.choice]), ((name, version),)
    )
    kept, left = answer(chain, question, _answer(arguments))
    for message in left:
        sys.stderr.write(f"{message}\n")
    for decision in kept:
        say(f"{str(decision).capitalize()} enregistrée : {decision.choice} ({decision.code}).")
        say("Ce qui devient libre part à la prochaine exécution du connecteur.")
    return 1 if left else 0


def _set_aside(chain: Chain, reference: str) -> Iterator[Story]:
    for story in chain.registry.find(chain.tenant, reference):
        if story.state is DocumentState.SET_ASIDE and story.document.connector == chain.connector:
            yield story


def _code_of(story: Story, choice: Choice) -> str:
    """The code that a decision is about: the only one, or the reason shown when the choice is about the whole document.

    Raises:
        NotDecidable: there are several, and what is decided of one says nothing of the others.
    """
    blocking = (finding.code for finding in story.findings if finding.severity is Severity.SET_ASIDE)
    codes = [code for code in dict.fromkeys(blocking) if code not in OF_DECISIONS]
    if len(codes) != 1 and choice not in ALWAYS:
        raise NotDecidable(f"Ce document attend pour {', '.join(sorted(codes))} : dites lequel (--code).")
    return codes[0]


def _answer(arguments: argparse.Namespace) -> Answer:
    field: Field | None = FIELDS[arguments.field] if arguments.field else None
    return Answer(
        choice=CHOICES[arguments.choice],
        author=arguments.author,
        reason=arguments.reason,
        field=field,
        value=arguments.value or "",
    )


def decisions(arguments: argparse.Namespace) -> int:
    """Every decision about the documents of a connector, or of all: who, when, what, why."""
    count = 0
    for chain in chains_of(arguments.connector):
        for decision in chain.registry.decisions(chain.tenant, chain.connector):
            count += 1
            _tell(chain, decision)
    if not count:
        say("Aucune décision enregistrée.")
    return 0


def _tell(chain: Chain, decision: Decision) -> None:
    at = f"{decision.at:%d/%m/%Y à %H:%M} UTC" if decision.at else ""
    say(f"{chain.profile.dag_id} – n° {decision.number}, {at} : {decision.choice} ({decision.code})")
    say(f"  Document : {decision.reference} ({decision.document})")
    if decision.field is not None:
        say(f"  Valeur donnée : {decision.field} = {decision.value}")
    say(f"  Auteur : {decision.author}. Motif : {decision.reason}")
