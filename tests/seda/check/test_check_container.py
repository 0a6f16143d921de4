"""The container of a SIP, read as Vitam reads it."""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from tests.seda.check.checking import TEXT, Binary, Sip, check, codes, local_entry, tarred, with_first, zipped
from versement.seda.check import Verdict
from versement.seda.check.bounds import BLOCK

GOOD = {"manifest.xml": Sip().manifest(), "Content/OBJ1.txt": TEXT}
SUPERIOR = "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER.MANIFEST_SUPERIOR_BDO.KO"
INFERIOR = SUPERIOR.replace("SUPERIOR", "INFERIOR")
MIB = 1 << 20


def _streamed() -> bytes:
    """A zip written without going back: its compressed entries have their sizes after them."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.parts: list[bytes] = []

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.parts.append(bytes(data))
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in GOOD.items():
            archive.writestr(name, content)
    return b"".join(pipe.parts)


def _wide() -> bytes:
    """A zip with sizes in zip64 fields."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in GOOD.items():
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(content)
    return buffer.getvalue()


def _of_before_1988() -> bytes:
    """A tar whose headers end with the name of the linked file, without « ustar »."""
    body = bytearray(tarred(GOOD))
    for name in GOOD:
        start = body.index(name.encode() + b"\0")
        body[start + 257 : start + 512] = bytes(255)
        body[start + 148 : start + 156] = b" " * 8
        body[start + 148 : start + 156] = b"%06o\0 " % sum(body[start : start + 512])
    return bytes(body)


ACCEPTED = {
    "zip, stored": zipped(GOOD),
    "zip, compressed": zipped(GOOD, zipfile.ZIP_DEFLATED),
    "zip, compressed and streamed": _streamed(),
    "zip, compressed by bzip2": zipped(GOOD, zipfile.ZIP_BZIP2),
    "zip64": _wide(),
    "zip with folders": zipped({"Content/": b"", **GOOD}),
    "zip with backslashes, as from DOS": zipped({"manifest.xml": GOOD["manifest.xml"], "Content\\OBJ1.txt": TEXT}),
    "tar": tarred(GOOD),
    "a tar of before 1988": _of_before_1988(),
    "tar.gz": tarred(GOOD, "w:gz"),
    "tar.bz2": tarred(GOOD, "w:bz2"),
    "tar.gz with zeros after it": tarred(GOOD, "w:gz") + bytes(1000),
    "a prefix to the manifest": zipped({"2024-03_manifest.xml": GOOD["manifest.xml"], "Content/OBJ1.txt": TEXT}),
    "the manifest last": zipped(dict(reversed(GOOD.items()))),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_the_containers_that_vitam_takes_are_ok(tmp_path: Path, case: str):
    """zip, tar, tar.gz and tar.bz2 are read, however they were written."""
    report = check(tmp_path, ACCEPTED[case])
    assert (report.verdict, report.events) == (Verdict.OK, ())
    assert report.contents.files == 1


REFUSED = {
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(100), "CHECK_CONTAINER.KO", "ni un zip complet, ni un tar"),
    "xz": (tarred(GOOD, "w:xz"), "CHECK_CONTAINER.KO", "ni un zip complet, ni un tar"),
    "a name longer than a file system takes": (zipped({**GOOD, f"Content/{'a' * 256}": b""}), "UPLOAD_SIP.KO", "255"),
    "nothing": (b"", "CHECK_CONTAINER.KO", "ni un zip complet, ni un tar"),
    "a zip without its end": (zipped(GOOD)[:-30], "CHECK_CONTAINER.KO", "ni un zip complet"),
    "a zip without its directory": (
        zipped(GOOD)[: zipped(GOOD).index(TEXT)] + zipped({}),
        "CHECK_CONTAINER.KO",
        "ni un zip complet",
    ),
    "an empty zip": (zipped({}), "MANIFEST_FILE_NAME_CHECK.KO", "manifest.xml"),
    "a gzip of anything": (gzip.compress(b"bonjour"), "MANIFEST_FILE_NAME_CHECK.KO", "ne s’ouvre d’ailleurs pas"),
    "a dot before names": (
        tarred({f"./{name}": content for name, content in GOOD.items()}),
        "MANIFEST_FILE_NAME_CHECK.KO",
        "« ./manifest.xml » n’est pas à la racine",
    ),
    "a way out": (zipped({**GOOD, "Content/../../a": b""}), "UPLOAD_SIP.KO", "ce nom d’entrée est refusé"),
    "an absolute name": (zipped({**GOOD, "/etc/a": b""}), "UPLOAD_SIP.KO", "ce nom d’entrée est refusé"),
    "a backslash": (zipped({**GOOD, "Content/a\\b": b""}), "UPLOAD_SIP.KO", "ce nom d’entrée est refusé"),
    "a name in another encoding": (
        with_first(local_entry("Content/a", b"").replace(b"Content/a", b"Content/\xe9"), zipped(GOOD)),
        "UPLOAD_SIP.KO",
        "ce nom d’entrée est refusé",
    ),
    "a zip cut in its middle": (
        zipped(GOOD).replace(TEXT, TEXT[20:]),
        "UPLOAD_SIP.KO",
        "le zip est abîmé ou tronqué",
    ),
    "a compressed entry that is damaged": (
        with_first(local_entry("Content/a", b"\xff" * 50, method=8), zipped(GOOD)),
        "MANIFEST_FILE_NAME_CHECK.KO",
        "une entrée compressée du zip est abîmée",
    ),
    "an entry in bzip2 that is damaged": (
        with_first(local_entry("Content/a", b"BZh9" + b"x" * 50, method=12), zipped(GOOD)),
        "MANIFEST_FILE_NAME_CHECK.KO",
        "une entrée compressée du zip est abîmée",
    ),
    "a tar.bz2 in several streams, as pbzip2 makes it": (
        bz2.compress(tarred(GOOD)[:3000]) + bz2.compress(tarred(GOOD)[3000:]),
        "UPLOAD_SIP.KO",
        "plusieurs flux compressés à la suite",
    ),
    "a tar.gz in several streams": (
        gzip.compress(tarred(GOOD)[:3000]) + gzip.compress(tarred(GOOD)[3000:]),
        "UPLOAD_SIP.KO",
        "plusieurs flux compressés à la suite",
    ),
    "a tar.gz with a wrong CRC": (
        tarred(GOOD, "w:gz")[:-8] + b"\0\1\2\3" + tarred(GOOD, "w:gz")[-4:],
        "UPLOAD_SIP.KO",
        "l’archive tar ne se lit pas",
    ),
    "a tar cut in its middle": (tarred(GOOD)[:-9000], "UPLOAD_SIP.KO", "l’archive tar"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_containers_that_vitam_refuses_get_its_code(tmp_path: Path, case: str):
    """Another format, a damaged archive or a forbidden name: KO, under Vitam's code, with its reason."""
    body, code, said = REFUSED[case]
    report = check(tmp_path, body)
    assert codes(report) == [code]
    assert said in report.events[0].message


def test_a_file_with_something_below_it_cannot_be_unpacked(tmp_path: Path):
    """A name that is at once a file's and a folder's refuses the SIP, whatever stands between them in order."""
    body = zipped({**GOOD, "Content/a": b"", "Content/a.b": b"", "Content/a/b/c": b""})
    report = check(tmp_path, body)
    assert [(event.code, event.element) for event in report.events] == [("UPLOAD_SIP.KO", "Content/a")]


SKIPPED = {
    "stored, with its size after it": (local_entry("Content/OBJ1.txt", TEXT, descriptor=True), "data descriptor"),
    "encrypted": (local_entry("Content/OBJ1.txt", TEXT, flags=1), "elle est chiffrée"),
    "in lzma": (local_entry("Content/OBJ1.txt", TEXT, method=14), "ne sait pas lire sa compression"),
    "in zstd": (local_entry("Content/OBJ1.txt", TEXT, method=93), "ne sait pas lire sa compression"),
    "in bzip2, with its size after it": (
        local_entry("Content/OBJ1.txt", bz2.compress(TEXT), method=12, descriptor=True),
        "data descriptor",
    ),
}


@pytest.mark.parametrize("case", SKIPPED)
def test_entries_that_vitam_skips_in_silence_are_explained(tmp_path: Path, case: str):
    """Vitam only says that a file is missing; the check says that it is there, and why Vitam does not see it."""
    entry, why = SKIPPED[case]
    report = check(tmp_path, with_first(entry, zipped({"manifest.xml": GOOD["manifest.xml"]})))
    assert codes(report) == [SUPERIOR]
    assert "est dans le paquet, mais Vitam la saute sans le dire" in report.events[0].message
    assert why in report.events[0].message


def test_a_manifest_that_vitam_skips_is_explained(tmp_path: Path):
    """A manifest written as a stream, stored, is there for every zip tool and not for Vitam."""
    entry = local_entry("manifest.xml", GOOD["manifest.xml"], descriptor=True)
    report = check(tmp_path, with_first(entry, zipped({"Content/OBJ1.txt": TEXT})))
    assert codes(report) == ["MANIFEST_FILE_NAME_CHECK.KO"]
    assert "« manifest.xml » est là, mais Vitam le saute" in report.events[0].message


def test_a_skipped_entry_is_passed_over_up_to_its_own_end(tmp_path: Path):
    """What looks like an end inside a skipped entry is not taken for it."""
    content = (b"PK\7\10" + b"x" * 12 + b"PK\3\4") * 50_000
    entry = local_entry("Content/a", content, descriptor=True)
    report = check(tmp_path, with_first(entry, zipped(GOOD)))
    assert (report.verdict, [remark.element for remark in report.remarks]) == (Verdict.OK, ["Content/a"])


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_empty_files_and_never_followed(tmp_path: Path, kind: bytes):
    """A link or a device in a tar is never opened: Vitam makes an empty file of it, cited or not."""
    link = tarfile.TarInfo("Content/OBJ1.txt")
    link.type, link.linkname = kind, "/etc/passwd"
    report = check(tmp_path, tarred({"manifest.xml": GOOD["manifest.xml"], "Content/OBJ1.txt": link}))
    assert codes(report) == ["CHECK_DIGEST.KO"]
    assert "un lien ou un périphérique : Vitam en fait un fichier vide" in report.remarks[0].message
    link.name = "Content/lien"
    assert codes(check(tmp_path, tarred({**GOOD, "Content/lien": link}))) == [INFERIOR]


def test_of_two_entries_of_one_name_the_last_counts(tmp_path: Path):
    """A name that comes twice is told, and judged by its last content, big or small."""
    for other in (b"autre", b"autre" * BLOCK):
        report = check(tmp_path, with_first(local_entry("Content/OBJ1.txt", other), zipped(GOOD)))
        assert report.verdict is Verdict.OK
        assert "deux fois dans le paquet" in report.remarks[0].message


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("name", GOOD)
def test_a_wrong_crc_is_told_and_refuses_nothing(tmp_path: Path, name: str, compression: int):
    """Vitam reads a zip without comparing the CRC-32, and compares digests: a wrong CRC alone is a remark."""
    body = zipped(GOOD, compression)
    wrong = body.replace(zlib.crc32(GOOD[name]).to_bytes(4, "little"), b"\0\1\2\3")
    report = check(tmp_path, wrong)
    assert (report.verdict, [remark.element for remark in report.remarks]) == (Verdict.OK, [name])
    assert "n’a pas le CRC-32 que le zip donne" in report.remarks[0].message
    assert check(tmp_path, body).remarks == ()


def test_a_compression_that_only_vitam_reads_is_not_judged(tmp_path: Path):
    """deflate64, which Vitam reads: no verdict, unless the SIP is refused for another reason; the reason is told."""
    with_entry = with_first(
        local_entry("Content/OBJ1.txt", b"x", method=9), zipped({"manifest.xml": GOOD["manifest.xml"]})
    )
    report = check(tmp_path, with_entry)
    assert report.verdict is Verdict.UNDETERMINED
    assert "« Content/OBJ1.txt » est compressée par deflate64, ce que Vitam lit" in report.unread
    assert codes(check(tmp_path, with_first(local_entry("Content/a b", b""), with_entry))) == ["UPLOAD_SIP.KO"]
    assert check(tmp_path, with_first(local_entry("manifest.xml", b"x", method=9), zipped({"Content/a": b""}))).unread


def test_big_objects_are_measured_to_their_last_byte(tmp_path: Path):
    """Objects longer than a block, in several threads, are compared whole; one wrong byte at the end is seen."""
    contents = [bytes([n]) * (3 * BLOCK + n) for n in range(5)]
    objects = [Binary(f"O{n}", "GRP1", content, version=f"BinaryMaster_{n + 1}") for n, content in enumerate(contents)]
    sip = Sip(objects=objects)
    body = zipped({"manifest.xml": sip.manifest(), **{each.path: each.content for each in objects}})
    assert check(tmp_path, body).verdict is Verdict.OK
    spoilt = {each.path: each.content[:-1] + b"x" if each.id == "O3" else each.content for each in objects}
    report = check(tmp_path, zipped({"manifest.xml": sip.manifest(), **spoilt}))
    assert [(event.code, event.element) for event in report.events] == [("CHECK_DIGEST.KO", "BinaryDataObject « O3 »")]


def _zip_bomb() -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = b"".join([*(deflater.compress(bytes(MIB)) for _ in range(70)), deflater.flush()])
    return with_first(local_entry("Content/a", packed, method=8), zipped(GOOD))


def _tar_bomb(pack) -> bytes:
    return pack(tarred({"manifest.xml": GOOD["manifest.xml"], "Content/a": bytes(70 * MIB)}))


def _many_entries() -> bytes:
    return local_entry("a", b"") * 250_001 + zipped(GOOD)


def _long_header() -> bytes:
    member = tarfile.TarInfo("a")
    member.type, member.size = tarfile.XHDTYPE, 1 << 32
    return member.tobuf(tarfile.USTAR_FORMAT) + bytes(10_240)


def _long_names() -> bytes:
    return b"".join(local_entry(f"{n:05}" + "/a" * 30_000, b"") for n in range(1_200)) + zipped(GOOD)


UNDETERMINED = {
    "a zip that expands": (_zip_bomb, "bombe de décompression"),
    "a tar.gz that expands": (lambda: _tar_bomb(gzip.compress), "bombe de décompression"),
    "a tar.bz2 that expands": (lambda: _tar_bomb(bz2.compress), "bombe de décompression"),
    "too many entries": (_many_entries, "plus de 250000 entrées"),
    "names without end": (_long_names, "les noms de ses entrées dépassent 64 Mio"),
    "a header of 4 GiB": (_long_header, "un en-tête de l’archive tar dépasse 1 Mio"),
}


@pytest.mark.parametrize("case", UNDETERMINED)
def test_a_container_made_to_exhaust_is_not_judged(tmp_path: Path, case: str):
    """A bomb is named, in bounded time and memory, and neither accepted nor refused."""
    body, said = UNDETERMINED[case]
    report = check(tmp_path, body())
    assert (report.verdict, report.events) == (Verdict.UNDETERMINED, ())
    assert said in report.unread
