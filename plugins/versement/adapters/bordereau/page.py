"""The bordereau as a PDF to sign: landscape A4, as the Archives départementales' own forms."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, LongTable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

from versement.domain.elimination import Bordereau, Held, Item, Line, in_go
from versement.domain.fixity import Digest

ANNEXED = 500
"""Documents named in the PDF's own annex; the CSV names them all."""
DIGESTS, LONGEST = 6, 200
"""Digests of one document, and characters of one name, in the PDF: a row higher than a page cannot be printed."""

_TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=8, leading=10)
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=6.5, leading=8)
_BOLD = ParagraphStyle("bold", parent=_TEXT, fontName="Helvetica-Bold")
_TITLE = ParagraphStyle("title", parent=_BOLD, fontSize=14, leading=18, alignment=1)
_GRID = [
    ("GRID", (0, 0), (-1, -1), 0.4, colors.black),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
]
_COLUMNS = (
    ("N°", 10),
    ("Volume (fichiers, Go)", 34),
    ("Catégories de documents", 62),
    ("Date de début", 22),
    ("Date de fin", 22),
    ("Observations (DUA, texte de référence, doubles)", 92),
    ("Visa", 30),
)


def pdf(bordereau: Bordereau, annex: Digest) -> bytes:
    """The PDF; `annex` is the digest of the CSV annex that goes with it."""
    made = io.BytesIO()
    document = SimpleDocTemplate(
        made,
        pagesize=landscape(A4),
        leftMargin=12 * mm,
        rightMargin=12 * mm,
        topMargin=12 * mm,
        bottomMargin=14 * mm,
        title=f"Bordereau d’élimination {bordereau.id}",
        author=bordereau.addressees.organisation,
        lang="fr",
        invariant=1,
    )

    def foot(canvas: Canvas, _: object) -> None:
        canvas.setFont("Helvetica", 7)
        canvas.drawString(12 * mm, 8 * mm, f"{bordereau.id} – coffre {bordereau.tenant}")
        canvas.drawRightString(285 * mm, 8 * mm, f"page {canvas.getPageNumber()}")

    document.build(_story(bordereau, annex), onFirstPage=foot, onLaterPages=foot)
    return made.getvalue()


def _story(bordereau: Bordereau, annex: Digest) -> list[Flowable]:
    addressees = bordereau.addressees
    heading = [
        f"Administration : {addressees.organisation}",
        f"Direction, service : {addressees.service or '–'}",
        f"Agent en charge : {addressees.agent or '–'}",
        f"Service destinataire : {addressees.archives}",
        f"Établi le {_day(bordereau.day)}, en {addressees.originals} originaux.",
    ]
    return [
        Paragraph("Bordereau d’élimination d’archives publiques", _TITLE),
        Spacer(0, 3 * mm),
        *(Paragraph(escape(text), _TEXT) for text in heading),
        Spacer(0, 3 * mm),
        _lines(bordereau.lines),
        Spacer(0, 2 * mm),
        *(Paragraph(escape(_held(held)), _TEXT) for held in bordereau.held),
        Paragraph(f"Total : {bordereau.files} fichiers, {in_go(bordereau.size)} (1 Go = 10⁹ octets).", _BOLD),
        Spacer(0, 3 * mm),
        *(Paragraph(escape(text), _SMALL) for text in _proof(bordereau, annex)),
        Spacer(0, 4 * mm),
        _signatures(bordereau),
        PageBreak(),
        *_annex(bordereau),
    ]


def _lines(lines: Sequence[Line]) -> Flowable:
    rows = [[Paragraph(name, _BOLD) for name, _ in _COLUMNS]]
    rows += [[Paragraph(escape(cell), _TEXT) for cell in _cells(line)] for line in lines]
    return LongTable(rows, colWidths=[width * mm for _, width in _COLUMNS], repeatRows=1, style=_GRID)


def _cells(line: Line) -> Sequence[str]:
    first, last = (_day(day) for day in line.days) if line.days else ("inconnue", "inconnue")
    volume = f"{line.files} fichiers, {in_go(line.size)}"
    return str(line.number), volume, line.category, first, last, line.observations, "accordé / refusé / échantillon"


def _held(held: Held) -> str:
    return (
        f"Non proposés, gel « {held.name} » depuis le {_day(held.since)} ({held.reason}) : {held.documents} documents, "
        f"{held.files} fichiers, {in_go(held.size)}."
    )


def _proof(bordereau: Bordereau, annex: Digest) -> Sequence[str]:
    return (
        (
            f"Annexe : liste des documents et de leurs empreintes ({len(bordereau.documents)} documents), fichier CSV "
            f"d’empreinte {annex}."
        ),
        f"Tête du journal du coffre : {bordereau.journal}.",
        (
            "Code du patrimoine, articles L212-2, L214-3 et R212-14 : aucune élimination sans le visa de la personne "
            "chargée du contrôle scientifique et technique de l’État. La destruction préserve la confidentialité. La "
            "chaîne de versement ne supprime rien à la source."
        ),
    )


def _signatures(bordereau: Bordereau) -> Flowable:
    signatory = f"{bordereau.addressees.signatory}<br/>{bordereau.addressees.organisation}"
    archives = f"Visa : {bordereau.addressees.archives}"
    row = [Paragraph(escape(text).replace("&lt;br/&gt;", "<br/>"), _TEXT) for text in (signatory, archives)]
    under = [Paragraph("Date et signature", _SMALL)] * 2
    table = Table([row, under], colWidths=[136 * mm] * 2, rowHeights=[12 * mm, 24 * mm], style=_GRID[:2])
    return KeepTogether([table])


def _annex(bordereau: Bordereau) -> list[Flowable]:
    items = [(line.number, item) for line in bordereau.lines for item in line.items]
    headings = ("Ligne", "Document", "Date", "Fichiers", "Empreintes (début)", "Exemplaire conservé")
    rows = [[Paragraph(name, _BOLD) for name in headings]]
    for number, item in items[:ANNEXED]:
        kept = (
            f"{_name(item.kept.reference)} – coffre {item.kept.tenant}, opération {item.kept.operation}"
            f"{' – proposé aussi' if item.kept.going else ''}"
            if item.kept
            else ""
        )
        day = _day(item.day) if item.day else ""
        cells = (str(number), _name(item.reference), day, str(len(item.files)), _digests(item), kept)
        rows.append([Paragraph(escape(cell), _SMALL) for cell in cells])
    widths = [width * mm for width in (12, 76, 18, 16, 70, 80)]
    left = len(items) - ANNEXED
    more = [Paragraph(f"Et {left} autres documents, dans l’annexe CSV.", _TEXT)] if left > 0 else []
    title = Paragraph("Annexe : documents proposés", _BOLD)
    return [title, Spacer(0, 2 * mm), LongTable(rows, colWidths=widths, repeatRows=1, style=_GRID), *more]


def _name(reference: str) -> str:
    return reference if len(reference) <= LONGEST else f"{reference[:LONGEST]}…"


def _digests(item: Item) -> str:
    begun = ", ".join(digest.value[:16] for digest, _ in item.files[:DIGESTS])
    left = len(item.files) - DIGESTS
    return f"{begun} et {left} autres, dans l’annexe CSV" if left > 0 else begun


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
