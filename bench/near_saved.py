"""The texts of the labelled set of near duplicates, saved in the formats of offices and read back."""

from __future__ import annotations

import re
import tempfile
import textwrap
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from versement.adapters.formats.pdf import PdfReader

LINES = 58
"""Lines of one printed page."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE, _TEXT = (f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "text"))


def saved_texts(texts: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """By name and kind (`printed`, `docx`, `odt`, `html`, `plain`), what the chain reads of each file."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, PdfReader(seconds=30, memory=512 << 20) as reader:
        for name, text in texts.items():
            for kind, save in _SAVERS.items():
                path = Path(folder) / "file"
                save(path, _UNWRITABLE.sub("", text.replace("\x02\n", "")).splitlines())
                read = "\n".join(reader.read(path).pages) if kind == "printed" else reader.text(path, kind)
                found[name, kind] = read
                path.unlink()
    return found


def _printed(path: Path, lines: list[str]) -> None:
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    wrapped = [part for line in lines for part in textwrap.wrap(line, 95) or [""]]
    for number, start in enumerate(range(0, len(wrapped), LINES), 1):
        canvas.setFont("Helvetica", 9)
        canvas.drawString(60, 810, f"Ville – Conseil municipal – page {number}")
        for place, line in enumerate(wrapped[start : start + LINES]):
            canvas.drawString(60, 790 - 13 * place, line)
        canvas.showPage()
    canvas.save()


def _docx(path: Path, lines: list[str]) -> None:
    body = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    document = f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'
    _zipped(path, "word/document.xml", document)


def _odt(path: Path, lines: list[str]) -> None:
    body = "".join(f"<text:p>{escape(line)}</text:p>" for line in lines)
    spaces = f'xmlns:office="{_OFFICE}" xmlns:text="{_TEXT}"'
    inside = f"<office:body><office:text>{body}</office:text></office:body>"
    _zipped(path, "content.xml", f"<office:document-content {spaces}>{inside}</office:document-content>")


def _html(path: Path, lines: list[str]) -> None:
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    menu = "<ul><li>Accueil</li><li>La mairie</li><li>Délibérations</li><li>Contact</li></ul>"
    path.write_text(f"<!DOCTYPE html><html><body>{menu}{body}</body></html>", encoding="utf-8")


def _plain(path: Path, lines: list[str]) -> None:
    path.write_text("\r\n".join(lines), encoding="cp1252", errors="replace")


def _zipped(path: Path, name: str, content: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)


_SAVERS: Mapping[str, Callable[[Path, list[str]], None]] = {
    "printed": _printed,
    "docx": _docx,
    "odt": _odt,
    "html": _html,
    "plain": _plain,
}
