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


def streamed_entries(source, keep=1 << 30):
    """What a reader that cannot look back gets from local headers, of entries of at most `keep` bytes.

    Like Vitam's, it would skip an entry with a data descriptor: there must be none.
    """
    found = {}
    while (signature := source.read(4)) == b"PK\x03\x04":
        _, flags, method, _, crc, size, _, name_length, extra_length = struct.unpack("<3H4L2H", source.read(26))
        name, extra = source.read(name_length).decode(), source.read(extra_length)
        if size == 0xFFFFFFFF:
            size = struct.unpack("<2H2Q", extra)[2]
        assert not flags & 8
        assert method == 0
        found[name] = source.read(size) if size <= keep else b""
        if size > keep:
            source.seek(size, io.SEEK_CUR)
        else:
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
    found = streamed_entries(io.BytesIO(b"".join(stream(contents))))
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
    assert streamed_entries(io.BytesIO(b"".join(blocks)))["content/0.bin"] == large
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


@given(CONTENTS, st.data())
def test_the_archive_can_be_sent_from_any_byte_on(contents, data):
    """What leaves from an offset on is exactly the rest of the archive, wherever the cut fell."""
    sip = stream(contents)
    whole = b"".join(sip)
    offset = data.draw(st.integers(0, len(whole)))
    assert b"".join(sip.blocks(offset)) == whole[offset:]


def test_large_files_can_be_sent_from_any_block_on():
    """The same holds around the edges of blocks, files and headers."""
    sip = stream([bytes(range(256)) * (2 * CHUNK // 256), b"entre", b"x" * (CHUNK + 3)])
    whole = b"".join(sip)
    assert len(whole) > 3 * CHUNK
    for edge in (0, CHUNK, 2 * CHUNK, whole.index(b"PK\x03\x04", CHUNK), whole.index(b"PK\x01\x02"), len(whole)):
        for offset in range(max(edge - 2, 0), min(edge + 3, len(whole) + 1)):
            assert b"".join(sip.blocks(offset)) == whole[offset:]


@settings(max_examples=60)
@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=4), st.data())
def test_going_on_after_a_cut_still_verifies_what_was_sent_before_it(contents, data):
    """A file that changed in staging stops the archive even when all of its bytes had left before the cut."""
    which = data.draw(st.integers(0, len(contents) - 1))
    served = [*contents[:which], bytes([contents[which][0] ^ 1]) + contents[which][1:], *contents[which + 1 :]]
    called: list[int] = []
    sip = stream(contents, served, lambda: called.append(1))
    offset = data.draw(st.integers(0, len(sip) - 1))
    sent: list[bytes] = []
    with pytest.raises(FixityMismatch, match=rf"content/{which}\.bin.*empreinte"):
        sent.extend(sip.blocks(offset))
    assert len(b"".join(sent)) < len(sip) - offset
    assert b"PK\x05\x06" not in b"".join(sent)
    assert not called


def test_the_last_byte_alone_waits_for_the_word_too():
    """Going on one byte before the end reads everything again and asks again; at the end nothing is left to ask."""
    called: list[int] = []
    sip = stream([b"un", b"deux"], before_last=lambda: called.append(1))
    assert len(b"".join(sip.blocks(len(sip) - 1))) == 1
    assert called == [1]
    assert list(sip.blocks(len(sip))) == []
    assert called == [1]


@pytest.mark.parametrize("beyond", [-1, 1])
def test_there_is_no_byte_outside_of_the_archive(beyond):
    """An offset that the archive does not have is our fault."""
    sip = stream([b"un"])
    with pytest.raises(Defect, match="à partir d’un octet qu’il n’a pas"):
        sip.blocks(-1 if beyond < 0 else len(sip) + beyond)


@given(CONTENTS, st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 5000)), max_size=8))
def test_any_range_of_the_archive_can_be_read(contents, ranges):
    """A range read from the archive as a file is that range of what is sent: what the archive got can be proved."""
    sip = stream(contents)
    whole = b"".join(sip)
    with sip.open() as file:
        assert file.seek(0, io.SEEK_END) == len(sip)
        for offset, length in ranges:
            file.seek(offset)
            assert file.read(length) == whole[offset : offset + length]
        file.seek(0)
        assert file.read() == whole


def test_looking_into_the_archive_sends_nothing():
    """Reading the archive as a file, to its end, never says that it leaves."""

    def refuse() -> None:
        raise AssertionError("nothing leaves")

    with stream([b"un"], before_last=refuse).open() as file, zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.read("content/0.bin") == b"un"


def test_the_archive_as_a_file_never_ends_early():
    """A file that shrank in staging is an error where its bytes are missing, not the end of the archive."""
    with (
        stream([b"court", b"suite"], [b"cour", b"suite"]).open() as file,
        pytest.raises(FixityMismatch, match="4 octets"),
    ):
        file.read()


def test_the_archive_as_a_file_leaves_nothing_open():
    """Each file of staging is closed when the reader leaves it."""
    opened: list[io.BytesIO] = []

    def give(entry):
        opened.append(io.BytesIO(MANIFEST if entry.name == "manifest.xml" else b"x"))
        return opened[-1]

    entries = [SipEntry(f"content/{n}", fixity(b"x")) for n in range(3)]
    with SipStream(SipEntry("manifest.xml", fixity(MANIFEST)), entries, give).open() as file:
        file.read()
    assert len(opened) == 4
    assert all(item.closed for item in opened)


MANY = 70_000


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A SIP of more files than a plain zip can count."""
    manifest = SipEntry("manifest.xml", fixity(MANIFEST))
    entries = [SipEntry(f"content/{n}", fixity(b"")) for n in range(MANY)]
    sip = SipStream(manifest, entries, lambda entry: io.BytesIO(MANIFEST if entry is manifest else b""))
    path = tmp_path_factory.mktemp("many") / "sip.zip"
    with path.open("wb") as out:
        out.writelines(sip)
    assert path.stat().st_size == len(sip)
    return path


def test_more_than_65_535_files_make_a_zip64(many):
    """A SIP of many small files opens like any other."""
    with zipfile.ZipFile(many) as archive:
        assert len(archive.infolist()) == MANY + 1
        assert archive.read("manifest.xml") == MANIFEST
    with many.open("rb") as data:
        assert len(streamed_entries(data)) == MANY + 1


LARGE = 5 << 30


class Zeros(io.RawIOBase):
    """A file of zeros, any of which is there at once."""

    def __init__(self, size: int) -> None:
        self.size, self.position = size, 0

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        assert whence == io.SEEK_SET
        self.position = offset
        return offset

    def readinto(self, buffer) -> int:
        length = min(len(buffer), self.size - self.position)
        buffer[:length] = bytes(length)
        self.position += length
        return length


def with_zeros(size):
    """A SIP with a file of so many zeros (the CRC-32 is that of 5 GiB), and one after it."""
    manifest = SipEntry("manifest.xml", fixity(MANIFEST))
    zeros = SipEntry("content/large", Fixity(Digest("SHA-512", "0" * 128), ZEROS_CRC32, size))
    after = SipEntry("content/after", fixity(b"fin"))
    files = {manifest: lambda: io.BytesIO(MANIFEST), zeros: lambda: Zeros(size), after: lambda: io.BytesIO(b"fin")}
    return SipStream(manifest, [zeros, after], lambda entry: files[entry]())


ZEROS_CRC32 = 0x193838C3


@pytest.fixture
def large():
    """A SIP of more than 4 GiB."""
    return with_zeros(LARGE)


def test_a_file_over_4_gib_makes_a_zip64(large):
    """A file of 5 GiB, and whatever comes after it, is announced with its true size and place."""
    with zipfile.ZipFile(large.open()) as archive:
        infos = {info.filename: info for info in archive.infolist()}
        assert infos["content/large"].file_size == LARGE
        assert infos["content/after"].header_offset > LARGE
        assert archive.read("content/after") == b"fin"
        with archive.open("content/large") as content:
            assert content.read(4) == bytes(4)


MAX32 = (1 << 32) - 1


def test_nothing_is_lost_where_zip_becomes_zip64():
    """Around 4 GiB, whichever of size, place and directory passes it first, both kinds of reader find the rest.

    A field that cannot hold its value says so, and only such a field: its value is then in the zip64 ones.
    """
    for size in range(MAX32 - 250, MAX32 + 2):
        sip = with_zeros(size)
        with sip.open() as file, zipfile.ZipFile(file) as archive:
            before, after = archive.getinfo("content/large"), archive.getinfo("content/after")
            assert (before.file_size, archive.read("content/after")) == (size, b"fin")
            assert [bool(before.extra), bool(after.extra)] == [size >= MAX32, after.header_offset >= MAX32]
            file.seek(archive.start_dir)
            assert (b"PK\x06\x06" in file.read()) == (archive.start_dir >= MAX32)
            file.seek(0)
            assert streamed_entries(file, keep=1 << 20)["content/after"] == b"fin"


def test_a_reader_that_cannot_look_back_passes_over_a_file_of_4_gib(large):
    """The local header alone says how long a very large file is: Vitam finds what comes after it."""
    found = streamed_entries(large.open(), keep=1 << 20)
    assert found == {"manifest.xml": MANIFEST, "content/large": b"", "content/after": b"fin"}


def _on_disk(sip, path):
    """Write a SIP with its long run of zeros as a hole."""
    with sip.open() as data, path.open("wb") as out:
        out.write(data.read(CHUNK))
        out.seek(data.seek(LARGE))
        shutil.copyfileobj(data, out)
    assert path.stat().st_size == len(sip)


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_unzip_finds_what_follows_a_file_of_4_gib(large, tmp_path):
    """Debian's unzip reads a file that begins beyond 4 GiB."""
    path = tmp_path / "sip.zip"
    _on_disk(large, path)
    read = subprocess.run(["unzip", "-p", path, "content/after"], capture_output=True, check=False)
    assert (read.returncode, read.stdout, read.stderr) == (0, b"fin", b"")


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
@pytest.mark.parametrize("size", ["few files", "many files"])
def test_unzip_finds_nothing_to_say(size, tmp_path, many):
    """Debian's unzip tests the archive, small or zip64, without a remark."""
    path = tmp_path / "sip.zip" if size == "few files" else many
    if size == "few files":
        path.write_bytes(b"".join(stream([b"un", b"", b"deux" * 1000])))
    result = subprocess.run(["unzip", "-tq", path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert result.stdout.startswith("No errors detected in compressed data")
