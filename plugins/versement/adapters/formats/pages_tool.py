"""Child process that cuts pages out of one PDF into PDFs of their own: a hostile file may take it down, and only it.

Run as `python -m versement.adapters.formats.pages_tool BYTES`; one JSON request on its input, one answer.
What a cut holds depends on its pages alone: no clock, no random identifier, no other cut, and nothing of other pages.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf

from versement.adapters.formats.pdf_tool import problem

KEPT = frozenset({
    "/Type", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Resources", "/Contents", "/Rotate",
    "/Annots", "/Group", "/UserUnit",
})  # fmt: skip
"""What makes a page look as it does; the rest (structure, threads, thumbnails) leads to other pages."""
LEADING_AWAY = ("/Parent", "/Popup", "/IRT", "/Dest", "/A", "/AA", "/PA")
"""Entries of an annotation that may hold another page's form fields, comments or destination."""
MAX_CUT = 256 << 20
"""Bytes of one cut."""


def main() -> None:
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_CUT, MAX_CUT))
    asked = json.load(sys.stdin)
    answer = cut(Path(asked["path"]), asked["ranges"], Path(asked["folder"]))
    sys.stdout.write(json.dumps(answer))


def cut(path: Path, ranges: Sequence[Sequence[int]], folder: Path) -> dict[str, Any]:
    """Write pages `first` to `last` (from 1) of each range to `<first>-<last>.pdf`; the number of pages, or `error`."""
    if code := problem(path):
        return {"error": code}
    try:
        with pikepdf.open(path) as whole:
            return _cut(whole, ranges, folder)
    except pikepdf.PasswordError:
        return {"error": "password"}
    except (pikepdf.PdfError, MemoryError, RecursionError, OSError, ValueError, TypeError) as error:
        return {"error": "corrupt", "detail": type(error).__name__}


def _cut(whole: pikepdf.Pdf, ranges: Sequence[Sequence[int]], folder: Path) -> dict[str, Any]:
    count = len(whole.pages)
    if any(last > count for _, last in ranges):
        return {"error": "beyond"}
    if ranges and not _told_apart(whole):
        return {"error": "corrupt", "detail": "resources cannot be told apart"}
    for first, last in ranges:
        _write(whole, first, last, folder / f"{first}-{last}.pdf")
    return {"pages": count}


def _told_apart(whole: pikepdf.Pdf) -> bool:
    """Leave each page its own resources; false when a page cannot be parsed, and would keep its neighbours' too."""
    told = len(whole.get_warnings())
    whole.remove_unreferenced_resources()
    return len(whole.get_warnings()) == told


def _write(whole: pikepdf.Pdf, first: int, last: int, target: Path) -> None:
    with pikepdf.new() as alone:
        for page in whole.pages[first - 1 : last]:
            _strip(page)
            alone.pages.append(page)
        # Streams stay as they are: packed again, their bytes would depend on this machine's zlib.
        alone.save(
            target,
            min_version=whole.pdf_version,
            deterministic_id=True,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )


def _strip(page: pikepdf.Page) -> None:
    for key in set(page.obj.keys()) - KEPT - {"/Parent"}:
        del page.obj[key]
    annotations = page.obj.get("/Annots")
    for annotation in annotations if isinstance(annotations, pikepdf.Array) else ():
        for key in LEADING_AWAY:
            if isinstance(annotation, pikepdf.Dictionary) and key in annotation:
                del annotation[key]


if __name__ == "__main__":
    main()
