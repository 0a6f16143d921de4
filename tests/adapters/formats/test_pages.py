"""One agent's pages, cut out of the PDF of a whole payroll run."""

from __future__ import annotations

import hashlib
import zlib

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from reportlab.pdfgen.canvas import Canvas

from versement.adapters.formats.formats import FileFormats
from versement.adapters.formats.pages import Limits, cut_pages, page_count
from versement.adapters.formats.pdf import PdfReader
from versement.domain.errors import UnreadableFile

LIMITS = Limits(30.0, 512 << 20)


def run_of(path, pages):
    """A payroll run of so many pages; `A0001` is on the first."""
    canvas = Canvas(str(path), invariant=1, pageCompression=0)
    canvas.setTitle("Paie de janvier, Mme Durand")
    for number in range(1, pages + 1):
        canvas.drawString(80, 700, f"Bulletin A{number:04}")
        canvas.showPage()
    canvas.save()
    return path


def text_of(path):
    with PdfReader(seconds=30, memory=512 << 20) as reader:
        return ["".join(page.split()) for page in reader.read(path).pages]


def test_each_cut_holds_its_pages_and_no_other(tmp_path):
    """Pages 3 and 4 are a PDF of two pages, with their text; the whole's title stays behind."""
    whole = run_of(tmp_path / "run.pdf", 6)
    with FileFormats() as formats:
        cuts = formats.cut_pages(whole, [(1, 1), (3, 4), (6, 6)], tmp_path)
        assert formats.page_count(whole) == 6
    assert [text_of(path) for path in cuts.values()] == [
        ["BulletinA0001"],
        ["BulletinA0003", "BulletinA0004"],
        ["BulletinA0006"],
    ]
    assert all(b"Durand" not in path.read_bytes() for path in cuts.values())


def test_same_pages_give_the_same_bytes_always(tmp_path):
    """No clock, no random identifier, and what else is cut makes no difference: known bytes, on any machine."""
    whole = run_of(tmp_path / "run.pdf", 6)
    digests = set()
    for ranges in ([(3, 4)], [(1, 2), (3, 4), (5, 6)], [(5, 6), (2, 4), (3, 4)]):
        cuts = cut_pages(whole, ranges, tmp_path, LIMITS)
        digests.add(hashlib.sha256(cuts[3, 4].read_bytes()).hexdigest())
    assert digests == {"fe49921876da9542427701ca20bffd6a2c64c1a171d3d9a927663119b6bf97d8"}


@pytest.fixture
def entangled(tmp_path):
    """Three pages that share one table of resources, one form and a few private entries, as some tools write them."""
    whole = pikepdf.new()
    shared = whole.make_indirect(Dictionary(XObject=Dictionary()))
    form = whole.make_indirect(Dictionary(FT=Name.Tx, T="agents", Kids=Array()))
    for number in range(3):
        drawing = whole.make_stream(
            b"BT (DRAWN%d) Tj ET" % number, Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9]
        )
        shared.XObject[f"/X{number}"] = drawing
        whole.add_blank_page()
        page = whole.pages[number].obj
        page.Resources, page.Contents = shared, whole.make_stream(b"/X%d Do" % number)
        page.PieceInfo, page.B = Dictionary(Private=f"PIECE{number}"), Array([whole.pages[0].obj])
        field = whole.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=[0, 0, 1, 1], Parent=form))
        field.V, field.P = f"VALUE{number}", page
        page.Annots = Array([field])
        form.Kids.append(field)
    whole.Root.AcroForm = Dictionary(Fields=Array([form]))

    def save(content=None):
        if content:
            whole.pages[1].obj.Contents = whole.make_stream(content)
        whole.save(tmp_path / "entangled.pdf", compress_streams=False)
        return tmp_path / "entangled.pdf"

    return save


def test_nothing_of_another_agent_hides_in_a_cut(entangled, tmp_path):
    """Shared resources, form fields and private entries of other pages are not in the bytes of a cut."""
    held = cut_pages(entangled(), [(2, 2)], tmp_path, LIMITS)[2, 2].read_bytes()
    words = [f"{word}{page}" for word in ("DRAWN", "VALUE", "PIECE") for page in range(3)]
    assert [word for word in words if word.encode() in held] == ["DRAWN1", "VALUE1"]


def test_page_whose_content_cannot_be_parsed_is_not_cut(entangled, tmp_path):
    """Nobody could tell which of the shared resources are its own: the run is refused instead."""
    with pytest.raises(UnreadableFile, match="abîmé"):
        cut_pages(entangled(b"/X1 Do ( <<< ]] BI ID"), [(2, 2)], tmp_path, LIMITS)


@pytest.mark.parametrize("wanted", [(0, 1), (2, 1), (3, 4), (9, 9)])
def test_pages_beyond_the_end_are_never_cut(tmp_path, wanted):
    """A range that the file does not have stops all: an index of another file would misplace every page."""
    whole = run_of(tmp_path / "run.pdf", 3)
    with pytest.raises(UnreadableFile, match="index"):
        cut_pages(whole, [(1, 1), wanted], tmp_path, LIMITS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.pdf"]


def encrypted(path):
    with pikepdf.open(run_of(path, 1), allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(user="x", owner="y"))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (lambda path: b"", "vide"),
        (lambda path: b"PK\3\4", "n’est pas un PDF"),
        (lambda path: run_of(path, 2).read_bytes()[:300], "tronqué"),
        (lambda path: b"%PDF-1.4\n" + b"<<" * 60_000 + b"\n%%EOF\n", "abîmé|échouer"),
        (encrypted, "mot de passe"),
    ],
)
def test_hostile_file_is_unreadable(tmp_path, content, why):
    """Empty, something else, cut short, nested without end or protected: told as such."""
    path = tmp_path / "x.pdf"
    path.write_bytes(content(path))
    with pytest.raises(UnreadableFile, match=why):
        page_count(path, LIMITS)


def test_time_is_bounded(tmp_path):
    """A reader that takes too long is ended."""
    with pytest.raises(UnreadableFile, match="temps permis"):
        page_count(run_of(tmp_path / "run.pdf", 3), Limits(0.001, 512 << 20))


def test_memory_is_bounded(tmp_path):
    """A page that unpacks to more than the limit fails alone, in the child."""
    packer = zlib.compressobj(1)
    bomb = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(300)), packer.flush()])
    with pikepdf.open(run_of(tmp_path / "run.pdf", 2)) as pdf:
        pdf.pages[0].obj.Contents = pdf.make_stream(bomb, Filter=Name.FlateDecode)
        pdf.save(tmp_path / "bomb.pdf", compress_streams=False)
    with pytest.raises(UnreadableFile, match=r"produire à nouveau|abîmé"):
        cut_pages(tmp_path / "bomb.pdf", [(1, 1)], tmp_path, Limits(30.0, 256 << 20))
