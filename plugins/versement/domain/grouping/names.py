"""The files of a drop by name: which one is meant by whatever names it."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import takewhile

ACTES_NAME = re.compile(
    r"(?:[0-9A-Z]{2}_[A-Z]{2}-)?"
    r"(?P<stem>\d[0-9AB]{2}-\d{9}-\d{8}-[A-Za-z0-9_]{1,15}-[A-Z]{2}-1-1)_(?P<rank>\d+)"
    r"\.(?!(?:p7s|p7m|pkcs7|sig|tsr|tst)$)[A-Za-z0-9]+"  # a signature or a token is no piece of its own
)
_ARCHIVE = re.compile(r".+\.(?:zip|tar|tar\.gz|tgz)", re.IGNORECASE)
_PASTELL_NAME = re.compile(r".+\.yml_(?P<alias>\w+_\d+)(?:\.[A-Za-z0-9]+)?")


def base(path: str) -> str:
    return path.rpartition("/")[2]


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def named(name: str) -> str:
    """The file name that a message gives, without any folder before it."""
    return re.split(r"[/\\]", name.strip())[-1]


def joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else name


def key(path: str) -> str:
    return unicodedata.normalize("NFC", base(path))


def stem_key(path: str) -> tuple[str, str]:
    return folder_of(path), key(path).rpartition(".")[0]


def is_pdf(path: str) -> bool:
    return path.lower().endswith(".pdf")


def archives_of(path: str) -> Iterator[str]:
    """Folders on the way to a file that are opened archives, by their names, from the top."""
    parts = path.split("/")
    return ("/".join(parts[: place + 1]) for place, part in enumerate(parts[:-1]) if _ARCHIVE.fullmatch(part))


class Names:
    """Sorted paths by name, compared in NFC."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        self._everywhere: dict[str, list[str]] = {}
        self._in_folder: dict[str, dict[str, list[str]]] = {}
        self._actes: dict[str, list[str]] = {}
        self._aliases: dict[tuple[str, str], list[str]] = {}
        self._opened: dict[str, dict[str, list[str]]] = {}  # by name of an archive that stands as a folder
        self._replaced: dict[str, dict[str, list[str]]] = {}  # by folder, made when first asked for
        for path in paths:
            folder, name = folder_of(path), key(path)
            if alias := _PASTELL_NAME.fullmatch(name):
                self._aliases.setdefault((folder, alias["alias"]), []).append(path)
            match = ACTES_NAME.fullmatch(base(path))
            if match and int(match["rank"]) == 1:
                self._actes.setdefault(match["stem"], []).append(path)
            self._everywhere.setdefault(name, []).append(path)
            self._in_folder.setdefault(folder, {}).setdefault(name, []).append(path)

    def of_acte(self, identifier: str) -> list[str]:
        """Main files whose ACTES name carries that IDActe."""
        return self._actes.get(f"{identifier}-1-1", [])

    def of(self, name: str, folder: str | None) -> list[str]:
        """Files of that name: those of the folder, else those of the whole drop."""
        here = self.in_folder(folder, name) if folder is not None else []
        return _exact(name, here or self._everywhere.get(key(name), []))

    def in_folder(self, folder: str, name: str) -> list[str]:
        return self._in_folder.get(folder, {}).get(key(name), [])

    def described(self, folder: str, name: str, alias: str = "") -> list[str]:
        """Files that a tool's description means by a name.

        In its folder as written, under its Pastell name, with the characters that the tool replaced, else deeper.
        """
        written = unicodedata.normalize("NFC", joined(folder, name.strip().replace("\\", "/").removeprefix("/")))
        found = (
            self.in_folder(folder_of(written), written)
            or self._aliases.get((folder, alias), [])
            or self.in_folder(folder, named(name))
            or self._sanitised(folder, named(name))
            or _deeper(self._everywhere.get(key(named(name)), []), folder, name)
        )
        return _exact(named(name), found)

    def opened(self, folder: str, name: str) -> list[str]:
        """Files of an archive that stands as a folder of this name, in a folder or deeper under it."""
        if not _ARCHIVE.fullmatch(named(name)):
            return []
        if not self._opened:
            for path in self.paths:
                for archive in archives_of(path):
                    self._opened.setdefault(key(archive), {}).setdefault(archive, []).append(path)
        prefix = f"{folder}/" if folder else ""
        found = [paths for at, paths in self._opened.get(key(named(name)), {}).items() if at.startswith(prefix)]
        return found[0] if len(found) == 1 else []

    def _sanitised(self, folder: str, name: str) -> list[str]:
        """S2LOW and Pastell replace characters of names by `_` or `-`."""
        if folder not in self._replaced:
            replaced = self._replaced[folder] = {}
            for other, paths in self._in_folder.get(folder, {}).items():
                replaced.setdefault(_plain(other), []).extend(paths)
        return self._replaced[folder].get(_plain(name), []) if _plain(name) else []


def _exact(name: str, found: list[str]) -> list[str]:
    exact = [path for path in found if base(path) == name]
    return exact if len(exact) == 1 else found


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]", "_", unicodedata.normalize("NFC", name)).strip("_")


def _deeper(found: Sequence[str], folder: str, name: str) -> list[str]:
    """Files of that name somewhere under the folder: those in the folder that the name gives, where that tells."""
    start = bisect_left(found, f"{folder}/") if folder else 0  # they are sorted
    under = list(
        takewhile(
            lambda path: not folder or path.startswith(f"{folder}/"), map(found.__getitem__, range(start, len(found)))
        )
    )
    tail = _singular(name)
    told = [path for path in under if _singular(path).endswith(f"/{tail}")] if "/" in name else []
    depth = min((path.count("/") for path in told or under), default=0)
    return [path for path in told or under if path.count("/") == depth]


def _singular(path: str) -> str:
    """Web-delib writes `Signatures/` in its description and `Signature/` in its zip."""
    return "/".join(part.removesuffix("s") for part in unicodedata.normalize("NFC", path).casefold().split("/"))
