"""One DAG per organisation in which a partner without a shell tries the profile of a connector, pasted as YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Context, Param, chain
from airflow.sdk.exceptions import AirflowSkipException

from versement.domain.errors import ProfileError
from versement.orchestration import onboarding_texts as texts
from versement.orchestration.errors import task_settings
from versement.orchestration.operators import ChainOperator
from versement.orchestration.ownership import connections_of
from versement.profiles.load import ORGANISATION, load_organisation, organisation_folders

PREFIX = "versement.essai."
LONGEST_YAML = 200_000
"""Characters of a pasted profile; the form refuses more."""
FILES, BYTES = 2_000, 500_000_000
"""What one trial reads at most."""
LONGEST = timedelta(minutes=20)


def onboarding_dags(folders: Sequence[Path], only: str | None = None) -> Iterator[DAG]:
    """The DAG of each organisation whose file can be read, or the one that is asked for."""
    for folder in organisation_folders(folders):
        dag_id = PREFIX + folder.name
        if only in (None, dag_id):
            try:
                label = load_organisation(folder / ORGANISATION).label
            except ProfileError:
                continue  # its connectors' DAGs say what is wrong with it
            yield _dag(dag_id, folder, label)


def organisation_of(dag_id: str) -> str:
    """Name of the organisation whose trials a DAG makes; empty when it is another DAG."""
    return dag_id.removeprefix(PREFIX) if dag_id.startswith(PREFIX) else ""


class TrialOperator(ChainOperator):
    """One task of a trial.

    Attributes:
        step: a key of `trials.STEPS`.
        folder: of the organisation.
    """

    def __init__(self, *, step: str, folder: Path, **kwargs: Any) -> None:
        super().__init__(task_id=step, **texts.task(step), **kwargs)
        self.step = step
        self.folder = folder

    def work(self, context: Context) -> None:
        from versement.orchestration import trials, window  # noqa: PLC0415 - heavy: never while DAGs are parsed

        run, params = context["dag_run"], context["params"]
        if self.step == "blank_test" and not params.get("blank_test"):
            raise AirflowSkipException("L’essai à blanc n’a pas été demandé.")
        asked = trials.Asked(
            folder=self.folder,
            run_key=trials.run_key(run.dag_id, run.run_id),
            name=str(params.get("name") or ""),
            text=str(params.get("fiche") or ""),
            connection=str(params.get("connection") or "").removeprefix(texts.OF_THE_PROFILE),
            window=window.window_of(run, params),
        )
        trials.STEPS[self.step](asked)


def _dag(dag_id: str, folder: Path, label: str) -> DAG:
    with DAG(
        dag_id,
        dag_display_name=f"{texts.TITLE} – {label}",
        description=texts.DESCRIPTION,
        doc_md=texts.about(label, FILES, BYTES),
        schedule=None,
        catchup=False,
        max_active_runs=2,
        tags=[folder.name, texts.TAG],
        params=_params(folder),
        default_args={**task_settings(folder.name), "execution_timeout": LONGEST},
    ) as dag:
        check, attempt, blank = (TrialOperator(step=step, folder=folder) for step in ("check", "attempt", "blank_test"))
        clean = TrialOperator(step="clean", folder=folder).as_teardown()
        chain(check, attempt, blank, clean)
    return dag


def _params(folder: Path) -> Mapping[str, Param]:
    known = connections_of(folder)
    day: dict[str, Any] = {"type": ["null", "string"], "format": "date"}
    kinds: dict[str, tuple[Any, dict[str, Any]]] = {
        "fiche": ("", {"type": "string", "format": "multiline", "maxLength": LONGEST_YAML}),
        "name": ("essai", {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 60}),
        "connection": (texts.OF_THE_PROFILE, {"type": "string", "enum": [texts.OF_THE_PROFILE, *known]}),
        "blank_test": (False, {"type": "boolean"}),
        "acts_from": (None, day),
        "acts_to": (None, day),
    }
    return {name: _param(name, default, schema) for name, (default, schema) in kinds.items()}


def _param(name: str, default: object, schema: Mapping[str, Any]) -> Param:
    title, told = texts.PARAMS[name]
    return Param(default, section=texts.SECTION, title=title, description=told, **schema)


def is_name(text: str) -> bool:
    """Whether a text may name a connector."""
    return re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) is not None and len(text) <= 60
