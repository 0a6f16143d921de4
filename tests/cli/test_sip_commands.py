"""`sip check`: words and exit statuses for people and scripts."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tests.sandbox.vitam.vitam_sips import Binary, Sip, Unit
from versement.cli.main import main

SIPS = {
    "OK": (Sip(), 0),
    "WARNING": (Sip(objects=[Binary(size=1)]), 3),
    "KO": (Sip(objects=[Binary(digest="0" * 128)]), 4),
}


def written(folder: Path, sip: Sip) -> str:
    path = folder / "versement.zip"
    path.write_bytes(sip.zipped())
    return str(path)


@pytest.mark.parametrize("verdict", SIPS)
def test_the_first_word_is_the_verdict_and_so_is_the_status(tmp_path: Path, capsys, verdict: str):
    """A script reads the verdict from the first word or the exit status, which tell the same."""
    sip, status = SIPS[verdict]
    assert main(["sip", "check", written(tmp_path, sip)]) == status
    assert capsys.readouterr().out.split()[0] == verdict


def test_the_code_its_element_and_what_is_not_checked_are_told(tmp_path: Path, capsys):
    """A person reads Vitam's code, the element, the reason, the official schema's word, and what remains unknown."""
    main(["sip", "check", written(tmp_path, SIPS["KO"][0])])
    told = capsys.readouterr().out
    assert "  CHECK_DIGEST.KO\n    BinaryDataObject « OBJ1 » : l’empreinte SHA-512 du fichier n’est pas celle" in told
    assert "SEDA 2.2 ; unités : 1 ; groupes : 1 ; objets : 1 ; fichiers : 1" in told
    assert "Schéma officiel du SEDA, à part du verdict : conforme." in told
    assert "Non vérifié" in told
    assert "règles de gestion" in told


def test_json_carries_everything(tmp_path: Path, capsys):
    """With --json, the whole result is one JSON object, with the same status."""
    sip = Sip(units=[Unit(group="GRP1", extra="<SentDate>2024</SentDate>")])
    assert main(["sip", "check", "--json", written(tmp_path, sip)]) == 4
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "KO"
    assert told["events"] == [
        {
            "code": "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO",
            "element": "ArchiveUnit « AU1 »",
            "message": "SentDate n’est pas une date avec son jour (aaaa-mm-jj attendu).",
        }
    ]
    assert told["official"] == {"valid": True, "messages": []}
    assert told["contents"]["version"] == "2.2"


@pytest.mark.parametrize(("name", "said"), [("absent.zip", "ce fichier n’existe pas"), (".", "c’est un dossier")])
def test_a_file_that_cannot_be_read_is_not_judged(tmp_path: Path, capsys, name: str, said: str):
    """No file, or a folder: neither accepted nor refused, with a status of its own, and the reason."""
    assert main(["sip", "check", str(tmp_path / name)]) == 5
    told = capsys.readouterr().out
    assert told.startswith("INDÉTERMINÉ\n")
    assert said in told


def test_a_missing_official_schema_is_said_and_changes_no_verdict(
    tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    """Vitam's grammar needs no schema: without the official one, the verdict stands, and its absence is told."""
    (tmp_path / "absents").mkdir()
    monkeypatch.setenv("VERSEMENT_SEDA_XSD", str(tmp_path / "absents"))
    assert main(["sip", "check", written(tmp_path, Sip())]) == 0
    told = capsys.readouterr().out
    assert "à part du verdict : non comparé." in told
    assert "le réglage VERSEMENT_SEDA_XSD ne mène à aucun schéma" in told


def test_what_only_vitam_takes_is_told_apart(tmp_path: Path, capsys):
    """A SIP with UpdateOperation is OK for Vitam; that the official schema does not know it is said beside."""
    key = "<MetadataName>OriginatingSystemId</MetadataName><MetadataValue>095-1</MetadataValue>"
    update = f"<UpdateOperation><ArchiveUnitIdentifierKey>{key}</ArchiveUnitIdentifierKey></UpdateOperation>"
    assert main(["sip", "check", written(tmp_path, Sip(units=[Unit(group="GRP1", management=update)]))]) == 0
    told = capsys.readouterr().out
    assert "à part du verdict : non conforme." in told
    assert "UpdateOperation, propre à Vitam, n’est pas dans le schéma officiel." in told


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_a_terminal_without_accents_is_told_the_same_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
):
    """Standard output in ASCII, Latin-1 or an old console's encoding: letters lose their accents, nothing stops."""
    out = io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["sip", "check", written(tmp_path, SIPS["KO"][0])]) == 4
    out.flush()
    told = out.buffer.getvalue().decode(encoding)
    assert told.startswith("KO\n")
    assert "l'empreinte SHA-512 du fichier n'est pas celle" in told
    assert main(["sip", "check", str(tmp_path / "absent.zip")]) == 5


def test_json_is_whole_even_in_ascii(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With --json, an ASCII output loses nothing: characters are escaped as JSON does."""
    out = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr(sys, "stdout", out)
    main(["sip", "check", "--json", written(tmp_path, SIPS["KO"][0])])
    out.flush()
    assert "l’empreinte" in json.loads(out.buffer.getvalue())["events"][0]["message"]


def test_formats_are_identified_when_asked_for(tmp_path: Path, capsys):
    """With --formats, Siegfried tells each file's format: another than the announced one is a WARNING."""
    sip = written(tmp_path, Sip(objects=[Binary(puid="fmt/95")]))
    assert main(["sip", "check", sip]) == 0
    assert main(["sip", "check", "--formats", sip]) == 3
    told = capsys.readouterr().out
    assert "OG_OBJECTS_FORMAT_CHECK.WARNING" in told
    assert "identifié comme x-fmt/111" in told
