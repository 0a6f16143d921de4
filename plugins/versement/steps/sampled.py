"""A sample drop as it is looked at: the names of its files, those of its archives included, and their small indexes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from versement.domain.errors import UnreadableFile
from versement.ports.formats import Archive, Formats, Member

LOOKED_AT = 5_000
"""Files of a drop that are listed; a sample has fewer."""
OPENED = 20
"""Archives of a drop that are opened."""
HEAD = 2 << 20
"""Bytes of an index that are read."""
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
TABLES = (".csv", ".txt", ".xml", ".json")


@dataclass(slots=True)
class SampledDrop:
    """What is there.

    Attributes:
        paths: of every file, sorted; those of an archive that can be opened stand under its own path.
        files: how many files the folder itself has.
        archives: paths of its archives.
    """

    root: Path
    copies: Path
    paths: list[str] = field(default_factory=list)
    files: int = 0
    archives: list[str] = field(default_factory=list)
    _copied: dict[str, Path] = field(default_factory=dict)

    def at(self, path: str) -> Path:
        """Where its bytes can be read: those of an archive's members only as far as `TABLES` and `HEAD` go."""
        return self._copied.get(path, self.root / path)

    def tables(self, count: int) -> list[str]:
        """Paths of what may be an index or a description and can be read, the first ones."""
        found = [path for path in self.paths if path.lower().endswith(TABLES)]
        return [path for path in found if path in self._copied or not self._within(path)][:count]

    def look(self, formats: Formats) -> None:
        """List the folder and open its first archives; one that cannot be opened stays one file."""
        listed = sorted(_listed(self.root))
        self.files = len(listed)
        self.archives = [path for path in listed if path.lower().endswith(ARCHIVES)]
        self.paths = [path for path in listed if path not in set(self.archives[:OPENED])]
        for path in self.archives[:OPENED]:
            try:
                archive = formats.archive(self.root / path)
            except (UnreadableFile, OSError):
                self.paths.append(path)
                continue
            try:
                self.paths += [self._member(archive, path, member) for member in archive.members[:LOOKED_AT]]
            finally:
                archive.close()
        self.paths.sort()

    def _member(self, archive: Archive, above: str, member: Member) -> str:
        path = f"{above}/{member.name}"
        if path.lower().endswith(TABLES) and member.problem is None and member.size <= HEAD:
            copy = self.copies / str(len(self._copied))
            copy = copy.with_suffix(Path(member.name).suffix.lower())
            try:
                copy.write_bytes(b"".join(archive.read(member)))
            except UnreadableFile:
                return path
            self._copied[path] = copy
        return path

    def _within(self, path: str) -> bool:
        return any(path.startswith(f"{archive}/") for archive in self.archives)


def _listed(folder: Path) -> Iterator[str]:
    count = 0
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            count += 1
            if count > LOOKED_AT:
                return
            yield (Path(place) / name).relative_to(folder).as_posix()
