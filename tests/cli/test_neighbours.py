"""Two connectors on one coffre: what an operator says of a transfer is done with that transfer's own connector."""

from __future__ import annotations

import shutil

import pytest

from tests.steps.doubtful_archive import RepeatingArchive
from tests.steps.world import SHIPPED, World, profile_of
from versement.cli.main import main
from versement.domain.errors import Defect
from versement.domain.lifecycle import DocumentState, TransferState
from versement.profiles.load import load_profile
from versement.steps.operation import adopt
from versement.steps.release import release


@pytest.fixture
def shared(machine, tmp_path, monkeypatch: pytest.MonkeyPatch):
    """A machine whose coffre has another connector, the last by its name."""
    folder = tmp_path / "fiches"
    shutil.copytree(SHIPPED, folder)
    profiles = folder / "saint-aubin"
    shutil.copy(profiles / "deliberations.yaml", profiles / "zz.yaml")
    monkeypatch.setenv("VERSEMENT_PROFILES", str(folder))
    machine.fiches = profiles
    return machine


@pytest.fixture
def uncertain(shared):
    """Its transfer was taken, the answer lost; the logbook showed it late."""
    shared.archive.faults.cut_after = True
    shared.archive.faults.hidden_searches = 1000
    shared.run()
    (transfer,) = shared.transfers()
    assert transfer.state is TransferState.UNCERTAIN
    [kept] = shared.archive._operations.values()
    kept.hidden_searches = 0
    return shared


def test_what_the_archive_has_of_a_neighbour_s_transfer_is_seen(uncertain) -> None:
    """`release` looks for the tries of the transfer's own connector: it is found, and enters once."""
    (transfer,) = uncertain.transfers()
    assert main(["release", transfer.id]) == 1
    assert uncertain.transfers()[0].state is TransferState.DEPOSITED
    uncertain.run()
    assert set(uncertain.archive.copies(uncertain.profile.tenant).values()) == {1}


def test_one_of_several_operations_is_adopted_beside_a_neighbour(shared) -> None:
    """`operation adopt` finds the try."""
    shared.archive = RepeatingArchive()
    shared.run()
    (transfer,) = shared.transfers()
    (first, _) = [name for _, name in shared.archive._operations]
    assert main(["operation", "adopt", transfer.id, first]) == 0
    assert shared.transfers()[0].operation_id == first


@pytest.mark.parametrize("command", [["release"], ["operation", "adopt"]])
def test_a_transfer_whose_profile_is_gone_is_left_alone(uncertain, command, capsys) -> None:
    """Without its connector's profile nothing is asked of the archive, and which one is missing is said."""
    (uncertain.fiches / "deliberations.yaml").unlink()
    (transfer,) = uncertain.transfers()
    assert main([*command, transfer.id, *(["autre"] if command[0] == "operation" else [])]) == 1
    assert "« deliberations », dont la fiche manque" in capsys.readouterr().err
    assert uncertain.transfers() == [transfer]


def test_no_step_works_on_a_neighbour_s_transfer(uncertain) -> None:
    """Asked with the chain of another connector, both steps stop before they look at anything."""
    (transfer,) = uncertain.transfers()
    uncertain.profile = profile_of().model_copy(update={"connector_name": "zz"})
    with pytest.raises(Defect):
        release(uncertain.chain(), uncertain.archive, transfer)
    with pytest.raises(Defect):
        adopt(uncertain.chain(), uncertain.archive, transfer, "autre")


def test_a_refused_document_of_two_communes_is_given_back_to_neither(shared, capsys) -> None:
    """One file name, refused in two coffres: both communes are named, and nothing leaves before one is chosen."""
    twin = shared.fiches.parent / "jumelle"
    shutil.copytree(shared.fiches, twin)
    declared = twin / "_organisation.yaml"
    text = declared.read_text().replace("number: 2", "number: 9").replace("number: 4", "number: 10")
    declared.write_text(text.replace("label: Commune", "label: Jumelle"))
    shared.archive.faults.refused_files = {"Tableau du conseil municipal.pdf"}
    shared.run()
    other = World(shared.folder, shared.drop, shared.formats, load_profile(twin / "deliberations.yaml"), shared.archive)
    other.run()
    worlds = (shared, other)
    first, second = (
        chain.registry.documents(chain.tenant, chain.connector, DocumentState.REFUSED)
        for chain in (world.chain() for world in worlds)
    )
    reference = min({one.reference for one in first} & {one.reference for one in second})
    capsys.readouterr()
    assert main(["release", reference]) == 1
    told = capsys.readouterr()
    assert "de plusieurs coffres" in told.err
    assert all(world.profile.organisation.label in told.err for world in worlds)
    assert told.out == ""
    shutil.rmtree(twin)
    assert main(["release", reference]) == 0
    assert "Commune de Saint-Aubin-sur-Viosne) rendu à la chaîne" in capsys.readouterr().out
