"""What goes wrong in the archive in memory, when tests say so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(slots=True)
class MemoryFaults:
    """What goes wrong; tests set it, at any time.

    Attributes:
        down: nothing is answered, until set back.
        cut_before: the next deposit is cut once this many bytes have come.
        too_large: SIPs of more bytes than this are refused by 413.
        cut_after: the next deposit is taken whole and its answer lost.
        five_hundred: the next deposit is answered by 500, `before` anything is kept or `after` it is taken.
        never_started: the next deposit is taken, and its operation never begins by itself.
        fatal: the next operation stops on a technical error.
        refused_files: SHA-512 or names of files that make a KO which names them.
        refused_units: OriginatingSystemIds that make a KO which names them.
        refused_header: every SIP is refused for its contract, which blames no document.
        hidden_searches: searches that do not find a new operation yet.
        running_polls: questions on its state that find a new operation still running.
        late_replies: requests for its reply that come too early.
        late_register: requests for its entry in the accession register that come too early.
    """

    down: bool = False
    cut_before: int | None = None
    too_large: int | None = None
    cut_after: bool = False
    five_hundred: Literal["", "before", "after"] = ""
    never_started: bool = False
    fatal: bool = False
    refused_files: set[str] = field(default_factory=set)
    refused_units: set[str] = field(default_factory=set)
    refused_header: bool = False
    hidden_searches: int = 0
    running_polls: int = 0
    late_replies: int = 0
    late_register: int = 0
