"""PRONOM identification by content, in child processes. This module never imports pygfried."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from versement.adapters.child import command, environment
from versement.domain.errors import SettingsError
from versement.ports.formats import FormatIdentification

BATCH = 500
"""Files of one child."""
START_SECONDS = 60.0
BYTES_PER_SECOND = 20 << 20
"""Far below what Siegfried reads in a second, so that only a hostile file is ever given up."""


def identify(paths: Sequence[Path]) -> Mapping[Path, FormatIdentification]:
    """See `Formats.identify`. A file that takes its child down is not identified; its neighbours are.

    Raises:
        SettingsError: the tool does not start at all.
    """
    found: dict[Path, FormatIdentification] = {}
    wanted = list(dict.fromkeys(paths))
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        answers = _asked(batch)
        if answers is None:
            _check_tool()
            answers = dict(_halved(batch))
        found |= answers
    return {path: found.get(path, FormatIdentification()) for path in wanted}


def _halved(batch: Sequence[Path]) -> Iterator[tuple[Path, FormatIdentification]]:
    """Identify a failed batch by halves, down to the file that makes it fail."""
    if len(batch) == 1:
        return
    for half in (batch[: len(batch) // 2], batch[len(batch) // 2 :]):
        answers = _asked(half)
        yield from answers.items() if answers is not None else _halved(half)


def _asked(batch: Sequence[Path]) -> dict[Path, FormatIdentification] | None:
    """What one child says of a batch; None when it failed or took too long."""
    seconds = START_SECONDS + sum(path.stat().st_size for path in batch) / BYTES_PER_SECOND
    try:
        done = subprocess.run(
            command("formats.pronom_tool"),
            input=json.dumps([str(path) for path in batch]).encode(),
            capture_output=True,
            check=True,
            timeout=seconds,
            env=environment(),
        )
        result = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        return None
    signatures = "; ".join(part["details"] for part in result["identifiers"])
    return {Path(file["filename"]): _identification(file, signatures) for file in result["files"]}


def _identification(file: Mapping[str, Any], signatures: str) -> FormatIdentification:
    """The first match that the content gives; what only the name suggests does not count."""
    matches = [match for match in file["matches"] if _by_content(match)]
    if file["errors"] or not matches:
        return FormatIdentification(signatures=signatures)
    best = matches[0]
    warnings = [text for text in best["warning"].split("; ") if text and "extension" not in text]
    if len(matches) > 1:
        warnings.append("also " + ", ".join(match["id"] for match in matches[1:]))
    return FormatIdentification(
        puid=best["id"],
        mime=best["mime"],
        name=best["format"],
        warning="; ".join(warnings),
        signatures=signatures,
    )


def _by_content(match: Mapping[str, Any]) -> bool:
    bases = [basis for basis in match["basis"].split("; ") if not basis.startswith("extension match")]
    return match["id"] != "UNKNOWN" and bool(bases)


def _check_tool() -> None:
    """Tell a tool that cannot start from files that take it down."""
    if _asked([]) is None:
        raise SettingsError(
            "L’outil d’identification des formats (Siegfried) ne démarre pas : vérifiez l’installation de "
            "pygfried, puis relancez.",
            detail="pronom_tool failed on an empty list",
        )
