"""PRONOM identification by content, in a child process that stays for all the files. Never imports pygfried."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from versement.adapters.child import command, environment
from versement.domain.errors import SettingsError
from versement.ports.formats import FormatIdentification

BATCH = 200
"""Files of one message."""
START_SECONDS = 60.0
BYTES_PER_SECOND = 20 << 20
"""Far below what Siegfried reads in a second, so that only a hostile file is ever given up."""


def identify(paths: Sequence[Path]) -> Mapping[Path, FormatIdentification]:
    """See `Formats.identify`, for whoever asks once only."""
    with Identifier() as identifier:
        return identifier.identify(paths)


class Identifier:
    """Identifies files in a child that is started once, and again whenever a file takes it down. Close it when done."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def identify(self, paths: Sequence[Path]) -> Mapping[Path, FormatIdentification]:
        """See `Formats.identify`. A file that takes its child down is not identified; its neighbours are.

        Raises:
            SettingsError: the tool does not start at all.
        """
        found: dict[Path, FormatIdentification] = {}
        wanted = list(dict.fromkeys(paths))
        with self._lock:
            for start in range(0, len(wanted), BATCH):
                found |= self._identified(wanted[start : start + BATCH])
        return {path: found.get(path, FormatIdentification()) for path in wanted}

    def close(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            _ended(child)

    def _identified(self, batch: Sequence[Path]) -> dict[Path, FormatIdentification]:
        fresh = self._child is None
        answers = self._asked(batch)
        if answers is None and not fresh:
            answers = self._asked(batch)  # the files before may have used the child up
        if answers is None:
            self._check_tool()
            answers = dict(self._halved(batch))
        return answers

    def _halved(self, batch: Sequence[Path]) -> Iterator[tuple[Path, FormatIdentification]]:
        """Identify a failed batch by halves, down to the file that makes it fail."""
        if len(batch) == 1:
            return
        for half in (batch[: len(batch) // 2], batch[len(batch) // 2 :]):
            answers = self._asked(half)
            yield from answers.items() if answers is not None else self._halved(half)

    def _asked(self, batch: Sequence[Path]) -> dict[Path, FormatIdentification] | None:
        """What the child says of a batch; None when it failed or took too long, and is gone."""
        answer = self._answer(batch, START_SECONDS + sum(_size(path) for path in batch) / BYTES_PER_SECOND)
        try:
            result = json.loads(answer)
        except ValueError:
            self.close()
            return None
        signatures = "; ".join(part["details"] for part in result["identifiers"])
        return {Path(file["filename"]): _identification(file, signatures) for file in result["files"]}

    def _answer(self, batch: Sequence[Path], seconds: float) -> bytes:
        """The child's line, or what it could write of it before it ended or was ended."""
        child = self._child = self._child or _started()
        if child.stdin is None or child.stdout is None:  # for the type checker: both are pipes
            return b""
        watch = threading.Timer(seconds, child.kill)
        watch.start()
        try:
            child.stdin.write(json.dumps([str(path) for path in batch]).encode() + b"\n")
            child.stdin.flush()
            return child.stdout.readline()
        except BrokenPipeError:
            return b""
        finally:
            watch.cancel()

    def _check_tool(self) -> None:
        """Tell a tool that cannot start from files that take it down."""
        if self._asked([]) is None:
            raise SettingsError(
                "L’outil d’identification des formats (Siegfried) ne démarre pas : vérifiez l’installation de "
                "pygfried, puis relancez.",
                detail="pronom_tool failed on an empty list",
            )


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command("formats.pronom_tool"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )


def _ended(child: subprocess.Popen[bytes]) -> None:
    """Let a child end, its pipes closed, whatever it left in them."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
    child.wait()


def _size(path: Path) -> int:
    return path.stat().st_size


def _identification(file: Mapping[str, Any], signatures: str) -> FormatIdentification:
    """The first match that the content gives; what only the name suggests does not count."""
    matches = [match for match in file["matches"] if _by_content(match)]
    if file["errors"] or not matches:
        return FormatIdentification(signatures=signatures)
    best = matches[0]
    warnings = [text for text in best["warning"].split("; ") if text and "extension" not in text]
    return FormatIdentification(
        puid=best["id"],
        mime=best["mime"],
        name=best["format"],
        warning="; ".join(warnings),
        signatures=signatures,
        others=tuple(match["id"] for match in matches[1:]),
    )


def _by_content(match: Mapping[str, Any]) -> bool:
    bases = [basis for basis in match["basis"].split("; ") if not basis.startswith("extension match")]
    return match["id"] != "UNKNOWN" and bool(bases)
