"""SIPs of others: the manifest inside, and files that are not those that it announces."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.seda.builders import attached, binary, deliberation, transfer, written
from tests.seda.check.checking import local_entry, tarred, with_first
from versement.domain.errors import UnreadableFile
from versement.domain.fixity import Digest
from versement.seda.check import check_sip
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


def test_past_a_damage_nothing_is_read_and_it_is_said():
    """As Vitam does, a SIP is read up to its damage: what comes before is verified, what comes after is named."""
    second = list(FILES)[1]
    out = sip(FILES | {FIRST: b"%PDF ACTE"})
    data = bytearray(out.getvalue())
    with zipfile.ZipFile(out) as archive:
        start = archive.getinfo(second).header_offset
    data[start : start + 4] = b"0000"
    messages = said(io.BytesIO(bytes(data)))
    assert "SIP endommagé : le zip est abîmé ou tronqué ; ce qui suit dans le paquet n’est pas lu." in messages
    assert [message.partition(" » ")[2][:25] for message in messages[1:]] == [
        "a un fichier dont l’empre",
        "n’est pas vérifié : le SI",
        "n’est pas vérifié : le SI",
    ]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2"])
def test_every_container_that_vitam_takes_is_read(mode):
    """A SIP in tar, tar.gz or tar.bz2 is read, compared and verified like a zip."""
    assert said(io.BytesIO(tarred({"manifest.xml": MANIFEST, **FILES}, mode))) == []
    changed = said(io.BytesIO(tarred({"manifest.xml": MANIFEST, **FILES, FIRST: b"%PDF ACTE"}, mode)))
    assert [message.partition(" » ")[2] for message in changed] == [
        "a un fichier dont l’empreinte n’est pas celle du bordereau."
    ]


def test_the_reader_and_the_check_agree_on_what_a_manifest_is_called(tmp_path):
    """Names of the manifest, entries that Vitam skips and bounds are the same for the reader and for `sip check`."""
    names = ["manifest.xml", "a_manifest.xml", "a-manifest.xml", "manifest_xml", "amanifest.xml", "Manifest.xml"]
    for name in [*names, f"{'a' * 56}_manifest.xml", f"{'a' * 57}_manifest.xml"]:
        source = sip(FILES, name=name)
        (tmp_path / "sip").write_bytes(source.getvalue())
        codes = [event.code for event in check_sip(tmp_path / "sip").events]
        try:
            read = bool(read_sip(source).transfer.version)
        except UnreadableFile:
            read = False
        assert read == ("MANIFEST_FILE_NAME_CHECK.KO" not in codes), name


def test_what_vitam_skips_is_not_taken_for_there():
    """An entry that Vitam cannot read is named with the reason, though any zip tool opens it."""
    entry = local_entry(FIRST, FILES[FIRST], descriptor=True)
    others = {path: data for path, data in FILES.items() if path != FIRST}
    messages = said(io.BytesIO(with_first(entry, sip(others).getvalue())))
    assert len(messages) == 1
    assert "que Vitam ne lit pas : sa taille vient après son contenu" in messages[0]


def test_a_bomb_is_not_unpacked():
    """A SIP that expands a hundred times over is refused, as by `sip check`, before its manifest is read."""
    with pytest.raises(UnreadableFile, match="bombe de décompression"):
        read_sip(sip(FILES | {"content/a": bytes(70 << 20)}))


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
