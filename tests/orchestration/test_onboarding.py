"""« Essai d’une fiche de connecteur »: its tasks carried out for real, and what a partner can make them do."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from sandbox.samples import write_drops
from versement.domain.documents import FileReference
from versement.domain.errors import FileChanged, ProfileError, TargetInMaintenance
from versement.domain.listing import Listing
from versement.orchestration import trials
from versement.orchestration.onboarding import PREFIX, onboarding_dags, organisation_of
from versement.orchestration.ownership import owner_of
from versement.testing.builders import a_tenant
from versement.testing.memory_archive import MemoryArchive
from versement.testing.plain_expectations import PlainExpectations

SAINT_AUBIN = f"{PREFIX}saint-aubin"
RUN = "manual__2026-06-01T10:00:00+00:00"


@pytest.fixture
def place(profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with sample drops, each organisation's in its own folder of trials."""
    write_drops(tmp_path / "samples")
    for name in ("saint-aubin", "maurecy"):
        shutil.copytree(tmp_path / "samples" / name / "first", tmp_path / "essais" / name / "depot")
    monkeypatch.setenv("VERSEMENT_STAGING", str(tmp_path / "staging"))
    monkeypatch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{tmp_path / 'registry.db'}")
    monkeypatch.setenv("VERSEMENT_TRIAL_FOLDERS", str(tmp_path / "essais"))
    monkeypatch.setattr(trials, "GreatExpectations", PlainExpectations)
    return tmp_path


def fiche(place: Path, path: Path | None = None, **changes: str) -> str:
    """Saint-Aubin's profile on a folder of trials, some of its lines replaced."""
    text = (place / "profiles/saint-aubin/deliberations.yaml").read_text(encoding="utf-8")
    source = text[text.index("source:") : text.index("  folder: /deliberations\n")] + "  folder: /deliberations\n"
    folder = path or place / "essais/saint-aubin/depot"
    text = text.replace(source, f"source:\n  type: folder\n  path: {folder}\n")
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    return text


@pytest.fixture
def carry_out(place: Path) -> Callable[..., Any]:
    """Carries out tasks of one run of Saint-Aubin's trials, and gives what is written of it."""

    def carry_out(*tasks: str, **params: Any) -> Any:
        (dag,) = onboarding_dags([place / "profiles"], SAINT_AUBIN)
        run = SimpleNamespace(
            dag_id=SAINT_AUBIN, run_id=RUN, run_type="manual", data_interval_start=None, data_interval_end=None
        )
        filled = {name: dag.params[name] for name in dag.params} | params
        for task in tasks:
            dag.get_task(task).work({"dag_run": run, "params": filled})
        return written()

    return carry_out


def written() -> Any:
    return trials.result_of("saint-aubin", trials.run_key(SAINT_AUBIN, RUN))


def test_each_organisation_has_its_own(profiles: Path) -> None:
    """One DAG for each organisation, in French, found by its name; nobody chooses whose archives are tried."""
    dags = {dag.dag_id: dag for dag in onboarding_dags([profiles])}
    assert sorted(dags) == [f"{PREFIX}maurecy", SAINT_AUBIN]
    dag = dags[SAINT_AUBIN]
    assert str(dag.dag_display_name).startswith("Essai d’une fiche de connecteur – Commune de Saint-Aubin")
    assert dag.tags == {"saint-aubin", "essai d’une fiche"}
    assert dag.timetable.can_be_scheduled is False
    assert organisation_of(dag.dag_id) == "saint-aubin"
    assert organisation_of("saint-aubin.deliberations") == ""
    form = {name: dag.params.get_param(name).schema for name in dag.params}
    assert form["fiche"]["format"] == "multiline"
    assert form["connection"]["enum"] == ["celle de la fiche", "sftp_saint_aubin"]
    assert all(schema["title"] and dag.params.get_param(name).description for name, schema in form.items())
    assert "organisation" not in form


def test_an_organisation_that_cannot_be_read_harms_no_other(profiles: Path) -> None:
    """A fault in one organisation's file takes away its own trials only."""
    (profiles / "maurecy/_organisation.yaml").write_text("label: [", encoding="utf-8")
    assert [dag.dag_id for dag in onboarding_dags([profiles])] == [SAINT_AUBIN]


def test_a_right_profile_is_tried_and_nothing_is_left_but_the_result(place, carry_out) -> None:
    """Each document is told, the counts add up, and neither registry nor staging nor copies remain."""
    told = carry_out("check", "attempt", "clean", fiche=fiche(place))
    assert told["faults"] == []
    trial = told["trial"]
    assert trial["adds_up"]
    assert len(trial["documents"]) == trial["counts"]["announced"] == 33
    assert trial["sips"]
    assert trial["unsigned"]
    assert all(task.retries and task.retry_policy for task in next(onboarding_dags([place / "profiles"])).tasks)
    assert told["left_unread"] == 0
    assert not (place / "registry.db").exists()
    left = [path for path in (place / "staging").rglob("*") if path.is_file()]
    assert [path.name for path in left] == ["resultat.json"]
    assert left[0].stat().st_mode & 0o077 == 0


def test_a_machine_without_antivirus_tries_all_the_same(place, carry_out) -> None:
    """The guide's own model asks for an antivirus: a partner cannot give the machine one, and is told of it."""
    told = carry_out("check", "attempt", fiche=fiche(place, **{"antivirus: off\n": ""}))
    assert told["unscanned"] is True
    assert told["trial"]["counts"]["announced"] == 33
    assert told["trial"]["sips"]
    assert carry_out("check", "attempt", fiche=fiche(place))["unscanned"] is False


def test_a_trial_that_was_cut_short_is_taken_up_again(place, carry_out) -> None:
    """A task that is killed starts again where it was, and tells the same."""
    once = carry_out("check", "attempt", fiche=fiche(place))
    assert carry_out("check", "attempt", fiche=fiche(place)) == once


def test_dates_in_the_form_choose_the_acts(place, carry_out) -> None:
    """The trial takes the documents of these dates only."""
    told = carry_out("check", "attempt", fiche=fiche(place), acts_from="2026-05-01", acts_to="2026-05-31")
    assert 0 < told["trial"]["counts"]["announced"] < 33


HOSTILE = {
    "bomb": "a: &a [x,x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n",
    "tag": "!!python/object/apply:os.system ['true']",
    "deep": "[" * 100_000,
    "large": "x" * 10_000_000,
    "empty": "   \n",
    "binary": "\x00\x01",
    "lone": "label: \ud800",
    "two": "version: 1\n---\nversion: 1\n",
    "include": "label: !include /etc/passwd",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_one_message(carry_out, kind) -> None:
    """A bomb, an imposed type, ten megabytes: told as a fault of the profile, and never carried out."""
    with pytest.raises(ProfileError) as caught:
        carry_out("check", fiche=HOSTILE[kind])
    assert len(caught.value.message) < 2000
    assert "attendu" in caught.value.message
    assert written()["faults"] == caught.value.message.splitlines()


@pytest.mark.parametrize("name", ["../maurecy/deliberations", "_organisation", "", "a/b", "A", "x" * 61, "nom\n"])
def test_a_name_leads_nowhere_else(place, carry_out, name) -> None:
    """What is typed as the connector's name never becomes another path."""
    with pytest.raises(ProfileError):
        carry_out("check", fiche=fiche(place), name=name)
    assert not list((place / "staging").rglob("*.yaml"))


def test_mistakes_come_all_at_once_with_their_place(place, carry_out) -> None:
    """A partner reads in the page what `profile check` would have said."""
    with pytest.raises(ProfileError):
        carry_out("check", fiche=fiche(place, **{"series: ": "serie: ", "tenant: actes": "tenant: acte"}))
    faults = written()["faults"]
    assert len(faults) >= 2
    assert all(fault.startswith("saint-aubin/essai.yaml") for fault in faults)


def test_another_folder_of_the_server_is_refused(place, carry_out) -> None:
    """Neither another organisation's drop, nor a system folder, nor a link that leads there is read."""
    link = place / "essais/saint-aubin/lien"
    link.symlink_to(place / "essais/maurecy/depot")
    outside = [place / "essais/maurecy/depot", Path("/etc"), place / "essais/saint-aubin/../maurecy", link]
    for folder in (*outside, place / "essais"):
        with pytest.raises(ProfileError, match="dossier d’essai de cette organisation") as caught:
            carry_out("check", fiche=fiche(place, folder))
        assert str(place) not in caught.value.message


def test_no_folder_is_read_unless_one_is_declared(place, carry_out, monkeypatch) -> None:
    """Without VERSEMENT_TRIAL_FOLDERS trials read no folder at all."""
    monkeypatch.delenv("VERSEMENT_TRIAL_FOLDERS")
    with pytest.raises(ProfileError):
        carry_out("check", fiche=fiche(place))


def test_another_s_connection_is_refused(place, carry_out) -> None:
    """Neither the profile nor the form can name a connection that is not this organisation's."""
    text = (place / "profiles/saint-aubin/deliberations.yaml").read_text(encoding="utf-8")
    assert carry_out("check", fiche=text)["faults"] == []
    for wrong in ({"fiche": text.replace("sftp_saint_aubin", "sftp_maurecy")}, {"connection": "vitam_demo"}):
        with pytest.raises(ProfileError, match="une connexion de cette organisation"):
            carry_out("check", **({"fiche": text} | wrong))


@pytest.mark.parametrize(
    ("connection", "owner"),
    [
        ("sftp_saint_aubin", "saint-aubin"),
        ("s3_saint_aubin_marches", "saint-aubin"),
        ("SFTP_SAINT_AUBIN", "saint-aubin"),
        ("sftp_saint", "saint"),
        ("sftp_saint_autre", "saint"),
        ("sftp_saintaubin", ""),
        ("vitam_demo", ""),
        ("saint_aubin", ""),
        ("a_b_saint_aubin", ""),
    ],
)
def test_a_connection_is_its_organisation_s_by_its_name(connection, owner) -> None:
    """Of two organisations whose names begin alike, the longer name has it."""
    assert owner_of(connection, ["saint", "saint-aubin", "maurecy"]) == owner


def test_a_blank_test_is_made_when_asked_for(place, carry_out, monkeypatch) -> None:
    """Each SIP is judged and nothing is kept; not asked for, nothing is sent; under maintenance, neither."""
    archive = MemoryArchive()
    monkeypatch.setattr(trials, "archive_of", lambda _profile: archive)
    carry_out("check", "attempt", fiche=fiche(place))
    with pytest.raises(AirflowSkipException):
        carry_out("blank_test", fiche=fiche(place))
    assert not archive._operations
    told = carry_out("blank_test", fiche=fiche(place), blank_test=True)
    assert [answer["accepted"] for answer in told["blank_tests"]] == [True]
    assert not archive.copies(a_tenant())
    targets = place / "profiles/_targets.yaml"
    targets.write_text(targets.read_text(encoding="utf-8") + "  maintenance: mise à jour\n", encoding="utf-8")
    name = {"name": "deliberations"}
    carry_out("check", "attempt", fiche=fiche(place), **name)
    with pytest.raises(TargetInMaintenance):
        carry_out("blank_test", fiche=fiche(place), blank_test=True, **name)


def test_a_large_drop_is_tried_in_part(tmp_path) -> None:
    """Beyond so many files or bytes the rest is left, and counted."""
    listing = [FileReference(f"{number:03}.pdf", 10, 0) for number in range(100)]
    source = SimpleNamespace(listing=lambda _tenant: Listing(tuple(listing)), read=lambda *_of: iter([b"x" * 10] * 3))
    for bounds, taken in (((30, 10_000), 30), ((1000, 205), 20), ((1000, 10_000), 100)):
        bounded = trials.Bounded(source, *bounds)
        assert len(bounded.listing(a_tenant()).files) == taken
        assert bounded.left_unread == 100 - taken
    assert len(list(bounded.read(a_tenant(), listing[0]))) == 3
    with pytest.raises(FileChanged, match="au plus"):
        list(trials.Bounded(source, 10, 20).read(a_tenant(), listing[0]))


def test_old_results_are_taken_away(place, carry_out) -> None:
    """What a trial told can be read for thirty days."""
    carry_out("check", "clean", fiche=fiche(place))
    (old,) = (place / "staging").rglob("resultat.json")
    shutil.copytree(old.parent, old.parent.with_name("ancien"))
    os.utime(old.parent.with_name("ancien") / old.name, (0, 0))
    assert carry_out("clean") is not None
    assert not old.parent.with_name("ancien").exists()


def test_no_secret_is_written(place, carry_out, caplog) -> None:
    """A password pasted by mistake is in no message and in no result."""
    text = fiche(place) + "password: mot-de-passe-collé\n"
    with pytest.raises(ProfileError) as caught:
        carry_out("check", fiche=text)
    assert "mot-de-passe-collé" not in caught.value.message + caught.value.detail + caplog.text + json.dumps(written())


def test_what_office_tools_leave_is_mended_or_explained(carry_out, place) -> None:
    """Pasted out of a message: fence, ends of line and fixed spaces are no fault; quotes are, with their line."""
    text = fiche(place).replace("  ", "\u00a0\u00a0").replace("\n", "\r\n")
    assert carry_out("check", fiche=f"```yaml\r\n{text}\r\n```")["faults"] == []
    wrong = fiche(place).replace("index: optional", "index: “optional”")
    with pytest.raises(ProfileError):
        carry_out("check", fiche=wrong)
    line = wrong[: wrong.index("“")].count("\n") + 1
    (quotes, _) = written()["faults"]
    assert f"ligne {line} : attendu des guillemets droits, trouvé un guillemet typographique « “ »" in quotes
