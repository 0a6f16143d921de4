"""Child process that reads the text of PDFs, one JSON request a line: hostile files may take it down, and only it.

Run as `python -m versement.adapters.formats.pdf_tool SECONDS BYTES`.
"""

from __future__ import annotations

import ctypes
import json
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
from pypdfium2 import raw

LINED_PAGES = 2
"""Pages whose lines are given with their typography: title and number stand on them."""
FIRST_PAGES, LAST_PAGES = 100, 20
"""Pages read; a stamp is on the first or the last ones."""
PAGE_CHARACTERS = 20_000
TAIL = 2048
"""Bytes at the end of a whole PDF that hold its `%%EOF`."""
PADDING = 1 << 16
"""Blanks that some tools add after it."""


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
        answer = json.dumps(read(Path(json.loads(request))))
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def read(path: Path) -> dict[str, Any]:
    """Text and lines of a PDF, or `{"error": code}`."""
    if told := problem(path):
        return {"error": told}
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        return {"error": "password" if error.err_code == raw.FPDF_ERR_PASSWORD else "corrupt", "detail": str(error)}
    try:
        return _text(document)
    except (pypdfium2.PdfiumError, MemoryError) as error:
        return {"error": "corrupt", "detail": repr(error)}
    finally:
        document.close()


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
    count = len(document)
    wanted = [*range(min(count, FIRST_PAGES)), *range(max(FIRST_PAGES, count - LAST_PAGES), count)]
    pages: list[str] = []
    lines: list[list[list[Any]]] = []
    for number in wanted:
        page = document[number]
        text_page = page.get_textpage()
        characters = min(text_page.count_chars(), PAGE_CHARACTERS)
        text = text_page.get_text_range(0, characters) if characters else ""
        pages.append(text.replace("\r\n", "\n").replace("\ufffe", "\x02"))
        if number < LINED_PAGES:
            lines.append([_line(text_page, members) for members in _lines(text_page, characters)])
        text_page.close()
        page.close()
    return {"pages": pages, "lines": lines}


def _lines(text_page: pypdfium2.PdfTextpage, characters: int) -> Iterator[list[tuple[int, str]]]:
    """Places and characters of each line that shows something."""
    line: list[tuple[int, str]] = []
    for place in range(characters):
        character = chr(raw.FPDFText_GetUnicode(text_page.raw, place) or 0x20)
        character = "\x02" if character == "\ufffe" else character
        if character not in "\r\n":
            line.append((place, character))
        if character in "\r\n\x02":
            if _visible(line):
                yield line
            line = []
    if _visible(line):
        yield line


def _visible(line: list[tuple[int, str]]) -> bool:
    return any(character.strip() for _, character in line)


def _line(text_page: pypdfium2.PdfTextpage, members: list[tuple[int, str]]) -> list[Any]:
    """Text, style, size, baseline, left and right of a line; the last visible character gives the style."""
    text = "".join(character for _, character in members)
    seen = [place for place, character in members if character.strip()]
    last = seen[-1]
    size = round(raw.FPDFText_GetFontSize(text_page.raw, last) * _scale(text_page, last), 1)
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page.raw, last, name, 128, ctypes.byref(flags))
    style = f"{name.value.decode('utf-8', 'replace')} {size}"
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page.raw, last, ctypes.byref(x), ctypes.byref(y))
    left, right = text_page.get_charbox(seen[0])[0], text_page.get_charbox(last)[2]
    return [text, style, size, round(y.value, 1), round(left, 1), round(right, 1)]


def _scale(text_page: pypdfium2.PdfTextpage, place: int) -> float:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFText_GetMatrix(text_page.raw, place, ctypes.byref(matrix)):
        return 1.0
    return float((matrix.c**2 + matrix.d**2) ** 0.5)


if __name__ == "__main__":
    main()
