"""Personnel records of a made-up commune: payroll runs of both kinds and agents' files, with what must never show."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from tests.steps.sips import manifest_of
from tests.steps.world import EXAMPLES, World
from versement.profiles.load import load_profile
from versement.steps.report import kept


@dataclass(frozen=True)
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
SECRETS = frozenset(
    secret for agent in AGENTS for secret in (agent.name, agent.first_name, agent.nir, agent.iban, agent.nir[:13])
)


def personnel(folder: Path, formats, connector: str) -> World:
    """Maurecy with one of its personnel connectors, and an empty drop."""
    drop = folder / "drop"
    drop.mkdir(parents=True)
    return World(folder, drop, formats, load_profile(EXAMPLES / "maurecy" / f"{connector}.yaml"))


def pdf(pages: Iterable[Sequence[str]]) -> bytes:
    """A PDF with these lines on each page."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for lines in pages:
        for place, line in enumerate(lines):
            canvas.drawString(60, 780 - 18 * place, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def payslip(agent: Agent, period: str, pages: int = 1) -> list[list[str]]:
    """Pages of a payslip: it does hold the NIR and the account."""
    lines = [f"Bulletin de paie {period}", f"Matricule {agent.matricule}", f"{agent.name} {agent.first_name}"]
    return [[*lines, f"NIR {agent.nir}", f"IBAN {agent.iban}", f"page {page}"] for page in range(1, pages + 1)]


def index(*rows: Sequence[str]) -> bytes:
    """An index as a payroll editor writes it: semicolons, Windows-1252, names and NIR beside the matricule."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode("cp1252")


PAY = ("Matricule", "Nom", "Prénom", "NIR", "IBAN", "Periode", "Fichier")


def put_separate_run(world: World, period: str = "01/2026") -> None:
    """One PDF per agent, and the index."""
    rows = []
    for agent in AGENTS:
        name = f"BP_{agent.matricule}_{period.replace('/', '')}.pdf"
        world.put(f"lot/{name}", pdf(payslip(agent, period)))
        rows.append((agent.matricule, agent.name, agent.first_name, agent.nir, agent.iban, period, f"lot/{name}"))
    world.put("index.csv", index(PAY, *rows))


def grouped_rows(period: str = "01/2026") -> list[tuple[str, ...]]:
    """Rows of the index of a run in one PDF: the second agent has two pages."""
    pages = ((1, 1), (2, 3), (4, 4))
    return [
        (
            *(agent.matricule, agent.name, agent.first_name, agent.nir, agent.iban, period, "bulletins.pdf"),
            *map(str, of),
        )
        for agent, of in zip(AGENTS, pages, strict=True)
    ]


def put_grouped_run(world: World, rows: Sequence[Sequence[str]] | None = None) -> None:
    """One PDF for all, and the index of its pages."""
    pages = [page for agent, count in zip(AGENTS, (1, 2, 1), strict=True) for page in payslip(agent, "01/2026", count)]
    world.put("bulletins.pdf", pdf(pages))
    world.put("index.csv", index((*PAY, "Page", "PageFin"), *(grouped_rows() if rows is None else rows)))


FILE = ("Matricule", "Nom", "Prénom", "NIR", "DateNaissance", "Rubrique", "Type", "Date", "Fichier")
PIECES = (
    ("03 - Diplômes", "Diplôme", "2004-06-30", "diplome.pdf"),
    ("Recrutement", "Arrêté de nomination", "2010-01-04", "nomination.pdf"),
    ("carrière", "Arrêté d’avancement", "2023-11-02", "avancement.pdf"),
)


def put_agent_files(world: World) -> None:
    """A folder per agent, named by matricule and name as offices do, and the index of the pieces."""
    rows = []
    for agent in AGENTS:
        folder = f"{agent.matricule} - {agent.name.upper()} {agent.first_name}"
        for section, kind, day, name in PIECES:
            path = f"{folder}/{section}/{name}"
            world.put(path, pdf([[kind, agent.name, agent.nir, f"{agent.matricule} {name}"]]))
            said = (agent.matricule, agent.name, agent.first_name, agent.nir, agent.birth)
            rows.append((*said, section, kind, day, path))
    world.put("index.csv", index(FILE, *rows))


RUNS = {"paie": put_separate_run, "paie-groupee": put_grouped_run, "agents": put_agent_files}


def changed(profile, **connector):
    """The profile with some of its connector's fields changed."""
    return profile.model_copy(update={"connector": profile.connector.model_copy(update=connector)})


def shown(world, verdict):
    """All that leaves the chain for people and machines, but the bytes of the files themselves."""
    chain = world.chain()
    told = [repr(verdict)]
    told += [line.data + line.subject for line in chain.registry.journal(chain.tenant)]
    told += [f"{item.reference} {item.message}" for item in chain.registry.waiting(chain.tenant, chain.connector)]
    record = chain.registry.collection(chain.tenant, f"{chain.connector}:run-{world.runs}")
    told += [f"{finding.message} {finding.path}" for finding in record.findings]
    for kind in ("report", "page"):
        told += [block.decode() for block in kept(chain, record, kind) or ()]
    for transfer in world.transfers():
        told.append(manifest_of(world, transfer).decode())
    return "\n".join(told)
