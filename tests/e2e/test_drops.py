"""A user's own folder of délibérations through the same chain: of one organisation, of two, of none to be found."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from demo.airflow_api import Airflow
from sandbox.samples.model import act_id
from tests.e2e.conftest import PORTS
from tests.e2e.own_drops import KNOWN, SIREN, Ended, content, ended, single_folder, stranger
from tests.e2e.running import Demonstration, address_in, until
from versement.domain.documents import Field, SourceDocument
from versement.domain.lifecycle import DocumentState

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

CONFLICT = "IDENTITY_CONFLICT"


def _texts(document: SourceDocument, *fields: Field) -> tuple[str, ...]:
    return tuple(document.metadata.text(name) for name in fields)


def test_a_folder_of_an_unknown_organisation_is_deposited_and_a_bad_profile_harms_nobody(tmp_path: Path) -> None:
    """Acts of a commune without profile are taken under the SIREN found in them, and the folder is only read.

    A profile that cannot be read, added while all this runs, shows as one DAG in error; the other one stays.
    """
    demo, folder = Demonstration(tmp_path / "var", PORTS["single"]), single_folder(tmp_path / "drop")
    before = content(folder)
    try:
        said = demo.up(folder)
        assert said.code == 0, said.out + said.err
        assert f"organisation retenue : {SIREN}" in said.out
        result = ended(demo, said, folder, before)
        _add_broken_profile(demo, demo.airflow(address_in(said)))
    finally:
        demo.stop()
    accepted = {document.record_key for document in result.documents[DocumentState.ACCEPTED]}
    acts = {act_id(stranger(), act) for act in stranger().acts}
    assert {key for key in accepted if "#" not in key} == acts
    assert result.waiting == []
    assert result.untouched


def _add_broken_profile(demo: Demonstration, airflow: Airflow) -> None:
    organisation = demo.home / "fiches" / f"siren-{SIREN}"
    good, broken = f"siren-{SIREN}.deliberations", f"siren-{SIREN}.arretes"
    text = (organisation / "deliberations.yaml").read_text()
    (organisation / "arretes.yaml").write_text(text.replace('"series"', '"serie"'))
    until(lambda: airflow._get(f"/dags/{broken}"), what="the broken profile's DAG")
    run_id = airflow.trigger(broken)
    until(lambda: airflow.run_state(broken, run_id) == "failed", what="the broken profile's run failed")
    assert "fiche invalide" in (airflow._get(f"/dags/{broken}") or {})["dag_display_name"]
    log = airflow._get(f"/dags/{broken}/dagRuns/{run_id}/taskInstances/check/logs/1") or {}
    told = " ".join(str(line["event"]) for line in log["content"] if line.get("level") == "error")
    assert "arretes.yaml" in told
    assert "serie" in told
    assert airflow._get("/importErrors") == {"import_errors": [], "total_entries": 0}
    assert not (airflow._get(f"/dags/{good}") or {})["is_stale"]


def test_a_folder_that_mixes_two_organisations_is_wholly_set_aside(mixed: Ended) -> None:
    """Nothing of a mixed drop is deposited: whatever waits says MIXED_DROP, the acts of the other one too."""
    assert mixed.said.code == 0, mixed.said.out + mixed.said.err
    found = {state: len(documents) for state, documents in mixed.documents.items() if documents}
    assert set(found) == {DocumentState.SET_ASIDE}
    assert len(mixed.waiting) == found[DocumentState.SET_ASIDE]
    codes = {item.reference.partition("/")[0]: set[str]() for item in mixed.waiting}
    for item in mixed.waiting:
        codes[item.reference.partition("/")[0]].add(item.code)
    assert codes == {"vaux": {"MIXED_DROP"}, "maurecy": {"MIXED_DROP"}}
    told = [item.message for item in mixed.waiting if item.code == "MIXED_DROP"]
    assert all(siren in message for message in told for siren in (SIREN, KNOWN.siren))
    assert mixed.untouched


def test_a_folder_in_which_no_organisation_can_be_found_explains_what_to_do(tmp_path: Path) -> None:
    """Without a SIREN, nothing is started: the message says how to give it."""
    drop = tmp_path / "sans SIREN"
    drop.mkdir()
    (drop / "note.txt").write_text("Rien ne dit de qui sont ces actes.")
    demo = Demonstration(tmp_path / "var", PORTS["single"])
    said = demo.up(drop)
    assert said.code == 2
    assert "make demo DROP=… SIREN=" in said.err
    assert "Traceback" not in said.err
    assert demo.pids() == []


def test_a_folder_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    """A wrong path gives a sentence, not a traceback, and starts nothing."""
    demo = Demonstration(tmp_path / "var", PORTS["single"])
    said = demo.up(tmp_path / "absent")
    assert said.code == 2
    assert "n’est pas un dossier" in said.err
    assert demo.pids() == []


def test_the_real_deliberations_are_accepted_as_their_index_describes_them(
    montpellier: Ended, shared: Path | None
) -> None:
    """Of 70 real délibérations, 69 are accepted under the IDActe, number and date that a person noted."""
    assert shared is not None
    assert montpellier.said.code == 0, montpellier.said.out + montpellier.said.err
    with (shared / "samples" / "deliberations" / "montpellier" / "index.csv").open(encoding="utf-8") as file:
        noted = {row["fichier"]: (row["id_acte"], row["numero"], row["date_seance"]) for row in csv.DictReader(file)}
    accepted = montpellier.documents[DocumentState.ACCEPTED]
    assert (len(noted), len(accepted)) == (70, 69)
    for document in accepted:
        id_acte, number, day = _texts(document, Field.ID_ACTE, Field.NUMBER, Field.DATE)
        assert (id_acte, number.replace("_", "/"), day) == noted[document.reference], document.reference


def test_two_real_files_with_one_identifier_are_a_finding_that_names_both(montpellier: Ended) -> None:
    """The 70th is not lost: one finding, which names the two files that carry the same IDActe."""
    [item] = montpellier.waiting
    assert item.code == CONFLICT
    rivals = [d for found in montpellier.documents.values() for d in found if d.record_key == item.record_key]
    assert len(montpellier.documents[DocumentState.SET_ASIDE]) == 1
    assert len(rivals) == 2
    assert all(f"« {rival.reference} »" in item.message for rival in rivals)
    assert montpellier.untouched
