"""One DAG per organisation asks its respondents about documents set aside; no connector's run ever waits for it."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, BaseOperator, Context, Param
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowSkipException, ParamValidationError

from versement.domain.errors import NotDecidable, SettingsError, VersementError
from versement.orchestration import questions
from versement.orchestration.errors import Telling, task_settings
from versement.orchestration.factory import broken
from versement.profiles.load import load_profile, profile_paths
from versement.profiles.models import Organisation

log = logging.getLogger("versement")

GATHER, QUESTION = "gather", "question"


def arbitration_dag_id(organisation: str) -> str:
    return f"arbitrage.{organisation}"


def arbitration_dags(folders: Sequence[Path], only: str | None = None) -> Iterator[DAG]:
    """The arbitration DAG of every organisation that has a connector, or the one that is asked for."""
    found: dict[str, list[Path]] = defaultdict(list)
    for folder in folders:
        try:
            for path in profile_paths([folder]):
                found[path.parent.name].append(path)
        except SettingsError:
            continue  # the connectors' DAG file says so
    for name, paths in sorted(found.items()):
        dag_id = arbitration_dag_id(name)
        if only in (None, dag_id):
            yield _dag(dag_id, paths)


def _dag(dag_id: str, paths: Sequence[Path]) -> DAG:
    wrong = ""
    for path in paths:
        try:
            return _arbitration(dag_id, load_profile(path).organisation, paths)
        except VersementError as error:
            wrong = wrong or error.message
    return broken(dag_id, wrong)


def _arbitration(dag_id: str, organisation: Organisation, paths: Sequence[Path]) -> DAG:
    respondents = questions.respondents_of(organisation)
    with DAG(
        dag_id,
        dag_display_name=f"Arbitrage – {organisation.label}",
        doc_md=questions.about(organisation),
        schedule=None,
        catchup=False,
        max_active_runs=1,
        tags=[organisation.name, "arbitrage"],
        default_args=task_settings(organisation.name),
    ) as dag:
        gather = GatherOperator(
            task_id=GATHER, paths=[str(path) for path in paths], respondents=respondents, **questions.task(GATHER)
        )
        QuestionOperator.partial(
            task_id=QUESTION,
            paths=[str(path) for path in paths],
            assigned_users=[{"id": name, "name": name} for name in respondents],
            response_timeout=questions.PATIENCE,
            map_index_template="{{ task.subject }}",
            **questions.task(QUESTION),
        ).expand(question=gather.output)
    return dag


class GatherOperator(BaseOperator):  # type: ignore[misc]  # Airflow comes without types
    """Groups like cases; leaves ids, codes and fingerprints in XCom, never a text.

    Attributes:
        paths: files of the organisation's connector profiles.
        respondents: who may answer; none: the question is not asked.
    """

    def __init__(self, *, paths: Sequence[str], respondents: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.paths = list(paths)
        self.respondents = list(respondents)

    def execute(self, context: Context) -> list[dict[str, Any]]:
        del context
        with Telling():
            if not self.respondents:
                raise SettingsError(questions.NOBODY)
            return questions.gathered([Path(path) for path in self.paths])


class QuestionOperator(HITLOperator):  # type: ignore[misc]  # Airflow comes without types
    """Asks about one group of like cases and keeps the answer under the name of who gave it.

    Attributes:
        question: as `GatherOperator` left it.
        paths: see `GatherOperator`.
    """

    def __init__(self, *, question: Mapping[str, Any], paths: Sequence[str], **kwargs: Any) -> None:
        self.question = questions.from_xcom(question)
        super().__init__(
            subject=questions.subject(self.question),
            options=questions.options(self.question),
            params=_form(),
            do_xcom_push=False,
            **kwargs,
        )
        self.paths = list(paths)

    def execute(self, context: Context) -> None:
        with Telling():
            chain = questions.chain_of(self.question, [Path(path) for path in self.paths])
            self.body = questions.body(chain, self.question)
            self.params = ParamsDict(_form(questions.shorts(self.question)))
        super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> None:
        with Telling():
            self._answered(context, event)

    def _answered(self, context: Context, event: dict[str, Any]) -> None:
        if event.get("error_type") == "timeout":
            raise AirflowSkipException(questions.NO_ANSWER)
        try:
            said = super().execute_complete(context, event)
        except (ParamValidationError, ValueError):
            raise NotDecidable(questions.INCOMPLETE) from None  # the error quotes what was typed
        given = questions.given(said["chosen_options"], said["params_input"], said["responded_by_user"])
        questions.keep([Path(path) for path in self.paths], self.question, given)


def _form(asked: Sequence[str] = ()) -> Mapping[str, Param]:
    """Fields of the answer; the choice itself is a button.

    Args:
        asked: documents to choose from. None before the question is put: Airflow wants a mapped task's fields to be
            valid as they are, and an empty reason is refused only once there is a form to fill in.
    """
    optional = {"type": ["null", "string"]}
    reason = {"minLength": 1} if asked else {}
    one = {"enum": [None, *asked]} if asked else {}
    return {
        "reason": Param("", type="string", **reason, **questions.FORM["reason"]),
        "document": Param(None, **optional, **one, **questions.FORM["document"]),
        "field": Param(None, **optional, enum=[None, *questions.FIELDS], **questions.FORM["field"]),
        "value": Param(None, **optional, **questions.FORM["value"]),
    }
