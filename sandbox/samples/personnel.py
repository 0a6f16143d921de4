"""Personnel records of Maurecy: payroll runs of both kinds and agents' files. Agents, numbers and accounts are made up.

Payslips hold the NIR and the account, and indexes name people, as in real life: all of it must stay there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas

PERIOD = "01/2026"


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent, with what belongs inside the files only."""

    matricule: str
    name: str
    first_name: str
    birth: str
    nir: str
    iban: str


AGENTS = (
    Agent("A0001", "Quesnelier", "Zéphirine", "1985-05-12", "285057800608441", "FR7630006000011234567890189"),
    Agent("A0002", "Dubourvieux", "Éloi", "1991-07-03", "191077800608423", "FR1420041010050500013M02606"),
    Agent("A0003", "Prévosterre", "Maïwenn", "1979-12-30", "279122A00608403", "FR7630001007941234567890185"),
)
PAY = ("Matricule", "Nom", "Prénom", "NIR", "IBAN", "Periode", "Fichier")
FILE = ("Matricule", "Nom", "Prénom", "NIR", "DateNaissance", "Rubrique", "Type", "Date", "Fichier")
PIECES = (
    ("03 - Diplômes", "Diplôme", "2004-06-30", "diplome.pdf"),
    ("Recrutement", "Arrêté de nomination", "2010-01-04", "nomination.pdf"),
    ("carrière", "Arrêté d’avancement", "2023-11-02", "avancement.pdf"),
)
PAGES = ((1, 1), (2, 3), (4, 4))
"""First and last page of each agent in the PDF of all: the second one has two."""


def pdf(pages: Iterable[Sequence[str]]) -> bytes:
    """A PDF with these lines on each page; always the same bytes."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1, pdfVersion=(1, 4))
    for lines in pages:
        for place, line in enumerate(lines):
            canvas.drawString(60, 780 - 18 * place, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def index(*rows: Sequence[str]) -> bytes:
    """An index as a payroll editor writes it: semicolons, Windows-1252, names and NIR beside the matricule."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode("cp1252")


def payslip(agent: Agent, period: str, pages: int = 1) -> list[list[str]]:
    """Pages of a payslip."""
    lines = [f"Bulletin de paie {period}", f"Matricule {agent.matricule}", f"{agent.name} {agent.first_name}"]
    return [[*lines, f"NIR {agent.nir}", f"IBAN {agent.iban}", f"page {page}"] for page in range(1, pages + 1)]


def separate_run(period: str = PERIOD) -> Mapping[str, bytes]:
    """One PDF per agent, and the index."""
    names = {agent: f"lot/BP_{agent.matricule}_{period.replace('/', '')}.pdf" for agent in AGENTS}
    rows = [(*_said(agent, period), name) for agent, name in names.items()]
    return {"index.csv": index(PAY, *rows)} | {name: pdf(payslip(agent, period)) for agent, name in names.items()}


def grouped_rows(period: str = PERIOD) -> list[tuple[str, ...]]:
    """Rows of the index of a run in one PDF."""
    return [
        (*_said(agent, period), "bulletins.pdf", *map(str, pages)) for agent, pages in zip(AGENTS, PAGES, strict=True)
    ]


def grouped_run(rows: Sequence[Sequence[str]] | None = None, period: str = PERIOD) -> Mapping[str, bytes]:
    """One PDF for all, and the index of its pages, with these rows if they are given."""
    counts = [last - first + 1 for first, last in PAGES]
    pages = [page for agent, count in zip(AGENTS, counts, strict=True) for page in payslip(agent, period, count)]
    listed = grouped_rows(period) if rows is None else rows
    return {"index.csv": index((*PAY, "Page", "PageFin"), *listed), "bulletins.pdf": pdf(pages)}


def agent_files() -> Mapping[str, bytes]:
    """A folder per agent, named by matricule and name as offices do, and the index of the pieces."""
    found, rows = {}, []
    for agent in AGENTS:
        folder = f"{agent.matricule} - {agent.name.upper()} {agent.first_name}"
        for section, kind, day, name in PIECES:
            path = f"{folder}/{section}/{name}"
            found[path] = pdf([[kind, agent.name, agent.nir, f"{agent.matricule} {name}"]])
            said = (agent.matricule, agent.name, agent.first_name, agent.nir, agent.birth)
            rows.append((*said, section, kind, day, path))
    return {"index.csv": index(FILE, *rows), **found}


def _said(agent: Agent, period: str) -> tuple[str, ...]:
    return agent.matricule, agent.name, agent.first_name, agent.nir, agent.iban, period
