"""EXPECTED.json is true of the files beside it, and every problem that it announces is really there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pypdfium2
import pytest
from lxml import etree

from sandbox.samples import write_drops

ACTES = "{http://www.interieur.gouv.fr/ACTES#v1.1-20040216}"
Content = dict[str, Any]


@pytest.fixture(scope="module")
def drops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drops")
    write_drops(folder)
    return folder


@pytest.fixture(params=["saint-aubin", "maurecy"])
def commune(request: pytest.FixtureRequest, drops: Path) -> Path:
    return drops / request.param


@pytest.fixture(scope="module")
def first(drops: Path) -> Path:
    return drops / "saint-aubin/first"


def batches(commune: Path) -> dict[str, Content]:
    return json.loads((commune / "EXPECTED.json").read_text(encoding="utf-8"))["batches"]


def documents(folder: Path, letter: str) -> list[Content]:
    found = batches(folder.parent)[folder.name]["documents"]
    return [document for document in found if letter in document["problems"]]


def acts(folder: Path, letter: str) -> list[Content]:
    return [document for document in documents(folder, letter) if document["kind"] == "acte"]


def content(folder: Path, document: Content, role: str = "acte") -> bytes:
    return (folder / next(file["path"] for file in document["files"] if file["role"] == role)).read_bytes()


def text(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def outcomes(found: list[Content]) -> list[str]:
    return sorted(document["outcome"] for document in found)


def test_every_path_has_its_place(commune: Path) -> None:
    """Each file of a batch is waste, index, or a pièce of a document; nothing is expected that is not there."""
    for name, batch in batches(commune).items():
        there = {path.relative_to(commune / name).as_posix() for path in (commune / name).rglob("*") if path.is_file()}
        pieces = [file for document in batch["documents"] for file in document["files"]]
        placed = Counter({file["path"] for file in pieces if file["present"]})
        placed.update(batch["index"])
        placed.update(item["path"] for item in batch["waste"])
        assert set(placed.values()) == {1}
        assert set(placed) == there
        assert not {file["path"] for file in pieces if not file["present"]} & there


def test_documents_are_told_apart_and_counted(commune: Path) -> None:
    """References are unique and sorted, what waits names what it waits for, and the totals are those of the list."""
    for batch in batches(commune).values():
        references = [document["reference"] for document in batch["documents"]]
        assert references == sorted(set(references))
        for document in batch["documents"]:
            assert (document["outcome"] == "pending") == (document["waits_for"] in references)
            assert set(document["interchangeable"]) <= set(references)
        counted = Counter(document["outcome"] for document in batch["documents"])
        counted["waste"] = len(batch["waste"])
        assert Counter(batch["totals"]["documents"]) == counted
        pieces = Counter(document["outcome"] for document in batch["documents"] for _ in document["files"])
        pieces["waste"] = len(batch["waste"])
        assert Counter(batch["totals"]["files"]) == pieces


def test_every_problem_is_told(drops: Path) -> None:
    """Saint-Aubin’s drop holds all fourteen problems, Maurecy’s a duplicate and a late ARActe only."""
    for key, letters in (("saint-aubin", "abcdefghijklmn"), ("maurecy", "ai")):
        told = json.loads((drops / key / "EXPECTED.json").read_text(encoding="utf-8"))
        marked = {
            letter
            for batch in told["batches"].values()
            for item in (*batch["documents"], *batch["waste"])
            for letter in item["problems"]
        }
        assert "".join(sorted(marked)) == "".join(told["problems"]) == letters


@pytest.mark.parametrize("key", ["saint-aubin", "maurecy"])
def test_a_same_act_twice(drops: Path, key: str) -> None:
    """(a) Two names, the same bytes: one accepted, one duplicate."""
    found = acts(drops / key / "first", "a")
    assert len({content(drops / key / "first", document) for document in found}) == 1
    assert outcomes(found) == ["accepted", "duplicate"]
    assert found[0]["interchangeable"] == sorted(document["reference"] for document in found)


def test_b_shared_annexes(first: Path) -> None:
    """(b) One annex that two ARActes name, and two annexes of the same bytes in two folders: all four acts accepted."""
    found = acts(first, "b")
    paths = [file["path"] for document in found for file in document["files"] if file["role"] == "annexe"]
    shared = [path for path, times in Counter(paths).items() if times == 2]
    assert shared == ["Tableau du conseil municipal.pdf"]
    twins = [first / path for path in paths if path not in shared]
    assert len(twins) == 2
    assert twins[0].parent != twins[1].parent
    assert twins[0].name != twins[1].name
    assert twins[0].read_bytes() == twins[1].read_bytes()
    assert outcomes(found) == ["accepted"] * 4
    naming = [path for path in first.glob("*.xml") if shared[0] in path.read_bytes().decode("latin-1")]
    assert len(naming) == 2


def test_c_one_id_two_contents(first: Path) -> None:
    """(c) Two PDFs stamped with one IDActe, with other bytes."""
    one, two = acts(first, "c")
    assert one["id_acte"] == two["id_acte"]
    assert all(one["id_acte"] in text(content(first, document)) for document in (one, two))
    assert content(first, one) != content(first, two)
    assert outcomes([one, two]) == ["accepted", "set aside"]


def test_d_empty_file(first: Path) -> None:
    """(d) A PDF of no byte, that the index lists."""
    (found,) = acts(first, "d")
    assert content(first, found) == b""
    assert found["number"] in index(first)
    assert found["outcome"] == "set aside"


def test_e_disguised_file(first: Path) -> None:
    """(e) An executable named .pdf."""
    (found,) = acts(first, "e")
    assert content(first, found).startswith(b"MZ")
    assert found["files"][0]["path"].endswith(".pdf")
    assert found["outcome"] == "set aside"


def test_f_row_without_file(first: Path) -> None:
    """(f) A row of the index whose file is not there."""
    (found,) = acts(first, "f")
    assert found["reference"] == f"index:{found['number']}"
    assert found["number"] in index(first)
    assert quote(found["files"][0]["path"]) in index(first)
    assert not list(first.rglob("2026-028*"))
    assert found["outcome"] == "set aside"


def test_g_file_without_anything(first: Path) -> None:
    """(g) A PDF that no row, stamp or message tells of."""
    (found,) = acts(first, "g")
    words = text(content(first, found))
    assert "Accusé de réception" not in words
    assert "n°" not in words
    assert found["id_acte"] == ""
    name = Path(found["reference"]).name
    assert name not in index(first)
    assert not [path for path in first.rglob("*.xml") if name.encode() in path.read_bytes()]
    assert found["outcome"] == "set aside"


def test_h_contradiction(first: Path) -> None:
    """(h) The ARActe gives another date than the index; the act is set aside and its ARActe waits."""
    (act,) = acts(first, "h")
    (receipt,) = [document for document in documents(first, "h") if document["kind"] == "ARActe"]
    root = etree.fromstring((first / receipt["reference"]).read_bytes())
    said = root.find(f"{ACTES}ActeRecu").get(f"{ACTES}Date")
    assert said != act["date"]
    assert f'"{act["number"]}";"{act["date"]}"' in index(first)
    assert root.get(f"{ACTES}IDActe") == receipt["id_acte"] != act["id_acte"]
    assert (act["outcome"], receipt["outcome"], receipt["waits_for"]) == ("set aside", "pending", act["reference"])


def test_i_late_arrivals(first: Path) -> None:
    """(i) Later come the ARActe of an act already accepted, and a new act of a séance already deposited."""
    late = first.parent / "late"
    before = {document["id_acte"]: document for document in batches(first.parent)["first"]["documents"]}
    after = batches(late.parent)["late"]["documents"]
    known = [document for document in after if document["id_acte"] in before]
    new = [document for document in after if document["id_acte"] not in before]
    assert [document["kind"] for document in known] == ["ARActe"]
    assert before[known[0]["id_acte"]]["outcome"] == "accepted"
    assert sorted(document["kind"] for document in new) == ["ARActe", "acte"]
    assert new[0]["date"] in {document["date"] for document in before.values()}
    assert outcomes(after) == ["accepted"] * 3


def test_j_other_commune(first: Path) -> None:
    """(j) An act whose stamp and file name carry another SIREN."""
    (found,) = acts(first, "j")
    assert "-219509916-" in text(content(first, found))
    assert "-219509916-" in found["reference"]
    assert found["outcome"] == "set aside"


def test_k_residue(first: Path) -> None:
    """(k) What tools leave behind is waste, and nothing else is."""
    names = sorted(Path(item["path"]).name for item in batches(first.parent)["first"]["waste"])
    assert names == [".DS_Store", "Thumbs.db", "~$brouillon.docx"]


def test_l_difficult_names(first: Path) -> None:
    """(l) Names hold accents, both apostrophes, quotes, spaces, commas, & and <, and one name is decomposed."""
    references = [document["reference"] for document in acts(first, "l")]
    letters = set("".join(references))
    assert set("é’'\"«» ,&<–\u0300") <= letters
    assert set("’'\"«&<") <= set("".join(document["title"] for document in acts(first, "l")))
    assert outcomes(acts(first, "l")) == ["accepted"] * len(references)


def test_m_annulled_act(first: Path) -> None:
    """(m) An act with its ARActe, then its ARAnnulation: all three kept."""
    found = documents(first, "m")
    assert sorted(document["kind"] for document in found) == ["ARActe", "ARAnnulation", "acte"]
    assert len({document["id_acte"] for document in found}) == 1
    assert outcomes(found) == ["accepted"] * 3


def test_n_refused_format(first: Path) -> None:
    """(n) A well-formed JPEG named as annex by the act’s own message: the act is refused, and no other."""
    (found,) = acts(first, "n")
    assert content(first, found, "annexe").startswith(b"\xff\xd8\xff\xe0")
    assert b"-1-1_2.jpg" in content(first, found, "message ACTES")
    refused = [d for d in batches(first.parent)["first"]["documents"] if d["outcome"] == "refused"]
    assert refused == [found]


def index(first: Path) -> str:
    return (first / "deliberations-saint-aubin.csv").read_text(encoding="utf-8-sig")
