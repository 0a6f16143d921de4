"""`profile new` knows every protocol: what it needs, what it asks for, and that the check agrees right after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from versement.cli.main import main
from versement.profiles.load import load_profile
from versement.profiles.proposed_source import BLANKS
from versement.profiles.sources import FolderSource, HttpSource, PastellSource, S3Source, SftpSource

ANSWERS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "sftp": (["sftp_maurecy", "/actes"], {"connection": "sftp_maurecy", "folder": "/actes"}),
    "folder": (["/srv/depots/maurecy"], {"path": "/srv/depots/maurecy"}),
    "s3": (
        ["s3_maurecy", "depots", "paie/"],
        {"connection": "s3_maurecy", "bucket": "depots", "prefix": "paie/"},
    ),
    "http": (
        ["api_maurecy", "/api/paie", "data.resultats", "ref", "maj", "cursor", "suite", "meta.suite", "pieces", "url"],
        {"connection": "api_maurecy", "path": "/api/paie", "items": "data.resultats", "id": "ref", "modified": "maj"},
    ),
    "pastell": (
        ["pastell_maurecy", "42", "document-rh", "termine"],
        {"connection": "pastell_maurecy", "entity": 42, "flow": "document-rh", "state": "termine"},
    ),
}
"""By protocol, what somebody answers and what the profile then says."""
MODELS = {"sftp": SftpSource, "folder": FolderSource, "s3": S3Source, "http": HttpSource, "pastell": PastellSource}


@pytest.fixture
def out(profiles: Path) -> Path:
    return profiles / "maurecy" / "nouveau.yaml"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch):
    """Gives answers on a terminal; returns the questions that were asked."""

    def give(*answers: str) -> list[str]:
        left: Iterator[str] = iter(answers)
        asked: list[str] = []
        monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or next(left))
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        return asked

    return give


def source(path: Path) -> dict[str, Any]:
    return load_profile(path).connector.source.model_dump(mode="json", exclude_defaults=True)


@pytest.mark.parametrize("protocol", BLANKS)
def test_each_protocol_is_asked_for_and_checked(out, terminal, capsys, protocol) -> None:
    """Each has its own questions; the profile that results is right as it stands, whatever reads it."""
    answers, said = ANSWERS[protocol]
    asked = terminal("paie", "Bulletins", protocol, *answers, "IC-PAIE", "Paie")
    assert main(["profile", "new", "--out", str(out), "--tenant", "actes"]) == 0
    assert "fiche correcte" in capsys.readouterr().out
    assert isinstance(load_profile(out).connector.source, MODELS[protocol])
    assert source(out).items() >= said.items()
    assert len(asked) == 3 + len(answers) + 2
    assert protocol in asked[2]


@pytest.mark.parametrize("protocol", BLANKS)
def test_what_is_left_open_is_named_by_the_check(out, capsys, protocol) -> None:
    """Nothing said: each blank of the protocol is a question in the profile, and the check names it."""
    number = ["--set", "entity=42"] if protocol == "pastell" else []
    command = ["profile", "new", "--out", str(out), "--no-questions", "--source", protocol, "--family", "paie"]
    assert main([*command, *number]) == 0
    text = out.read_text(encoding="utf-8")
    needed = {blank.name for blank in BLANKS[protocol] if not blank.optional} - {
        "paging.parameter",
        "paging.at",
        "entity",
    }
    assert {name for name in needed if f"QUESTION ({name})" in text} == needed
    capsys.readouterr()
    main(["profile", "check", str(out)])
    told = "".join(capsys.readouterr())
    for name in needed - {"paging.style"}:
        assert name in told


def test_an_entity_that_is_not_known_is_the_only_fault(out, capsys) -> None:
    """A number cannot stand open: the check says that this one is to be filled, and the proposal is no failure."""
    assert main(["profile", "new", "--out", str(out), "--no-questions", "--source", "pastell"]) == 0
    (fault,) = capsys.readouterr().err.splitlines()[-1:]
    assert "source.entity : attendu un nombre entier, trouvé « A-COMPLETER »" in fault


def test_ways_of_paging_are_asked_for_what_they_need(out, terminal, capsys) -> None:
    """`link` needs neither parameter nor place; what an element's files are is asked next; a wrong word, anew."""
    asked = terminal("API", "http", "api_maurecy", "/api", "", "id", "maj", "par page", "link", "", "IC", "Série")
    assert main(["profile", "new", "--out", str(out), "--tenant", "actes", "--family", "documents"]) == 0
    assert source(out)["paging"] == {"style": "link"}
    assert not [question for question in asked if "paramètre" in question]
    assert "Attendu none, page, offset, cursor, next, link, ou rien ; trouvé « par page »." in capsys.readouterr().out


def test_web_sources_make_described_folders(out, capsys) -> None:
    """Each element of an API, each document of Pastell, is a folder with its description: the proposal reads it."""
    said = ("--connection", "api_maurecy", "--place", "/api", "--set", "id=ref", "--set", "modified=maj")
    said = (*said, "--set", "files.items=pieces", "--set", "paging.style=none")
    command = ["profile", "new", "--out", str(out), "--no-questions", "--source", "http", "--family", "documents"]
    assert main([*command, *said]) == 0
    connector = load_profile(out).connector
    assert (connector.drop.layout, connector.drop.metadata) == ("folders", "item.json")
    assert connector.source.files[0].items == "pieces"
    capsys.readouterr()


def test_a_wrong_answer_is_told_by_the_check(out, terminal, capsys) -> None:
    """What nobody could connect to is written as it was said, and explained with its line right after."""
    terminal("S3", "s3", "s3_maurecy", "Mon dépôt", "", "IC", "Série")
    assert main(["profile", "new", "--out", str(out), "--tenant", "actes", "--family", "documents"]) == 1
    told = capsys.readouterr().err
    assert "source.bucket : attendu un nom de compartiment S3" in told
    assert "ligne" in told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("bucket", "attendu <champ>=<valeur>"),
        ("entity=4", "attendu un champ de la source s3 (bucket, connection, prefix)"),
    ],
)
def test_what_is_no_field_of_the_source_is_refused(out, capsys, said, told) -> None:
    """A misspelt or foreign field is said, with those that there are; nothing is written."""
    assert main(["profile", "new", "--out", str(out), "--no-questions", "--source", "s3", "--set", said]) == 1
    assert told in capsys.readouterr().err
    assert not out.exists()
