"""What is wrong with documents is told by a code, in bounded time, and nothing is said of sound ones."""

from __future__ import annotations

import io
import random
import shutil
import struct
import zipfile
import zlib

import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption

from tests.adapters.formats.pdf_samples import BODY, PLAIN, bomb, drawn, endless, pdf, raw_pdf
from versement.adapters.formats.formats import FileFormats
from versement.domain.health import Health

XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description '
    b"xmlns:pdfaid='http://www.aiim.org/pdfa/ns/id/'><pdfaid:part>1</pdfaid:part>"
    b"<pdfaid:conformance>B</pdfaid:conformance></rdf:Description></x:xmpmeta><?xpacket end='w'?>"
)
MIMETYPE = "application/vnd.oasis.opendocument.text"


@pytest.fixture(scope="module")
def formats():
    with FileFormats(pdf_seconds=20, pdf_memory=512 << 20) as opened:
        yield opened


def write(path, data):
    path.write_bytes(data)
    return path


def claiming(path):
    """The PDF with a packet that claims PDF/A, after its end as an update would leave it."""
    return write(path, path.read_bytes().replace(b"%%EOF", b"%" + XMP + b"\n%%EOF"))


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return path


def odt(path, manifest=b"<manifest:manifest/>"):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", MIMETYPE)
        archive.writestr("content.xml", b"<office:document-content/>" * 200)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def ole(path, streams: dict[str, bytes]):
    """An OLE2 file of 512-byte sectors: its FAT, its directory, then each stream at 4096 bytes or more."""
    sectors, entries = [], []
    chains: list[int] = [0xFFFFFFFD, 0xFFFFFFFE]
    for name, content in streams.items():
        padded = content.ljust(4096, b"\0")
        padded += bytes(-len(padded) % 512)
        start = len(chains)
        count = len(padded) // 512
        chains += [*range(start + 1, start + count), 0xFFFFFFFE]
        sectors.append(padded)
        entries.append((name, 2, start, len(padded)))
    fat = b"".join(struct.pack("<I", sector) for sector in chains).ljust(512, b"\xff")
    assert len(fat) == 512
    directory = _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)
    for place, entry in enumerate(entries, 1):
        directory += _entry(*entry, right=place + 1 if place < len(entries) else 0xFFFFFFFF)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * (512 - len(header) - 4)
    return write(path, header + fat + directory.ljust(512, b"\0") + b"".join(sectors))


def _entry(name, kind, start, size, *, child=0xFFFFFFFF, right=0xFFFFFFFF):
    encoded = name.encode("utf-16-le").ljust(64, b"\0")
    entry = encoded + struct.pack("<HBB", 2 * len(name) + 2, kind, 1) + struct.pack("<III", 0xFFFFFFFF, right, child)
    return entry + bytes(36) + struct.pack("<IQ", start, size)


def word(*, encrypted: bool) -> bytes:
    return struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0, 0, 0x0100 if encrypted else 0)


def workbook(*, encrypted: bool) -> bytes:
    begin = struct.pack("<HH16s", 0x0809, 16, b"")
    return begin + (struct.pack("<HH6s", 0x002F, 6, b"") if encrypted else struct.pack("<HH", 0x000A, 0))


def test_sound_pdf_tells_its_pages_and_those_with_text(formats, tmp_path):
    """Pages are counted, those that hold text apart; nothing is wrong."""
    path = pdf(tmp_path / "a", [(BODY, PLAIN), None, ("x", PLAIN)])
    assert formats.health(path) == Health(pages=2, text_pages=2)


def test_pdf_without_text_is_made_of_images(formats, tmp_path):
    """A PDF on whose pages nothing can be read is told as images only."""
    assert formats.health(drawn(tmp_path / "a", [[], []])) == Health(("FILE_IMAGE_ONLY",), pages=2)


def test_claim_of_pdfa_is_told_and_doubted_only_for_a_reason(formats, tmp_path):
    """The part and level that a PDF claims are kept; encrypted, which PDF/A forbids, its claim is doubtful."""
    assert formats.health(claiming(pdf(tmp_path / "a", [("x", PLAIN)]))) == Health(pages=1, text_pages=1, pdfa="1b")
    locked = drawn(tmp_path / "b", [[(60, 700, 11, "x")]], encrypt=StandardEncryption("", "owner"))
    found = formats.health(claiming(locked))
    assert (found.troubles, found.pdfa) == (("FILE_RESTRICTED", "FILE_PDFA_DOUBTFUL"), "1b")


def test_pdf_without_pages_is_told(formats, tmp_path):
    """A PDF that has no page at all is no document."""
    made = io.BytesIO()
    pypdfium2.PdfDocument.new().save(made)
    assert formats.health(write(tmp_path / "a", made.getvalue())).troubles == ("FILE_WITHOUT_PAGES",)


def test_closed_cut_and_lost_pdfs_have_each_their_code(formats, tmp_path):
    """A password, a missing end and a lost inside are told apart."""
    closed = drawn(tmp_path / "a", [[(60, 700, 11, "x")]], encrypt=StandardEncryption("secret", "owner"))
    whole = pdf(tmp_path / "b", [(BODY, PLAIN)]).read_bytes()
    cut = write(tmp_path / "c", whole[: len(whole) // 2])
    lost = write(tmp_path / "d", b"%PDF-1.4\n" + bytes(3000) + b"\n%%EOF\n")
    assert [formats.health(path).troubles for path in (closed, cut, lost)] == [
        ("FILE_ENCRYPTED",),
        ("FILE_TRUNCATED",),
        ("FILE_UNREADABLE",),
    ]


def test_pdf_behind_other_bytes_is_looked_into_all_the_same(formats, tmp_path):
    """A password is told of a PDF that begins with a line feed too; nothing is of a text that names PDF."""
    locked = drawn(tmp_path / "l", [[(80, 700, 11, BODY)]], pdfVersion=(1, 7), encrypt=StandardEncryption("secret"))
    sound = drawn(tmp_path / "s", [[(80, 700, 11, BODY)]], pdfVersion=(1, 7))
    late = (b"\n" + locked.read_bytes(), b"\n" + sound.read_bytes(), b"Un fichier %PDF-1.7 commence ainsi.")
    found = [formats.health(write(tmp_path / f"{place}", data)) for place, data in enumerate(late)]
    assert found == [Health(("FILE_ENCRYPTED",)), Health(pages=1, text_pages=1), Health()]


def test_page_of_which_only_a_part_can_be_read_is_damaged(formats, tmp_path):
    """Fifty lost bytes in a page hide all that follows: it is told, whatever the text before; a missing sum is not."""
    lines = b" ".join(b"(ligne %d du rapport %d) Tj T*" % (line, line * line) for line in range(200))
    packed = zlib.compress(b"BT /F 11 Tf 50 700 Td 14 TL " + lines + b" ET")
    lost = packed[:300] + bytes(50) + packed[350:]
    assert formats.health(raw_pdf(tmp_path / "a", lost)) == Health(("FILE_UNREADABLE",), pages=1, text_pages=1)
    for place, sound in enumerate((packed, packed[:-4], packed + b"\r\n")):
        assert formats.health(raw_pdf(tmp_path / f"{place}", sound)) == Health(pages=1, text_pages=1)


def test_bombs_are_too_heavy_and_their_neighbours_are_read(tmp_path):
    """What unpacks without end, or takes for ever, costs itself only."""
    good = pdf(tmp_path / "good", [("x", PLAIN)])
    with FileFormats(pdf_seconds=2, pdf_memory=256 << 20) as formats:
        for path in (bomb(tmp_path / "a"), endless(tmp_path / "b")):
            assert formats.health(path).troubles == ("FILE_TOO_HEAVY",)
            assert formats.health(good).troubles == ()


def test_sound_office_files_have_nothing_wrong(formats, tmp_path):
    """ODF, OOXML, a zip and old office files that are whole and open are said sound."""
    sound = [
        odt(tmp_path / "a"),
        zipped(tmp_path / "b", **{"[Content_Types].xml": "<Types/>", "word__document.xml": "<w/>" * 999}),
        ole(tmp_path / "c", {"WordDocument": word(encrypted=False)}),
        ole(tmp_path / "d", {"Workbook": workbook(encrypted=False)}),
    ]
    assert [formats.health(path) for path in sound] == [Health()] * 4


def test_encrypted_office_files_are_told(formats, tmp_path):
    """A password on ODF, on OOXML (an OLE2 package), on .doc, .xls and .ppt is told, whatever the format."""
    part = b'<manifest:file-entry><manifest:encryption-data manifest:checksum="x"/></manifest:file-entry>'
    encrypted = [
        odt(tmp_path / "a", part),
        ole(tmp_path / "b", {"EncryptedPackage": b"x"}),
        ole(tmp_path / "c", {"WordDocument": word(encrypted=True)}),
        ole(tmp_path / "d", {"Workbook": workbook(encrypted=True)}),
        ole(tmp_path / "e", {"EncryptedSummary": b"x"}),
    ]
    assert {formats.health(path).troubles for path in encrypted} == {("FILE_ENCRYPTED",)}


def test_zip_with_a_password_is_told(formats, tmp_path):
    """A zip whose members ask for a password is told encrypted, without one being asked."""
    data = bytearray(zipped(tmp_path / "a", x="secret").read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert formats.health(write(tmp_path / "a", data)).troubles == ("FILE_ENCRYPTED",)


def test_cut_and_damaged_office_files_are_told(formats, tmp_path):
    """A missing end is told as such; a damaged member or an unreadable container as unreadable."""
    whole = odt(tmp_path / "a").read_bytes()
    spoilt = bytearray(whole)
    spoilt[spoilt.index(b"<office:") + 5] ^= 0xFF
    old = ole(tmp_path / "c", {"WordDocument": word(encrypted=False)}).read_bytes()
    found = [
        formats.health(write(tmp_path / "f", content)).troubles
        for content in (whole[:-30], bytes(spoilt), old[: len(old) // 2], old[:600], old[:8] + bytes(600))
    ]
    assert found[:3] == [("FILE_TRUNCATED",), ("FILE_UNREADABLE",), ("FILE_TRUNCATED",)]
    assert all(codes in (("FILE_TRUNCATED",), ("FILE_UNREADABLE",)) for codes in found[3:])


def test_zip_bomb_is_told_without_being_unpacked(formats, tmp_path):
    """A small zip that announces gigabytes is too heavy."""
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(5):
            with archive.open(f"{number}", "w") as member:
                for _ in range(300):
                    member.write(bytes(1 << 20))
    assert formats.health(path).troubles == ("FILE_TOO_HEAVY",)


def tiff(**options) -> bytes:
    made = io.BytesIO()
    pages = [Image.frombytes("L", (60, 400), bytes(range(240)) * 100) for _ in range(2)]
    pages[0].save(made, "TIFF", save_all=True, append_images=pages[1:], **options)
    return made.getvalue()


@pytest.mark.parametrize(
    "sound",
    [
        tiff(),
        tiff(compression="tiff_lzw"),
        tiff(big_tiff=True),
        b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9<b/><!-- fin --></a>\n",
        "<?xml version='1.0' encoding='UTF-16'?><a><b>é</b></a>".encode("utf-16"),
        b"{\\rtf1\\ansi Vu le code {\\b et} ses annexes.}\r\n\0",
    ],
    ids=["tiff", "lzw", "bigtiff", "xml", "utf-16", "rtf"],
)
def test_cut_images_and_texts_that_say_where_they_end_are_told(formats, sound, tmp_path):
    """Wherever a TIFF, an XML or an RTF is cut, it is told as such; whole, or wrong otherwise, it is not."""
    assert formats.health(write(tmp_path / "whole", sound)) == Health()
    end = len(sound.rstrip(b"\0\r\n "))
    for place in (end - 1, *range(40, end, end // 23)):
        found = formats.health(write(tmp_path / "cut", sound[:place])).troubles
        assert found == ("FILE_TRUNCATED",) or sound[:place].endswith(b"}")
    ill_formed = b"<?xml version='1.0' encoding='UTF-8'?><a>\xe9</a>"
    assert formats.health(write(tmp_path / "ill", ill_formed)) == Health()


def test_other_files_are_not_looked_into(formats, tmp_path):
    """A text, a program, an empty file: nothing is said of their inside."""
    for content in (b"", b"x", b"MZ" + bytes(200), "Délibération".encode()):
        assert formats.health(write(tmp_path / "a", content)) == Health()


def test_damaged_office_files_never_stop_the_run(formats, tmp_path):
    """Bytes changed anywhere give codes, for a hundred seeded damages of each container."""
    chance = random.Random(20260312)  # noqa: S311 - seeded damage, not a secret
    for whole in (
        odt(tmp_path / "a").read_bytes(),
        ole(tmp_path / "b", {"Workbook": workbook(encrypted=False)}).read_bytes(),
    ):
        for _ in range(100):
            damaged = bytearray(whole)
            for _ in range(chance.randrange(1, 30)):
                damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
            assert set(formats.health(write(tmp_path / "c", damaged)).troubles) <= {
                *("FILE_UNREADABLE", "FILE_TRUNCATED", "FILE_ENCRYPTED", "FILE_TOO_HEAVY")
            }


def test_real_office_files_and_acts_are_sound(formats, shared, tmp_path):
    """On real documents nothing false is said: only scans are told as images."""
    if shared is None:
        pytest.skip("no real samples here; the tests above prove the same on made ones")
    paths = [
        path
        for folder in ("bureautique", "deliberations")
        for path in sorted((shared / "samples" / folder).rglob("*"))
        if path.suffix in (".pdf", ".doc", ".xls", ".ods")
    ]
    assert len(paths) > 50
    assert {code for path in paths for code in formats.health(path).troubles} <= {"FILE_IMAGE_ONLY"}
    cut = shutil.copyfile(next(path for path in paths if path.suffix == ".doc"), tmp_path / "cut.doc")
    cut.write_bytes(cut.read_bytes()[:-20_000])
    assert formats.health(cut).troubles == ("FILE_TRUNCATED",)
