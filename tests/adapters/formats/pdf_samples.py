"""PDFs of several layouts, made for tests."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer

PLAIN = ParagraphStyle("plain", fontName="Times-Roman", fontSize=11, leading=13.5, spaceAfter=2)
SMALL = ParagraphStyle("small", parent=PLAIN, fontSize=7, leading=8)
BOLD = ParagraphStyle("bold", parent=PLAIN, fontName="Times-Bold")
TITLE = ParagraphStyle("title", parent=BOLD, fontSize=15, leading=17, alignment=1)
BODY = "Considérant qu’il y a lieu d’en délibérer, le conseil municipal, sur le rapport de son maire, décide. " * 4


def pdf(path: Path, parts: Sequence[tuple[str, ParagraphStyle] | None], **options: object) -> Path:
    """A PDF of paragraphs; None starts another page."""
    flow = [
        piece
        for part in parts
        for piece in ([PageBreak()] if part is None else [Paragraph(escape(part[0]), part[1]), Spacer(1, 1)])
    ]
    SimpleDocTemplate(str(path), pagesize=A4, invariant=1, **options).build(flow)
    return path


def drawn(path: Path, pages: Sequence[Sequence[tuple[float, float, float, str]]], **options: object) -> Path:
    """A PDF of texts drawn at `(x, y, size)`, in that order."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1, **options)
    for page in pages:
        for x, y, size, text in page:
            canvas.setFont("Helvetica", size)
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    path.write_bytes(target.getvalue())
    return path


def raw_pdf(path: Path, content: bytes, filters: str = "/FlateDecode") -> Path:
    """A one-page PDF around a content stream that is given as stored."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</Font <</F 5 0 R>> >> >>",
        b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(content), filters.encode(), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    data = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    path.write_bytes(data)
    return path


def endless(path: Path) -> Path:
    """A small PDF whose page takes a very long time: millions of characters to place."""
    return raw_pdf(path, zlib.compress(b"BT /F 9 Tf 10 10 Td " + b"(abcdefgh) Tj 1 0 Td " * 3_000_000 + b"ET", 9))


def bomb(path: Path) -> Path:
    """A small PDF whose content unpacks to most of a gigabyte."""
    packer = zlib.compressobj(1)
    once = b"".join(packer.compress(bytes(1 << 24)) for _ in range(48)) + packer.flush()
    return raw_pdf(path, zlib.compress(once, 9), "[/FlateDecode /FlateDecode]")
