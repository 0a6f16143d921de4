"""The tasks, each carried out for real on a registry, staging and an archive in memory."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from sandbox.samples import write_drops
from tests.orchestration.run import RUN, Run
from versement.domain.errors import Defect, SettingsError, TargetInMaintenance
from versement.domain.lifecycle import TransferState
from versement.orchestration import archive as archive_module
from versement.orchestration.archive import attended
from versement.orchestration.factory import connector_dags
from versement.orchestration.handle import Handle, read_tenant, write_tenant
from versement.orchestration.operators import KEY, PATIENT_PASSES
from versement.orchestration.triggers import ArchiveAlive, MaintenanceOver, OperationsEnded, Pause
from versement.orchestration.wiring import chain_of
from versement.profiles.load import load_profile
from versement.profiles.signing import sign, withdraw
from versement.settings import Settings
from versement.steps.deposit import deposit
from versement.testing.memory_archive import MemoryArchive


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    write_drops(folder)
    return folder


@pytest.fixture
def run(profiles: Path, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """A first run of a commune, from a local folder to an archive in memory."""
    monkeypatch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{tmp_path / 'registry.db'}")
    monkeypatch.setenv("VERSEMENT_STAGING", str(tmp_path / "staging"))
    memory = MemoryArchive()
    monkeypatch.setattr(archive_module, "archive_of", lambda profile: memory)

    def make(organisation: str = "maurecy", *, folder: bool = True) -> Run:
        drop = tmp_path / organisation
        shutil.copytree(samples / organisation / "first", drop)
        path = profiles / organisation / "deliberations.yaml"
        if folder:
            lines = path.read_text().splitlines()
            sftp = lines.index("source:")
            lines[sftp : sftp + 4] = ["source:", "  type: folder", f"  path: {drop}"]
            path.write_text("\n".join(lines) + "\n")
            sign(path, load_profile(path), name="Le maire", date="2026-05-04")
        (dag,) = connector_dags([profiles], f"{organisation}.deliberations")
        return Run(dag, memory)

    return make


TO_PACKAGE = ("collect", "qualify", "deduplicate", "package")


def test_the_tasks_of_a_run_bring_every_document_to_the_archive(run: Callable[..., Run]) -> None:
    """From collect to verdict, task by task, everything that a sound drop holds is accepted and the run is green."""
    maurecy = run().carry_out(*TO_PACKAGE, "deposit", "reconcile", "package_2", "deposit_2", "reconcile_2", "report")
    maurecy.carry_out("verdict")
    balance = maurecy.chain.registry.balance(maurecy.chain.tenant, "deliberations")
    assert balance.adds_up
    assert balance.documents.accepted == balance.documents.collected - balance.documents.duplicates > 5
    record = maurecy.chain.registry.collection(maurecy.chain.tenant, f"deliberations:{RUN}")
    assert record is not None
    assert record.report
    assert record.expectations


def test_tasks_hand_on_ids_only(run: Callable[..., Run]) -> None:
    """What passes from task to task is a tenant, a collection and a digest, whatever the drop holds."""
    maurecy = run().carry_out("collect")
    (handed,) = maurecy.left.values()
    assert handed.keys() == {"tenant", "collection", "profile"}
    assert all(isinstance(value, str) and len(value) < 200 for value in handed.values())
    assert handed["collection"] == f"deliberations:{RUN}"


def test_later_tasks_read_the_profile_as_it_was_when_the_run_began(run: Callable[..., Run], profiles: Path) -> None:
    """A profile changed, or broken, in the middle of a run changes nothing for it."""
    maurecy = run().carry_out("collect")
    (profiles / "maurecy" / "deliberations.yaml").write_text("version: [")
    maurecy.carry_out("qualify", "deduplicate", "package", "deposit", "reconcile", "report")
    assert maurecy.transfers(TransferState.ACCEPTED) == 1


def test_a_sign_off_withdrawn_while_a_deposit_waits_holds_it_back(run: Callable[..., Run], profiles: Path) -> None:
    """The archive is off for days, the sign-off is withdrawn meanwhile: back again, it is given a blank test alone."""
    maurecy = run().carry_out(*TO_PACKAGE)
    maurecy.archive.faults.down = True

    def withdrawn(_: Any) -> None:
        withdraw(profiles / "maurecy" / "deliberations.yaml")
        maurecy.archive.faults.down = False

    maurecy.meanwhile = withdrawn
    maurecy.carry_out("deposit")
    assert not maurecy.archive.copies(maurecy.chain.tenant)
    assert maurecy.transfers(TransferState.READY) == 1


def test_an_outage_of_days_is_waited_for(run: Callable[..., Run], caplog: pytest.LogCaptureFixture) -> None:
    """The archive is off for fifty calls: the deposit waits without failing, and says so on loss and on return."""
    maurecy = run().carry_out(*TO_PACKAGE)
    maurecy.archive.faults.down = True

    def back(trigger: Any) -> None:
        maurecy.archive.faults.down = trigger.losses < 50

    maurecy.meanwhile = back
    with caplog.at_level(logging.INFO):
        maurecy.carry_out("deposit")
    assert [trigger.losses for trigger in maurecy.triggers] == list(range(1, 51))
    assert all(isinstance(trigger, ArchiveAlive) for trigger in maurecy.triggers)
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(said) == 1
    assert "ne répond pas" in said[0]
    assert [r.getMessage() for r in caplog.records].count(
        "La plateforme « Vitam de démonstration » répond de nouveau."
    ) == 1
    assert maurecy.transfers(TransferState.DEPOSITED) == 1


def test_an_outage_during_reconciliation_is_waited_for(run: Callable[..., Run]) -> None:
    """The archive goes away after the deposit and comes back: the transfer is reconciled all the same."""
    maurecy = run().carry_out(*TO_PACKAGE)
    maurecy.archive.faults.running_polls = 1
    maurecy.carry_out("deposit")

    def away_then_back(trigger: Any) -> None:
        maurecy.archive.faults.down = isinstance(trigger, OperationsEnded)

    maurecy.meanwhile = away_then_back
    maurecy.carry_out("reconcile")
    assert [type(trigger) for trigger in maurecy.triggers] == [OperationsEnded, ArchiveAlive]
    assert maurecy.transfers(TransferState.ACCEPTED) == 1


def test_a_deposit_whose_answer_was_lost_is_found_again_and_not_repeated(run: Callable[..., Run]) -> None:
    """The connection breaks after the last byte: the deposit waits, looks it up, and adopts what the archive has."""
    maurecy = run().carry_out(*TO_PACKAGE)
    maurecy.archive.faults.cut_after = True
    maurecy.carry_out("deposit")
    assert [type(trigger) for trigger in maurecy.triggers] == [Pause]
    maurecy.carry_out("reconcile")
    assert maurecy.transfers(TransferState.ACCEPTED) == 1
    assert set(maurecy.archive.copies(maurecy.chain.tenant).values()) == {1}


def test_a_task_waits_for_operations_by_their_ids(run: Callable[..., Run], profiles: Path) -> None:
    """While Vitam works, no worker is held: what waits knows the operations, the connection's name and the pace."""
    with (profiles / "_targets.yaml").open("a") as file:
        file.write("  longest_pause_seconds: 60\n")
    maurecy = run().carry_out(*TO_PACKAGE)
    maurecy.archive.faults.running_polls = 1
    maurecy.carry_out("deposit")
    (transfer,) = maurecy.chain.registry.transfers(maurecy.chain.tenant, "deliberations", TransferState.DEPOSITED)
    maurecy.carry_out("reconcile")
    (trigger,) = maurecy.triggers
    assert trigger.serialize()[1] == {
        "operations": [transfer.operation_id],
        "patience": 10.0,
        "connection": "vitam_demo",
        "kind": "essai",
        "tenant": "maurecy/actes/3/demo/essai",
        "seconds": 2.0,
        "longest": 60.0,
        "dag_id": "maurecy.deliberations",
        "target": "demo",
        "then": {"losses": 0, "passes": 0},
    }


@pytest.mark.parametrize("late", [0, PATIENT_PASSES])
def test_a_running_operation_is_waited_for_however_often_the_wait_is_cut_short(
    run: Callable[..., Run], late: int
) -> None:
    """Waits that a maintenance or a refusal ends early use up none of those granted to a late reply or index."""
    maurecy = run().carry_out(*TO_PACKAGE)
    maurecy.archive.faults.running_polls = 4 * PATIENT_PASSES
    maurecy.archive.faults.late_replies = late
    maurecy.carry_out("deposit", "reconcile")
    assert [type(trigger) for trigger in maurecy.triggers] == [OperationsEnded] * 4 * PATIENT_PASSES + [Pause] * late
    assert maurecy.transfers(TransferState.ACCEPTED) == 1


def test_an_operation_that_goes_on_again_is_waited_for_too(run: Callable[..., Run]) -> None:
    """A stopped transfer whose operation somebody resumed is followed to its end, like any other."""
    maurecy = run().carry_out(*TO_PACKAGE)
    maurecy.archive.faults.fatal = True
    maurecy.carry_out("deposit", "reconcile")
    assert maurecy.transfers(TransferState.STOPPED) == 1
    maurecy.archive.resume_all(maurecy.chain.tenant)
    for kept in maurecy.archive._operations.values():
        kept.running_polls = 2
    maurecy.carry_out("reconcile_2")
    assert [(type(trigger), len(trigger.operations)) for trigger in maurecy.triggers] == [(OperationsEnded, 1)] * 2
    assert maurecy.transfers(TransferState.ACCEPTED) == 1


def test_nothing_to_reconcile_waits_for_nothing(run: Callable[..., Run]) -> None:
    """A second passage with nothing left is over at once."""
    assert not run().carry_out("collect", "deposit", "reconcile").triggers


@pytest.mark.parametrize(("late", "settled"), [(2, 1), (1000, 0)])
def test_a_reply_that_is_late_is_waited_for_a_few_times(run: Callable[..., Run], late: int, settled: int) -> None:
    """A reply may come some seconds after its operation's end; after some tries the next run takes it up."""
    maurecy = run().carry_out(*TO_PACKAGE)
    maurecy.archive.faults.late_replies = late
    maurecy.carry_out("deposit", "reconcile")
    pauses = [trigger for trigger in maurecy.triggers if type(trigger) is Pause]
    assert len(pauses) == min(late, PATIENT_PASSES)
    assert maurecy.transfers(TransferState.ACCEPTED) == settled


def test_a_refused_document_is_left_out_and_its_neighbours_go_on(run: Callable[..., Run]) -> None:
    """The second passage sends again, without the culprit, what the archive refused with it; the verdict is red."""
    maurecy = run().carry_out(*TO_PACKAGE)
    (transfer,) = maurecy.chain.registry.transfers(maurecy.chain.tenant, "deliberations", TransferState.READY)
    culprit = next(unit for unit in transfer.units if unit.key.endswith("#acte"))
    maurecy.archive.faults.refused_units.add(culprit.key)
    maurecy.carry_out("deposit", "reconcile", "package_2", "deposit_2", "reconcile_2", "report")
    assert maurecy.transfers(TransferState.REFUSED) == maurecy.transfers(TransferState.ACCEPTED) == 1
    with pytest.raises(
        AirflowFailException, match=r"1 document refusé, à traiter par : archiviste \(REFUSED_BY_ARCHIVE"
    ):
        maurecy.carry_out("verdict")


def test_a_stopped_transfer_turns_the_run_red(run: Callable[..., Run]) -> None:
    """A transfer that an operator must look at is named in the verdict."""
    maurecy = run().carry_out(*TO_PACKAGE)
    maurecy.archive.faults.fatal = True
    maurecy.carry_out("deposit", "reconcile", "report")
    with pytest.raises(AirflowFailException, match=r"versement maurecy_\w+ arrêté, à examiner par : opérateur"):
        maurecy.carry_out("verdict")


def test_the_verdict_names_whom_things_wait_for_and_no_document(run: Callable[..., Run]) -> None:
    """Set-aside documents turn the run red; the log says how many, for whom, under which codes, and where to look."""
    aubin = run("saint-aubin").carry_out(*TO_PACKAGE, "deposit", "reconcile", "report")
    with pytest.raises(AirflowFailException) as caught:
        aubin.carry_out("verdict")
    said = str(caught.value)
    assert "documents mis de côté, à traiter par : archiviste (" in said
    assert "à traiter par : collectivité (FILE_" in said
    assert "onglet « Bilan »" in said
    waiting = aubin.chain.registry.waiting(aubin.chain.tenant, "deliberations")
    assert waiting
    assert not any(item.reference in said for item in waiting)


def test_a_failed_task_turns_the_run_red_by_its_french_name(run: Callable[..., Run]) -> None:
    """Whatever task failed, report included, the verdict fails too and names it."""
    maurecy = run().carry_out("collect", "report")
    maurecy.states = {"collect": "success", "qualify": "failed", "package": "upstream_failed", "report": "failed"}
    with pytest.raises(AirflowFailException, match=r"(?s)« Qualifier » en échec.*« Établir le bilan » en échec"):
        maurecy.carry_out("verdict")


def test_a_run_that_could_not_begin_has_no_report_and_a_red_verdict(run: Callable[..., Run]) -> None:
    """When nothing could be collected the report is skipped, not failed, and the verdict says which task failed."""
    maurecy = run()
    maurecy.states = {"collect": "failed"}
    with pytest.raises(AirflowSkipException):
        maurecy.carry_out("report")
    with pytest.raises(AirflowFailException, match="« Collecter » en échec"):
        maurecy.carry_out("verdict")


def test_a_run_whose_source_does_not_let_in_can_still_be_reported_on(
    run: Callable[..., Run], caplog: pytest.LogCaptureFixture
) -> None:
    """Without the SFTP connection the collection says what to create; the report task finds nothing to report."""
    maurecy = run(folder=False)
    with pytest.raises(SettingsError, match="« sftp_maurecy »"):
        maurecy.carry_out("collect")
    with caplog.at_level(logging.INFO):
        maurecy.carry_out("report")
    assert "la collecte n’a rien pu annoncer" in caplog.text


def test_a_task_without_its_collection_says_where_to_start_again(run: Callable[..., Run]) -> None:
    """A task cleared alone in a run whose collection is gone fails with what to do."""
    with pytest.raises(Defect, match="Relancez-la depuis la tâche « Collecter »"):
        run().carry_out("qualify")


def test_a_handle_of_another_tenant_opens_nothing(run: Callable[..., Run]) -> None:
    """Ids of one commune never lead to another's profile: each tenant has its own staging."""
    maurecy = run().carry_out("collect")
    handle = Handle.from_xcom(maurecy.left[KEY])
    other = read_tenant(write_tenant(handle.tenant).replace("maurecy", "saint-aubin"))
    with pytest.raises(Defect):
        chain_of(Handle(other, handle.collection, handle.profile))


def test_a_maintenance_is_waited_out_without_a_word_to_the_platform(
    run: Callable[..., Run], profiles: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While the targets' file gives a reason the deposit is deferred, told why in French; then it goes on by itself."""
    first = run()
    targets = profiles / "_targets.yaml"
    shipped = targets.read_text()
    first.carry_out("collect", "qualify", "deduplicate", "package")
    targets.write_text(shipped + "  maintenance: arrêt de la salle machine\n")
    asked: list[int] = []

    def meanwhile(trigger: Any) -> None:
        if isinstance(trigger, MaintenanceOver) and not isinstance(trigger, ArchiveAlive):
            asked.append(len(first.archive.copies(first.chain.tenant)))
            targets.write_text(shipped)

    first.meanwhile = meanwhile
    first.carry_out("deposit")
    assert asked == [0]
    assert first.triggers[0].then == {"losses": 0, "passes": 0}
    assert "est en maintenance : arrêt de la salle machine." in caplog.text
    assert first.transfers(TransferState.DEPOSITED) > 0


def test_a_maintenance_that_begins_meanwhile_stops_the_next_call(run: Callable[..., Run], profiles: Path) -> None:
    """Between two calls of one task the reason appears: the archive is not called again, the transfer stays ready."""
    first = run()
    first.carry_out("collect", "qualify", "deduplicate", "package")
    targets = profiles / "_targets.yaml"
    shipped = targets.read_text()
    profile = first.chain.profile
    archive = attended(first.archive, lambda: Settings.from_environment().maintenance(profile))
    assert archive.alive(first.chain.tenant)
    targets.write_text(shipped + "  maintenance: arrêt de la salle machine\n")
    with pytest.raises(TargetInMaintenance, match="arrêt de la salle machine"):
        deposit(first.chain, archive)
    assert first.transfers(TransferState.READY) > 0


def test_a_maintenance_stands_on_the_connectors_page(profiles: Path) -> None:
    """Its DAG says which platform is away and why, and carries a tag that the list can be filtered by."""
    with (profiles / "_targets.yaml").open("a") as file:
        file.write("  maintenance: arrêt de la salle machine\n")
    (dag,) = connector_dags([profiles], "maurecy.deliberations")
    assert "est en maintenance : arrêt de la salle machine." in dag.doc_md
    assert "maintenance" in dag.tags
