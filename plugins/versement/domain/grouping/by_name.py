"""What a file's name alone says: main files and annexes under ACTES names, annexes named after their act."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence

from versement.domain.grouping.acts import Act
from versement.domain.grouping.names import ACTES_NAME, archives_of, base, folder_of, is_pdf, key, stem_key

_ANNEX_MARK = re.compile(r"[_-]annexe", re.IGNORECASE)


def actes_groups(
    paths: Sequence[str], free: Container[str], acts: Mapping[str, Act]
) -> Iterator[tuple[str, Sequence[str]]]:
    """Main file and annexes of each group of ACTES names: `_1` is the act, `_2` and after its annexes."""
    stems: dict[tuple[str, str], dict[int, list[str]]] = {}
    for path in paths:
        match = ACTES_NAME.fullmatch(base(path))
        if match:
            ranks = stems.setdefault((folder_of(path), match["stem"]), {})
            ranks.setdefault(int(match["rank"]), []).append(path)
    for ranks in stems.values():
        main = ranks.get(1, [])
        if len(main) == 1 and (main[0] in free or main[0] in acts):
            yield main[0], [path for rank in sorted(ranks) if rank > 1 for path in ranks[rank] if path in free]


def annexes_by_name(free: Sequence[str], acts: Mapping[str, Act], files: Container[str]) -> Iterator[tuple[str, str]]:
    """Act and annex of each `<stem>_annexe…` beside `<stem>.pdf`, be it an archive that stands as a folder."""
    marked = [path for path in free if any(_ANNEX_MARK.search(key(one)) for one in _carriers(path))]
    folders = {folder_of(one) for path in marked for one in _carriers(path)}
    candidates = (path for path in (*acts, *free) if folder_of(path) in folders and path in files and is_pdf(path))
    mains = {stem_key(path): path for path in sorted(candidates, reverse=True)}
    for path in sorted(marked, key=lambda path: (len(path), path)):
        main = next((found for found in (_main_of(one, mains) for one in _carriers(path)) if found), None)
        if main is None or main == path:
            continue
        yield main, path
        if mains.get(stem_key(path)) == path:
            del mains[stem_key(path)]


def _carriers(path: str) -> tuple[str, ...]:
    """A file, and the archives that it is in."""
    return (path, *archives_of(path))


def _main_of(path: str, mains: Mapping[tuple[str, str], str]) -> str | None:
    """The act that a file's name makes it an annex of: the one with the longest name."""
    name = key(path)
    for mark in reversed(list(_ANNEX_MARK.finditer(name))):
        main = mains.get((folder_of(path), name[: mark.start()]))
        if main is not None and main != path:
            return main
    return None
