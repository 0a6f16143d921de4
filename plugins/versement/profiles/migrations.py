"""Older versions of a profile's format, read as the current one. Files are never rewritten."""

from __future__ import annotations

from typing import Any

from versement.profiles.text import Path, Tree

CURRENT = "2"


def current(tree: Tree) -> Tree:
    """The profile as the current version says it, lines kept, so that what is wrong is told where it stands."""
    data = tree.data
    return _from_1(tree) if isinstance(data, dict) and data.get("version") == "1" else tree


def _from_1(tree: Tree) -> Tree:
    """Version 1 knew acts only: its `index` is now the drop's."""
    data: dict[str, Any] = {name: value for name, value in tree.data.items() if name != "index"}
    lines: dict[Path, int] = {path: line for path, line in tree.lines.items() if path[:1] != ("index",)}
    drop: dict[str, Any] = {"layout": "actes"}
    if "index" in tree.data:
        drop["index"] = tree.data["index"]
        lines["drop",] = lines["drop", "index"] = tree.lines.get(("index",), 0)
    if "drop" not in data:
        data["drop"] = drop
    return Tree({**data, "version": CURRENT}, lines, tree.faults)
