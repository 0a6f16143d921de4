"""`status`, `document` and `release`: where everything is, the evidence, and an operator's decision."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sandbox.samples.saint_aubin import SAINT_AUBIN
from versement.cli.main import main
from versement.domain.lifecycle import DocumentState, TransferState

ROOT = Path(__file__).resolve().parents[2]
ACT = "095-219509908-20260327-2026_022-DE"


def _row(told: str, label: str) -> list[str]:
    (line,) = [line for line in told.splitlines() if line.startswith(label)]
    return line.removeprefix(label).split()


def test_status_gives_the_counts_and_what_waits(machine, capsys):
    """Every connector has its two rows that add up; what waits is told once, with its actor and its code."""
    machine.run()
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    counts = machine.balance().documents
    assert _row(told, "saint-aubin.deliberations – documents") == [
        *(str(getattr(counts, name)) for name in ("announced", "known", "collected", "accepted", "duplicates")),
        *(str(getattr(counts, name)) for name in ("waste", "set_aside", "refused", "pending")),
        "oui",
    ]
    assert _row(told, "maurecy.deliberations – pièces") == ["0"] * 9 + ["oui"]
    chain = machine.chain()
    waiting = chain.registry.waiting(chain.tenant, chain.connector)
    assert len(waiting) > 5
    for item in waiting:
        assert told.count(f"  [{item.actor}] {item.message} ({item.code})\n") == 1


def test_what_many_documents_wait_for_alike_is_told_once(machine, capsys):
    """A drop that is set aside as a whole gives one line with its number of documents, not the same line for each."""
    connector = machine.profile.connector.model_copy(update={"mixed_drop": "set_aside_all"})
    machine.profile = machine.profile.model_copy(update={"connector": connector})
    machine.run()
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    assert told.count("(MIXED_DROP)") == 1
    assert f"(MIXED_DROP) : {machine.balance().documents.set_aside} documents\n" in told


def test_status_of_one_connector_is_that_one_alone(machine, capsys):
    """A connector's name narrows the table; an unknown one is a French message and status 1."""
    assert main(["status", "maurecy.deliberations"]) == 0
    told = capsys.readouterr().out
    assert "maurecy.deliberations – documents" in told
    assert "saint-aubin" not in told
    assert main(["status", "maurecy.marches"]) == 1
    told = capsys.readouterr()
    assert "« maurecy.marches »" in told.err
    assert told.out == ""


def test_a_registry_that_knows_nothing_says_so(profiles, tmp_path, monkeypatch, capsys):
    """A mistyped place is a new, empty registry: its zeros come with a word on where to look."""
    monkeypatch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{tmp_path / 'autre.db'}")
    assert main(["status"]) == 0
    assert "aucun document" in capsys.readouterr().err


def test_a_wrong_profile_hides_no_other(profiles, capsys):
    """One profile that does not load is told; the others are shown all the same."""
    (profiles / "saint-aubin" / "deliberations.yaml").write_text("version: 2\n")
    assert main(["status"]) == 0
    told = capsys.readouterr()
    assert "saint-aubin/deliberations.yaml" in told.err
    assert "maurecy.deliberations – documents" in told.out


def test_a_coffre_that_was_moved_hides_no_other(profiles, machine, monkeypatch, capsys):
    """A trial renamed a production: what it accepted is not shown, why is told, and the other communes are shown."""
    machine.run()
    monkeypatch.setenv("VERSEMENT_PROFILES", str(profiles))
    targets = profiles / "_targets.yaml"
    other = targets.read_text().partition("\n")[2].replace("demo:", "autre:").replace("vitam_demo", "vitam_autre")
    targets.write_text(targets.read_text().replace("kind: essai", "kind: production") + other)
    for profile in targets.parent.glob("*/[a-z]*.yaml"):
        profile.write_text(profile.read_text().replace("antivirus: off", "antivirus: required"))
    maurecy = profiles / "maurecy" / "_organisation.yaml"
    maurecy.write_text(maurecy.read_text().replace("target: demo", "target: autre"))
    assert main(["status"]) == 0
    told = capsys.readouterr()
    assert "n° 2 sur une plateforme d’essai" in told.err
    assert "saint-aubin.deliberations" not in told.out
    assert "maurecy.deliberations – documents" in told.out


def test_document_tells_where_it_is_and_the_evidence(machine, capsys):
    """State, platform, who said what, digests, transfer, operation, SystemIds and journal; never the objet."""
    machine.run()
    assert main(["document", ACT]) == 0
    told = capsys.readouterr().out
    chain = machine.chain()
    (story,) = [s for s in chain.registry.find(chain.tenant, ACT) if s.document.record_key == ACT]
    (transfer,) = machine.transfers()
    assert "État : accepté" in told
    assert "essai, sans valeur d’archive" in told
    assert "IDActe : " in told
    assert "(lu dans : ARActe)" in told
    for file in story.document.files:
        assert f"« {file.path} »" in told
        assert str(file.fixity.digest) in told
    assert f"Versement {transfer.id} : accepté, opération {transfer.operation_id}" in told
    assert story.units
    for unit, unit_id, object_id in story.units:
        assert f"Unité {unit.key} : {unit_id}" in told
        assert object_id in told
    assert "Constat CANCELLED (remarque)" in told
    assert told.count("Journal n° ") == len(story.journal) > 3
    assert not [act.title for act in SAINT_AUBIN.acts if act.title in told]


def test_a_document_is_found_by_path_and_by_shared_piece(machine, capsys):
    """The path of an annex that two acts share leads to both of them."""
    machine.run()
    assert main(["document", "Tableau du conseil municipal.pdf"]) == 0
    told = capsys.readouterr().out
    assert told.count("État : accepté") == 2
    assert "2026_019-DE –" in told
    assert "2026_021-DE –" in told


def test_a_duplicate_and_a_document_set_aside_say_why(machine, capsys):
    """A duplicate points at its original; what waits for a person says for what."""
    machine.run()
    copy, bad = (
        machine.chain().registry.documents(machine.profile.tenant, "deliberations", state)
        for state in (DocumentState.DUPLICATE, DocumentState.SET_ASIDE)
    )
    assert main(["document", copy[0].reference]) == 0
    assert "Doublon de : " in capsys.readouterr().out
    for document in bad:
        assert main(["document", document.reference]) == 0
        assert "État : mis de côté" in capsys.readouterr().out


def test_residue_is_found_too(machine, capsys):
    """Of whatever the drop holds one can say where it is: what the profile takes for waste is said to be that."""
    machine.run()
    assert main(["document", "seance-2026-03-12/Thumbs.db"]) == 0
    told = capsys.readouterr().out
    assert "Saint-Aubin" in told
    assert "Déchet selon la fiche saint-aubin.deliberations" in told


def test_an_unknown_document_is_said_to_be_unknown(machine, capsys):
    """A name that leads nowhere gives status 1, and says what names a document."""
    assert main(["document", "095-219509908-19990101-1-DE"]) == 1
    told = capsys.readouterr()
    assert "aucun document connu" in told.err
    assert told.out == ""


def test_an_uncertain_transfer_is_given_back_by_an_operator(machine, capsys):
    """Only after `release` does the chain send it again; then it is accepted once, and cannot be released any more."""
    machine.archive.faults.five_hundred = "before"
    machine.run()
    (transfer,) = machine.transfers()
    assert transfer.state is TransferState.UNCERTAIN
    assert main(["status", "saint-aubin.deliberations"]) == 0
    assert "[opérateur]" in capsys.readouterr().out
    assert main(["release", transfer.id]) == 0
    assert f"Versement {transfer.id} rendu à la chaîne" in capsys.readouterr().out
    machine.run()
    assert [found.state for found in machine.transfers()] == [TransferState.ACCEPTED]
    assert set(machine.archive.copies(machine.profile.tenant).values()) == {1}
    assert main(["release", transfer.id]) == 1
    told = capsys.readouterr()
    assert "« accepté »" in told.err
    assert "Traceback" not in told.err
    assert machine.transfers()[0].state is TransferState.ACCEPTED


def test_a_transfer_that_the_archive_may_hold_is_never_given_back(machine, capsys):
    """A technical stop is the archive's matter: releasing it would make doubles, and is refused in words."""
    machine.archive.faults.fatal = True
    machine.run()
    (transfer,) = machine.transfers()
    assert transfer.state is TransferState.STOPPED
    assert main(["release", transfer.id]) == 1
    assert "doubles" in capsys.readouterr().err
    assert machine.transfers() == [transfer]


def test_an_unknown_transfer_is_said_to_be_unknown(machine, capsys):
    """A wrong identifier releases nothing."""
    assert main(["release", "saint-aubin_deliberations_inconnu"]) == 1
    assert "inconnu" in capsys.readouterr().err


def test_a_registry_that_cannot_be_used_is_a_message(profiles):
    """A wrong address of the registry, with its password, is a French message without that password or a trace."""
    url = "postgresql+psycopg2://chaine:mot-de-passe-très-secret@127.0.0.1:1/registre"
    done = subprocess.run(
        [sys.executable, "-m", "versement", "status"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "plugins"), "VERSEMENT_REGISTRY_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "registre" in done.stderr
    assert "mot-de-passe" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
