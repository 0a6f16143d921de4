"""Time, where the chain must know it: leases, deadlines, the journal. Never in a SIP."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells and passes time."""

    def now(self) -> datetime:
        """Now, with its zone (UTC)."""
        ...
