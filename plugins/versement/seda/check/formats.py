"""OG_OBJECTS_FORMAT_CHECK: the format of every file, told by an identifier that the caller brings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from versement.domain.errors import SettingsError
from versement.ports.formats import FormatIdentification
from versement.seda.check.package import Package
from versement.seda.check.verdict import Ruling, named

Identify = Callable[[Sequence[Path]], Mapping[Path, FormatIdentification]]
"""Formats by content, as `Formats.identify`; empty for a file that it does not know."""

MAX_FILES = 500
MAX_BYTES = 256 << 20
"""Copied aside at a time; a larger file is not identified."""
_CODE = "OG_OBJECTS_FORMAT_CHECK"


class Formats:
    """Files copied aside while they are read, identified by batches, then deleted.

    Copies have neither name nor extension, so that only the content tells.

    Attributes:
        found: PUID by name of entry, empty for a file that is not identified.
        larger: number of files too large to be identified.
        unavailable: French, why nothing is identified; empty when all is well.
    """

    def __init__(self, identify: Identify, folder: Path) -> None:
        self.found: dict[str, str] = {}
        self.larger = 0
        self.unavailable = ""
        self._identify = identify
        self._folder = folder
        self._names: dict[Path, str] = {}
        self._bytes = 0

    def copied(self, name: str, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """The same blocks; the file is identified before the next one, or at the end."""
        place, size = self._folder / str(len(self._names)), 0
        with place.open("wb", buffering=0) as out:
            for block in blocks:
                size += len(block)
                if size <= MAX_BYTES:
                    out.write(block)
                yield block
        if size > MAX_BYTES:
            self.larger += 1
            self.found.pop(name, None)
            place.unlink()
            return
        self._names[place] = name
        self._bytes += size
        if len(self._names) == MAX_FILES or self._bytes >= MAX_BYTES:
            self.end()

    def end(self) -> None:
        """Identify what waits."""
        places = list(self._names)
        try:
            said = self._identify(places) if places and not self.unavailable else {}
        except SettingsError as error:
            said, self.unavailable = {}, error.message
        self.found |= {self._names[place]: said[place].puid for place in places if place in said}
        for place in places:
            place.unlink()
        self._names.clear()
        self._bytes = 0


def judged(package: Package, formats: Formats, refused: Collection[str]) -> Iterator[Ruling]:
    """Objects of the groups that are not refused yet, whose format is not known, or not the one that is announced."""
    for each in package.objects.values():
        puid = formats.found.get(each.uri or "")
        if each.physical or puid is None or each.group in refused:
            continue
        element = named("BinaryDataObject", each.id)
        if not puid:
            yield Ruling(
                f"{_CODE}.KO",
                element,
                "le format de ce fichier n’est pas identifié (PRONOM) : Vitam le refuse, sauf si le contrat d’entrée "
                "admet les formats non identifiés.",
            )
        elif each.puid and each.puid != puid:
            message = f"FormatId n’est pas le format du fichier, identifié comme {puid} : Vitam le remplace."
            yield Ruling(f"{_CODE}.WARNING", element, message)
