"""Format identification (PRONOM) in a child process: the Go runtime must not live in a server with threads.

Run as a module, it reads paths from standard input and writes what Siegfried says of each.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TIMEOUT_SECONDS = 1200
_TRIES = 3
"""A child that a signal ended says nothing of the files: it is asked again before the step fails."""


@dataclass(frozen=True, slots=True)
class Identification:
    """What Siegfried says of a file; `puid` is empty when it does not know."""

    puid: str
    mime: str
    name: str


def identify(paths: Sequence[Path]) -> dict[Path, Identification]:
    """Identify files.

    Raises:
        subprocess.SubprocessError: the child died or took too long.
    """
    if not paths:
        return {}
    for _ in range(_TRIES):
        done = subprocess.run(
            [sys.executable, "-m", "sandbox.vitam.siegfried"],
            input=json.dumps([str(path) for path in paths]),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        if done.returncode >= 0:
            break
    done.check_returncode()
    return {path: Identification(*said) for path, said in zip(paths, json.loads(done.stdout), strict=True)}


def _main() -> None:
    import pygfried  # noqa: PLC0415  only here, in the child

    paths = json.load(sys.stdin)
    answer: Any = pygfried.identify_many(paths)
    said = {entry["filename"]: entry["matches"] for entry in answer["files"]}
    json.dump([_first(said.get(path, [])) for path in paths], sys.stdout)


def _first(matches: Sequence[Mapping[str, str]]) -> tuple[str, str, str]:
    for match in matches:
        if match["id"] != "UNKNOWN":
            return match["id"], match["mime"], match["format"]
    return "", "", ""


if __name__ == "__main__":
    _main()
