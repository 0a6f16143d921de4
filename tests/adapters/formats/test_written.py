"""Text of what people write is read as a reader sees it; hostile and broken files give none, in bounded time."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.adapters.formats.test_health import ole
from versement.adapters.formats import written
from versement.adapters.formats.formats import FileFormats
from versement.domain.errors import UnreadableFile
from versement.domain.near import words

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
O = (  # noqa: E741 - namespaces of an ODF document
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
SAID = ["Délibération n° 4", "l’école « & » <du> bourg"]
SEEN = ["deliberation", "n", "4", "l", "ecole", "du", "bourg"]


@pytest.fixture(scope="module")
def formats() -> Iterator[FileFormats]:
    with FileFormats(pdf_seconds=30) as opened:
        yield opened


def zipped(path: Path, name: str, content: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def docx(path: Path, body: str) -> Path:
    return zipped(path, "word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")


def odt(path: Path, body: str) -> Path:
    whole = f"<office:document-content {O}><office:body><office:text>{body}</office:text></office:body>"
    return zipped(path, "content.xml", f"{whole}</office:document-content>")


def doc(path: Path, text: str, *, wide: bool) -> Path:
    """A Word 97 document of one piece."""
    data = text.encode("utf-16-le" if wide else "cp1252")
    main = bytearray(2048)
    main[10:12] = struct.pack("<H", 0x0200)
    main[0x4C:0x50] = struct.pack("<I", len(text))
    told = 2048 if wide else 2048 * 2 | 1 << 30
    clx = (
        b"\x02" + struct.pack("<I", 16) + struct.pack("<2I", 0, len(text)) + b"\0\0" + struct.pack("<I", told) + b"\0\0"
    )
    main[0x01A2:0x01AA] = struct.pack("<II", 0, len(clx))
    return ole(path, {"WordDocument": bytes(main) + data, "1Table": clx})


def a_file(folder: Path, kind: str) -> tuple[Path, str]:
    """The same words, in this format, with what a reader does not see."""
    path = folder / kind
    one, two = (escape(text) for text in SAID)
    match kind:
        case "docx":
            runs = f"<w:r><w:t>Délibé</w:t></w:r><w:r><w:t>{one[6:]}</w:t></w:r>"
            hidden = "<w:del><w:r><w:delText>supprimé</w:delText></w:r></w:del><w:instrText>PAGE</w:instrText>"
            return docx(path, f"<w:p>{runs}</w:p>{hidden}<w:p><w:r><w:t>{two}</w:t></w:r></w:p>"), DOCX
        case "odt":
            hidden = "<text:tracked-changes><text:p>supprimé</text:p></text:tracked-changes>"
            note = "<office:annotation><text:p>note</text:p></office:annotation>"
            return odt(path, f"{hidden}<text:h>{one}</text:h><text:p>{two[:7]}<!-- c -->{two[7:]}{note}</text:p>"), ODT
        case "html":
            head = "<title>titre</title><style>p {}</style><script>var x = 'non';</script>"
            page = f"<html><head>{head}</head><body><p>Délibé<b>ra</b>tion n° 4<p>{two}</body></html>"
            path.write_bytes(page.encode())
            return path, "text/html"
        case "doc" | "doc wide":
            hidden = "\x13 PAGE \x14"
            text = "\r".join((SAID[0], hidden + SAID[1] + ("\x15" if hidden else "")))
            return doc(path, text, wide=kind == "doc wide"), "application/msword"
        case _:
            path.write_bytes("\n".join(SAID).encode(kind))
            return path, "text/plain"


@pytest.mark.parametrize("kind", ["docx", "odt", "html", "doc", "doc wide", "utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_the_same_in_each_format(formats: FileFormats, tmp_path: Path, kind: str) -> None:
    """Words are those that a reader sees: no deletion, note, script or field, and none is cut by its typography."""
    path, mime = a_file(tmp_path, kind)
    assert words(formats.text(path, mime)) == SEEN


def test_what_is_no_text_has_none(formats: FileFormats, tmp_path: Path) -> None:
    """Another format is not read at all."""
    (tmp_path / "a").write_bytes(b"\x89PNG")
    assert formats.text(tmp_path / "a", "image/png") == ""


@pytest.mark.parametrize(
    ("mime", "content"),
    [
        (DOCX, b"not a zip"),
        (ODT, b"PK\x03\x04 cut"),
        ("application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    ],
)
def test_what_is_broken_is_told(formats: FileFormats, tmp_path: Path, mime: str, content: bytes) -> None:
    """A file that is not what it is called gives no text, and its neighbours are read."""
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(UnreadableFile, match="ne peut pas être lu"):
        formats.text(tmp_path / "a", mime)
    path, sound = a_file(tmp_path, "docx")
    assert words(formats.text(path, sound)) == SEEN


def test_entities_and_bombs_are_not_opened(formats: FileFormats, tmp_path: Path) -> None:
    """A part with a document type, and one that unpacks beyond the bounds, give nothing; a deep page ends."""
    secret = tmp_path / "secret"
    secret.write_text("mot de passe")
    typed = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]><office:document-content {O}>&x;'
    with pytest.raises(UnreadableFile):
        formats.text(zipped(tmp_path / "e.odt", "content.xml", f"{typed}</office:document-content>"), ODT)
    with zipfile.ZipFile(tmp_path / "b.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(written.PART_BYTES + 1))
    with pytest.raises(UnreadableFile):
        formats.text(tmp_path / "b.docx", DOCX)
    (tmp_path / "deep.html").write_bytes(b"<div>" * 100_000 + b"fond")
    with suppress(UnreadableFile):
        assert words(formats.text(tmp_path / "deep.html", "text/html")) in ([], ["fond"])


@given(st.sampled_from(sorted(written.READERS)), st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_give_a_text_or_an_error(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    """Whatever is damaged, a reader answers."""
    sample, _ = a_file(tmp_path, kind if kind != "plain" else "utf-8")
    content = bytearray(sample.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=20)):
        content[place] = data.draw(st.integers(0, 255))
    (tmp_path / "damaged").write_bytes(bytes(content)[: data.draw(st.integers(1, len(content)))])
    answer = written.READERS[kind](tmp_path / "damaged")
    assert ("text" in answer) != ("error" in answer)


def test_real_minutes_are_read(shared: Path | None, tmp_path: Path) -> None:
    """Minutes that a commune wrote in Word are read from their first word to their last."""
    if shared is None:
        path, _ = a_file(tmp_path, "doc")
        assert words(written.doc(path)) == SEEN
        return
    text = written.doc(shared / "samples" / "bureautique" / "pv_2009" / "PV_CM_09_11_2009.doc")
    assert len(words(text)) > 40_000
    assert text.rstrip().endswith("Plus rien n’étant à délibérer, la séance est levée à 21h30")
