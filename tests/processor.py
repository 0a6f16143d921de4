"""How long a process has worked, which other programs of a busy machine do not change."""

from __future__ import annotations

import os
from pathlib import Path


def worked(pid: int) -> float:
    """Seconds of processor that a running process has taken, its ended children left out."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
