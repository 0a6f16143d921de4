"""Format identification (PRONOM) in a child process: the Go runtime must not live in a server with threads.

Run as a module, it reads lists of paths from standard input, one a line, and writes what Siegfried says of each.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TIMEOUT_SECONDS = 1200.0
_TRIES = 3
"""A child that a signal ended says nothing of the files: it is asked again before the step fails."""


@dataclass(frozen=True, slots=True)
class Identification:
    """What Siegfried says of a file; `puid` is empty when it does not know."""

    puid: str
    mime: str
    name: str


class Siegfried:
    """A child process that is kept from one question to the next: its start costs more than most answers.

    Not to be shared between threads.
    """

    def __init__(self, python: str = sys.executable) -> None:
        self._python = python
        self._child: subprocess.Popen[str] | None = None

    def identify(self, paths: Sequence[Path]) -> dict[Path, Identification]:
        """Identify files.

        Raises:
            subprocess.SubprocessError: the child died or took too long.
        """
        if not paths:
            return {}
        question = json.dumps([str(path) for path in paths])
        for _ in range(_TRIES):
            answer = self._ask(question)
            if answer.endswith("\n"):
                said = json.loads(answer)
                return {path: Identification(*one) for path, one in zip(paths, said, strict=True)}
            code = self.close()
            if code >= 0:
                break
        raise subprocess.CalledProcessError(code, "siegfried")

    def close(self) -> int:
        """End the child; its return code, negative when a signal ended it."""
        if self._child is None:
            return 0
        with contextlib.suppress(BrokenPipeError):
            self._child.communicate()
        code, self._child = self._child.wait(), None
        return code

    def _ask(self, question: str) -> str:
        """The child's answer, one line; less than a line when it ended instead."""
        child = self._child = self._child or subprocess.Popen(
            [self._python, "-m", "sandbox.vitam.siegfried"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if child.stdin is None or child.stdout is None:
            raise subprocess.SubprocessError("the child has no pipes")
        limit = threading.Timer(_TIMEOUT_SECONDS, child.kill)
        limit.start()
        try:
            child.stdin.write(f"{question}\n")
            child.stdin.flush()
            return child.stdout.readline()
        except BrokenPipeError:
            return ""
        finally:
            limit.cancel()


def identify(paths: Sequence[Path]) -> dict[Path, Identification]:
    """Identify files, by this thread's own child.

    Raises:
        subprocess.SubprocessError: the child died or took too long.
    """
    mine: Siegfried | None = getattr(_children, "mine", None)
    if mine is None:
        mine = _children.mine = Siegfried()
    return mine.identify(paths)


_children = threading.local()


def _main() -> None:
    import pygfried  # noqa: PLC0415  only here, in the child

    for question in sys.stdin:
        answer: Any = pygfried.identify_many(json.loads(question))
        said = {entry["filename"]: entry["matches"] for entry in answer["files"]}
        sys.stdout.write(json.dumps([_first(said.get(path, [])) for path in json.loads(question)]) + "\n")
        sys.stdout.flush()


def _first(matches: Sequence[Mapping[str, str]]) -> tuple[str, str, str]:
    for match in matches:
        if match["id"] != "UNKNOWN":
            return match["id"], match["mime"], match["format"]
    return "", "", ""


if __name__ == "__main__":
    _main()
