"""`profile new`: what is recognised in a sample drop, what is said, and what stays a question."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.steps.tool_drops import a_pdf, megalis, zipped
from versement.cli.main import main
from versement.domain.columns import guess
from versement.profiles.forms import TO_FILL
from versement.profiles.load import load_profile
from versement.profiles.proposal import FAMILIES, LAYOUTS, Known, proposed
from versement.profiles.text import parse
from versement.steps.recognise import recognise

TABLE = "Référence;Objet;Date du document;Nom du fichier;Observation libre\r\nA1;« Un »;03/02/2024;un.pdf;x\r\n"


def propose(profiles: Path, *arguments: str, name: str = "nouveau") -> str:
    out = profiles / "maurecy" / f"{name}.yaml"
    assert main(["profile", "new", "--out", str(out), "--no-questions", *arguments]) == 0
    return out.read_text(encoding="utf-8")


def drop(folder: Path, *paths: str, content: bytes = b"%PDF-1.4") -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.mark.parametrize("family", FAMILIES)
def test_a_proposal_passes_the_check_whatever_is_left_open(profiles, capsys, family) -> None:
    """Of every family, with nothing else said: right as it stands, what is open named by the check, rules asked for."""
    text = propose(profiles, "--family", family)
    assert main(["profile", "check", str(profiles / "maurecy/nouveau.yaml")]) == 0
    told = capsys.readouterr().out
    assert "À compléter : label, archival_agreement, series, source.connection, source.folder." in told
    assert load_profile(profiles / "maurecy/nouveau.yaml").connector.family == family
    ruled = {rule.family for rule in load_profile(profiles / "maurecy/nouveau.yaml").organisation.management_rules}
    assert ("QUESTION (règles et accès)" in text) is (family not in ruled)
    assert {"actes"} <= ruled < set(FAMILIES)
    assert "validated: true" not in text


def test_what_is_said_is_not_asked(profiles, capsys) -> None:
    """Flags answer every question; the organisation's only coffre needs none."""
    said = ("--label", "Actes", "--connection", "sftp_maurecy", "--place", "/actes", "--agreement", "IC-X")
    text = propose(profiles, *said, "--series", "Série", "--family", "actes")
    assert TO_FILL not in text
    profile = load_profile(profiles / "maurecy/nouveau.yaml")
    assert (profile.connector.tenant, profile.connector.source.connection) == ("actes", "sftp_maurecy")
    assert re.findall(r"QUESTION \((\w+)\)", text) == ["description"]
    capsys.readouterr()


def test_a_drop_of_acts_is_recognised(profiles, samples, capsys) -> None:
    """Names, messages and the index of a real drop tell it; the profile that results can be tried at once."""
    text = propose(profiles, "--drop", str(samples / "saint-aubin" / "first"))
    assert "layout: actes" in text
    assert "est un index SCDL" in text
    assert "QUESTION (family)" not in text
    capsys.readouterr()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_an_index_is_recognised_and_its_columns_matched(tmp_path, formats, encoding) -> None:
    """The column that names files and those that are fields are found by name; the rest is a question."""
    folder = drop(tmp_path, "pieces/un.pdf")
    (folder / "liste.csv").write_bytes(TABLE.encode(encoding))
    sample = recognise(folder, formats)
    assert (sample.layout, sample.index, sample.file_column) == ("index", "liste.csv", "Nom du fichier")
    known = Known(
        layout="index",
        index=sample.index,
        columns=sample.columns,
        file_column=sample.file_column,
        layouts=LAYOUTS | {"index"},
    )
    text = proposed(known)
    data = parse(text.encode()).data
    assert data["drop"] == {"layout": "index", "index": "liste.csv", "file": ["index.Nom du fichier"], "archives": []}
    assert data["metadata"] == {
        "identifier": {"read": ["index.Référence"]},
        "title": {"read": ["index.Objet"], "transform": ["collapse"]},
        "date": {"read": ["index.Date du document"], "transform": ["date"]},
    }
    assert "ces colonnes ne servent à rien pour l’instant : « Observation libre »" in text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("liste.json", json.dumps({"total": 1, "pieces": [{"objet": "Un", "fichier": "un.pdf"}]})),
        ("liste.xml", "<l><p><objet>Un</objet><fichier>un.pdf</fichier></p><p><objet>Deux</objet></p></l>"),
    ],
)
def test_json_and_xml_indexes_are_recognised(tmp_path, formats, name, content) -> None:
    """Rows of a list in JSON, or of a root in XML, are an index too."""
    folder = drop(tmp_path, "un.pdf")
    (folder / name).write_text(content, encoding="utf-8")
    sample = recognise(folder, formats)
    assert (sample.layout, sample.file_column, set(sample.columns)) == ("index", "fichier", {"objet", "fichier"})


WEB_DELIB = b"""<depot xmlns:webdelibdossier="http://www.adullact.org/webdelib/infodossier/1.0">
<seance idSeance="42"><typeSeance>Conseil</typeSeance><document nom="odj.pdf" type="odj"/></seance>
<dossierActe idActe="7" refSeance="42"><libelle>Tarifs</libelle><document nom="7.pdf" type="TexteActe"/></dossierActe>
</depot>"""
SEANCE = {"00__Convocation.pdf": a_pdf("convocation"), "01__Budget.pdf": a_pdf("budget")}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"aB3dE6g.zip": megalis()}, "des descriptions d’un tiers de télétransmission s’y trouvent"),
        ({"Conseil_12_03_2026.zip": zipped(SEANCE)}, "des dossiers de séance s’y trouvent"),
        (
            {"seance_42/XML_DESC_42.xml": WEB_DELIB, "seance_42/documents.zip": zipped({"7.pdf": a_pdf("7")})},
            "des descriptions d’un tiers de télétransmission s’y trouvent",
        ),
    ],
    ids=["Mégalis", "idelibre", "web-delib"],
)
def test_drops_of_acts_are_recognised_in_their_archives(tmp_path, formats, files, reason) -> None:
    """What the chain opens is opened here too: the zips of Mégalis and idelibre, the export of web-delib."""
    for path, content in files.items():
        drop(tmp_path, path, content=content)
    sample = recognise(tmp_path, formats)
    assert (sample.layout, sample.files, sample.archives) == ("actes", len(files), True)
    assert reason in sample.why


def test_an_archive_of_a_consultation_is_recognised(profiles, tmp_path, capsys) -> None:
    """Folders of several phases make it one of markets, for a person to confirm."""
    folders = ("1. Préparation", "2. Lancement/DCE", "11.4. Offres non retenues/A", "13. Exécution")
    content = zipped({f"{folder}/piece.pdf": a_pdf(folder) for folder in folders})
    text = propose(profiles, "--drop", str(drop(tmp_path / "depot", "2026M001.zip", content=content)))
    connector = load_profile(profiles / "maurecy/nouveau.yaml").connector
    assert (connector.family, connector.drop.layout, connector.drop.depth) == ("marches", "files", 2)
    assert "QUESTION (family)" in text
    assert "4 phases d’un marché" in text
    capsys.readouterr()


def test_an_archive_that_cannot_be_opened_stays_a_file(tmp_path, formats) -> None:
    """A broken zip tells nothing, and nothing fails."""
    sample = recognise(drop(tmp_path, "casse.zip", content=b"PK\x03\x04"), formats)
    assert (sample.layout, sample.archives, sample.files) == ("files", True, 1)


def test_an_index_without_a_header_shows_nobody(profiles, tmp_path, capsys) -> None:
    """Its first line is a row: no name and no matricule of it becomes a column, in the profile or on the screen."""
    folder = drop(tmp_path / "depot", "BP_A0017_202601.pdf")
    (folder / "index.csv").write_bytes("A0017;Élodie;BÉNARD;2026-01;BP_A0017_202601.pdf\r\n".encode("latin-1"))
    text = propose(profiles, "--drop", str(folder), "--family", "paie")
    shown = capsys.readouterr()
    index = load_profile(profiles / "maurecy/nouveau.yaml").connector.drop
    assert (index.header, index.file) == (False, ("index.c5",))
    assert not re.search("A0017|Élodie|BÉNARD", text + shown.out + shown.err)


@pytest.mark.parametrize(
    ("head", "family"),
    [
        ("Matricule\tPériode\tFichier\tPage\tPageFin", "paie"),
        ("Matricule\tRubrique\tFichier\tType", "agents"),
        ("Objet\tPériode\tFichier\tType", ""),
    ],
)
def test_columns_tell_the_family_and_the_pages(tmp_path, formats, head, family) -> None:
    """An index in a .txt, its paths those of Windows, tells what it is of; one PDF for all is cut by its pages."""
    folder = drop(tmp_path, "INDEX.TXT", content=f"{head}\r\nx\ty\tC:\\Paie\\a.pdf\t1\t2\r\n".encode("cp1252"))
    sample = recognise(drop(folder, "a.pdf"), formats)
    assert (sample.index, sample.file_column, sample.family) == ("INDEX.TXT", "Fichier", family)
    known = Known(layout="index", index=sample.index, columns=sample.columns, file_column="Fichier", likely=family)
    data = parse(proposed(known).encode()).data
    assert data["family"] == (family or "documents")
    assert data["drop"].get("pages") == (
        {"first": "index.Page", "last": "index.PageFin"} if "Page" in sample.columns else None
    )


def test_a_choice_between_coffres_stays_a_question(profiles, capsys) -> None:
    """An organisation of two coffres: the proposal stands, and says which question is still to be answered."""
    path = profiles / "maurecy" / "_organisation.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("tenants:\n", "tenants:\n  marches: {number: 91, target: demo}\n"), encoding="utf-8")
    propose(profiles, "--family", "actes")
    said = capsys.readouterr().err
    assert "tenant : attendu un nom" in said
    assert "Répondez à la question que la fiche pose." in said


def test_described_folders_are_recognised(profiles, tmp_path, capsys) -> None:
    """One description of the same name in each folder makes each folder a document."""
    paths = [f"{year}/dossier-{number}/{name}" for year in (2024, 2025) for number in (1, 2) for name in ("a.pdf",)]
    folder = drop(tmp_path / "depot", *paths)
    drop(folder, *(path.replace("a.pdf", "metadata.json") for path in paths), content=b'{"titre": "x"}')
    text = propose(profiles, "--drop", str(folder), "--family", "documents")
    connector = load_profile(profiles / "maurecy/nouveau.yaml").connector
    assert connector.drop.layout == "folders"
    assert (connector.drop.patterns[0].path, connector.drop.metadata) == ("*/{identifier}/", "metadata.json")
    assert "chacun des 4 dossiers" in text
    capsys.readouterr()


def test_plain_files_leave_the_family_a_question(profiles, tmp_path, capsys) -> None:
    """Files that tell nothing are files; what they are is asked, zips are opened."""
    text = propose(profiles, "--drop", str(drop(tmp_path / "depot", "a.pdf", "sous dossier/b.zip")))
    assert "QUESTION (family)" in text
    assert load_profile(profiles / "maurecy/nouveau.yaml").connector.drop.archives == ("*.zip",)
    capsys.readouterr()


def test_hostile_drops_are_looked_at_without_harm(profiles, tmp_path, capsys) -> None:
    """Names and headers that would break YAML, entities, broken files: nothing of them becomes a line of its own."""
    folder = drop(tmp_path / "depot", "a.pdf")
    (folder / "l\nfamily: paie.csv").write_text('"a\nseries: x";"b: {";fichier\n1;2;a.pdf\n', encoding="utf-8")
    (folder / "bombe.xml").write_text('<!DOCTYPE a [<!ENTITY b "bbb">]><a><c><d>&b;</d></c></a>', encoding="utf-8")
    (folder / "casse.json").write_text('{"a": [', encoding="utf-8")
    (folder / "profond.json").write_text("[" * 100_000, encoding="utf-8")
    (folder / "vide.csv").touch()
    (folder / "perdu").symlink_to(folder / "absent.csv")
    propose(profiles, "--drop", str(folder), "--family", "documents")
    connector = load_profile(profiles / "maurecy/nouveau.yaml").connector
    assert (connector.family, connector.series) == ("documents", TO_FILL)
    assert connector.drop.index == "l?family: paie.csv"
    capsys.readouterr()


def test_nothing_is_written_over(profiles, capsys) -> None:
    """A profile that is there stays as it is."""
    path = profiles / "maurecy/deliberations.yaml"
    before = path.read_bytes()
    assert main(["profile", "new", "--out", str(path), "--no-questions"]) == 1
    assert "existe déjà" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_without_organisation_or_place_it_is_still_proposed(tmp_path, capsys) -> None:
    """A partner who has nothing yet gets the proposal on the screen, or in a folder of its own."""
    assert main(["profile", "new", "--no-questions"]) == 0
    shown = capsys.readouterr().out
    assert parse(shown.encode()).data["version"] == "2"
    assert main(["profile", "new", "--no-questions", "--out", str(tmp_path / "fiche.yaml")]) == 0
    assert "ne sera contrôlée qu’avec lui" in capsys.readouterr().err
    assert main(["profile", "new", "--no-questions", "--drop", str(tmp_path / "absent")]) == 1


def test_answers_are_taken_from_a_terminal(profiles, capsys, monkeypatch) -> None:
    """On a terminal each thing that is not known is asked once; an empty answer stays a question."""
    answers = iter(["paie", "Bulletins", "", "sftp_maurecy", "/paie", "", "Paie"])
    monkeypatch.setattr("builtins.input", lambda _question: next(answers))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    out = profiles / "maurecy/bulletins.yaml"
    assert main(["profile", "new", "--out", str(out), "--tenant", "actes"]) == 0
    connector = load_profile(out).connector
    assert (connector.family, connector.label, connector.source.connection) == ("paie", "Bulletins", "sftp_maurecy")
    capsys.readouterr()


@given(label=st.text(), column=st.text(), place=st.text(), why=st.text())
def test_whatever_is_said_stays_one_value(label, column, place, why) -> None:
    """No label, place or column makes another line of the proposal: it reads back as the same fields."""
    known = Known(
        label=label, place=place, layout="index", columns=(column, "b"), why=(why,), index="a", file_column="b"
    )
    tree = parse(proposed(known).encode("utf-8", "replace"))
    assert (
        tree.data.keys()
        == {*("version", "label", "description", "family", "tenant", "source", "drop", "archival_agreement", "series")}
        or tree.faults
    )


def test_a_column_serves_one_field_and_doubt_is_left() -> None:
    """An exact name comes before a similar one; two that are as good are left to a person."""
    found = guess(["Objet", "objets", "DateSignature", "Zone A", "Libellé", "Matricule agent"])
    assert found.doubtful == {"title": ("Objet", "Libellé")} or "title" in found.doubtful
    assert found.fields["signed"] == "DateSignature"
    assert found.fields["agent"] == "Matricule agent"
    assert found.unused == ("Zone A",)
    assert guess(["Objet", "objets"]).fields == {"title": "Objet"}
    assert guess([]).fields == {}
