"""Every command that README and guides give is known, and is run by the integration or by a test."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.samples import write_drops
from tests.adapters.vitam.bad_server import OPERATION, BadServer, answer, results, serving
from tests.cli.test_elimination_commands import without_antivirus
from tests.repository.project import ROOT, blocks, name, text
from tests.steps.world import World
from versement.adapters.formats.formats import FileFormats
from versement.adapters.sources import FolderSource
from versement.domain.cases import Choice
from versement.domain.elimination import Given, Visa
from versement.domain.lifecycle import AttemptState, DocumentState
from versement.domain.transfers import Attempt, Transfer
from versement.pages.run import page
from versement.profiles.load import load_profile
from versement.settings import Settings
from versement.steps import arbitration, elimination
from versement.steps.arbitration import Answer, Question
from versement.steps.chain import Chain
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.journal import export
from versement.steps.package import package, sip_stream
from versement.steps.qualify import qualify
from versement.steps.report import report
from versement.testing.plain_expectations import PlainExpectations

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs/guides").glob("*.md")))
CLI = ".venv/bin/python -m versement "
HERE = "tests/repository/test_commands.py"

RUN_BY: Mapping[str, tuple[str, str]] = {
    "make demo": ("tests/e2e/running.py", '"make", "--no-print-directory", "demo", *own'),
    "make demo DROP=<…>": ("tests/e2e/running.py", 'f"DROP={drop}"'),
    "make stop": ("tests/e2e/running.py", '"make", "--no-print-directory", "stop"'),
    "make e2e": (".ci/run", "make e2e"),
    "make test": (".ci/run", "make test"),
    "make check": ("Makefile", "test: .venv/installed-dev system check"),
    "make schema": ("tests/profiles/test_profile_schema.py", '"versement.profiles.schema"'),
    "cp .env.example .env": ("tests/test_compose.py", ".env.example"),
    "docker-compose config --quiet": ("tests/test_compose.py", '"docker-compose", '),
    "export VERSEMENT_REGISTRY_URL=sqlite:///var/demo/communes/registre.db "
    "VERSEMENT_STAGING=var/demo/communes/preparation": ("demo/places.py", '"registre.db"'),
}
"""By command, where it is run: a file, and what stands there."""
ASIDE = ("docker-compose up --build --detach", "docker-compose run --rm init")
"""What needs an engine for containers, which README says was not run."""


def commands(page: Path) -> Iterator[str]:
    """Each command of a page, what is to be filled in written `<…>`."""
    inline = re.findall(r"`(make [a-z0-9]+(?: [A-Z]+=\S+)?)`", text(page))
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    for line in (*lines, *inline):
        command = re.sub(r"<[^>]+>|…", "<…>", line.partition(" #")[0].strip())
        if command:
            yield command


ALL = sorted({(name(page), command) for page in PAGES for command in commands(page)})
CLI_LINES = sorted({command.removeprefix(CLI) for _, command in ALL if command.startswith(CLI)})


@pytest.mark.parametrize(("page", "command"), ALL)
def test_every_command_is_known(page: str, command: str) -> None:
    """A command that a page gives is run by the integration or by a test; an unknown one has no place there."""
    assert command in RUN_BY or command in ASIDE or command.startswith(CLI), f"{page}: {command}"


@pytest.mark.parametrize("command", RUN_BY)
def test_it_is_run_where_it_is_said_to_be(command: str) -> None:
    """What is said to run a command still does, and each target of make exists."""
    file, proof = RUN_BY[command]
    assert proof in text(ROOT / file)
    if command.startswith("make "):
        assert re.search(rf"^{command.split()[1]}:", text(ROOT / "Makefile"), re.MULTILINE)


def test_readme_gives_the_two_commands() -> None:
    """A visitor finds how to try and how to test."""
    assert {"make demo", "make test"} <= set(commands(ROOT / "README.md"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sample drop, and a registry with an uncertain transfer and one whose operation is stopped."""
    folder = tmp_path_factory.mktemp("commandes")
    write_drops(folder / "exemples")
    chain, transfer = _tried(folder, "saint-aubin")
    chain.registry.end_attempt(chain.tenant, transfer.id, AttemptState.UNCERTAIN)
    (folder / "versement").write_text(transfer.id)
    (folder / "mis-de-côté").write_text(
        min(d.id for d in chain.registry.documents(chain.tenant, chain.connector, DocumentState.SET_ASIDE))
    )
    with (folder / "sip.zip").open("wb") as file:
        file.writelines(sip_stream(chain, transfer.manifest, transfer.entries))
    report(chain, page, collection_id=f"{chain.connector}:essai")
    segment, exported = export(chain.registry, chain.tenant)
    (folder / "exporté.jsonl").write_bytes(b"".join(exported))
    (folder / "tête").write_text(f"{segment.last}:{segment.head}")
    first = chain
    chain, transfer = _tried(folder, "maurecy")
    chain.registry.end_attempt(chain.tenant, transfer.id, AttemptState.DEPOSITED, operation_id=OPERATION)
    (folder / "suspendu").write_text(transfer.id)
    _copy(folder, "modèle.db")
    set_aside = (folder / "mis-de-côté").read_text()
    version = first.registry.version(first.tenant, set_aside)
    asked = Question("saint-aubin.deliberations", "IDENTITY_MISSING", ((set_aside, version),))
    kept, _ = arbitration.answer(
        first, asked, Answer(choice=Choice.ASK, author="Anne Durand", reason="date à confirmer")
    )
    assert kept
    _copy(folder, "décidé.db")
    return folder


def _copy(folder: Path, name: str) -> None:
    """A copy of the registry as it is, with what its log still holds."""
    with closing(sqlite3.connect(folder / "registre.db")) as base:
        base.execute("VACUUM INTO ?", (str(folder / name),))


def _tried(folder: Path, commune: str) -> tuple[Chain, Transfer]:
    """A commune's first transfer, and a try of it that bears its name."""
    settings = Settings(f"sqlite:///{folder / 'registre.db'}", folder / "preparation", ())
    chain = settings.chain(load_profile(ROOT / "include/profiles" / commune / "deliberations.yaml"))
    formats, source = FileFormats(), FolderSource(folder / "exemples" / commune / "first")
    try:
        record = collect(chain, source, formats, run_id="essai", window=Window())
        qualify(chain, formats, PlainExpectations(), collection_id=record.id)
    finally:
        formats.close()
        source.close()
    deduplicate(chain)
    transfer = package(chain, collection_id=record.id)[0]
    later = datetime.now(UTC) + timedelta(hours=1)
    attempt = Attempt(transfer.id, transfer.id, AttemptState.SENDING, lease_until=later, deadline=later)
    assert chain.registry.begin(chain.tenant, attempt)
    return chain, transfer


@pytest.fixture(scope="module")
def producing(place: Path) -> Path:
    """Saint-Aubin on a production target that accepted its drop, at each step of an elimination."""
    folder = place / "production"
    shutil.copytree(ROOT / "include/profiles", folder / "fiches")
    targets = folder / "fiches/_targets.yaml"
    targets.write_text(targets.read_text().replace("kind: essai", "kind: production"))
    declared = folder / "fiches/saint-aubin/_organisation.yaml"
    declared.write_text(f"{declared.read_text()}\ndisposal: {{signatory: Le maire}}\n")
    without_antivirus(folder / "fiches")
    profile = load_profile(folder / "fiches/saint-aubin/deliberations.yaml")
    shipped = load_profile(ROOT / "include/profiles/saint-aubin/deliberations.yaml")
    profile = profile.model_copy(update={"connector": shipped.connector})
    with FileFormats() as formats:
        World(folder, place / "exemples/saint-aubin/first", formats, profile).run()
    chain = Settings(f"sqlite:///{folder / 'registry.db'}", folder / "staging", ()).chain(profile)
    _keep(folder, "propose")
    made = elimination.propose([chain], day=date(2026, 9, 1))
    (folder / "bordereau").write_text(made.id)
    (folder / "signé.pdf").write_bytes(b"%PDF-1.7")
    _keep(folder, "show", "sign")
    elimination.sign(chain, made.id, [b"%PDF-1.7"])
    _keep(folder, "visa")
    for line in made.lines:
        elimination.visa(chain, made.id, line.number, Given(Visa.GRANTED, "AD95", "visa"))
    _keep(folder, "purge")
    return folder


def _keep(folder: Path, *steps: str) -> None:
    """A copy of the registry as it is, for each command that starts from there."""
    for step in steps:
        with closing(sqlite3.connect(folder / "registry.db")) as now, closing(sqlite3.connect(folder / step)) as kept:
            now.backup(kept)


@pytest.mark.integration
@pytest.mark.parametrize("line", [line for line in CLI_LINES if line.startswith("elimination")])
def test_an_elimination_goes_as_pages_say(line: str, producing: Path) -> None:
    """Each command of an elimination, run as it is given on a production target, does what it is for."""
    step = line.split()[1]
    filled = line.replace("--out bordereaux", f"--out {producing / 'bordereaux'}")
    filled = filled.replace("<…> <…>", f"<…> {producing / 'signé.pdf'}") if step == "sign" else filled
    filled = filled.replace("<…>", (producing / "bordereau").read_text(), 1).replace("<…>", "précision")
    told = {
        "VERSEMENT_PROFILES": str(producing / "fiches"),
        "VERSEMENT_REGISTRY_URL": f"sqlite:///{producing / step}",
        "VERSEMENT_STAGING": str(producing / "staging"),
    }
    command = [*shlex.split(CLI), *shlex.split(filled)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | told)
    assert done.returncode == 0, done.stderr
    assert SAYS[f"elimination {step}"] in done.stdout


@pytest.fixture(scope="module")
def vitam() -> Iterator[BadServer]:
    """A Vitam whose operations are all stopped, and which does what is asked of them."""
    with serving() as server:
        yield server


def _copied(place: Path) -> Path:
    """A profile that may be signed."""
    shutil.copytree(ROOT / "include/profiles", place / "fiches", dirs_exist_ok=True)
    return place / "fiches/maurecy/deliberations.yaml"


def _all_stopped(vitam: BadServer, attempt: str) -> None:
    item = {"#id": OPERATION, "globalState": "PAUSE", "globalStatus": "FATAL", "evIdAppSession": attempt}
    state = {"X_Global_Execution_State": "PAUSE", "X_Global_Execution_Status": "FATAL"}
    vitam.behave = lambda handler: answer(handler, 200, results(item), **state)


SAYS: Mapping[str, str] = {
    "decide": "enregistrée : demander à la source",
    "decisions": "demander à la source (IDENTITY_MISSING)",
    "document": "État : ",
    "elimination propose": "le PDF à signer",
    "elimination purge": "retirés de l’espace de préparation",
    "elimination show": " : proposé, ",
    "elimination sign": "inscrite au journal",
    "elimination visa": "visa accordé",
    "journal export": "Journal du coffre saint-aubin.actes@demo écrit",
    "journal seal": "scellées dans",
    "journal verify": "journal intact",
    "operation adopt": "adoptée pour le versement",
    "operation cancel": "Annulation demandée",
    "operation resume": "Reprise demandée",
    "operation show": "Moteur : PAUSE, FATAL",
    "profile check": "fiche correcte",
    "profile doc": "Page à signer écrite",
    "profile new": "Fiche proposée",
    "profile rng": "Profil d’archivage écrit",
    "profile sign": "fiche signée par",
    "profile show": '"label": ',
    "profile try": "Rien n’a été envoyé.",
    "recover": "aucune tentative sans réponse",
    "release": "rendu à la chaîne",
    "report": "Bilan de l’exécution essai écrit",
    "sip check": "Schéma officiel du SEDA",
    "starts": "Aucun délai à faire partir plus tard",
    "status": "Annoncés",
}
"""By command, what it answers."""


@pytest.mark.integration
@pytest.mark.parametrize("line", [line for line in CLI_LINES if not line.startswith("elimination")])
def test_the_command_line_does_what_pages_say(line: str, place: Path, vitam: BadServer, tmp_path: Path) -> None:
    """Each command of the pages, run as it is given there, succeeds and answers what it is for."""
    registry = shutil.copy(place / ("décidé.db" if line.startswith("decisions") else "modèle.db"), tmp_path)
    filled = line.replace("--drop <…>", f"--drop {place / 'exemples/saint-aubin/first'}")
    filled = filled.replace("--out profil.rng", f"--out {place / 'profil.rng'}")
    for out in ("fiche.html", "bilan.html"):
        filled = filled.replace(f"--out {out}", f"--out {place / out}")
    filled = filled.replace("--out <…>", f"--out {place / 'proposition.yaml'}").replace(
        "sign <…>", f"sign {_copied(place)}"
    )
    filled = filled.replace("check <…>", f"check {place / 'sip.zip'}")
    filled = filled.replace("--out sip", f"--out {place / 'sip'}")
    for out in ("journal.jsonl", "scelles"):
        filled = filled.replace(f"--out {out}", f"--out {place / out}")
    filled = filled.replace("--export <…>", f"--export {place / 'exporté.jsonl'}")
    filled = filled.replace("--head <…>", f"--head {(place / 'tête').read_text()}")
    adopts = line.startswith("operation adopt")
    transfer = (place / ("suspendu" if line.startswith("operation") and not adopts else "versement")).read_text()
    filled = filled.replace("decide <…>", f"decide {(place / 'mis-de-côté').read_text()}")
    filled = filled.replace("adopt <…> <…>", f"adopt <…> {OPERATION}").replace("<…>", transfer)
    _all_stopped(vitam, transfer if adopts else "")
    told = {
        "VERSEMENT_REGISTRY_URL": f"sqlite:///{registry}",
        "VERSEMENT_STAGING": str(place / "preparation"),
        "VERSEMENT_VITAM_TARGET": "demo",
        "VERSEMENT_VITAM_URL": vitam.url,
        "VERSEMENT_VITAM_ACCESS_CONTRACT": "Contrat",
        "VERSEMENT_VITAM_SANDBOX": "true",
    }
    command = [*shlex.split(CLI), *shlex.split(filled)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | told)
    kind = next(kind for kind in SAYS if line.startswith(kind))
    assert done.returncode == 0, done.stderr
    assert SAYS[kind] in done.stdout
    if kind == "profile try":
        assert len(list((place / "sip").glob("*.zip"))) == done.stdout.count("\nSIP ") > 0


def test_every_command_of_the_command_line_is_shown() -> None:
    """README shows each command that there is."""
    shown = {kind for kind in SAYS if any(line.startswith(kind) for line in CLI_LINES)}
    assert shown == set(SAYS)
    source = text(ROOT / "plugins/versement/cli/main.py")
    there = set(re.findall(r'add_parser\(\s*"(\w+)"', source)) - {
        "elimination",
        "journal",
        "operation",
        "profile",
        "sip",
    }
    assert there == {kind.split()[-1] for kind in SAYS}
