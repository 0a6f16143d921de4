"""The project as text: its files, its code, its pages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("crash", "dags", "demo", "docker", "plugins", "sandbox", "tests")
PACKAGE = ROOT / "plugins" / "versement"


@cache
def modules(*folders: str) -> tuple[Path, ...]:
    """Python files of some folders."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(sorted(path for path in found if "__pycache__" not in path.parts))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def pages() -> tuple[Path, ...]:
    """Every page that a person reads."""
    return (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(page: Path, language: str) -> Iterator[str]:
    """Code blocks of a page, in one language."""
    for match in re.finditer(rf"^```{language}\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL):
        yield match[1]
