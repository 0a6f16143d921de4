"""Metadata files beside documents, as applications write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.adapters.formats.properties import read_properties
from versement.domain.errors import UnreadableFile

PASTELL = "---\nobjet: 'Convention = avenant n° 2'\nnumero: 2026_014\nfichiers:\n  - acte.pdf\n"
READ = {"objet": "Convention = avenant n° 2", "numero": "2026_014", "fichiers": ["acte.pdf"]}


@pytest.fixture
def said(tmp_path: Path):
    """What a file of this name and content says."""

    def read(content: bytes, name: str = "metadata.txt"):
        path = tmp_path / "fichier"
        path.write_bytes(content)
        return read_properties(path, name)

    return read


@pytest.mark.parametrize(
    "content",
    [
        PASTELL.encode(),
        f"# Pastell\n\n{PASTELL}".encode(),
        f"\ufeff{PASTELL}".replace("\n", "\r\n").encode(),
        PASTELL.encode("cp1252"),
        PASTELL.encode("utf-16"),
        b"{objet: 'Convention = avenant n\xc2\xb0 2', numero: 2026_014, fichiers: [acte.pdf]}",
    ],
    ids=["pastell", "comment", "windows", "cp1252", "utf-16", "flow"],
)
def test_text_that_is_yaml_is_read_as_yaml(said, content):
    """Pastell writes YAML in `metadata.txt`, whatever the encoding; nothing is guessed of its values."""
    assert said(content) == READ
    assert said(content, "metadata.yml") == READ


def test_lines_of_key_and_value_stay_what_they_are(said):
    """A colon in a value makes no YAML of `objet=Convention : avenant`."""
    content = "objet=Convention : avenant\r\n\r\nlien=https://x.example/?a=b\r\n"
    assert said(content.encode()) == {"objet": "Convention : avenant", "lien": "https://x.example/?a=b"}


NAMES = st.text("abcdefgh é_-.", min_size=1, max_size=12).map(str.strip).filter(bool)
VALUES = st.text(st.characters(exclude_categories=("C", "Z")), max_size=30)


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=5))
def test_any_lines_of_key_and_value_are_read_whole(tmp_path_factory, pairs):
    """Whatever the values hold, colons, quotes, dashes or braces."""
    path = tmp_path_factory.mktemp("lignes") / "metadata.txt"
    path.write_text("".join(f"{name}={value}\n" for name, value in pairs.items()), encoding="utf-8")
    assert read_properties(path, path.name) == pairs


@pytest.mark.parametrize(
    "content",
    [
        b"objet: &a x\nautre: *a\n",
        b"objet: !!python/object/apply:os.system ['true']\n",
        b"objet: x\nobjet: y\n",
        b"objet: [\n",
        b"a:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 60)),
        b"objet: " + b"x" * (1 << 20),
    ],
    ids=["alias", "tag", "twice", "broken", "deep", "large"],
)
def test_yaml_that_is_unsafe_or_broken_is_refused(said, content):
    """No alias, no tag, no field given twice, bounded depth and size: the file is said unreadable, no value quoted."""
    with pytest.raises(UnreadableFile) as refusal:
        said(content)
    assert "YAML mal formé" in refusal.value.message
