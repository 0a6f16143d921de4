"""`operation`: see, resume or cancel what the platform stopped; what follows is said, and is what happens."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import pytest

from tests.steps.doubtful_archive import RepeatingArchive
from tests.steps.world import SHIPPED
from versement.cli.main import main
from versement.domain.errors import NotStopped
from versement.domain.lifecycle import TransferState
from versement.domain.transfers import Ask
from versement.steps.operation import ask

ENDED = (TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS)


@pytest.fixture
def stopped(machine, request: pytest.FixtureRequest):
    """A machine whose first operation stopped on a technical error; its platform is for trials, or as asked."""
    target = machine.profile.target.model_copy(update={"kind": getattr(request, "param", "essai")})
    machine.profile = machine.profile.model_copy(update={"target": target})
    machine.archive.faults.fatal = True
    machine.run()
    assert TransferState.STOPPED in {transfer.state for transfer in machine.transfers()}
    return machine


def _transfer(machine):
    return next(t for t in machine.transfers() if t.state is TransferState.STOPPED)


def _asked(machine) -> list[str]:
    chain = machine.chain()
    return [line.event for line in chain.registry.journal(chain.tenant) if line.event.startswith("operation.")]


def _commands(machine) -> list[list[str]]:
    """The command lines that the findings on the stopped transfer name."""
    chain = machine.chain()
    (message,) = {i.message for i in chain.registry.waiting(chain.tenant, chain.connector) if i.code.startswith("OPER")}
    return [line.split() for line in re.findall(r"python -m versement ((?:operation )?\w+ [\w-]+)", message)]


@pytest.mark.parametrize("name", ["id", "operation_id"])
def test_an_operation_is_shown(stopped, capsys, name: str) -> None:
    """By its transfer or by itself: which platform, of what worth, where it stands, what can be done."""
    transfer = _transfer(stopped)
    assert main(["operation", "show", getattr(transfer, name)]) == 0
    told = capsys.readouterr().out
    assert f"Versement {transfer.id} : arrêté" in told
    assert "(essai, sans valeur d’archive), coffre n° " in told
    assert f"Opération {transfer.operation_id}" in told
    assert "Moteur : PAUSE, FATAL" in told
    assert f"operation resume {transfer.id}" in told
    assert f"operation cancel {transfer.id}" in told
    assert not _asked(stopped)


@pytest.mark.parametrize(("ended", "told"), [(True, "terminée (KO)"), (False, "rien ne dit qu’elle est terminée")])
def test_what_the_engine_forgot_is_told_by_its_logbook(stopped, capsys, ended, told) -> None:
    """Out of the engine, only its own logbook says whether an operation has ended."""
    transfer = _transfer(stopped)
    tenant = stopped.chain().tenant
    if ended:
        assert stopped.archive.cancel(tenant, transfer.operation_id)
    stopped.archive._operations[tenant.number, transfer.operation_id].forgotten = True
    assert main(["operation", "show", transfer.id]) == 0
    assert told in capsys.readouterr().out


def test_the_finding_names_the_command_that_resumes(stopped, capsys) -> None:
    """What the report says to type resumes the operation; the next run accepts the transfer, and the journal has it."""
    resume, _ = _commands(stopped)
    assert main(resume) == 0
    assert "Reprise demandée" in capsys.readouterr().out
    stopped.run()
    assert {transfer.state for transfer in stopped.transfers()} <= {*ENDED}
    assert set(stopped.archive.copies(stopped.chain().tenant).values()) == {1}
    assert _asked(stopped) == ["operation.resume_asked"]


def test_the_finding_names_the_command_that_cancels(stopped, capsys) -> None:
    """Cancelled, it stays an operator's until the archive is seen to hold nothing; released, everything enters once."""
    transfer = _transfer(stopped)
    _, cancel = _commands(stopped)
    assert main(cancel) == 0
    assert f"python -m versement release {transfer.id}" in capsys.readouterr().out
    stopped.run()
    chain = stopped.chain()
    found = chain.registry.transfer(chain.tenant, transfer.id)
    assert found is not None
    assert found.state is TransferState.STOPPED
    assert _commands(stopped) == [["release", transfer.id]]
    assert _asked(stopped) == ["operation.cancel_asked"]
    assert main(["release", transfer.id]) == 0
    stopped.run()
    assert {t.state for t in stopped.transfers()} <= {*ENDED, TransferState.REFUSED}
    assert stopped.balance().documents.accepted > 0
    assert set(stopped.archive.copies(chain.tenant).values()) == {1}


@pytest.mark.parametrize("what", list(Ask))
def test_an_operation_that_is_not_paused_is_left_alone(stopped, capsys, what: Ask) -> None:
    """One that has ended is neither resumed nor cancelled: nothing is asked, nothing is journaled, and it is said."""
    transfer = _transfer(stopped)
    stopped.archive.resume_all(stopped.chain().tenant)
    assert main(["operation", what, transfer.id]) == 1
    assert "Seule une opération suspendue (PAUSE)" in capsys.readouterr().err
    assert not _asked(stopped)
    stopped.run()
    assert {t.state for t in stopped.transfers()} <= {*ENDED}
    stopped.archive.forget_workflows()
    assert main(["operation", what, transfer.id]) == 1
    assert "n’est plus suivie par le moteur" in capsys.readouterr().err


@pytest.mark.parametrize("what", list(Ask))
def test_an_archive_that_changes_its_mind_is_read_again(stopped, what: Ask, monkeypatch, capsys) -> None:
    """A 409 between the look and the request: nothing is said to be done."""
    monkeypatch.setattr(stopped.archive, what, lambda _tenant, _operation: False)
    assert main(["operation", what, _transfer(stopped).id]) == 1
    assert "ne le permet plus" in capsys.readouterr().err


def test_what_has_no_operation_is_said(stopped, capsys) -> None:
    """An unknown name, a transfer that the archive never took, one that does not answer: each has its own words."""
    assert main(["operation", "show", "inconnu"]) == 1
    assert "ni versement, ni opération" in capsys.readouterr().err
    transfer = replace(_transfer(stopped), operation_id="")
    with pytest.raises(NotStopped, match=r"n’en a donné aucune opération.*versement recover"):
        ask(stopped.chain(), stopped.archive, transfer, Ask.RESUME)
    stopped.archive.faults.down = True
    assert main(["operation", "resume", _transfer(stopped).id]) == 1
    assert "ne répond pas" in capsys.readouterr().err


@pytest.mark.parametrize("stopped", ["production"], indirect=True)
def test_production_is_named(stopped, capsys, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a platform in production, the command says so, and would not go by a way that is a sandbox's only."""
    folder = tmp_path / "fiches"
    shutil.copytree(SHIPPED, folder)
    targets = folder / "_targets.yaml"
    targets.write_text(targets.read_text().replace("kind: essai", "kind: production"))
    for profile in targets.parent.glob("*/[a-z]*.yaml"):
        profile.write_text(profile.read_text().replace("antivirus: off", "antivirus: required"))
    monkeypatch.setenv("VERSEMENT_PROFILES", str(folder))
    assert main(["operation", "cancel", _transfer(stopped).id]) == 1
    assert "bac à sable est réservé aux plateformes d’essai" in capsys.readouterr().err
    for name, value in {"URL": "https://vitam.invalid", "SANDBOX": "false"}.items():
        monkeypatch.setenv(f"VERSEMENT_VITAM_{name}", value)
    for name in ("CLIENT_CERTIFICATE", "CLIENT_KEY"):
        monkeypatch.setenv(f"VERSEMENT_VITAM_{name}", str(targets))
    assert main(["operation", "resume", _transfer(stopped).id]) == 0
    assert "Plateforme « Vitam de démonstration » (production), coffre n° " in capsys.readouterr().out


def test_a_resumed_operation_is_asked_once_more_without_harm(stopped) -> None:
    """An operator who asks twice, or two who ask at once, change nothing the second time."""
    transfer, chain = _transfer(stopped), stopped.chain()
    ask(chain, stopped.archive, transfer, Ask.RESUME)
    assert main(["operation", "resume", transfer.id]) == 1
    stopped.run()
    assert set(stopped.archive.copies(chain.tenant).values()) == {1}


def test_one_of_several_operations_is_adopted(machine, capsys) -> None:
    """What the report says to type adopts that operation, tells what to do of the other, and the run accepts it."""
    machine.archive = RepeatingArchive()
    machine.run()
    chain = machine.chain()
    (transfer,) = machine.transfers()
    waiting = chain.registry.waiting(chain.tenant, chain.connector)
    (message,) = {item.message for item in waiting if item.code == "SEVERAL_OPERATIONS"}
    assert main(["release", transfer.id]) == 1
    (command,) = re.findall(r"python -m versement (operation adopt \S+) <opération>", message)
    kept = next(name for _, name in machine.archive._operations)
    assert kept in message
    assert main([*command.split(), "autre"]) == 1
    assert "n’est pas de celles" in capsys.readouterr().err
    assert main([*command.split(), kept]) == 0
    told = capsys.readouterr().out
    assert f"adoptée pour le versement {transfer.id}" in told
    assert "OPERATIONS_TO_ELIMINATE" in told
    machine.run()
    assert [found.state for found in machine.transfers()] == [TransferState.ACCEPTED]
    assert main(["operation", "adopt", "inconnu", "autre"]) == 1


def test_an_operation_is_asked_of_its_own_platform_only(stopped, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variables of another platform nothing is shown, resumed or cancelled, nor written as asked."""
    monkeypatch.setenv("VERSEMENT_VITAM_TARGET", "reelle")
    stopped.archive.faults.down = True
    for command in ("show", "resume", "cancel"):
        assert main(["operation", command, _transfer(stopped).id]) == 1
        assert "mènent à « reelle »" in capsys.readouterr().err
    assert _asked(stopped) == []
