"""Reads a SIP, ours or another's, as Vitam does: its manifest, and whether its files are those that it announces."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from versement.domain.errors import UnreadableFile
from versement.domain.fixity import Digest
from versement.seda.check.bounds import Beyond, Corrupt, Entry
from versement.seda.check.container import Kind, entries, kind_of
from versement.seda.check.layout import MANIFEST_NAME, Layout, read_layout
from versement.seda.check.structure import ALGORITHMS
from versement.seda.manifest import entry_name
from versement.seda.model import BinaryObject, objects
from versement.seda.parts_reader import Remark
from versement.seda.reader import Reading, read_manifest

_SPOOL = 8 << 20
_OBJECT = "BinaryDataObject"


def read_sip(source: BinaryIO) -> Reading:
    """The manifest of a SIP; its remarks say too which files are missing, too many, or not of the stated size.

    Containers and their bounds are those of the check: zip, tar, tar.gz, tar.bz2.

    Raises:
        UnreadableFile: none of these, no single manifest at its root, or a manifest that cannot be read.
    """
    with tempfile.SpooledTemporaryFile(_SPOOL) as copy:
        try:
            layout = read_layout(source, _kind(source), copy)
        except Beyond as error:
            raise _unreadable(str(error), "beyond a bound") from error
        _check_manifest(layout)
        copy.seek(0)
        reading = read_manifest(copy)  # type: ignore[arg-type]  # a binary file
    remarks = (*reading.remarks, *_differences(layout, reading))
    return Reading(reading.transfer, reading.orphans, remarks)


def verify_files(source: BinaryIO, reading: Reading) -> Iterator[Remark]:
    """Objects whose bytes are not those that the manifest states; missing files are left to `read_sip`.

    Bytes are hashed as they pass; no more of an entry is kept than its stated size and one block. Past a damage nothing
    is read, and each object left is said to be so.

    Raises:
        UnreadableFile: no container that Vitam takes.
    """
    items: dict[str, list[BinaryObject]] = {}
    for item in _binaries(reading):
        items.setdefault(entry_name(item), []).append(item)
    wrong: dict[str, list[Remark]] = {}
    damaged = False
    try:
        for entry in entries(source, _kind(source)):
            if entry.name in items and not (entry.directory or entry.skipped):
                wrong[entry.name] = [_remark(item, "a un fichier endommagé dans le SIP") for item in items[entry.name]]
                wrong[entry.name] = list(_verified(entry, items[entry.name]))
    except Corrupt:
        damaged = True
    except Beyond as error:
        raise _unreadable(str(error), "beyond a bound") from error
    for name, owners in items.items():
        if name in wrong:
            yield from wrong[name]
        elif damaged:
            yield from (_remark(item, "n’est pas vérifié : le SIP est endommagé avant son fichier") for item in owners)


def _kind(source: BinaryIO) -> Kind:
    kind = kind_of(source)
    if kind is None:
        raise _unreadable("ce n’est ni un zip complet, ni un tar, seul ou compressé par gzip ou bzip2", "no container")
    return kind


def _check_manifest(layout: Layout) -> None:
    if not layout.manifest:
        broken = f" ; le paquet ne s’ouvre d’ailleurs pas jusqu’au bout ({layout.broken})" if layout.broken else ""
        raise _unreadable(f"sa racine n’en contient aucun{broken}", "no manifest")
    if any(MANIFEST_NAME.fullmatch(name) for name in layout.files):
        raise _unreadable("sa racine en contient plusieurs", "several manifests")
    if layout.manifest in layout.undecoded:
        what = layout.undecoded[layout.manifest]
        raise _unreadable(f"l’entrée du bordereau est {what}, que nous ne savons pas lire", "undecoded manifest")


def _differences(layout: Layout, reading: Reading) -> Iterator[Remark]:
    if layout.broken:
        yield Remark(0, "", f"SIP endommagé : {layout.broken} ; ce qui suit dans le paquet n’est pas lu.")
    announced = set()
    for item in _binaries(reading):
        name = entry_name(item)
        announced.add(name)
        size = layout.files.get(name)
        if name in layout.skipped:
            yield _remark(item, f"a dans le SIP une entrée que Vitam ne lit pas : {layout.skipped[name]}")
        elif name not in layout.files and not layout.broken:
            yield _remark(item, "n’a pas de fichier dans le SIP")
        elif item.fixity.size and size is not None and size != item.fixity.size:
            yield _remark(item, f"annonce {item.fixity.size} octets, le fichier en a {size}")
    extra = len(layout.files.keys() - announced)
    if extra:
        yield Remark(0, "", f"Fichiers du SIP que le bordereau n’annonce pas : {extra}.")


def _binaries(reading: Reading) -> Iterator[BinaryObject]:
    """Each object once, those that no unit refers to included."""
    alone = (item for group in reading.orphans for item in group.objects)
    found = dict.fromkeys(item for item in (*objects(reading.transfer), *alone) if isinstance(item, BinaryObject))
    return iter(found)


def _verified(entry: Entry, items: Sequence[BinaryObject]) -> Iterator[Remark]:
    """What is wrong with the file of these objects."""
    if entry.undecoded:
        yield from (_remark(item, f"n’est pas vérifié : son entrée est {entry.undecoded}") for item in items)
        return
    names = {item.fixity.digest.algorithm for item in items} & ALGORITHMS.keys()
    hashers = {name: hashlib.new(ALGORITHMS[name], usedforsecurity=False) for name in sorted(names)}
    left = max(item.fixity.size for item in items) or None
    for block in entry.blocks:
        for hasher in hashers.values():
            hasher.update(block)
        left = left and left - len(block)
        if left is not None and left < 0:
            break
    for item in items:
        algorithm = item.fixity.digest.algorithm
        if algorithm not in hashers:
            yield _remark(item, "n’a pas d’empreinte d’un algorithme que Vitam connaît")
        elif Digest(algorithm, hashers[algorithm].hexdigest()) != item.fixity.digest:
            yield _remark(item, "a un fichier dont l’empreinte n’est pas celle du bordereau")


def _remark(item: BinaryObject, what: str) -> Remark:
    name = item.key or item.fixity.digest.value[:16]
    return Remark(0, _OBJECT, f"L’objet « {name} » {what}.")


def _unreadable(reason: str, detail: str) -> UnreadableFile:
    return UnreadableFile(
        f"SIP : un zip ou un tar avec un bordereau à sa racine était attendu, mais {reason}. Vérifiez le fichier "
        "auprès de qui l’a produit.",
        detail=f"SIP not readable: {detail}",
    )
