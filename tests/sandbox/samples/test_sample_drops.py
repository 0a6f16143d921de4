"""The sample drops as files: texts, messages, index and formats, read by other means than those that wrote them."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pypdfium2
import pytest
from lxml import etree

from sandbox.samples import COMMUNES, write_drops, write_many, write_others
from sandbox.samples.drop import PathConflict, files
from sandbox.samples.model import Act, Annex, Batch, Commune, Picture

ROOT = Path(__file__).resolve().parents[3]
ACTES = "{http://www.interieur.gouv.fr/ACTES#v1.1-20040216}"
ID_ACTE = re.compile(r"[0-9][0-9AB]{2}-[0-9]{9}-[0-9]{8}-[a-zA-Z0-9_]{1,15}-(?:DE|AR|AI|CC|BF|AU)")
STAMP = re.compile(
    r"Accusé de réception – Ministère de l[’']intérieur\s+Acte Certifié exécutoire\s+Envoi Préfecture :\s+"
    r"Réception en Préfecture :\s+(\d\d/\d\d/\d{4})\s+(\d\d/\d\d/\d{4})\s+(\S+)"
)
SCDL = [
    "COLL_NOM",
    "COLL_SIRET",
    "DELIB_ID",
    "DELIB_DATE",
    "DELIB_MATIERE_CODE",
    "DELIB_MATIERE_NOM",
    "DELIB_OBJET",
    "BUDGET_ANNEE",
    "BUDGET_NOM",
    "PREF_ID",
    "PREF_DATE",
    "VOTE_EFFECTIF",
    "VOTE_REEL",
    "VOTE_POUR",
    "VOTE_CONTRE",
    "VOTE_ABSTENTION",
    "DELIB_URL",
]


@pytest.fixture(scope="module")
def drops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drops")
    write_drops(folder)
    write_others(folder)
    return folder


def expectations(drops: Path, commune: str) -> dict[str, Any]:
    return json.loads((drops / commune / "EXPECTED.json").read_text(encoding="utf-8"))


def acts(drops: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Every act's PDF that can be opened, with what is expected of it."""
    return [
        (drops / commune.key / batch / document["files"][0]["path"], document)
        for commune in COMMUNES
        for batch, content in expectations(drops, commune.key)["batches"].items()
        for document in content["documents"]
        if document["kind"] == "acte" and not set(document["problems"]) & set("def")
    ]


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def flat(text: str) -> str:
    return " ".join(text.split())


def tree(folder: Path) -> dict[str, tuple[str, float]]:
    return {
        path.relative_to(folder).as_posix(): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "EXPECTED.json"
    }


def test_the_same_drops_each_time(drops: Path, tmp_path: Path) -> None:
    """Two processes with other hash seeds, time zones and days write the same bytes and the same dates."""
    command = [sys.executable, "-m", "sandbox.samples", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"})
    assert tree(tmp_path) == tree(drops)
    for commune in COMMUNES:
        name = f"{commune.key}/EXPECTED.json"
        assert (tmp_path / name).read_bytes() == (drops / name).read_bytes()


def test_stamps_are_readable_in_the_text(drops: Path) -> None:
    """A stamped act gives, in the order of real stamps, its two dates and its IDActe; an unstamped one gives none."""
    stamped = 0
    for path, document in acts(drops):
        found = STAMP.findall(text_of(path))
        if not found:
            assert {"h", "g"} & set(document["problems"]) or document["number"] in {"2026_031", "2026_007"}
            continue
        stamped += 1
        ((sent, received, number),) = found
        assert number == document["id_acte"]
        assert sent == received
        assert ID_ACTE.fullmatch(number)
    assert stamped > 25


def test_the_act_reads_like_a_deliberation(drops: Path) -> None:
    """Register, number, séance with its day, title between attendance and speaker, votes, signature and publication."""
    for path, document in acts(drops):
        text = flat(text_of(path))
        assert "Extrait du registre des délibérations du Conseil municipal de" in text
        assert re.search(r"Séance publique du (lundi|mardi|jeudi|vendredi) \d+ \w+ 2026", text)
        assert re.search(rf"Absents : {re.escape(document['title'])} .{{3,40}} rapporte :", text)
        assert re.search(r"Pour : \d+ – Contre : \d+ – Abstentions : \d+", text)
        assert "Pour extrait conforme, Le Maire," in text
        if document["number"]:
            assert f"n° 2026 / {document['number'][-3:]}" in text
            assert re.search(r"Publiée le : \d\d/\d\d/2026", text)


def test_one_act_has_two_pages(drops: Path) -> None:
    """The stamp stands on the first page even when the act goes on, as in real ones."""
    path = drops / "saint-aubin/first/99_DE-095-219509908-20260327-2026_020-DE-1-1_1.pdf"
    document = pypdfium2.PdfDocument(path)
    try:
        assert len(document) == 2
        assert STAMP.search(document[0].get_textpage().get_text_range())
    finally:
        document.close()


def test_messages_keep_to_the_protocol(drops: Path) -> None:
    """Messages are well-formed in three encodings, in the ACTES namespace, attributes included, and name real files."""
    encodings, roots = set(), set()
    for path in sorted(drops.rglob("*.xml")):
        root = etree.fromstring(path.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
        encodings.add(root.getroottree().docinfo.encoding.lower())
        roots.add(root.tag.removeprefix(ACTES))
        for element in root.iter():
            assert element.tag.startswith(ACTES)
            assert all(name.startswith(ACTES) for name in element.attrib)
        if root.tag != f"{ACTES}Acte":
            assert ID_ACTE.fullmatch(root.get(f"{ACTES}IDActe"))
        for act in root.iter(f"{ACTES}Acte", f"{ACTES}ActeRecu"):
            check_act(act, path)
    assert encodings == {"iso-8859-1", "windows-1252", "utf-8"}
    assert roots == {"Acte", "ARActe", "ARAnnulation"}


def check_act(act: etree._Element, path: Path) -> None:
    assert re.fullmatch(r"[A-Z0-9_]{1,15}", act.get(f"{ACTES}NumeroInterne", ""))
    assert re.fullmatch(r"2026-\d\d-\d\d", act.get(f"{ACTES}Date", ""))
    assert act.get(f"{ACTES}CodeNatureActe") == "1"
    assert [child.tag.removeprefix(ACTES) for child in act] == [
        "CodeMatiere1",
        "CodeMatiere2",
        "Objet",
        "ClassificationDateVersion",
        "Document",
        "Annexes",
        "DocumentPapier",
    ]
    names = [name.text or "" for name in act.iter(f"{ACTES}NomFichier")]
    assert len(names) == 1 + int(act.find(f"{ACTES}Annexes").get(f"{ACTES}Nombre"))
    folders = [path.parent, Path(str(path.parent).replace("/late/", "/first/"))]
    assert all(any((folder / name).is_file() for folder in folders) for name in names)


def rows(path: Path, encoding: str, delimiter: str) -> list[dict[str, str]]:
    text = path.read_bytes().decode(encoding)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


@pytest.mark.parametrize(
    ("path", "encoding", "delimiter", "count"),
    [
        ("first/deliberations-saint-aubin.csv", "utf-8-sig", ";", 21),
        ("late/deliberations-saint-aubin-complément.csv", "cp1252", ",", 1),
    ],
)
def test_the_index_keeps_to_scdl(drops: Path, path: str, encoding: str, delimiter: str, count: int) -> None:
    """The index has every SCDL column and keeps their constraints; each row but one names a file of the drop."""
    folder = (drops / "saint-aubin" / path).parent
    listed = rows(drops / "saint-aubin" / path, encoding, delimiter)
    names = {unicodedata.normalize("NFC", item.name) for item in folder.rglob("*.pdf")}
    assert len(listed) == count
    absent = []
    for row in listed:
        assert list(row) == SCDL
        assert row["COLL_SIRET"] == "21950990800014"
        assert re.fullmatch(r"\d\.\d{1,2}", row["DELIB_MATIERE_CODE"])
        assert row["PREF_DATE"] > row["DELIB_DATE"]
        cast = [int(row[f"VOTE_{name}"]) for name in ("POUR", "CONTRE", "ABSTENTION")]
        assert int(row["VOTE_EFFECTIF"]) >= int(row["VOTE_REEL"]) == sum(cast)
        assert bool(row["BUDGET_ANNEE"]) == bool(row["BUDGET_NOM"])
        name = unquote(urlsplit(row["DELIB_URL"]).path.rpartition("/")[2])
        if name not in names:
            absent.append(row["DELIB_ID"])
    assert absent == (["2026_028"] if path.startswith("first") else [])


def test_the_index_has_the_schema_s_columns(shared: Path | None) -> None:
    """The columns are those of the published schema."""
    if shared is None:
        pytest.skip("the published schema is not on this machine")
    schema = json.loads((shared / "samples/deliberations/scdl/schema_deliberations_2.1.5.json").read_text())
    assert [column["name"] for column in schema["fields"]] == SCDL


@pytest.mark.parametrize("number", ["219509908", "21950990800014", "217809904", "21780990400014", "219509916"])
def test_sirens_are_well_formed(number: str) -> None:
    """The fictional SIREN and SIRET satisfy Luhn’s check, so that no reader discards them for that."""
    digits = [int(digit) * (2 if rank % 2 else 1) for rank, digit in enumerate(reversed(number))]
    assert sum(digit - 9 if digit > 9 else digit for digit in digits) % 10 == 0


def test_formats_are_what_the_demo_needs(drops: Path) -> None:
    """Siegfried sees PDF in every act and annex, JPEG in the photograph, and no PDF in the disguised executable."""
    code = "import pygfried, sys\nfor path in sys.argv[1:]: print(pygfried.identify(path))"
    paths = [path for path in sorted(drops.rglob("*")) if path.suffix in {".pdf", ".jpg"} and path.stat().st_size]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, paths)], capture_output=True, text=True, check=True, timeout=120
    )
    found = dict(zip(paths, done.stdout.split(), strict=True))
    for path, puid in found.items():
        if path.suffix == ".jpg":
            assert puid in {"fmt/43", "fmt/44"}
        elif "2026-027" in path.name:
            assert puid not in {"fmt/18", "UNKNOWN"}
        else:
            assert puid == "fmt/18"


def test_two_acts_cannot_want_one_path() -> None:
    """A table that puts two contents at one path is an error, not a silent choice."""
    first = COMMUNES[1].acts[0]
    annexes = [Annex(path="commun.pdf", title=title, picture=Picture.TEXT) for title in ("un", "deux")]
    both = tuple(changed(first, number=f"{rank}", annexes=(item,)) for rank, item in enumerate(annexes))
    with pytest.raises(PathConflict):
        files(changed(COMMUNES[1], acts=both), Batch.FIRST)


def changed(thing: Act | Commune, **values: Any) -> Any:
    return dataclasses.replace(thing, **values)


def test_a_large_drop_has_one_act_per_file(tmp_path: Path) -> None:
    """A large drop has as many acts as asked, each with its own stamp, and an index that names them all."""
    write_many(tmp_path, 230)
    paths = sorted(tmp_path.rglob("*.pdf"))
    stamps = [STAMP.search(text_of(path)) for path in paths]
    ids = {stamp.group(3) for stamp in stamps if stamp}
    assert len(ids) == len(paths) == 230
    assert all(found in path.name for path, found in zip(paths, [s.group(3) for s in stamps if s], strict=True))
    assert len({path.parent for path in paths}) == 3
    assert {row["DELIB_ID"] for row in rows(tmp_path / "index.csv", "utf-8", ";")} == {i.split("-")[3] for i in ids}


@pytest.mark.parametrize("count", [0, -1, 1_000_001])
def test_a_large_drop_has_bounds(tmp_path: Path, count: int) -> None:
    """Numbers that cannot be told apart are not written."""
    with pytest.raises(ValueError, match="acts"):
        write_many(tmp_path, count)
