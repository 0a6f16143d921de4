"""The DAGs that the profiles make."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, CronDataIntervalTimetable
from airflow.serialization.serialized_objects import DagSerialization

from tests.orchestration.airflow_home import ROOT
from versement.domain.errors import ProfileError
from versement.orchestration.factory import connector_dags, dag_id_of
from versement.orchestration.pools import pool_of, pools
from versement.profiles.load import load_profile, profile_paths

TASKS = [
    "collect",
    "qualify",
    "deduplicate",
    "package",
    "deposit",
    "reconcile",
    "package_2",
    "deposit_2",
    "reconcile_2",
    "report",
    "verdict",
]
FORBIDDEN = ("great_expectations", "pygfried", "lxml", "asyncssh", "paramiko", "pandas", "pypdfium2", "fastapi")


def dags_of(folder: Path, only: str | None = None) -> dict[str, DAG]:
    return {dag.dag_id: dag for dag in connector_dags([folder], only)}


def connector(profiles: Path, change: Iterable[tuple[str, str]] = (), name: str = "deliberations") -> Path:
    """Saint-Aubin's profile with some lines replaced."""
    path = profiles / "saint-aubin" / f"{name}.yaml"
    text = (profiles / "saint-aubin" / "deliberations.yaml").read_text()
    for old, new in change:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path


def test_the_dags_folder_loads_without_database_network_or_connection(profiles: Path) -> None:
    """Each connector profile has its DAG, and reading them needs nothing but files."""
    bag = DagBag(str(ROOT / "dags"))
    assert not bag.import_errors
    shipped = {dag_id_of(path) for path in profile_paths([profiles])}
    assert {"maurecy.deliberations", "saint-aubin.deliberations"} <= shipped
    organisations = ("maurecy", "saint-aubin")
    assert set(bag.dags) == shipped | {
        f"{kind}.{name}" for kind in ("arbitrage", "versement.essai") for name in organisations
    }


def test_a_connector_is_one_chain_of_tasks(profiles: Path) -> None:
    """Collect to reconcile, a second passage, a report, a verdict: eleven tasks however many documents there are."""
    dag = dags_of(profiles)["saint-aubin.deliberations"]
    assert list(dag.task_dict) == TASKS
    assert all(dag.get_task(after).upstream_task_ids == {before} for before, after in pairwise(TASKS))


def test_everything_shown_is_in_french(profiles: Path) -> None:
    """Names and help of DAG, tasks and form are French, and the DAG can be found by organisation and target."""
    dag = dags_of(profiles)["saint-aubin.deliberations"]
    assert dag.dag_display_name == "Délibérations de Saint-Aubin-sur-Viosne"
    assert dag.tags == {"saint-aubin", "actes", "essai"}
    assert "paie" in dags_of(profiles)["maurecy.paie"].tags
    assert "dossiers d’agents" in dags_of(profiles)["maurecy.agents"].tags
    assert [task.task_display_name for task in dag.tasks][:3] == ["Collecter", "Qualifier", "Dédoublonner"]
    assert all(task.doc_md and task.task_display_name != task.task_id for task in dag.tasks)
    groups = dag.task_group.get_task_group_dict()
    assert [groups[f"passage_{n}"].group_display_name for n in (1, 2)] == ["Premier passage", "Second passage"]
    fields = [dag.params.get_param(name) for name in ("acts_from", "acts_to")]
    assert [field.schema["title"] for field in fields] == ["Actes à partir du", "Actes jusqu’au"]
    assert {(field.value, field.schema["section"]) for field in fields} == {(None, "Paramètres")}
    payroll = dags_of(profiles)["maurecy.paie"].params.get_param("acts_from")
    assert payroll.schema["title"] == "Documents à partir du"


def test_the_help_says_what_a_trial_target_is_worth_and_which_pool_is_needed(profiles: Path) -> None:
    """Nobody can miss that a trial Vitam keeps nothing for good, nor search long why a task never starts."""
    dag = dags_of(profiles)["saint-aubin.deliberations"]
    assert "n’a pas de valeur d’archive" in str(dag.doc_md)
    assert "vitam.saint-aubin.actes_demo" in str(dag.doc_md)
    assert {dag.get_task(name).pool for name in TASKS if "deposit" in name or "reconcile" in name} == {
        "vitam.saint-aubin.actes_demo"
    }


def test_runs_of_a_connector_follow_one_another_and_nothing_is_caught_up(profiles: Path) -> None:
    """One run at a time; a connector that was paused for a month does not start thirty runs."""
    dag = dags_of(profiles)["saint-aubin.deliberations"]
    assert (dag.max_active_runs, dag.catchup, dag.timetable.can_be_scheduled) == (1, False, False)


def test_two_runs_of_a_backfill_never_judge_at_once(profiles: Path) -> None:
    """A backfill runs several runs at a time: what changes documents' states is done by one of them at a time."""
    dag = dags_of(profiles)["saint-aubin.deliberations"]
    once = {task.task_id for task in dag.tasks if task.max_active_tis_per_dag == 1}
    assert once == {"collect", "qualify", "deduplicate", "package", "package_2"}


def test_report_and_verdict_come_whatever_happened_before(profiles: Path) -> None:
    """A run that failed has its report too, and its last task is the verdict, which turns it red."""
    dag = dags_of(profiles)["saint-aubin.deliberations"]
    assert [dag.get_task(name).trigger_rule for name in ("report", "verdict")] == ["all_done", "all_done"]
    assert [leaf.task_id for leaf in dag.leaves] == ["verdict"]


def test_a_task_that_is_interrupted_starts_again(profiles: Path) -> None:
    """A worker that is killed costs a retry, not the run; the DAG's tasks have some, those that wait above all."""
    assert all(task.retries >= 1 and task.retry_policy for dag in dags_of(profiles).values() for task in dag.tasks)


def test_a_schedule_is_in_paris_time_and_leaves_no_gap(profiles: Path) -> None:
    """A cron in the profile becomes intervals that touch, so that a backfill misses no day."""
    connector(profiles, [("version: 2", 'version: 2\nschedule: "0 6 * * 1"')])
    timetable = dags_of(profiles)["saint-aubin.deliberations"].timetable
    assert isinstance(timetable, CronDataIntervalTimetable)
    assert (timetable.expression, str(timetable.timezone)) == ("0 6 * * 1", "Europe/Paris")


@pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")  # Airflow's own reading of .airflowignore
def test_the_scheduler_can_keep_every_dag(profiles: Path) -> None:
    """DAGs survive Airflow's own writing and reading, those in error included."""
    connector(profiles, [("version: 2", 'version: 2\nschedule: "0 6 * * *"')])
    (profiles / "maurecy" / "deliberations.yaml").write_text("version: [")
    for dag in dags_of(profiles).values():
        kept = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
        assert (kept.dag_id, len(kept.task_dict)) == (dag.dag_id, len(dag.task_dict))


def test_the_same_profiles_give_the_same_dags(profiles: Path) -> None:
    """Reading the profiles again makes no new version of a DAG."""
    first, second = (
        [json.dumps(DagSerialization.to_dict(dag), sort_keys=True) for dag in dags_of(profiles).values()]
        for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("content", ["version: [", "", "version: 1\nlabel: Sans le reste\n", "\x00", "- 1\n"])
def test_an_unreadable_profile_shows_as_one_dag_in_error(profiles: Path, content: str) -> None:
    """A wrong file keeps its DAG, under its own id, with one task that says what is wrong; the others are there."""
    (profiles / "maurecy" / "deliberations.yaml").write_text(content)
    dags = dags_of(profiles)
    broken = dags["maurecy.deliberations"]
    assert list(dags["saint-aubin.deliberations"].task_dict) == TASKS
    assert "fiche invalide" in broken.tags
    assert "fiche invalide" in broken.dag_display_name
    (task,) = broken.tasks
    with pytest.raises(ProfileError, match=r"maurecy/deliberations\.yaml"):
        task.execute({})
    assert "maurecy/deliberations.yaml" in str(broken.doc_md)


def test_two_files_of_the_same_name_harm_nobody_else(profiles: Path) -> None:
    """Twice the same connector makes one DAG in error that names both files."""
    connector(profiles)
    path = profiles / "saint-aubin" / "deliberations.yaml"
    path.with_suffix(".yml").write_text(path.read_text())
    dags = dags_of(profiles)
    assert list(dags["maurecy.deliberations"].task_dict) == TASKS
    assert "saint-aubin/deliberations.yml" in str(dags["saint-aubin.deliberations"].doc_md)
    assert "fiche invalide" in dags["saint-aubin.deliberations"].tags


def test_a_name_that_airflow_would_refuse_still_has_its_dag(profiles: Path) -> None:
    """A file named with spaces and accents shows as a DAG in error, whose id Airflow accepts."""
    connector(profiles, name="Délibérations 2026")
    dags = dags_of(profiles)
    assert len(dags) == len(profile_paths([profiles]))
    assert "fiche invalide" in dags["saint-aubin.D_lib_rations_2026"].tags


def test_a_folder_that_is_not_there_harms_nobody_else(profiles: Path, tmp_path: Path) -> None:
    """When one of several folders of profiles is missing, that shows, and the others are read."""
    dags = {dag.dag_id: dag for dag in connector_dags([tmp_path / "absent", profiles])}
    assert len(dags) == len(profile_paths([profiles])) + 1
    assert "VERSEMENT_PROFILES" in str(dags["versement.fiches"].doc_md)


def test_inside_a_task_only_the_wanted_dag_is_made(profiles: Path) -> None:
    """A task of one connector does not read the profiles of the others."""
    (profiles / "maurecy" / "deliberations.yaml").write_text("version: [")
    assert list(dags_of(profiles, "saint-aubin.deliberations")) == ["saint-aubin.deliberations"]


def loaded_with(folder: Path, module: str) -> set[str]:
    """Every module that a fresh process has loaded after importing this one."""
    code = f"import json, sys; sys.path.insert(0, sys.argv[1]); import {module}; print(json.dumps([*sys.modules]))"
    command = [sys.executable, "-W", "ignore", "-c", code, str(folder)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_nothing_heavy_is_loaded_to_read_the_dags(profiles: Path) -> None:
    """The DAG file loads neither Great Expectations nor format readers nor SSH: every Airflow process would pay."""
    loaded = {name.partition(".")[0] for name in loaded_with(ROOT / "dags", "connectors")}
    assert "versement" in loaded
    assert not loaded.intersection(FORBIDDEN)


def test_the_plugin_loads_nothing_heavy_into_every_process() -> None:
    """Tasks load plugins too: ours brings neither the pages nor anything that may not cross a fork."""
    loaded = loaded_with(ROOT / "plugins", "versement_plugin")
    assert "versement.ui.mount" in loaded
    assert "versement.ui.app" not in loaded
    assert not {name.partition(".")[0] for name in loaded}.intersection(FORBIDDEN)


def test_each_tenant_has_its_pool(profiles: Path) -> None:
    """The set-up command creates one pool per tenant, under the name that the DAGs use."""
    found = [load_profile(profiles / name / "deliberations.yaml") for name in ("maurecy", "saint-aubin")]
    made: dict[str, Any] = pools(found)
    assert sorted(made) == ["vitam.maurecy.actes_demo", "vitam.saint-aubin.actes_demo"]
    assert {pool_of(profile.tenant) for profile in found} == made.keys()
    assert all(pool["slots"] == 2 and not pool["include_deferred"] for pool in made.values())
    busy = found[0].model_copy(update={"target": found[0].target.model_copy(update={"tenant_slots": 5})})
    assert pools([busy])[pool_of(busy.tenant)]["slots"] == 5


def test_the_pools_command_prints_what_airflow_imports(profiles: Path) -> None:
    """Its output is JSON even when a profile cannot be read, which it says beside."""
    (profiles / "maurecy" / "deliberations.yaml").write_text("version: [")
    done = subprocess.run(
        [sys.executable, "-m", "versement.orchestration.pools"], capture_output=True, check=True, text=True
    )
    assert sorted(json.loads(done.stdout)) == [
        "vitam.maurecy.actes_demo", "vitam.saint-aubin.actes_demo", "vitam.saint-aubin.marches_demo",
    ]  # fmt: skip
    assert "maurecy/deliberations.yaml" in done.stderr


def test_a_dag_is_named_after_its_profile() -> None:
    """The id comes from the path alone."""
    assert dag_id_of(Path("/x/saint-aubin/deliberations.yaml")) == "saint-aubin.deliberations"
