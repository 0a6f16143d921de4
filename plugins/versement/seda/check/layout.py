"""First reading of the container: names, layout, and the manifest, copied aside. Content is not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import IO

from versement.seda.check.bounds import MAX_MANIFEST, MAX_NAMES, Beyond, Corrupt, Entry
from versement.seda.check.container import Kind, entries
from versement.seda.check.verdict import Ruling
from versement.seda.text import printable

MANIFEST_NAME = re.compile(r"(?:[a-zA-Z0-9_\-]{0,56}[_-])?manifest.xml")
"""Names that Vitam takes for a manifest's, whatever character stands for the dot (MANIFEST_FILE_NAME_REGEX)."""
_COMPONENT = r"[a-zA-Z0-9\-_@]++(?:\.[a-zA-Z0-9\-_@]++)*+"
_ENTRY_NAME = re.compile(f"{_COMPONENT}(?:/{_COMPONENT})*+")
_RENAMED = "manifest.xml"
"""What Vitam calls the first manifest from then on: a later file of this name takes its place."""
_LONGEST_PART = 255
_MAX_NAMED = 20
_UPLOAD = "UPLOAD_SIP.KO"


@dataclass(slots=True)
class Layout:
    """What the container holds.

    Attributes:
        manifest: name of the manifest, empty when there is none.
        files: the other files, in order, with their sizes in bytes; None for one whose compression is not read here.
        folders: directories that are entries of their own.
        tops: directories at the root, those that only files imply included.
        skipped: by name, why Vitam skips an entry without a word.
        undecoded: by name, what an entry is that Vitam reads and the check does not.
        emptied: by name, what an entry is that Vitam takes for an empty file.
        altered: some of the entries whose content has not the CRC-32 that the zip gives for it, among those read here.
        broken: why the container could not be read to its end.
        replaced: a renamed manifest over which a later manifest.xml is written.
        bad_names, twice: some of the names that are refused, or that come twice.
    """

    manifest: str = ""
    files: dict[str, int | None] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    tops: set[str] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)
    undecoded: dict[str, str] = field(default_factory=dict)
    emptied: dict[str, str] = field(default_factory=dict)
    altered: list[str] = field(default_factory=list)
    broken: str = ""
    bad_names: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    replaced: str = ""


def read_layout(stream: IO[bytes], kind: Kind, copy: IO[bytes]) -> Layout:
    """Read a container once; its manifest goes to `copy`.

    Raises:
        Beyond: a bound of the check is passed.
    """
    layout = Layout()
    try:
        length = 0
        for entry in entries(stream, kind):
            length += len(entry.name)
            if length > MAX_NAMES:
                raise Beyond(f"les noms de ses entrées dépassent {MAX_NAMES >> 20} Mio")
            _take(layout, entry, copy)
    except Corrupt as error:
        layout.broken = str(error)
    return layout


def _take(layout: Layout, entry: Entry, copy: IO[bytes]) -> None:
    name = entry.name
    if entry.skipped:
        layout.skipped[name] = entry.skipped
        return
    if entry.directory:
        name = name.removesuffix("/")
        layout.folders.add(name)
    if not _is_safe(name) and len(layout.bad_names) < _MAX_NAMED:
        layout.bad_names.append(entry.name)
    top, below, _ = name.partition("/")
    if below or entry.directory:
        layout.tops.add(top)
    if not entry.directory:
        _take_file(layout, entry, copy)


def _is_safe(name: str) -> bool:
    """Whether Vitam accepts a name (SafeFileChecker), and its file system has room for each part of it."""
    long = len(name) > _LONGEST_PART and any(len(part) > _LONGEST_PART for part in name.split("/"))
    return not long and _ENTRY_NAME.fullmatch(name) is not None


def _take_file(layout: Layout, entry: Entry, copy: IO[bytes]) -> None:
    name = entry.name
    if name in layout.files or name == layout.manifest:
        layout.twice.append(name)
    if entry.emptied:
        layout.emptied[name] = entry.emptied
    if entry.undecoded:
        layout.undecoded[name] = entry.undecoded
    if _is_manifest(layout, name):
        layout.manifest = name
        _copy_manifest(entry, copy)
        if entry.altered:
            layout.altered.append(name)
        return
    known = entry.size is not None or entry.undecoded
    layout.files[name] = entry.size if known else sum(len(block) for block in entry.blocks)


def _is_manifest(layout: Layout, name: str) -> bool:
    """The first file with the name of one, which Vitam renames, or what is later written over it."""
    if not layout.manifest:
        return MANIFEST_NAME.fullmatch(name) is not None
    if name == _RENAMED != layout.manifest:
        layout.replaced = layout.manifest
    return name == _RENAMED


def _copy_manifest(entry: Entry, copy: IO[bytes]) -> None:
    copy.seek(0)
    copy.truncate()
    size = 0
    for block in entry.blocks:
        size += len(block)
        if size > MAX_MANIFEST:
            raise Beyond(f"le bordereau dépasse {MAX_MANIFEST >> 20} Mio")
        copy.write(block)


def reception(layout: Layout) -> Iterator[Ruling]:
    """MANIFEST_FILE_NAME_CHECK, then UPLOAD_SIP."""
    if not layout.manifest:
        yield Ruling("MANIFEST_FILE_NAME_CHECK.KO", "", _no_manifest(layout))
    if layout.broken:
        yield Ruling(_UPLOAD, "", f"Le paquet ne s’ouvre pas jusqu’au bout : {layout.broken}.")
    for name in layout.bad_names:
        yield Ruling(
            _UPLOAD,
            printable(name),
            "ce nom d’entrée est refusé : lettres sans accent, chiffres, « - », « _ », « @ » et points intérieurs "
            "seulement, entre des « / », 255 caractères au plus entre deux « / ».",
        )
    for name in islice(_clashes(layout), _MAX_NAMED):
        yield Ruling(_UPLOAD, printable(name), "ce nom est à la fois celui d’un fichier et celui d’un dossier.")


def _clashes(layout: Layout) -> Iterator[str]:
    """Files that have something below them."""
    names = sorted({*layout.files, layout.manifest, *layout.folders}, key=lambda name: name.replace("/", "\0"))
    for name, following in pairwise(names):
        is_file = name in layout.files or name == layout.manifest
        if is_file and (name in layout.folders or following.startswith(f"{name}/")):
            yield name


def _no_manifest(layout: Layout) -> str:
    skipped = next((name for name in layout.skipped if MANIFEST_NAME.fullmatch(name)), None)
    if skipped is not None:
        return f"Le bordereau « {printable(skipped)} » est là, mais Vitam le saute : {layout.skipped[skipped]}."
    below = next((name for name in layout.files if MANIFEST_NAME.fullmatch(name.rpartition("/")[2])), None)
    if below is not None:
        return f"Le bordereau « {printable(below)} » n’est pas à la racine du paquet."
    ending = f" Le paquet ne s’ouvre d’ailleurs pas jusqu’au bout : {layout.broken}." if layout.broken else ""
    return f"Aucun fichier à la racine ne s’appelle manifest.xml ou « préfixe_manifest.xml ».{ending}"


def root_layout(layout: Layout) -> Iterator[Ruling]:
    """CHECK_SEDA, first part: one file at the root, beside folders called content."""
    for name in layout.files:
        if "/" not in name:
            message = "à la racine du paquet, seul le bordereau est permis."
            yield Ruling("CHECK_SEDA.CONTAINER_FORMAT.FILE.KO", printable(name), message)
    for name in sorted(layout.tops):
        if name.lower() != "content":
            message = "à la racine du paquet, seul un dossier « content » est permis."
            yield Ruling("CHECK_SEDA.CONTAINER_FORMAT.DIRECTORY.KO", printable(name), message)


def oddities(layout: Layout) -> Iterator[Ruling]:
    """What Vitam does not say, and a person should know."""
    for name, reason in list(layout.skipped.items())[:_MAX_NAMED]:
        yield Ruling("", printable(name), f"Vitam saute cette entrée sans le dire : {reason}.")
    for name, what in list(layout.emptied.items())[:_MAX_NAMED]:
        yield Ruling("", printable(name), f"cette entrée est {what} : Vitam en fait un fichier vide.")
    for name in layout.twice[:_MAX_NAMED]:
        yield Ruling("", printable(name), "cette entrée est deux fois dans le paquet ; seule la dernière est jugée.")
    if layout.replaced:
        what = f"Vitam renomme ce bordereau en « {_RENAMED} », puis écrit par-dessus celui qui suit, seul jugé."
        yield Ruling("", printable(layout.replaced), what)
    for name in layout.altered[:_MAX_NAMED]:
        yield Ruling(
            "",
            printable(name),
            "le contenu de cette entrée n’a pas le CRC-32 que le zip donne : Vitam ne le compare pas, mais d’autres "
            "outils diront ce paquet abîmé.",
        )
