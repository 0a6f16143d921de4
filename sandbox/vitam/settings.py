"""What the command line decides, handed to every part of the server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one sandbox server.

    Attributes:
        store: folder of the database and of the files.
        poll_purge_seconds: after this long, the process engine forgets a completed workflow (HEAD answers 204).
        step_seconds: shortest time that one step lasts.
        index_delay_seconds: time before what is written can be found by a search.
        tenants: tenants are numbered from 0 to this number minus one.
    """

    store: Path
    poll_purge_seconds: float = 3600.0
    step_seconds: float = 0.0
    index_delay_seconds: float = 0.3
    tenants: int = 10
