"""Texts of arbitration's questions, and what is read of an answer. No value of a document stands in any of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from versement.domain.cases import Choice, case_of
from versement.domain.documents import Field, Readings, SourceDocument
from versement.domain.errors import NotDecidable, SettingsError, VersementError
from versement.domain.identity import IdActe
from versement.profiles.load import load_profile
from versement.profiles.models import Organisation
from versement.settings import Settings
from versement.steps.arbitration import MOST_QUESTIONS, Answer, Question, answer
from versement.steps.arbitration import questions as questions_of
from versement.steps.individual import names_persons

if TYPE_CHECKING:
    from versement.steps.chain import Chain

log = logging.getLogger("versement")

PATIENCE = timedelta(days=7)
"""How long a question waits for its answer."""
SHORT = 12
"""Characters of a document's id that name it in a question."""
SHOWN = 20
"""Documents named in a question."""
FIELDS = tuple(field.value for field in Field)

NOBODY = (
    "Aucun répondant n’est déclaré pour cette organisation : aucune question n’est posée. Ajoutez-les dans "
    "_organisation.yaml (arbitrage: {respondents: […]}), ou décidez par la commande « decide »."
)
NO_ANSWER = (
    "Personne n’a répondu à temps : les documents restent tels quels. Relancez ce DAG pour que la question soit posée "
    "de nouveau."
)
INCOMPLETE = (
    "La réponse n’a pas été enregistrée : un motif est attendu, et un champ de la liste pour une valeur corrigée. "
    "Relancez ce DAG pour que la question soit posée de nouveau."
)
NO_AUTHOR = "Airflow ne dit pas qui a répondu : une décision sans auteur n’est pas enregistrée."

FORM: Mapping[str, Mapping[str, str]] = {
    "reason": {
        "title": "Motif (obligatoire)",
        "description": "Pourquoi cette décision ; il est gardé avec votre nom et la date. N’y nommez personne d’autre.",
    },
    "document": {
        "title": "Document",
        "description": "Identifiant du seul document concerné ; vide : tous ceux de la question.",
    },
    "field": {"title": "Champ à corriger", "description": "Seulement pour « corriger une valeur »."},
    "value": {
        "title": "Valeur juste",
        "description": "Seulement pour « corriger une valeur ». Une date s’écrit AAAA-MM-JJ.",
    },
}

_TASKS = {
    "gather": ("Réunir les cas", "Groupe les documents mis de côté, par connecteur et par constat."),
    "question": (
        "Demander",
        "Attend la réponse d’un répondant, puis l’enregistre sous son nom. Rien d’autre n’attend.",
    ),
}

_EXPLAINED = {
    Choice.ACCEPT: "le constat devient une remarque ; le document repart s’il est par ailleurs en règle",
    Choice.CORRECT: "donnez le champ et la valeur ; elle passe avant toute autre source et porte votre nom",
    Choice.NEW_VERSION: "le document est versé à côté du premier, sous une identité qui le dit",
    Choice.KEEP_FIRST: "celui qui attend est rejeté, l’autre n’est pas touché",
    Choice.REJECT: "le document n’attend plus et ne sera jamais versé ; rien n’est supprimé à la source",
    Choice.ASK: "le document attend la collectivité ; plus rien n’est demandé tant qu’il ne change pas",
}

_BODY = """\
{about}

**{count}** du connecteur « {label} » (`{connector}`) mis de côté pour `{code}`.{more}

{options}
{why_not}
Documents : {documents}

Où regarder : page [Bilan](/versement/rapport?dag_id={connector}) (« Ce qui attend »), ou `python -m versement document`
avec l’identifiant. Pour un **fichier** corrigé, faites-le redéposer, ou déposez-le dans le dossier des corrections :
rien n’est à répondre ici. Ce qui devient libre part à la prochaine exécution du connecteur.
"""

_ABOUT = """\
Pose à {respondents} une question par groupe de documents mis de côté (même connecteur, même constat), {most} groupes au
plus à la fois. La réponse est gardée au registre avec son auteur, son motif et sa date, et vaut pour les exécutions
suivantes. **Aucune collecte n’attend ces réponses** ; sans réponse au bout de {days} jours, rien ne change.
"""


def task(name: str) -> dict[str, str]:
    """Display name and help of a task, as its operator takes them."""
    title, told = _TASKS[name]
    return {"task_display_name": title, "doc_md": told}


def respondents_of(organisation: Organisation) -> tuple[str, ...]:
    """Who may answer."""
    return organisation.arbitrage.respondents if organisation.arbitrage else ()


def about(organisation: Organisation) -> str:
    """What the DAG's page says."""
    names = ", ".join(f"`{name}`" for name in respondents_of(organisation))
    told = _ABOUT.format(respondents=names or "personne", most=MOST_QUESTIONS, days=PATIENCE.days)
    return told if names else f"**{NOBODY}**\n\n{told}"


def gathered(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Questions of an organisation's connectors, the largest first, capped; the others are told."""
    found = sorted(_all(paths), key=lambda q: (-len(q.asked) - q.more, q.connector, q.code))
    for question in found[MOST_QUESTIONS:]:
        log.warning(
            "Non demandé cette fois (%d groupes au plus) : %s, %s, %s.",
            *(MOST_QUESTIONS, question.connector, question.code, _counted(len(question.asked) + question.more)),
        )
    if not found:
        log.info("Aucun document n’attend de décision.")
    return [_to_xcom(question) for question in found[:MOST_QUESTIONS]]


def _all(paths: Sequence[Path]) -> Iterator[Question]:
    settings = Settings.from_environment()
    for path in paths:
        try:
            yield from questions_of(settings.chain(load_profile(path)))
        except VersementError as error:
            log.warning("Connecteur laissé de côté, les autres suivent : %s", error.message)


def _to_xcom(question: Question) -> dict[str, Any]:
    asked = [list(pair) for pair in question.asked]
    return {"connector": question.connector, "code": question.code, "asked": asked, "more": question.more}


def from_xcom(left: Mapping[str, Any]) -> Question:
    """Read back what `gathered` left."""
    asked = tuple((str(name), str(version)) for name, version in left["asked"])
    return Question(str(left["connector"]), str(left["code"]), asked, int(left["more"]))


def subject(question: Question) -> str:
    return f"{question.connector} – {question.code} – {_counted(len(question.asked))}"


def options(question: Question) -> list[str]:
    return [str(choice) for choice in case_of(question.code).choices]


def body(chain: Chain, question: Question) -> str:
    """What is asked, in Markdown: a count, a code, ids; references only where they tell of nobody."""
    case = case_of(question.code)
    why_not = f"\nCe constat ne s’accepte pas tel quel : {case.why_not}.\n" if case.why_not else ""
    more = (
        f" {_counted(question.more)} de plus attendent de même : ils seront demandés ensuite." if question.more else ""
    )
    return _BODY.format(
        about=case.about,
        count=_counted(len(question.asked)),
        label=chain.profile.connector.label,
        connector=question.connector,
        code=question.code,
        more=more,
        options="\n".join(f"- **{choice}** : {_EXPLAINED[choice]}." for choice in case.choices),
        why_not=why_not,
        documents=_named(chain, question),
    )


def shorts(question: Question) -> list[str]:
    """How each document of a question is named in its form."""
    return [name[:SHORT] for name, _ in question.asked]


def _named(chain: Chain, question: Question) -> str:
    names = [_name(chain, document) for document, _ in question.asked[:SHOWN]]
    left = len(question.asked) - len(names)
    return ", ".join(names) + (f" et {left} autres" if left else "") + "."


def _name(chain: Chain, document_id: str) -> str:
    short = f"`{document_id[:SHORT]}`"
    record = chain.registry.document(chain.tenant, document_id)
    if record is None or not _tells_of_nobody(chain, record.document):
        return short
    reference = record.document.reference.replace("`", "'").encode("utf-8", "replace").decode()
    return f"{short} (`{reference}`)"


def _tells_of_nobody(chain: Chain, document: SourceDocument) -> bool:
    """An act whose reference names no person: a délibération or an arrêté that nothing says to be about somebody.

    What a source says counts even where another one's word settles it: that they contradict each other may be the
    question.
    """
    profile = chain.profile
    each = [replace(document, readings=readings) for readings in _each_word(document.readings)]
    return (
        profile.connector.family == "actes"
        and all(one.metadata.text(Field.NATURE) in IMPERSONAL for one in each)
        and not any(names_persons(profile.organisation, one) for one in each)
    )


def _each_word(readings: Readings) -> Iterator[Readings]:
    """What is said of a document, then as if each word on its nature or matière were the one that counts."""
    yield readings
    for name, value in readings:
        identifier = IdActe.parse(value.text) if name is Field.ID_ACTE else None
        said = identifier.nature if identifier else value.text
        if name in (Field.ID_ACTE, Field.NATURE, Field.MATTER) and said:
            about = Field.MATTER if name is Field.MATTER else Field.NATURE
            yield (*(one for one in readings if one[0] is not about), (about, replace(value, text=said)))


IMPERSONAL = frozenset({"DE", "AR"})
"""Natures of acts that are about nobody: délibérations and arrêtés réglementaires."""


def chain_of(question: Question, paths: Sequence[Path]) -> Chain:
    """The chain of a question's connector, under its profile as it is now.

    Raises:
        SettingsError: it has no profile any more.
    """
    for path in paths:
        if f"{path.parent.name}.{path.stem}" == question.connector:
            return Settings.from_environment().chain(load_profile(path))
    raise SettingsError(f"Le connecteur « {question.connector} » n’a plus de fiche : rien n’est enregistré.")


def given(chosen: Sequence[str], form: Mapping[str, Any], by: Mapping[str, str] | None) -> Answer:
    """An answer as Airflow gives it; its author is who Airflow says, never what a form says.

    Raises:
        NotDecidable: nobody is said to have answered.
    """
    if not by or not by.get("id"):
        raise NotDecidable(NO_AUTHOR)
    name = by.get("name") or by["id"]
    field = form.get("field")
    return Answer(
        choice=Choice(chosen[0]),
        author=name if name == by["id"] else f"{name} ({by['id']})",
        reason=str(form.get("reason") or ""),
        document=str(form.get("document") or "").strip(),
        field=Field(field) if field else None,
        value=str(form.get("value") or ""),
    )


def keep(paths: Sequence[Path], question: Question, said: Answer) -> None:
    """Keep an answer; documents that it cannot be kept for are told and stay as they are.

    Raises:
        NotDecidable: it can be kept for none.
    """
    kept, left = answer(chain_of(question, paths), question, said)
    if left and not kept:
        raise NotDecidable(left[0])
    for message in left:
        log.warning("%s", message)


def _counted(count: int) -> str:
    return "1 document" if count == 1 else f"{count} documents"
