"""The SIP's bytes: a zip that everything reads, always the same, and never finished on wrong bytes."""

from __future__ import annotations

import hashlib
import io
import shutil
import struct
import subprocess
import zipfile
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.seda.builders import fixity
from versement.domain.errors import Defect, FixityMismatch
from versement.domain.fixity import CHUNK, Digest, Fixity
from versement.seda.sip import SipEntry, SipStream

MANIFEST = b"<ArchiveTransfer/>"


def stream(contents, served=None, before_last=lambda: None):
    """A SIP of these contents; `served` is what staging gives instead."""
    manifest = SipEntry("manifest.xml", fixity(MANIFEST))
    entries = [SipEntry(f"content/{n}.bin", fixity(data)) for n, data in enumerate(contents)]
    files = dict(zip([manifest, *entries], [MANIFEST, *(served or contents)], strict=True))
    return SipStream(manifest, entries, lambda entry: io.BytesIO(files[entry]), before_last)


def streamed_entries(data):
    """What a reader that cannot seek gets from local headers; entries with a data descriptor are skipped."""
    source, found = io.BytesIO(data), {}
    while (signature := source.read(4)) == b"PK\x03\x04":
        _, flags, method, _, crc, size, _, name_length, extra_length = struct.unpack("<3H4L2H", source.read(26))
        name, extra = source.read(name_length).decode(), source.read(extra_length)
        if size == 0xFFFFFFFF:
            size = struct.unpack("<2H2Q", extra)[2]
        assert not flags & 8
        assert method == 0
        found[name] = source.read(size)
        assert zlib.crc32(found[name]) == crc
    assert signature == b"PK\x01\x02"
    return found


CONTENTS = st.lists(st.binary(max_size=3000), max_size=6)


@given(CONTENTS)
def test_python_s_zip_reader_finds_every_byte(contents):
    """The archive opens with an ordinary zip reader: the manifest first, then each file, intact."""
    sip = stream(contents)
    data = b"".join(sip)
    assert len(data) == len(sip)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["manifest.xml", *(f"content/{n}.bin" for n in range(len(contents)))]
        assert [archive.read(name) for name in archive.namelist()] == [MANIFEST, *contents]


@given(CONTENTS)
def test_a_reader_that_cannot_seek_finds_every_byte(contents):
    """Vitam unzips while it receives: no entry needs what comes after it."""
    found = streamed_entries(b"".join(stream(contents)))
    assert list(found.values()) == [MANIFEST, *contents]


@given(CONTENTS)
def test_the_bytes_are_the_same_each_time(contents):
    """Sending again after a cut sends the same archive."""
    sip = stream(contents)
    assert b"".join(sip) == b"".join(sip) == b"".join(stream(contents))


def test_the_layout_of_the_archive_never_changes():
    """The archive of known contents has a known digest: a frozen transfer can be proved years later."""
    data = b"".join(stream([b"un", b"deux"]))
    assert hashlib.sha256(data).hexdigest() == LAYOUT_DIGEST


LAYOUT_DIGEST = "2c58bc341e453a1a157d9786af0687a373b5ceed4e9a0c388f7a3308bb21f062"


@settings(max_examples=60)
@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=4), st.data())
def test_one_wrong_byte_anywhere_stops_the_archive_before_its_end(contents, data):
    """A byte that changed in staging is noticed while it leaves: the end of the archive is never sent."""
    which = data.draw(st.integers(0, len(contents) - 1))
    where = data.draw(st.integers(0, len(contents[which]) - 1))
    wrong = bytearray(contents[which])
    wrong[where] ^= data.draw(st.integers(1, 255))
    served = [*contents[:which], bytes(wrong), *contents[which + 1 :]]
    called: list[int] = []
    sip = stream(contents, served, lambda: called.append(1))
    sent: list[bytes] = []
    with pytest.raises(FixityMismatch, match=rf"content/{which}\.bin.*empreinte"):
        sent.extend(iter(sip))
    assert b"PK\x05\x06" not in b"".join(sent)
    assert not called


@pytest.mark.parametrize(("served", "message"), [(b"cour", "4 octets au lieu de 5"), (b"courte", "plus de 5 octets")])
def test_a_file_that_shrank_or_grew_stops_the_archive(served, message):
    """A size that changed in staging stops the sending, and no byte beyond the announced length leaves."""
    sip = stream([b"court"], [served])
    sent: list[bytes] = []
    with pytest.raises(FixityMismatch, match=message):
        sent.extend(iter(sip))
    assert len(b"".join(sent)) < len(sip)


def test_a_wrong_checksum_alone_stops_the_archive():
    """A CRC-32 that was recorded wrongly would make an archive that nobody can open: it is not sent."""
    manifest = SipEntry("manifest.xml", replace(fixity(MANIFEST), crc32=1))
    with pytest.raises(FixityMismatch):
        b"".join(SipStream(manifest, [], lambda _: io.BytesIO(MANIFEST)))


def test_large_files_are_checked_too():
    """A file of several blocks is sent whole, and a wrong byte in its last block still stops the archive."""
    large = bytes(range(256)) * (3 * CHUNK // 256) + b"fin"
    sip = stream([large])
    blocks = list(iter(sip))
    assert sum(map(len, blocks)) == len(sip)
    assert max(map(len, blocks)) < 2 * CHUNK + 100
    assert streamed_entries(b"".join(blocks))["content/0.bin"] == large
    with pytest.raises(FixityMismatch):
        list(iter(stream([large], [large[:-1] + b"?"])))


def test_the_last_block_waits_for_the_word():
    """The end of the archive leaves only once the lease is renewed; if it cannot be, the archive stays open."""
    events: list[str] = []
    sip = stream([b"x" * (2 * CHUNK)], before_last=lambda: events.append("renewed"))
    for block in sip:
        events += ["end" if b"PK\x05\x06" in block else "block"]
    assert events[-2:] == ["renewed", "end"]
    assert "block" in events

    def refuse() -> None:
        raise RuntimeError("lease lost")

    sent: list[bytes] = []
    with pytest.raises(RuntimeError):
        sent.extend(iter(stream([b"x" * (2 * CHUNK)], before_last=refuse)))
    assert sent
    assert b"PK\x05\x06" not in b"".join(sent)


def test_more_than_65_535_files_make_a_zip64(tmp_path):
    """A SIP of many small files opens like any other."""
    manifest = SipEntry("manifest.xml", fixity(MANIFEST))
    entries = [SipEntry(f"content/{n}", fixity(b"")) for n in range(70_000)]
    sip = SipStream(manifest, entries, lambda entry: io.BytesIO(MANIFEST if entry is manifest else b""))
    path = tmp_path / "sip.zip"
    with path.open("wb") as out:
        out.writelines(sip)
    assert path.stat().st_size == len(sip)
    with zipfile.ZipFile(path) as archive:
        assert len(archive.infolist()) == 70_001
        assert archive.read("manifest.xml") == MANIFEST


def test_the_header_of_a_file_over_4_gib_is_zip64():
    """A file of 5 GiB, and whatever comes after it, is announced with its true size and place."""
    size = 5 << 30
    manifest = SipEntry("manifest.xml", fixity(MANIFEST))
    large = SipEntry("content/large", Fixity(Digest("SHA-512", "0" * 128), 7, size))
    after = SipEntry("content/after", fixity(b"fin"))
    sip = SipStream(manifest, [large, after], lambda _: io.BytesIO())
    directory = b"".join([*sip._directory(), sip._end])
    with zipfile.ZipFile(Sparse(len(sip) - len(directory), directory)) as archive:
        infos = {info.filename: info for info in archive.infolist()}
    assert infos["content/large"].file_size == size
    assert infos["content/after"].header_offset > size
    assert infos["content/after"].file_size == 3


class Sparse(io.RawIOBase):
    """A file whose first bytes are a hole."""

    def __init__(self, hole: int, tail: bytes) -> None:
        self.hole, self.tail, self.position = hole, tail, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self.position, self.hole + len(self.tail))[whence]
        self.position = base + offset
        return self.position

    def tell(self) -> int:
        return self.position

    def read(self, size: int = -1) -> bytes:
        start = self.position - self.hole
        assert start >= 0
        data = self.tail[start:] if size < 0 else self.tail[start : start + size]
        self.position += len(data)
        return data


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_unzip_finds_nothing_to_say(tmp_path):
    """Debian's unzip tests the archive without a remark."""
    path = tmp_path / "sip.zip"
    path.write_bytes(b"".join(stream([b"un", b"", b"deux" * 1000])))
    result = subprocess.run(["unzip", "-t", str(path)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "No errors" in result.stdout


@pytest.mark.parametrize("name", ["content/a b", "content/é", "../x", "content/.x", "/x", "content//x", "manifest.xml"])
def test_a_name_that_vitam_refuses_is_our_fault(name):
    """A name with a space, an accent or a way out of the folder, or one that is used twice, never leaves."""
    manifest = SipEntry("manifest.xml", fixity(MANIFEST))
    with pytest.raises(Defect, match="nom d’entrée"):
        SipStream(manifest, [SipEntry(name, fixity(b""))], lambda _: io.BytesIO())
