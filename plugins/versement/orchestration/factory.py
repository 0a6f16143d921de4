"""One DAG per connector profile. A profile that cannot be read still has its DAG, which says why and harms no other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, CronDataIntervalTimetable, Param, TaskGroup, TriggerRule, chain

from versement.domain.errors import VersementError
from versement.orchestration import texts
from versement.orchestration.errors import task_settings
from versement.orchestration.operators import (
    BrokenProfileOperator,
    CollectOperator,
    DepositOperator,
    ReconcileOperator,
    ReportOperator,
    StepOperator,
    VerdictOperator,
)
from versement.orchestration.pools import pool_of
from versement.profiles.load import load_profile, profile_paths
from versement.profiles.models import Profile

ZONE = "Europe/Paris"
BROKEN_FOLDER = "versement.fiches"
ONE_AT_A_TIME: Mapping[str, Any] = {"max_active_tis_per_dag": 1}
"""A backfill has a limit of active runs of its own: two of its runs must not judge the same documents at once."""


def connector_dags(folders: Sequence[Path], only: str | None = None) -> Iterator[DAG]:
    """The DAGs of every profile in these folders, or the one that is asked for."""
    found: dict[str, list[Path]] = defaultdict(list)
    for folder in folders:
        try:
            for path in profile_paths([folder]):
                found[dag_id_of(path)].append(path)
        except VersementError as error:
            if only in (None, BROKEN_FOLDER):
                yield broken(BROKEN_FOLDER, error.message)
    for dag_id, paths in sorted(found.items()):
        if only in (None, dag_id):
            yield _dag(dag_id, paths)


def dag_id_of(path: Path) -> str:
    """From the path alone, so that even an unreadable profile has one."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", f"{path.parent.name}.{path.stem}")[:200]


def _dag(dag_id: str, paths: Sequence[Path]) -> DAG:
    if len(paths) > 1:
        names = ", ".join(f"« {path.parent.name}/{path.name} »" for path in paths)
        return broken(dag_id, texts.SEVERAL.format(names=names))
    try:
        profile = load_profile(paths[0])
    except VersementError as error:
        return broken(dag_id, error.message)
    return _connector(profile, paths[0])


def _connector(profile: Profile, path: Path) -> DAG:
    with DAG(
        profile.dag_id,
        dag_display_name=profile.connector.label,
        description=profile.connector.description or None,
        doc_md=texts.about(profile, pool_of(profile.tenant)),
        schedule=_schedule(profile),
        catchup=False,
        max_active_runs=1,
        tags=_tags(profile),
        params=_params(profile),
        default_args=task_settings(profile.organisation.name),
    ) as dag:
        collect = CollectOperator(path=path, **ONE_AT_A_TIME, **texts.task("collect"))
        qualify, deduplicate = (_step(name, name) for name in ("qualify", "deduplicate"))
        first, second = (_passage(number, pool_of(profile.tenant)) for number in (1, 2))
        report = ReportOperator(task_id="report", trigger_rule=TriggerRule.ALL_DONE, **texts.task("report"))
        verdict = VerdictOperator(task_id="verdict", trigger_rule=TriggerRule.ALL_DONE, **texts.task("verdict"))
        chain(collect, qualify, deduplicate, first, second, report, verdict)
    return dag


def _passage(number: int, pool: str) -> TaskGroup:
    """Package, deposit, reconcile. The second passage takes what the first one freed or made possible."""
    suffix = "" if number == 1 else f"_{number}"
    with TaskGroup(
        group_id=f"passage_{number}",
        group_display_name=texts.PASSAGES[number],
        tooltip=texts.PASSAGE_TOOLTIPS[number],
        prefix_group_id=False,
    ) as group:
        package = _step(f"package{suffix}", "package")
        deposit = DepositOperator(task_id=f"deposit{suffix}", pool=pool, **texts.task("deposit"))
        reconcile = ReconcileOperator(task_id=f"reconcile{suffix}", pool=pool, **texts.task("reconcile"))
        chain(package, deposit, reconcile)
    return group


def _step(task_id: str, step: str) -> StepOperator:
    return StepOperator(task_id=task_id, step=step, **ONE_AT_A_TIME, **texts.task(step))


def _schedule(profile: Profile) -> CronDataIntervalTimetable | None:
    # Intervals that touch, whatever the cron: a backfill's runs then miss no day between them.
    cron = profile.connector.schedule
    return CronDataIntervalTimetable(cron, timezone=ZONE) if cron else None


def _tags(profile: Profile) -> list[str]:
    kind = texts.KINDS_OF_DOCUMENTS[profile.connector.family]
    return [profile.organisation.name, kind, profile.target.kind, *texts.alerts(profile)]


def _params(profile: Profile) -> Mapping[str, Param]:
    return {
        name: Param(None, type=["null", "string"], format="date", section=texts.SECTION, title=title, description=told)
        for name, (title, told) in texts.params(profile).items()
    }


def broken(dag_id: str, message: str) -> DAG:
    """The DAG that stands for what cannot be read: its only task says what is wrong."""
    with DAG(
        dag_id,
        dag_display_name=f"{dag_id} – {texts.BROKEN}",
        doc_md=texts.broken(message),
        schedule=None,
        catchup=False,
        tags=[dag_id.partition(".")[0], texts.BROKEN],
        default_args=task_settings(dag_id.partition(".")[0]),
    ) as dag:
        BrokenProfileOperator(task_id="check", message=message, **texts.task("check"))
    return dag
