"""Cutting of a PDF that holds several documents, in a child process: what one page costs is bounded."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from versement.adapters.child import command, environment
from versement.adapters.formats.pdf import MESSAGES
from versement.domain.errors import UnreadableFile

SECONDS_PER_CUT = 2.0
"""Time that each cut adds to what opening the file may take."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What opening a file may cost: seconds, and bytes of address space."""

    seconds: float
    memory: int


def page_count(path: Path, limits: Limits) -> int:
    """See `Formats.page_count`."""
    return int(_asked(path, (), path.parent, limits)["pages"])


def cut_pages(
    path: Path, ranges: Sequence[tuple[int, int]], folder: Path, limits: Limits
) -> Mapping[tuple[int, int], Path]:
    """See `Formats.cut_pages`."""
    if any(first < 1 or last < first for first, last in ranges):
        raise UnreadableFile(_BEYOND)
    if ranges:
        _asked(path, ranges, folder, limits)
    return {(first, last): folder / f"{first}-{last}.pdf" for first, last in ranges}


_BEYOND = (
    "Ce fichier PDF n’a pas les pages que l’index annonce : aucune n’est découpée. Vérifiez que l’index est bien celui "
    "de ce fichier."
)


def _asked(path: Path, ranges: Sequence[tuple[int, int]], folder: Path, limits: Limits) -> dict[str, Any]:
    seconds = limits.seconds + SECONDS_PER_CUT * len(ranges)
    request = json.dumps({"path": str(path), "ranges": ranges, "folder": str(folder)})
    try:
        done = subprocess.run(
            command("formats.pages_tool", str(limits.memory)),
            input=request.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(MESSAGES["slow"].format(seconds=seconds), detail="pages_tool was too slow") from error
    answer = _answer(done)
    if "error" in answer:
        message = _BEYOND if answer["error"] == "beyond" else MESSAGES[answer["error"]]
        raise UnreadableFile(message, detail=str(answer.get("detail", "")))
    return answer


def _answer(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    try:
        return dict(json.loads(done.stdout))
    except ValueError:
        return {"error": "crash", "detail": f"pages_tool ended with {done.returncode}"}
