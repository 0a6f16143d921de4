"""What looking into a file tells, beyond its format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """Of one file.

    Attributes:
        troubles: codes of what is wrong with it (domain.policies), in order.
        pages: of a PDF; 0 for anything else.
        text_pages: those that hold text, among the first hundred and the last twenty.
        pdfa: part and level of PDF/A that a PDF claims (`1b`), which nobody verified; empty without a claim.
    """

    troubles: tuple[str, ...] = ()
    pages: int = 0
    text_pages: int = 0
    pdfa: str = ""
