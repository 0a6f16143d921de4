"""What each code means, as the reference page `docs/reference/constats.md` explains it: its table, in the package."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "constats.json"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of one code, in French: what becomes of the document, why, who acts and how."""

    effect: str
    cause: str
    actor: str
    remedy: str


@cache
def explanations() -> Mapping[str, Explanation]:
    """By code."""
    return {code: Explanation(**told) for code, told in json.loads(FILE.read_text(encoding="utf-8")).items()}


def read_from(reference: str) -> Mapping[str, Explanation]:
    """The table of the reference page, without the marks of Markdown."""
    return dict(_rows(reference))


def rendered(found: Mapping[str, Explanation]) -> str:
    """As the file holds it."""
    table = {code: asdict(told) for code, told in sorted(found.items())}
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def _rows(reference: str) -> Iterator[tuple[str, Explanation]]:
    for line in reference.splitlines():
        code = re.match(r"\| `([A-Z_]+)` \|", line)
        if code:
            _, effect, cause, actor, remedy = (_plain(cell) for cell in line.strip("| ").split(" | "))
            yield code[1], Explanation(effect, cause, actor, remedy)


def _plain(cell: str) -> str:
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", cell).replace("`", "").replace("**", "").strip()


if __name__ == "__main__":
    FILE.write_text(rendered(read_from(Path(sys.argv[1]).read_text(encoding="utf-8"))), encoding="utf-8")
