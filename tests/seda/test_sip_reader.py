"""SIPs of others: the manifest inside, and files that are not those that it announces."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.seda.builders import attached, binary, deliberation, transfer, written
from versement.domain.errors import UnreadableFile
from versement.domain.fixity import Digest
from versement.seda.model import ArchiveUnit
from versement.seda.sip_reader import read_sip, verify_files

MANIFEST, NUMBERING = written(transfer(deliberation(), attached()))
BYTES = {Digest.of(data): data for data in (b"%PDF acte", b"%PDF annexe", b"<ar/>")}
FILES = {name: BYTES[fixity.digest] for name, fixity in NUMBERING.entries.items()}
FIRST = next(iter(FILES))


def sip(files: dict[str, bytes], manifest: bytes = MANIFEST, name: str = "manifest.xml") -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, manifest)
        for path, data in files.items():
            archive.writestr(path, data)
    return out


def said(source: io.BytesIO) -> list[str]:
    reading = read_sip(source)
    return [remark.message for remark in (*reading.remarks, *verify_files(source, reading))]


@pytest.mark.parametrize("name", ["manifest.xml", "SIP-2024_manifest.xml"])
def test_a_sound_sip_is_read_and_verified(name):
    """A SIP whose files are those that its manifest announces gives no remark, whatever its manifest's prefix."""
    source = sip(FILES, name=name)
    assert read_sip(source).transfer.message_identifier == "VERS-0001"
    assert said(source) == []


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({path: data for path, data in FILES.items() if path != FIRST}, "n’a pas de fichier"),
        (FILES | {"content/autre.pdf": b""}, "n’annonce pas : 1"),
        (FILES | {FIRST: b"%PDF acte plus long"}, "annonce 9 octets, le fichier en a 19"),
        (FILES | {FIRST: b"%PDF ACTE"}, "empreinte n’est pas celle"),
    ],
)
def test_files_that_are_not_the_announced_ones_are_named(files, words):
    """A missing, extra, longer or different file is said of its object; the others are not blamed."""
    messages = said(sip(files))
    assert any(words in message for message in messages)
    assert len(messages) <= 2


def test_objects_in_other_algorithms_are_verified_too():
    """MD5 to SHA-512, Vitam's five, are computed again; an unknown algorithm is named."""
    digests = {
        "MD5": "eccbc87e4b5ce2fe28308fd9f2a7baf3",
        "SHA-1": "77de68daecd823babbb58edb1c8e14d7106e83bb",
        "CRC": "0",
    }
    for algorithm, value in digests.items():
        item = binary(b"3", "trois")
        item = replace(item, fixity=replace(item.fixity, digest=Digest(algorithm, value)))
        manifest, numbering = written(transfer(ArchiveUnit("k", "Item", "t", object=item)))
        messages = said(sip(dict.fromkeys(numbering.entries, b"3"), manifest))
        assert [message for message in messages if "algorithme" not in message] == []
        assert bool(messages) == (algorithm == "CRC")


def test_a_damaged_entry_is_named_and_its_neighbours_are_verified():
    """A file whose bytes cannot be unpacked is said to be damaged; the others are still looked at."""
    out = sip(FILES | {FIRST: b"%PDF acte"})
    data = bytearray(out.getvalue())
    with zipfile.ZipFile(out) as archive:
        start = archive.getinfo(FIRST).header_offset
    data[start : start + 4] = b"0000"
    assert [message for message in said(io.BytesIO(bytes(data))) if "endommagé" not in message] == []
    assert len(said(io.BytesIO(bytes(data)))) == 1


class Counted(io.BytesIO):
    """Counts the bytes that are asked of it."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def test_no_more_of_an_entry_is_read_than_was_announced():
    """An entry that is far larger than announced is left after its first block, and is named."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("manifest.xml", MANIFEST)
        archive.writestr(FIRST, bytes(8 << 20))
    source = Counted(out.getvalue())
    remarks = [remark.message for remark in verify_files(source, read_sip(source))]
    assert [message for message in remarks if "empreinte" in message] == remarks
    assert len(remarks) == 1
    assert source.count < 4 << 20


@pytest.mark.parametrize(
    "source",
    [
        io.BytesIO(b""),
        io.BytesIO(MANIFEST),
        sip(FILES, name="dossier/manifest.xml"),
        sip(FILES | {"un_manifest.xml": MANIFEST}),
        sip(FILES, b"<html/>"),
        io.BytesIO(sip(FILES).getvalue()[:-30]),
    ],
)
def test_what_is_no_sip_is_said_to_be_none(source):
    """No zip, no manifest at the root, two of them, or one that is none: an unreadable file, never a crash."""
    with pytest.raises(UnreadableFile):
        read_sip(source)


WHOLE = sip(FILES).getvalue()


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_sip_is_read_or_refused(where, wrong):
    """Wrong bytes anywhere in a SIP are a remark or an unreadable file, never anything else."""
    source = io.BytesIO(WHOLE[:where] + wrong + WHOLE[where + len(wrong) :])
    try:
        messages = said(source)
    except UnreadableFile as error:
        messages = [error.message]
    assert all(message.startswith(("SIP", "Bordereau", "L’objet", "L’élément", "Fichiers")) for message in messages)
