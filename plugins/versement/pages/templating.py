"""Templates of every page: escaped, strict, with what all of them may use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2

from versement.domain.balance import HEADINGS

SHARED = Path(__file__).parent / "templates"
ZONE = ZoneInfo("Europe/Paris")
ROWS = 500
"""Lines of one list on a page; how many more there are is said."""
REMARKS = 20
"""Likewise, remarks of one transfer."""
RULES = 200
"""Likewise, rules on metadata, and those that could not be applied."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The beginning of a list, and how many items are left out."""

    shown: Sequence[Any]
    left_out: int

    @classmethod
    def of(cls, items: Sequence[Any], most: int = ROWS) -> Listed:
        return cls(items[:most], max(0, len(items) - most))


def templates(*folders: Path) -> jinja2.Environment:
    """Templates of these folders, then those that pages share."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, SHARED]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"headings": HEADINGS, "number": number, "most_remarks": REMARKS}
    return environment


def number(value: int) -> str:
    """As French writes it: a narrow no-break space between thousands."""
    return f"{value:,}".replace(",", "\u202f")


def when(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%d/%m/%Y à %H h %M}"
