"""The command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_alone(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`python -m versement` as a person runs it, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "versement", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "plugins")} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
