"""How the adapters start child processes of theirs, which bound what a file may cost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import versement

_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


def command(module: str, *arguments: str) -> list[str]:
    """Command line of a module of the adapters, `formats.pdf_tool`."""
    return [sys.executable, "-m", f"versement.adapters.{module}", *arguments]


def environment() -> dict[str, str]:
    """What a child needs to start, and nothing of what this process knows: it reads hostile files."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    package = str(Path(versement.__file__).parent.parent)
    return {**kept, "PYTHONPATH": package, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
