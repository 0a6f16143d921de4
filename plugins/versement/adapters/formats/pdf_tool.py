"""Child process that looks into PDFs and office files, one JSON request a line: only it dies of hostile ones.

Run as `python -m versement.adapters.formats.pdf_tool SECONDS BYTES`.
"""

from __future__ import annotations

import ctypes
import json
import re
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from pypdfium2 import raw

from versement.adapters.formats import whole, written
from versement.adapters.formats.office import troubles

LINED_PAGES = 2
"""Pages whose lines are given with their typography: title and number stand on them."""
FIRST_PAGES, LAST_PAGES = 100, 20
"""Pages read; a stamp is on the first or the last ones."""
PAGE_CHARACTERS = 20_000
TAIL = 2048
"""Bytes at the end of a whole PDF that hold its `%%EOF`."""
PADDING = 1 << 16
"""Blanks that some tools add after it."""
HYPHEN = "\x02"
"""At the end of a line: it may or may not belong to the word."""
_LINE = re.compile(rf"[^\r\n{HYPHEN}]*{HYPHEN}|[^\r\n{HYPHEN}]+")
CHECKED_BYTES = 16 << 20
"""Packed bytes beyond which a page's content is not unpacked again."""
UNPACKED = frozenset({"/FlateDecode", "/LZWDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/RunLengthDecode"})
"""Filters that damage shows through."""
CLAIM_BYTES = 64 << 20
"""Where a claim of PDF/A is looked for: its packet is as a rule near one end of the file."""
_NO_PAGE = re.compile(rb"/Kids\s*\[\s*\]")
_PART = re.compile(rb"pdfaid:part(?:>|\s*=\s*[\"'])\s*([1-4])")
_LEVEL = re.compile(rb"pdfaid:conformance(?:>|\s*=\s*[\"'])\s*([A-Fa-f])")


def main() -> None:
    seconds, memory = float(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for request in sys.stdin.buffer:
        # The default action kills, even inside PDFium's code and even when the parent is gone.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        kind, path = json.loads(request)
        answer = json.dumps(READERS[kind](Path(path)))
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def read(path: Path) -> dict[str, Any]:
    """Text and lines of a PDF, or `{"error": code}`."""
    if told := problem(path):
        return {"error": told}
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return {"error": _refusal(path)}
    try:
        text = _text(document)
        return {**text, "health": _health(document, path, text["pages"])}
    except (pypdfium2.PdfiumError, MemoryError) as error:
        return {"error": "corrupt", "detail": repr(error)}
    finally:
        document.close()


def _refusal(path: Path) -> str:
    """Why PDFium refuses a file: its last error, which it leaves as it was when there is no page."""
    for attempt in (b"x", path):
        try:
            pypdfium2.PdfDocument(attempt).close()
        except pypdfium2.PdfiumError as error:
            if error.err_code == raw.FPDF_ERR_PASSWORD and attempt is path:
                return "password"
    with path.open("rb") as stream:
        return "pages" if _NO_PAGE.search(stream.read(CLAIM_BYTES)) else "corrupt"


def problem(path: Path) -> str:
    """What the first and last bytes are enough to tell."""
    with path.open("rb") as stream:
        head = stream.read(1024)
        size = stream.seek(0, 2)
        stream.seek(max(0, size - PADDING))
        tail = stream.read().rstrip(b"\0 \t\r\n")[-TAIL:]
    if not size:
        return "empty"
    if b"%PDF-" not in head:
        return "other"
    return "" if b"%%EOF" in tail else "truncated"


def _text(document: pypdfium2.PdfDocument) -> dict[str, Any]:
    pages: list[str] = []
    lines: list[list[list[Any]]] = []
    for number in _wanted(len(document)):
        page = document[number]
        text_page = page.get_textpage()
        characters = min(text_page.count_chars(), PAGE_CHARACTERS)
        text = text_page.get_text_range(0, characters) if characters else ""
        pages.append(text.replace("\r\n", "\n").replace("\ufffe", HYPHEN))
        if number < LINED_PAGES:
            lines.append([_line(text_page, *line) for line in _lines(text_page, text, characters)])
        text_page.close()
        page.close()
    return {"pages": pages, "lines": lines}


def _wanted(count: int) -> list[int]:
    """Places of the pages that are read."""
    return [*range(min(count, FIRST_PAGES)), *range(max(FIRST_PAGES, count - LAST_PAGES), count)]


def _health(document: pypdfium2.PdfDocument, path: Path, texts: list[str]) -> dict[str, Any]:
    """Fields of `domain.health.Health`."""
    claim, count = _claim(path), len(document)
    text_pages = sum(bool(text.strip()) for text in texts)
    encrypted = raw.FPDF_GetSecurityHandlerRevision(document.raw) >= 0
    signs = {
        "FILE_UNREADABLE": _damaged(path, _wanted(count)),
        "FILE_RESTRICTED": encrypted,
        "FILE_PDFA_DOUBTFUL": bool(claim) and (encrypted or _forbidden(document, claim)),
        "FILE_IMAGE_ONLY": bool(count) and not text_pages,
    }
    troubled = [code for code, seen in signs.items() if seen]
    return {"troubles": troubled, "pages": count, "text_pages": text_pages, "pdfa": claim}


def _damaged(path: Path, wanted: Iterable[int]) -> bool:
    """Whether the content of one of these pages does not unpack: PDFium shows what comes before, and says nothing."""
    try:
        with pikepdf.open(path) as whole:
            return any(map(_does_not_unpack, (part for number in wanted for part in _contents(whole.pages[number]))))
    except (pikepdf.PdfError, MemoryError, RecursionError, LookupError, OSError, ValueError, TypeError):
        return False  # what PDFium could open is not refused for that


def _contents(page: pikepdf.Page) -> Iterator[pikepdf.Stream]:
    content = page.obj.get("/Contents")
    for part in content if isinstance(content, pikepdf.Array) else [content]:
        if isinstance(part, pikepdf.Stream) and int(part.get("/Length", 0)) <= CHECKED_BYTES:
            yield part


def _does_not_unpack(content: pikepdf.Stream) -> bool:
    filters: Any = content.get("/Filter", [])
    if not UNPACKED.issuperset(map(str, filters if isinstance(filters, pikepdf.Array | list) else [filters])):
        return False
    try:
        content.read_bytes()
    except pikepdf.PdfError:
        return True
    return False


def _claim(path: Path) -> str:
    """Part and level of PDF/A that the file's own description claims (XMP, ISO 19005), as `1b`."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        content = stream.read(CLAIM_BYTES)
        if size > 2 * CLAIM_BYTES:
            stream.seek(size - CLAIM_BYTES)
        content += stream.read(CLAIM_BYTES)
    part = _PART.search(content)
    level = _LEVEL.search(content)
    return (part[1] + (level[1].lower() if level else b"")).decode() if part else ""


def _forbidden(document: pypdfium2.PdfDocument, claim: str) -> bool:
    """Whether it holds a script, a dynamic form, or in part 1 an attachment."""
    scripts = raw.FPDFDoc_GetJavaScriptActionCount(document.raw)
    dynamic = raw.FPDF_GetFormType(document.raw) in (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND)
    attached = claim.startswith("1") and raw.FPDFDoc_GetAttachmentCount(document.raw)
    return bool(scripts > 0 or dynamic or attached)


def _lines(text_page: pypdfium2.PdfTextpage, text: str, characters: int) -> Iterator[tuple[int, str]]:
    """Place and text of each line that shows something."""
    if len(text) != characters:  # some characters have no place in the text, or two
        text = "".join(chr(raw.FPDFText_GetUnicode(text_page.raw, place) or 0x20) for place in range(characters))
    for line in _LINE.finditer(text.replace("\ufffe", HYPHEN)):
        if line[0].strip():
            yield line.start(), line[0].rstrip("\r\n")


def _line(text_page: pypdfium2.PdfTextpage, start: int, text: str) -> list[Any]:
    """Text, style, size, baseline, left and right of a line; the last visible character gives the style."""
    last = start + len(text.rstrip()) - 1
    first = start + len(text) - len(text.lstrip())
    size = round(raw.FPDFText_GetFontSize(text_page.raw, last) * _scale(text_page, last), 1)
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page.raw, last, name, 128, ctypes.byref(flags))
    style = f"{name.value.decode('utf-8', 'replace')} {size}"
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page.raw, last, ctypes.byref(x), ctypes.byref(y))
    left, right = text_page.get_charbox(first)[0], text_page.get_charbox(last)[2]
    return [text, style, size, round(y.value, 1), round(left, 1), round(right, 1)]


def _scale(text_page: pypdfium2.PdfTextpage, place: int) -> float:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFText_GetMatrix(text_page.raw, place, ctypes.byref(matrix)):
        return 1.0
    return float((matrix.c**2 + matrix.d**2) ** 0.5)


def office(path: Path) -> dict[str, Any]:
    """Health of an office file or a zip."""
    return {"health": {"troubles": troubles(path)}}


def other(path: Path) -> dict[str, Any]:
    """Health of what tells where it ends: TIFF, XML, RTF."""
    return {"health": {"troubles": whole.troubles(path)}}


READERS: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    "pdf": read,
    "office": office,
    "whole": other,
    **written.READERS,
}
"""By the kind of request."""

if __name__ == "__main__":
    main()
