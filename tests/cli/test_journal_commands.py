"""`journal`: the proof of a coffre's journal, here and from exported files, and its sealed parts."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from versement.cli.main import main

COFFRE = "saint-aubin.actes@demo"


@pytest.fixture
def kept(machine):
    machine.run()
    return machine


def _tamper(machine, *statements: str) -> None:
    """What an administrator of the database can do."""
    with closing(sqlite3.connect(machine.folder / "registry.db")) as base, base:
        base.execute("DROP TRIGGER journal_UPDATE")
        base.execute("DROP TRIGGER journal_DELETE")
        for statement in statements:
            base.execute(statement)


def _head(machine) -> str:
    head = machine.chain().registry.journal_head(machine.profile.tenant)
    return f"{head.number}:{head.chain}"


def test_a_sound_journal_is_told_whole(kept, capsys):
    """The count of lines and the head are told; without a head noted elsewhere, what cannot be seen is said."""
    assert main(["journal", "verify"]) == 0
    told = capsys.readouterr().out
    assert f"Coffre {COFFRE} : journal intact" in told
    assert f"tête {_head(kept)}." in told
    assert "Coffre maurecy.actes@demo : journal intact, 0 lignes." in told
    assert "Sans --head" in told
    assert main(["journal", "verify", COFFRE, "--head", _head(kept)]) == 0
    assert "Sans --head" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE journal SET data = '{}' WHERE number = 3", "Ligne 3 : altérée"),
        ("UPDATE journal SET at = 'hier' WHERE number = 3", "Ligne 3 : altérée"),
        ("UPDATE journal SET chain = 'x' WHERE number = 3", "Ligne 3 : altérée"),
        ("UPDATE journal SET chain = X'00' WHERE number = 3", "Ligne 3 : altérée"),
        ("UPDATE journal SET event = X'FFFE' WHERE number = 3", "Ligne 3 : altérée"),
        ("UPDATE journal SET data = CAST(X'FFFE' AS TEXT) WHERE number = 3", "Ligne 3 : altérée"),
        ("UPDATE journal SET number = 'trois' WHERE number = 3", "Ligne 3 : absente"),
        ("DELETE FROM journal WHERE number IN (3, 4)", "Ligne 3 : absente, ainsi que les suivantes jusqu’à la ligne 4"),
    ],
)
def test_a_line_altered_in_the_database_is_named(kept, capsys, statement, said):
    """Whoever writes past the application is found, and only the line concerned is named."""
    _tamper(kept, statement)
    assert main(["journal", "verify", COFFRE]) == 1
    told = capsys.readouterr().out
    assert "journal ALTÉRÉ" in told
    assert next(line.strip() for line in told.splitlines() if "Ligne" in line).startswith(said)
    assert told.count("  Ligne ") == 1


def test_a_cut_journal_is_found_by_a_report_s_head(kept, capsys):
    """Lines deleted at the end do not show by themselves: the head of an earlier report shows them."""
    head = _head(kept)
    _tamper(kept, "DELETE FROM journal WHERE number > 5")
    assert main(["journal", "verify", COFFRE]) == 0
    capsys.readouterr()
    assert main(["journal", "verify", COFFRE, "--head", head]) == 1
    assert "s’arrête à la ligne 5 : sa fin a été coupée" in capsys.readouterr().out


def test_a_head_is_of_one_coffre(kept, capsys):
    """With a head the coffre is to be named; an unknown coffre is told with those that there are."""
    assert main(["journal", "verify", "--head", _head(kept)]) == 1
    assert COFFRE in capsys.readouterr().err
    assert main(["journal", "verify", "osny.actes@demo"]) == 1
    assert COFFRE in capsys.readouterr().err


def test_an_export_proves_itself_anywhere(kept, tmp_path: Path, capsys):
    """The file alone is enough to prove the journal; altered, it names the line."""
    file = tmp_path / "journal.jsonl"
    assert main(["journal", "export", COFFRE, "--out", str(file)]) == 0
    assert f"tête {_head(kept)}" in capsys.readouterr().out
    assert main(["journal", "verify", "--export", str(file), "--head", _head(kept)]) == 0
    lines = file.read_bytes().splitlines(keepends=True)
    capsys.readouterr()
    file.write_bytes(b"".join([*lines[:4], lines[4].replace(b"document.", b"documents."), *lines[5:]]))
    assert main(["journal", "verify", "--export", str(file)]) == 1
    assert "  Ligne 4 : altérée" in capsys.readouterr().out
    file.write_bytes(b"autre chose")
    assert main(["journal", "verify", "--export", str(file)]) == 1
    assert "n’est pas un journal exporté" in capsys.readouterr().err


def test_sealed_parts_follow_and_are_whole(kept, tmp_path: Path, capsys):
    """Each seal holds what is new since the last, described for its deposit; together they prove the whole journal."""
    for _ in range(2):
        assert main(["journal", "seal", COFFRE, "--out", str(tmp_path)]) == 0
        kept.run()
    folders = sorted(tmp_path.glob("journal-*"))
    described = [json.loads((folder / "description.json").read_text()) for folder in folders]
    assert described[0]["premiere_ligne"] == 1
    assert described[1]["premiere_ligne"] == described[0]["derniere_ligne"] + 1
    assert described[0]["organisation"] == kept.profile.organisation.label
    files = [str(folder / said["fichier"]) for folder, said in zip(folders, described, strict=True)]
    capsys.readouterr()
    last = f"{described[1]['derniere_ligne']}:{described[1]['empreinte_finale']}"
    assert main(["journal", "verify", "--head", last, "--export", *files]) == 0
    assert capsys.readouterr().out.count("journal intact") == 2
    assert main(["journal", "verify", "--export", *reversed(files)]) == 1
    assert "ne suit pas le précédent" in capsys.readouterr().out
    assert main(["journal", "verify", "--head", f"1:{'0' * 64}", "--export", files[1]]) == 1
    assert "antérieure" in capsys.readouterr().err


def test_what_cannot_be_sealed_is_left(kept, tmp_path: Path, capsys):
    """An altered journal is not sealed, nor is anything written where nothing can be."""
    assert main(["journal", "seal", COFFRE, "--out", "/proc/nulle-part"]) == 1
    assert "choisissez un autre lieu" in capsys.readouterr().err
    _tamper(kept, "UPDATE journal SET data = '{}' WHERE number = 3")
    assert main(["journal", "seal", COFFRE, "--out", str(tmp_path / "scellés")]) == 1
    assert "rien n’est scellé" in capsys.readouterr().err
    assert not (tmp_path / "scellés").exists()
