"""Questions to persons: their DAG, their texts, and an answer given through Airflow itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from sandbox.samples import write_drops
from tests.orchestration.airflow_home import HOME, ROOT
from tests.steps.odd_acts import acknowledgement, act, index, row
from versement.adapters.formats.formats import FileFormats
from versement.adapters.sources import FolderSource
from versement.domain.cases import CASES, Choice
from versement.domain.errors import NotDecidable, SettingsError
from versement.domain.lifecycle import DocumentState
from versement.orchestration import questions
from versement.orchestration.arbitration import GatherOperator, QuestionOperator, arbitration_dags
from versement.profiles.load import load_profile
from versement.settings import Settings
from versement.steps.arbitration import Question
from versement.steps.chain import Chain
from versement.steps.collect import Window, collect
from versement.steps.qualify import qualify
from versement.testing.plain_expectations import PlainExpectations

RUN = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
dag = DagBag(sys.argv[1]).dags[sys.argv[2]]
run = dag.test(logical_date=None)
print("RESULT", json.dumps(sorted([ti.task_id, ti.map_index, str(ti.state)] for ti in run.get_task_instances())))
"""
ANSWER = """
import json, sys, time
from fastapi.testclient import TestClient
from airflow.api_fastapi.app import create_app
with TestClient(create_app(), raise_server_exceptions=False) as client:
    def bearer(name):
        token = client.post("/auth/token", json={"username": name, "password": name}).json()["access_token"]
        return {"Authorization": f"Bearer {token}"}
    anne, paul = bearer("anne"), bearer("paul")
    wanted, told, deadline = int(sys.argv[1]), [], time.monotonic() + 240
    while len(told) < wanted and time.monotonic() < deadline:
        time.sleep(1)
        listed = client.get("/api/v2/dags/~/dagRuns/~/hitlDetails?response_received=false", headers=anne).json()
        told = [d for d in listed["hitl_details"] if d["task_instance"]["state"] == "awaiting_input"]
    time.sleep(3)
    statuses = []
    for detail in told:
        ti = detail["task_instance"]
        at = f"/api/v2/dags/{ti['dag_id']}/dagRuns/{ti['dag_run_id']}/taskInstances/{ti['task_id']}/{ti['map_index']}"
        form = {"reason": "vu avec la mairie", "document": None, "field": None, "value": None}
        said = {"chosen_options": ["rejeter"], "params_input": form}
        for who in (paul, anne):
            statuses.append(client.patch(f"{at}/hitlDetails", headers=who, json=said).status_code)
    print("RESULT", json.dumps({"statuses": statuses, "told": [[d["subject"], d["body"]] for d in told]}))
"""


@pytest.fixture
def chain(profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chain:
    """Saint-Aubin's drop, judged: some of its documents are set aside, and Anne may decide of them."""
    declared = profiles / "saint-aubin" / "_organisation.yaml"
    declared.write_text(declared.read_text() + "\narbitrage:\n  respondents: [anne]\n")
    monkeypatch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{tmp_path / 'registry.db'}")
    monkeypatch.setenv("VERSEMENT_STAGING", str(tmp_path / "staging"))
    write_drops(tmp_path / "samples")
    chain = Settings.from_environment().chain(load_profile(_path(profiles)))
    formats, source = FileFormats(), FolderSource(tmp_path / "samples" / "saint-aubin" / "first")
    record = collect(chain, source, formats, run_id="essai", window=Window())
    qualify(chain, formats, PlainExpectations(), collection_id=record.id)
    formats.close()
    source.close()
    return chain


def _path(profiles: Path) -> Path:
    return profiles / "saint-aubin" / "deliberations.yaml"


def test_each_organisation_has_its_dag_of_questions(profiles: Path) -> None:
    """It appears by itself, under a French name, and one that cannot be read harms no other."""
    (profiles / "maurecy" / "_organisation.yaml").write_text("label: [")
    dags = {dag.dag_id: dag for dag in arbitration_dags([profiles])}
    assert sorted(dags) == ["arbitrage.maurecy", "arbitrage.saint-aubin"]
    dag = dags["arbitrage.saint-aubin"]
    assert dag.dag_display_name == "Arbitrage – Commune de Saint-Aubin-sur-Viosne"
    assert [task.task_display_name for task in dag.tasks] == ["Réunir les cas", "Demander"]
    assert list(dags["arbitrage.maurecy"].task_dict) == ["check"]


def test_without_respondents_nothing_is_asked(profiles: Path) -> None:
    """The DAG refuses, and says what to declare and what to do meanwhile."""
    (dag,) = arbitration_dags([profiles], "arbitrage.saint-aubin")
    with pytest.raises(SettingsError, match="respondents"):
        dag.get_task("gather").execute({})


def test_like_cases_are_one_question_and_what_is_over_the_cap_is_told(
    chain: Chain, profiles: Path, monkeypatch
) -> None:
    """One group for each code; the largest first, no more than the cap; only ids, codes and fingerprints pass on."""
    gather = GatherOperator(task_id="gather", paths=[str(_path(profiles))], respondents=["anne"])
    found = gather.execute({})
    assert len(found) > 1
    assert len({group["code"] for group in found}) == len(found)
    sizes = [len(group["asked"]) for group in found]
    assert sizes == sorted(sizes, reverse=True)
    assert {key for group in found for key in group} == {"connector", "code", "asked", "more"}
    monkeypatch.setattr(questions, "MOST_QUESTIONS", 1)
    assert gather.execute({}) == found[:1]


def test_a_question_tells_no_value_of_any_document(chain: Chain, profiles: Path) -> None:
    """Its text has a count, the code, what it means, where to look; no title, no name, no value that was read."""
    secret = {
        value.text
        for document in chain.registry.documents(chain.tenant, chain.connector, *DocumentState)
        for _, value in document.readings
        if len(value.text) > 12 and not value.text.startswith("095-")
    }
    assert secret
    for group in questions.gathered([_path(profiles)]):
        question = questions.from_xcom(group)
        text = questions.subject(question) + questions.body(chain, question)
        assert not [value for value in secret if value in text]
        assert question.code in text
        assert "/versement/rapport?dag_id=saint-aubin.deliberations" in text
        assert all(name[:12] in text for name, _ in question.asked[: questions.SHOWN])


@pytest.mark.parametrize("family", ["paie", "agents", "marches", "documents"])
def test_references_that_may_carry_names_are_masked(chain: Chain, profiles: Path, family: str) -> None:
    """Of payrolls and agents' files above all, a question names documents by the beginning of their id only."""
    connector = chain.profile.connector.model_copy(update={"family": family})
    masked = Chain(
        chain.profile.model_copy(update={"connector": connector}), chain.registry, chain.staging, chain.clock
    )
    references = {item.reference for item in chain.registry.waiting(chain.tenant, chain.connector)}
    for group in questions.gathered([_path(profiles)]):
        text = questions.body(masked, questions.from_xcom(group))
        assert not [reference for reference in references if reference in text]


@pytest.mark.parametrize(("nature", "shown"), [("1", True), ("3", False)])
def test_an_act_that_any_source_says_individual_is_not_named(chain: Chain, tmp_path: Path, nature, shown) -> None:
    """The ARActe, which comes first in rank, says délibération; the index says so too or not: one word is enough."""
    drop, name = tmp_path / "other", "Recrutement de Jean Dupont.pdf"
    drop.mkdir()
    (drop / name).write_bytes(act(stamped=False))
    (drop / "index.csv").write_bytes(index(row("2026_100", name, day="2026-03-13", nature=nature)))
    (drop / "ar.xml").write_bytes(acknowledgement(name))
    formats, source = FileFormats(), FolderSource(drop)
    record = collect(chain, source, formats, run_id="autre", window=Window())
    qualify(chain, formats, PlainExpectations(), collection_id=record.id)
    formats.close()
    found = [item for item in chain.registry.waiting(chain.tenant, chain.connector) if item.reference == name]
    (waiting,) = found
    question = Question("saint-aubin.deliberations", waiting.code, ((waiting.document_id, ""),))
    assert ("Dupont" in questions.body(chain, question)) == shown


@pytest.mark.parametrize("code", sorted(CASES))
def test_only_what_the_code_admits_is_offered(code: str) -> None:
    """The buttons are the table's choices; « accepter tel quel » never stands where it can never be."""
    offered = questions.options(Question("c", code, ()))
    assert offered == [str(choice) for choice in CASES[code].choices]
    assert ("accepter tel quel" in offered) == (not CASES[code].why_not)


def test_the_author_is_who_airflow_says() -> None:
    """No form can sign for somebody else, and an answer of nobody is refused."""
    form = {"reason": "vu", "author": "Paul"}
    assert questions.given(["rejeter"], form, {"id": "7", "name": "anne"}).author == "anne (7)"
    assert questions.given(["rejeter"], form, {"id": "anne", "name": "anne"}).author == "anne"
    with pytest.raises(NotDecidable):
        questions.given(["rejeter"], form, None)


def test_a_question_without_answer_leaves_documents_as_they_are(chain: Chain, profiles: Path) -> None:
    """When its time is over the task is skipped, nothing is written, and the next run asks again."""
    before = questions.gathered([_path(profiles)])
    task = QuestionOperator(task_id="question", question=before[0], paths=[str(_path(profiles))])
    with pytest.raises(AirflowSkipException):
        task.execute_complete({}, {"error": "timeout", "error_type": "timeout"})
    assert questions.gathered([_path(profiles)]) == before


def test_an_answer_without_reason_is_refused(chain: Chain, profiles: Path) -> None:
    """It is told in French, and nothing is written."""
    group = questions.gathered([_path(profiles)])[0]
    task = QuestionOperator(task_id="question", question=group, paths=[str(_path(profiles))])
    form = {"reason": "", "document": None, "field": None, "value": None}
    with pytest.raises(NotDecidable, match="motif"):
        task.execute_complete({}, _event(form))
    assert chain.registry.decisions(chain.tenant, chain.connector) == []


def _event(form: dict[str, object]) -> dict[str, object]:

    by = {"id": "anne", "name": "anne"}
    at = datetime(2026, 6, 1, tzinfo=UTC)
    return {"chosen_options": ["rejeter"], "params_input": form, "responded_at": at, "responded_by_user": by}


@pytest.mark.integration
@pytest.mark.timeout(900)
def test_an_answer_given_in_airflow_becomes_a_decision(chain: Chain, profiles: Path, tmp_path: Path) -> None:
    """Airflow asks one question per group; a stranger is refused, Anne answers, and the decision bears her name."""
    wanted = len(questions.gathered([_path(profiles)]))
    passwords = tmp_path / "passwords.json"
    passwords.write_text(json.dumps({"anne": "anne", "paul": "paul"}))
    env = os.environ | {
        "AIRFLOW_HOME": str(HOME),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "anne:op,paul:op",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__API_AUTH__JWT_SECRET": "x" * 64,
    }
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=env, capture_output=True, check=True)
    command = [sys.executable, "-c", RUN, str(ROOT / "dags"), "arbitrage.saint-aubin"]
    with subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
        asking = [sys.executable, "-c", ANSWER, str(wanted)]
        answered = subprocess.run(asking, env=env, capture_output=True, text=True, check=False, timeout=500)
        try:
            output, _ = running.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            running.kill()
            output, _ = running.communicate()
    said = _result(answered.stdout, answered.stderr + output)
    assert said["statuses"] == [403, 200] * wanted
    states = _result(output, answered.stderr)
    assert {state for _, _, state in states} == {"success"}
    decisions = chain.registry.decisions(chain.tenant, chain.connector)
    assert {(d.author, d.reason, d.choice) for d in decisions} == {("anne", "vu avec la mairie", Choice.REJECT)}
    assert questions.gathered([_path(profiles)]) == []


def _result(output: str, otherwise: str) -> object:
    lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
    assert lines, output[-2500:] + otherwise[-2500:]
    return json.loads(lines[-1].removeprefix("RESULT "))
