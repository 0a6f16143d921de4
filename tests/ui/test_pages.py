"""What the pages say."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from sandbox.samples.personnel import AGENTS, pdf
from tests.steps.doubtful_archive import RepeatingArchive
from tests.steps.personnel import personnel
from tests.steps.test_agents_files import put_pieces
from tests.steps.world import World, profile_of
from versement.adapters.expectations import GreatExpectations
from versement.domain.balance import HEADINGS, Counts
from versement.orchestration.trials import run_key
from versement.pages.evidence import rules_of
from versement.pages.templating import ROWS, Listed
from versement.steps.completeness import completeness
from versement.steps.metadata import COLUMN_RULES
from versement.steps.operation import adopt

Ask = Callable[..., Callable[[str], httpx.Response]]
DAG = "saint-aubin.deliberations"
RUN = f"/versement/rapport?dag_id={DAG}&run_id=run-1"


def text_of(page: str) -> str:
    """A page as it is read, without its marks."""
    body = page[page.index("<body") :]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def row(counts: Counts) -> str:
    return " ".join(str(getattr(counts, name)) for name in HEADINGS) + " juste"


def test_a_runs_report_is_the_table_that_adds_up(get_as: Ask, commune: World) -> None:
    """One click from a run: announced to pending, for documents and for files, and whether it adds up."""
    page = text_of(get_as(DAG)(RUN).text)
    assert " ".join(HEADINGS.values()) in page
    chain = commune.chain()
    for balance in (
        chain.registry.balance(chain.tenant, chain.connector, "deliberations:run-1"),
        chain.registry.balance(chain.tenant, chain.connector),
    ):
        assert balance.documents.announced > 10
        assert f"Documents {row(balance.documents)}" in page
        assert f"Pièces {row(balance.files)}" in page


def test_a_report_says_what_is_missing_of_the_whole(get_as: Ask, commune: World) -> None:
    """The contrôle d'exhaustivité: what numbers, acknowledgements and minutes are missing, each with its code."""
    page = text_of(get_as(DAG)(RUN).text)
    found = completeness(commune.chain())
    assert {finding.code for finding in found} >= {"NUMBERS_MISSING", "MINUTES_MISSING"}
    assert "Contrôle d’exhaustivité" in page
    assert all(f"{finding.message} {finding.code}" in page for finding in found)


def test_a_report_says_what_waits_for_whom_and_why(get_as: Ask, commune: World) -> None:
    """Each waiting document has its line: who must act, what it is, why, and a code to quote."""
    page = text_of(get_as(DAG)(RUN).text)
    waiting = commune.chain().registry.waiting(commune.profile.tenant, "deliberations")
    assert {item.actor for item in waiting} >= {"archiviste", "collectivité"}
    for item in waiting:
        assert f"{item.actor} {item.state} {item.reference}" in page
        assert item.message in page


@pytest.mark.parametrize("asked", [RUN, RUN.partition("&")[0]])
def test_a_report_lists_what_was_taken_for_waste(get_as: Ask, commune: World, asked: str) -> None:
    """Of each run, and of the connector: a pattern that takes an act for residue shows by the act's name."""
    page = get_as(DAG)(asked).text
    waste = commune.chain().registry.waste(commune.profile.tenant, "deliberations")
    assert any(file.name == "Thumbs.db" for file in waste)
    assert all(f"<li>{file.path}</li>" in page for file in waste)
    assert page.count("<li>") == len(waste)


def test_a_report_names_each_transfer_and_its_operation(get_as: Ask, commune: World) -> None:
    """Every transfer is there with its state and the archive's operation, to be found again in Vitam."""
    page = text_of(get_as(DAG)(RUN).text)
    transfers = commune.transfers()
    assert transfers
    for transfer in transfers:
        assert transfer.id in page
        assert transfer.operation_id in page


def test_what_a_trial_archive_accepts_is_shown_as_worth_nothing(get_as: Ask) -> None:
    """Nobody can take what a trial Vitam accepted for archived."""
    assert "n’a pas de valeur d’archive et ne justifie aucune élimination" in get_as(DAG)(RUN).text
    assert "essai, sans valeur d’archive" in get_as(DAG)("/versement/").text


def test_a_run_without_report_shows_the_registry_as_it_is(get_as: Ask, commune: World) -> None:
    """While a run is under way, or when it stopped early, the page shows where things stand at that moment."""
    page = text_of(get_as(DAG)(f"/versement/rapport?dag_id={DAG}&run_id=manual__2026-06-01T10:00:00+00:00").text)
    chain = commune.chain()
    assert "n’a pas encore de bilan" in page
    assert f"Documents {row(chain.registry.balance(chain.tenant, chain.connector).documents)}" in page
    assert all(transfer.id in page for transfer in commune.transfers())


def test_a_connector_has_its_page_without_any_run(get_as: Ask) -> None:
    """From the list one reaches where a connector stands since the beginning."""
    get = get_as(DAG)
    link = re.search(r'href="(rapport\?[^"]+)"', get("/versement/").text)
    assert link
    assert "Depuis le début" in get(f"/versement/{html.unescape(link[1])}").text


def test_the_list_says_where_each_connector_stands(get_as: Ask, commune: World) -> None:
    """The counts since the beginning and how many things wait, on one line per connector."""
    page = text_of(get_as(DAG, "maurecy.deliberations")("/versement/").text)
    chain = commune.chain()
    waiting = len(chain.registry.waiting(chain.tenant, chain.connector))
    assert f"{row(chain.registry.balance(chain.tenant, chain.connector).documents)} {waiting}" in page
    assert f"{row(Counts())} 0" in page


def test_a_broken_profile_is_explained_and_hides_no_other(get_as: Ask, profiles: Path) -> None:
    """The list still shows the others; the page of the broken one says what to correct, without a server path."""
    (profiles / "maurecy" / "deliberations.yaml").write_text("version: [")
    get = get_as(DAG, "maurecy.deliberations")
    for answer in (get("/versement/"), get("/versement/rapport?dag_id=maurecy.deliberations")):
        assert "maurecy/deliberations.yaml" in answer.text
        assert str(profiles) not in answer.text
    assert "Saint-Aubin-sur-Viosne" in get("/versement/").text


def test_what_a_trial_accepted_is_not_shown_as_a_productions(get_as: Ask, profiles: Path) -> None:
    """A platform said to be a production under the name of a trial: its pages say so, and show nothing accepted."""
    targets = profiles / "_targets.yaml"
    targets.write_text(targets.read_text().replace("kind: essai", "kind: production"))
    for profile in profiles.glob("*/[a-z]*.yaml"):
        profile.write_text(profile.read_text().replace("antivirus: off", "antivirus: required"))
    get = get_as(DAG)
    for address in ("/versement/", RUN):
        page = text_of(get(address).text)
        assert "n° 2 sur une plateforme d’essai" in page
        assert "accepté" not in page.replace("dit accepté", "")


def test_an_address_without_connector_says_how_to_get_there(get_as: Ask) -> None:
    """A mangled address is answered by a French sentence, not by a technical message."""
    answer = get_as(DAG)("/versement/rapport")
    assert answer.status_code == 422
    assert "onglet « Bilan »" in answer.text


def test_a_registry_that_cannot_be_read_is_said(get_as: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """When the registry is not usable the page says so in French, without address nor path."""
    (tmp_path / "registry.db").write_bytes(b"no database" * 100)
    monkeypatch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{tmp_path / 'registry.db'}")
    answer = get_as(DAG)("/versement/")
    assert answer.status_code == 500
    assert "base du registre" in answer.text
    assert str(tmp_path) not in answer.text


def test_names_from_the_source_cannot_become_markup(get_as: Ask, commune: World, tmp_path: Path) -> None:
    """A file named as an HTML element is shown as it is written."""
    other = World(tmp_path, tmp_path / "drop", commune.formats)
    other.put("<b onclick=alert(1)>.pdf", b"%PDF-1.4 nothing")
    other.run()
    get = get_as(DAG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{tmp_path / 'registry.db'}")
        patch.setenv("VERSEMENT_STAGING", str(tmp_path / "staging"))
        page = get(RUN).text
    assert "&lt;b onclick=alert(1)&gt;.pdf" in page
    assert "<b " not in page


def test_what_great_expectations_found_is_on_the_page() -> None:
    """Each rule on the metadata has its line: how many documents were checked, how many break it."""
    rows = [
        {"document": "1", "identity": "x", "siren": "219509908", "date": "2026-03-12", "title": "Objet"},
        {"document": "2", "identity": "", "siren": "2195", "date": "2026-03-12", "title": "Objet"},
    ]
    evidence = json.loads(GreatExpectations().check(rows, COLUMN_RULES).evidence)
    lines = {(line.code, line.expected): (line.column, line.checked, line.failed) for line in rules_of(evidence)}
    assert lines["IDENTITY_MISSING", "une valeur"] == ("Identifiant", 2, 1)
    assert lines["SIREN_MISSING", "une valeur de la forme attendue"] == ("SIREN", 2, 1)
    assert lines["TITLE_MISSING", "une valeur"] == ("Objet", 2, 0)
    assert rules_of(None) == []


def test_remarks_on_a_transfer_stand_under_it(get_as: Ask, commune: World, tmp_path: Path) -> None:
    """Operations to eliminate are read on the page of the run that accepted the transfer, and on the connector's."""
    drop = commune.folder / "samples" / "maurecy" / "first"
    world = World(tmp_path, drop, commune.formats, profile_of("maurecy"), RepeatingArchive())
    world.run()
    (transfer,) = world.transfers()
    kept, double = (name for _, name in world.archive._operations)
    adopt(world.chain(), world.archive, transfer, kept)
    world.run()
    get = get_as("maurecy.deliberations")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{tmp_path / 'registry.db'}")
        patch.setenv("VERSEMENT_STAGING", str(tmp_path / "staging"))
        for run in ("", "&run_id=run-2"):
            page = text_of(get(f"/versement/rapport?dag_id=maurecy.deliberations{run}").text)
            assert re.search(f"Remarque : [^|]*{double}[^|]* OPERATIONS_TO_ELIMINATE", page)


def test_a_delay_that_starts_too_early_is_told_with_or_without_a_run(
    get_as: Ask, commune: World, tmp_path: Path
) -> None:
    """What an archivist must mend in Vitam stands on the connector's page as in the report of the run that found it."""
    world = personnel(tmp_path, commune.formats, "agents")
    pieces = ((AGENTS[0], "1990-01-04", "old.pdf"), (AGENTS[0], "2023-11-02", "new.pdf"))
    for count, (*_, path) in enumerate(pieces, 1):
        world.put(path, pdf([[path]]))
        put_pieces(world, *pieces[:count])
        world.run()
    get = get_as("maurecy.agents")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{tmp_path / 'registry.db'}")
        patch.setenv("VERSEMENT_STAGING", str(tmp_path / "staging"))
        for run in ("", "&run_id=run-2"):
            page = text_of(get(f"/versement/rapport?dag_id=maurecy.agents{run}").text)
            assert "1 unité d’archives déjà versée a un délai qui part trop tôt" in page


def test_a_very_long_list_is_cut_and_says_so() -> None:
    """A page stays readable with a hundred thousand things waiting; how many are left out is said."""
    listed = Listed.of(range(ROWS + 7))
    assert (len(listed.shown), listed.left_out) == (ROWS, 7)


def test_a_maintenance_stands_on_every_page(get_as: Ask, profiles: Path) -> None:
    """A run's report, written or not, and the list say which platform is away and why."""
    with (profiles / "_targets.yaml").open("a") as file:
        file.write("  maintenance: arrêt de la salle machine\n")
    get = get_as(DAG)
    assert "est en maintenance : arrêt de la salle machine." in text_of(get(RUN).text)
    assert "est en maintenance : arrêt de la salle machine." in text_of(get(f"/versement/rapport?dag_id={DAG}").text)
    assert "maintenance : arrêt de la salle machine" in text_of(get("/versement/").text)


def test_a_trial_is_read_document_by_document(get_as, tmp_path, monkeypatch) -> None:
    """What a partner tried is shown to whoever may read its organisation's trials, and whatever is in it is text."""
    monkeypatch.setenv("VERSEMENT_STAGING", str(tmp_path))
    dag_id, run_id = "versement.essai.maurecy", "manual__1"
    address = f"/versement/rapport?dag_id={dag_id}&run_id={run_id}"
    get = get_as(dag_id)
    assert "n’a pas encore été lue" in get(address).text
    assert get_as("versement.essai.saint-aubin")(address).status_code == 404
    place = tmp_path / ".essais" / "maurecy" / run_key(dag_id, run_id)
    place.mkdir(parents=True)
    result = place / "resultat.json"
    result.write_text(json.dumps({"name": "essai", "faults": [f"essai.yaml : {HOSTILE}"]}))
    page = get(address).text
    assert "La fiche est à corriger" in page
    assert "déclenchez un nouvel essai" in page
    assert HOSTILE not in page
    result.write_text(json.dumps({"name": "essai", "faults": []}))
    assert "n’est pas terminé : rechargez" in get(address).text
    result.write_text(json.dumps(TRIED))
    page = get(address).text
    assert "n’est pas terminé" not in page
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;") >= 5
    for told in ("Séance du 3 mars 2026", "index.LIBELLE", "ACC-00001", "La plateforme refuserait ce SIP", "juste",
                 "Cette machine n’a pas d’antivirus", "« En attente » : ce qui serait versé"):  # fmt: skip
        assert told in page


HOSTILE = "<script>alert(1)</script>"
TRIED = {
    "name": "essai",
    "faults": [],
    "window": "tout ce qui est arrivé",
    "left_unread": 3,
    "unscanned": True,
    "trial": {
        "connector": HOSTILE,
        "organisation": "Commune",
        "digest": "0" * 64,
        "unsigned": "",
        "counts": dict.fromkeys(HEADINGS, 1),
        "adds_up": True,
        "documents": [
            {
                "reference": f"{HOSTILE}.pdf",
                "state": "empaqueté",
                "path": ["Séance du 3 mars 2026", HOSTILE],
                "fields": [{"name": "objet", "text": HOSTILE, "source": "index", "origin": "index.LIBELLE"}],
                "rules": [{"category": "Accès", "rule": "ACC-00001", "start": "", "fate": ""}],
                "files": [HOSTILE],
                "findings": [HOSTILE],
                "sip": "versement-1",
            }
        ],
        "left_out": 0,
        "drop_findings": [HOSTILE],
        "waste": [HOSTILE],
        "sips": [{"id": "versement-1", "units": 2, "files": 1, "bytes": 1234}],
    },
    "blank_tests": [
        {
            "sip": "versement-1",
            "operation_id": "guid",
            "status": "KO",
            "accepted": False,
            "found": [{"path": HOSTILE, "code": "X.KO", "text": "texte", "actor": "archiviste"}],
        }
    ],
}


@pytest.mark.parametrize("kind", ["html", "json"])
def test_a_report_that_staging_lost_is_a_page_that_says_so(get_as: Ask, commune: World, kind: str) -> None:
    """Nothing is begun that cannot be given: the answer is a 404 in French, as for a run that left nothing."""
    get, chain = get_as(DAG), commune.chain()
    address = f"/versement/bilan.{kind}?dag_id={DAG}&run_id="
    record = chain.registry.collection(chain.tenant, "deliberations:run-1")
    digest = record.page if kind == "html" else record.report
    with chain.staging.open(chain.tenant, digest) as file:
        lost = file.read()
    with chain.staging.removing(chain.tenant):
        assert chain.staging.remove(chain.tenant, digest)
    answers = [get(address + run) for run in ("run-1", "run-9")]
    page = get(RUN)
    assert chain.staging.put(chain.tenant, [lost]).digest == digest
    for answer in answers:
        assert answer.status_code == 404
        assert "n’a pas de bilan, ou il n’est plus dans l’espace de préparation" in html.unescape(answer.text)
        assert "content-disposition" not in answer.headers
    assert page.status_code == 200
    lost = "Le bilan de cette exécution n’est plus dans l’espace de préparation"
    assert (lost in html.unescape(page.text)) is (kind == "json")


def test_a_runs_report_is_had_as_files(get_as: Ask, commune: World) -> None:
    """Two links of the page give what the run left in staging, byte for byte; without run there is none."""
    get, chain = get_as(DAG), commune.chain()
    record = chain.registry.collection(chain.tenant, "deliberations:run-1")
    source = get(RUN).text
    assert "Télécharger le bilan (HTML)" in source
    for kind, digest in (("html", record.page), ("json", record.report)):
        (link,) = re.findall(rf'href="(bilan\.{kind}[^"]*)"', source)
        answer = get(f"/versement/{html.unescape(link)}")
        with chain.staging.open(chain.tenant, digest) as file:
            assert answer.content == file.read()
        assert kind in answer.headers["content-type"]
    assert "Télécharger" not in get(RUN.partition("&")[0]).text
