"""Reads a SIP that is a zip, ours or another's: its manifest, and whether its files are those that it announces."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from versement.domain.errors import UnreadableFile
from versement.domain.fixity import CHUNK, Digest
from versement.seda.manifest import entry_name
from versement.seda.model import BinaryObject, objects
from versement.seda.parts_reader import Remark
from versement.seda.reader import Reading, read_manifest
from versement.seda.xml import MAX_BYTES

_MANIFEST = re.compile(r"(?:[a-zA-Z0-9_\-]{0,56}[_\-])?manifest\.xml")
_DAMAGED = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, ValueError, OSError)
_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_OBJECT = "BinaryDataObject"


def read_sip(source: BinaryIO) -> Reading:
    """The manifest of a SIP; its remarks say too which files are missing, too many, or not of the stated size.

    Raises:
        UnreadableFile: no zip, no single manifest at its root, or a manifest that cannot be read.
    """
    with _opened(source) as sip:
        manifest = _manifest(sip)
        with sip.open(manifest) as stream:
            reading = read_manifest(stream)  # type: ignore[arg-type]  # a readable binary file
        remarks = (*reading.remarks, *_differences(sip, manifest, reading))
    return Reading(reading.transfer, reading.orphans, remarks)


def verify_files(source: BinaryIO, reading: Reading) -> Iterator[Remark]:
    """Objects whose bytes are not those that the manifest states; missing files are left to `read_sip`.

    Bytes are hashed as they pass; no more of an entry is read than its stated size and one block.

    Raises:
        UnreadableFile: no zip.
    """
    with _opened(source) as sip:
        names = frozenset(sip.namelist())
        for item in _binaries(reading):
            if entry_name(item) in names:
                yield from _verified(sip, item)


@contextmanager
def _opened(source: BinaryIO) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as sip:
            yield sip
    except _DAMAGED as error:
        raise _unreadable("ce n’est pas un zip lisible", repr(error)) from error


def _manifest(sip: zipfile.ZipFile) -> zipfile.ZipInfo:
    found = [entry for entry in sip.infolist() if _MANIFEST.fullmatch(entry.filename)]
    if not found:
        raise _unreadable("sa racine n’en contient aucun", "no manifest")
    if len(found) > 1:
        raise _unreadable("sa racine en contient plusieurs", f"{len(found)} manifests")
    if found[0].file_size > MAX_BYTES:
        raise _unreadable(f"son bordereau dépasse {MAX_BYTES >> 20} Mio", f"{found[0].file_size} bytes")
    return found[0]


def _differences(sip: zipfile.ZipFile, manifest: zipfile.ZipInfo, reading: Reading) -> Iterator[Remark]:
    there = {
        entry.filename: entry.file_size for entry in sip.infolist() if not entry.is_dir() and entry is not manifest
    }
    announced = set()
    for item in _binaries(reading):
        name = entry_name(item)
        announced.add(name)
        if name not in there:
            yield _remark(item, "n’a pas de fichier dans le SIP")
        elif item.fixity.size and there[name] != item.fixity.size:
            yield _remark(item, f"annonce {item.fixity.size} octets, le fichier en a {there[name]}")
    extra = len(there.keys() - announced)
    if extra:
        yield Remark(0, "", f"Fichiers du SIP que le bordereau n’annonce pas : {extra}.")


def _binaries(reading: Reading) -> Iterator[BinaryObject]:
    """Each object once, those that no unit refers to included."""
    alone = (item for group in reading.orphans for item in group.objects)
    found = dict.fromkeys(item for item in (*objects(reading.transfer), *alone) if isinstance(item, BinaryObject))
    return iter(found)


def _verified(sip: zipfile.ZipFile, item: BinaryObject) -> Iterator[Remark]:
    algorithm = _ALGORITHMS.get(item.fixity.digest.algorithm)
    if algorithm is None:
        yield _remark(item, "n’a pas d’empreinte d’un algorithme que Vitam connaît")
        return
    hashed, size, limit = hashlib.new(algorithm, usedforsecurity=False), 0, item.fixity.size
    try:
        with sip.open(entry_name(item)) as stream:
            while (not limit or size <= limit) and (block := stream.read(CHUNK)):
                hashed.update(block)
                size += len(block)
    except _DAMAGED:
        yield _remark(item, "a un fichier endommagé dans le SIP")
        return
    if Digest(item.fixity.digest.algorithm, hashed.hexdigest()) != item.fixity.digest:
        yield _remark(item, "a un fichier dont l’empreinte n’est pas celle du bordereau")


def _remark(item: BinaryObject, what: str) -> Remark:
    name = item.key or item.fixity.digest.value[:16]
    return Remark(0, _OBJECT, f"L’objet « {name} » {what}.")


def _unreadable(reason: str, detail: str) -> UnreadableFile:
    return UnreadableFile(
        f"SIP : un zip avec un bordereau à sa racine était attendu, mais {reason}. Vérifiez le fichier auprès de qui "
        "l’a produit.",
        detail=f"SIP not readable: {detail}",
    )
