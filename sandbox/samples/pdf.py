"""Délibérations as PDF: the layout of a real register's extract, with text, and the préfecture's stamp.

Only the fonts that every PDF reader has; no compression and no clock, so that the bytes are always the same.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from sandbox.samples.model import Act, Commune, Seance, act_id, long_date, short_date

PLAIN = ParagraphStyle("plain", fontName="Times-Roman", fontSize=10.5, leading=13.5, alignment=TA_JUSTIFY)
BOLD = ParagraphStyle("bold", parent=PLAIN, fontName="Times-Bold", alignment=0)
NAMES = ParagraphStyle("names", parent=PLAIN, fontSize=8.5, leading=10)
SEANCE = ParagraphStyle("seance", parent=BOLD, fontSize=15, leading=18)
TITLE = ParagraphStyle("title", parent=BOLD, fontSize=14, leading=17, alignment=TA_CENTER)
SIGNATURE = ParagraphStyle("signature", parent=BOLD, alignment=TA_RIGHT)
MARGIN = 18 * mm
NOTICE = timedelta(days=7)
PUBLISHED_AFTER = timedelta(days=1)


def deliberation(commune: Commune, act: Act) -> bytes:
    """The délibération's PDF, stamped if the act is."""
    story = [
        _header(commune, act),
        HRFlowable(width="100%", color="black", thickness=0.7, spaceBefore=4, spaceAfter=12),
        Paragraph(escape(act.title), TITLE),
        Spacer(1, 10),
        *_paragraphs([f"{act.speaker} rapporte :", *act.whereas]),
        *_decision(act),
        KeepTogether(_closing(act)),
    ]
    stamp = partial(draw_stamp, commune, act) if act.stamped else None
    return render(story, title=act.title, author=act.commune or commune.name, first_page=stamp)


def render(
    story: Sequence[Flowable],
    *,
    title: str,
    author: str,
    first_page: partial[None] | None = None,
) -> bytes:
    """A4 pages of a story; `first_page` draws on the canvas once the first page's text is there."""
    target = io.BytesIO()
    document = BaseDocTemplate(
        target,
        pagesize=A4,
        title=title,
        author=author,
        invariant=1,
        pageCompression=0,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
    )
    width, height = A4
    frame = Frame(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN, 0, 0, 0, 0)

    def end_of_page(canvas: Canvas, _: BaseDocTemplate) -> None:
        if first_page and canvas.getPageNumber() == 1:
            first_page(canvas)

    document.addPageTemplates([PageTemplate(frames=[frame], onPageEnd=end_of_page)])
    document.build(list(story))
    return target.getvalue()


def draw_stamp(commune: Commune, act: Act, canvas: Canvas) -> None:
    """The two boxes of the acknowledgement, top right; the labels first, then the values, as real tools do."""
    left, top = 142 * mm, 285 * mm
    sent = short_date(act.seance.sent)
    canvas.setLineWidth(0.6)
    canvas.rect(left, top - 20, 52 * mm, 15)
    canvas.rect(left, top - 62, 52 * mm, 26)
    for text, x, y in (
        (f"Accusé de réception – Ministère de l{commune.apostrophe}intérieur", 0, 0),
        ("Acte Certifié exécutoire", 0, -32),
        ("Envoi Préfecture :", 4, -46),
        ("Réception en Préfecture :", 4, -57),
        (sent, 98, -46),
        (sent, 98, -57),
        (act_id(commune, act), 4, -15),
    ):
        canvas.setFont("Helvetica", 7 if y else 6.5)
        canvas.drawString(left + x, top + y, text)


def _header(commune: Commune, act: Act) -> Table:
    name = act.commune or commune.name
    place = name.removeprefix("Commune de ")
    left = [
        Paragraph(escape(name), SEANCE),
        Spacer(1, 10),
        Paragraph("Secrétariat général", BOLD),
        Paragraph("Service des assemblées", PLAIN),
        Spacer(1, 12),
        Paragraph(f"Extrait du registre des délibérations du Conseil municipal de {escape(place)}", BOLD),
        Paragraph(f"n° {act.printed}" if act.printed else "PROJET", BOLD),
    ]
    table = Table([[left, _attendance(act.seance, place, commune.room)]], colWidths=[56 * mm, 118 * mm])
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEAFTER", (0, 0), (0, 0), 0.7, "black"),
            ("LEFTPADDING", (0, 0), (0, 0), 0),
        ]
    )
    return table


def _attendance(seance: Seance, place: str, room: str) -> list[Flowable]:
    day = long_date(seance.day)
    called = long_date(seance.day - NOTICE).partition(" ")[2]
    meeting = (
        f"Convoqué le {called}, le Conseil municipal de {place} s’est réuni en {room}, le {day} à {seance.hour}, "
        f"sous la présidence de {seance.members[0]}, maire."
    )
    flow: list[Flowable] = [
        Paragraph(f"Séance publique du<br/>{day}", SEANCE),
        Spacer(1, 40),
        Paragraph(escape(meeting), BOLD),
        Spacer(1, 6),
        Paragraph("Présents :", BOLD),
        Paragraph(escape(", ".join(seance.members) + "."), NAMES),
    ]
    flow.append(Paragraph("Absents ayant voté par procuration :", BOLD))
    if seance.proxies:
        flow.append(Paragraph(escape(", ".join(seance.proxies) + "."), NAMES))
    flow.append(Paragraph("Absents :", BOLD))
    return flow


def _decision(act: Act) -> list[Flowable]:
    yes, no, abstained = act.votes
    unanimous = not no and not abstained
    outcome = "à l’unanimité" if unanimous else "à la majorité"
    return [
        Paragraph(f"Le Conseil municipal, après en avoir délibéré, {outcome} :", BOLD),
        Spacer(1, 6),
        *_paragraphs([f"Article {rank} – {text}" for rank, text in enumerate(act.decides, 1)]),
        Paragraph(f"Pour : {yes} – Contre : {no} – Abstentions : {abstained}", PLAIN),
        Paragraph("Le Conseil adopte.", BOLD),
    ]


def _closing(act: Act) -> list[Flowable]:
    published = short_date(act.seance.sent + PUBLISHED_AFTER)
    return [
        Spacer(1, 18),
        Paragraph("Pour extrait conforme,", SIGNATURE),
        Paragraph("Le Maire,", SIGNATURE),
        Spacer(1, 26),
        Paragraph(escape(act.seance.members[0]), SIGNATURE),
        Spacer(1, 12),
        *([Paragraph(f"Publiée le : {published}", BOLD)] if act.printed else []),
    ]


def _paragraphs(texts: Sequence[str]) -> list[Flowable]:
    return [part for text in texts for part in (Paragraph(escape(text), PLAIN), Spacer(1, 7))]
