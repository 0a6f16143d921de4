"""Annexes: tables, plans and texts as PDF, a photograph as JPEG."""

from __future__ import annotations

import io
from functools import partial
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from sandbox.samples.model import Annex, Picture
from sandbox.samples.pdf import PLAIN, TITLE, render


def annex(item: Annex, author: str) -> bytes:
    """The bytes of an annex: the same item always gives the same bytes, whatever its path."""
    if item.picture is Picture.PHOTO:
        return photograph()
    story: list[Flowable] = [Paragraph(escape(item.title), TITLE), Spacer(1, 14)]
    drawing = None
    if item.picture is Picture.TABLE:
        story.append(_table(item.lines))
    elif item.picture is Picture.TEXT:
        story.extend(part for line in item.lines for part in (Paragraph(escape(line), PLAIN), Spacer(1, 7)))
    else:
        drawing = partial(_draw_plan, item.lines)
    return render(story, title=item.title, author=author, first_page=drawing)


def photograph(width: int = 480, height: int = 320) -> bytes:
    """A meadow under the sky, with a pond, as JPEG."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    horizon = height * 2 // 5
    for y in range(height):
        sky = (150 + y // 3, 190 + y // 6, 235)
        field = (70 + y // 8, 140 - (y - horizon) // 5, 60)
        draw.line([(0, y), (width, y)], fill=sky if y < horizon else field)
    draw.ellipse([width // 3, height // 2, width * 5 // 6, height * 4 // 5], fill=(92, 128, 150))
    for x in range(20, width, 70):
        draw.ellipse([x - 16, horizon - 34, x + 16, horizon + 4], fill=(38, 92, 45))
    target = io.BytesIO()
    image.save(target, "JPEG", quality=80)
    return target.getvalue()


def _table(lines: tuple[str, ...]) -> Table:
    table = Table([line.split("|") for line in lines])
    table.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.4, "black"),
            ("FONT", (0, 0), (-1, 0), "Times-Bold", 10),
            ("FONT", (0, 1), (-1, -1), "Times-Roman", 10),
            ("ALIGN", (1, 1), (-1, -1), "RIGHT"),
        ]
    )
    return table


def _draw_plan(labels: tuple[str, ...], canvas: Canvas) -> None:
    """Plots along a street, one per label."""
    canvas.setLineWidth(1)
    canvas.setFont("Helvetica", 9)
    canvas.rect(25 * mm, 60 * mm, 160 * mm, 150 * mm)
    step = 160 * mm / max(len(labels), 1)
    for rank, label in enumerate(labels):
        left = 25 * mm + rank * step
        canvas.rect(left, 120 * mm + (rank % 2) * 10 * mm, step, 60 * mm)
        canvas.drawString(left + 4, 150 * mm, label)
    canvas.line(25 * mm, 100 * mm, 185 * mm, 106 * mm)
    canvas.line(25 * mm, 90 * mm, 185 * mm, 96 * mm)
    canvas.drawString(90 * mm, 97 * mm, "Rue du Lavoir")
    canvas.drawString(25 * mm, 54 * mm, "Échelle 1/500")
