"""`recover`: what became of deposits whose answer never came, asked by anybody at any time."""

from __future__ import annotations

import shutil

import pytest

from tests.steps.world import SHIPPED
from versement.cli import vitam
from versement.cli.main import main
from versement.domain.lifecycle import AttemptState, TransferState
from versement.steps.deposit import deposit

CONNECTOR = "saint-aubin.deliberations"


@pytest.fixture
def unanswered(machine, monkeypatch: pytest.MonkeyPatch):
    """A machine whose first deposit was taken, its answer lost."""
    monkeypatch.setenv("VERSEMENT_VITAM_TARGET", "demo")
    monkeypatch.setenv("VERSEMENT_VITAM_URL", "http://vitam.invalid")
    monkeypatch.setenv("VERSEMENT_VITAM_ACCESS_CONTRACT", "Contrat")
    monkeypatch.setenv("VERSEMENT_VITAM_SANDBOX", "true")
    monkeypatch.setattr(vitam, "VitamArchive", lambda _settings: machine.archive)
    machine.deposit = lambda _chain, _archive: None
    machine.run()
    machine.archive.faults.cut_after = True
    deposit(machine.chain(), machine.archive)
    assert {transfer.state for transfer in machine.transfers()} == {TransferState.SENDING}
    return machine


def test_a_lost_answer_is_found_without_any_run(unanswered, capsys) -> None:
    """The command adopts the operation that the archive made of it; asked again, nothing is left to look up."""
    assert main(["recover"]) == 0
    chain = unanswered.chain()
    assert f"{CONNECTOR} : 1 retrouvées et adoptées." in capsys.readouterr().out
    assert len(chain.registry.attempts(chain.tenant, chain.connector, AttemptState.ADOPTED)) == 1
    assert main(["recover", CONNECTOR]) == 0
    assert f"{CONNECTOR} : aucune tentative sans réponse." in capsys.readouterr().out


def test_a_platform_of_no_connector_is_no_success(unanswered, monkeypatch, capsys) -> None:
    """A name mistyped asks nothing of anybody: the status is 1, and the variable to correct is named."""
    monkeypatch.setenv("VERSEMENT_VITAM_TARGET", "dmeo")
    assert main(["recover"]) == 1
    told = capsys.readouterr()
    assert "Aucun connecteur ne verse sur « dmeo » : vérifiez VERSEMENT_VITAM_TARGET" in told.err
    assert f"{CONNECTOR} : plateforme « demo », à laquelle rien n’a été demandé." in told.out


def test_what_only_an_operator_can_say_is_told(unanswered, capsys) -> None:
    """A whole SIP of which the archive shows nothing, however often it is asked: the status is 1, nothing is resent."""
    unanswered.archive.forget_everything()
    chain = unanswered.chain()
    (attempt,) = chain.registry.attempts(chain.tenant, chain.connector, AttemptState.COMMITTING)
    chain.registry.end_attempt(chain.tenant, attempt.id, AttemptState.UNCERTAIN)
    assert main(["recover", CONNECTOR]) == 1
    assert "1 incertaines, à examiner par un opérateur" in capsys.readouterr().out
    assert not unanswered.archive.copies(chain.tenant)


def test_nothing_is_asked_of_a_target_under_maintenance(unanswered, tmp_path, monkeypatch, capsys) -> None:
    """The reason is told instead, and the try stays as it is."""
    folder = tmp_path / "fiches"
    shutil.copytree(SHIPPED, folder)
    with (folder / "_targets.yaml").open("a") as file:
        file.write("  maintenance: arrêt de la salle machine\n")
    monkeypatch.setenv("VERSEMENT_PROFILES", str(folder))
    assert main(["recover", CONNECTOR]) == 1
    assert "est en maintenance : arrêt de la salle machine." in capsys.readouterr().err
    chain = unanswered.chain()
    assert chain.registry.attempts(chain.tenant, chain.connector, AttemptState.COMMITTING)


def test_only_the_platform_that_the_variables_lead_to_is_asked(profiles, unanswered, monkeypatch, capsys) -> None:
    """Another platform's silence proves nothing: its connectors are skipped and named, or refused when asked for."""
    targets = profiles / "_targets.yaml"
    other = targets.read_text().partition("\n")[2].replace("demo:", "autre:").replace("vitam_demo", "vitam_autre")
    targets.write_text(targets.read_text() + other)
    maurecy = profiles / "maurecy" / "_organisation.yaml"
    maurecy.write_text(maurecy.read_text().replace("target: demo", "target: autre"))
    monkeypatch.setenv("VERSEMENT_PROFILES", str(profiles))
    monkeypatch.setenv("VERSEMENT_VITAM_TARGET", "autre")
    asked = []
    monkeypatch.setattr(vitam, "VitamArchive", lambda _settings: asked.append(True) or unanswered.archive)
    assert main(["recover"]) == 0
    told = capsys.readouterr().out
    assert f"{CONNECTOR} : plateforme « demo », à laquelle rien n’a été demandé." in told
    assert "maurecy.deliberations : aucune tentative sans réponse." in told
    others = len(list((profiles / "maurecy").glob("[a-z]*.yaml")))
    assert len(asked) == others
    assert main(["recover", CONNECTOR]) == 1
    assert "mènent à « autre »" in capsys.readouterr().err
    chain = unanswered.chain()
    assert chain.registry.attempts(chain.tenant, chain.connector, AttemptState.COMMITTING)
    monkeypatch.delenv("VERSEMENT_VITAM_TARGET")
    assert main(["recover"]) == 1
    assert "VERSEMENT_VITAM_TARGET" in capsys.readouterr().err
    assert len(asked) == others
