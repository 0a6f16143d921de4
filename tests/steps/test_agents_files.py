"""Agents' files through the whole chain: nobody gets another's piece, and no reference tells a name."""

from __future__ import annotations

import logging
import re
from datetime import date

import pytest

from sandbox.samples.personnel import AGENTS, FILE, PIECES, index, pdf
from tests.steps.odd_acts import SIREN, act
from tests.steps.personnel import SECRETS, changed, put_agent_files, put_separate_run, shown
from tests.steps.sips import manifest_of
from tests.steps.test_duplicates import findings_of, remarks
from tests.steps.world import SHIPPED
from versement.domain.cases import Choice
from versement.profiles.drops import FilesDrop, PathRule
from versement.profiles.load import load_profile
from versement.profiles.records import FieldOrigin, UnitShape
from versement.steps.arbitration import Answer, answer, questions
from versement.steps.later_starts import LaterStart, later_starts

YEAR_OF_BIRTH = re.compile(r"(?<![0-9a-f])1958(?![0-9a-f])")
"""Not within a digest, where any four digits come sooner or later."""


def put_pieces(world, *pieces):
    """The index of some agents' files: agent, day and path of each piece, whether it is there or not."""
    rows = []
    for agent, day, path in pieces:
        said = (agent.matricule, agent.name, agent.first_name, agent.nir, agent.birth)
        rows.append((*said, "Recrutement", "Arrêté", day, path))
    world.put("index.csv", index(FILE, *rows))


def put_births(world, *rows):
    """The index of pieces by agent, day of birth and name, each with its file."""
    said = []
    for agent, birth, name in rows:
        if not (world.drop / f"{name}.pdf").exists():  # what was dropped before is not dropped again
            world.put(f"{name}.pdf", pdf([[name]]))
        said.append((agent.matricule, "", "", "", birth, "Recrutement", "Arrêté", "2010-01-04", f"{name}.pdf"))
    world.put("index.csv", index(FILE, *said))


def test_a_file_of_two_births_waits_until_they_agree(office):
    """One piece says another day of birth: the whole file waits, its neighbour leaves, no day shows; then all leave."""

    def put(world, first, second):
        rows = zip((AGENTS[0], AGENTS[0], AGENTS[1]), (first, second, "1991-07-03"), "abc", strict=True)
        put_births(world, *rows)

    world = office("agents", lambda world: put(world, "1985-05-12", "1958-05-12"))
    verdict = world.run()
    assert world.codes() == {"a.pdf": "BIRTH_DIFFERS", "b.pdf": "BIRTH_DIFFERS"}
    assert not YEAR_OF_BIRTH.search(shown(world, verdict))
    put(world, "1985-05-12", "1985-05-12")
    world.run()
    assert (world.balance().documents.accepted, world.codes()) == (3, {})


@pytest.mark.parametrize("right", ["1985-05-12", "1958-05-12"], ids=["the archive is right", "the new piece is right"])
def test_another_birth_than_the_archives_waits_for_a_person(office, right):
    """It leaves once its source is mended, or once a person says that it is right: then nobody is asked again."""
    first = (AGENTS[0], "1985-05-12", "a")
    world = office("agents", lambda world: put_births(world, first))
    world.run()
    put_births(world, first, (AGENTS[0], "1958-05-12", "b"), (AGENTS[1], "1991-07-03", "c"))
    verdict = world.run()
    assert (world.balance().documents.accepted, world.codes()) == (2, {"b.pdf": "BIRTH_CHANGED"})
    assert not YEAR_OF_BIRTH.search(shown(world, verdict))
    if right == "1958-05-12":
        (question,) = questions(world.chain())
        answer(world.chain(), question, Answer(Choice.ACCEPT, "Anne Durand", "vu avec l’état civil"))
    pieces = (first, (AGENTS[0], right, "b"), (AGENTS[1], "1991-07-03", "c"), (AGENTS[0], right, "d"))
    for count in (3, 4):
        put_births(world, *pieces[:count])
        world.run()
        assert (world.balance().documents.accepted, world.codes()) == (count, {})


@pytest.mark.parametrize("written", ["A0001/nomination.pdf", "A0002/../A0001/nomination.pdf", r"A0001\nomination.pdf"])
def test_file_of_another_agent_is_not_the_one_that_lacks(office, written):
    """An agent's order has not arrived, another one's of the same name has: it stays where its own row puts it."""

    def fill(world):
        world.put("A0002/nomination.pdf", pdf([["Arrêté de nomination"]]))
        put_pieces(world, (AGENTS[0], "2010-01-04", written), (AGENTS[1], "2010-01-04", "export/A0002/nomination.pdf"))

    world = office("agents", fill)
    world.run()
    assert list(world.codes().values()) == ["FILE_MISSING"]
    (transfer,) = world.transfers()
    manifest = manifest_of(world, transfer).decode()
    assert "matricule A0002" in manifest
    assert "matricule A0001" not in manifest


def test_two_agents_of_one_bare_name_get_no_file(office):
    """Two rows write the same bare name and one file bears it: whose it is, nobody guesses."""

    def fill(world):
        world.put("A0002/nomination.pdf", pdf([["Arrêté de nomination"]]))
        put_pieces(world, *((agent, "2010-01-04", "nomination.pdf") for agent in AGENTS[:2]))

    world = office("agents", fill)
    world.run()
    assert sorted(world.codes().values()) == ["INDEX_SAME_FILE", "INDEX_SAME_FILE", "ROLE_UNKNOWN"]
    assert world.transfers() == []


def test_old_piece_that_comes_late_is_closed_as_long_as_its_file(office):
    """Access runs from the most recent document of the agent's file, those archived before included."""
    world = office("agents", lambda world: put_pieces(world, (AGENTS[0], "2023-11-02", "new.pdf")))
    world.put("new.pdf", pdf([["new"]]))
    world.run()
    world.put("old.pdf", pdf([["old"]]))
    put_pieces(world, (AGENTS[0], "2023-11-02", "new.pdf"), (AGENTS[0], "1990-01-04", "old.pdf"))
    world.run()
    late = "".join(manifest_of(world, world.transfers()[-1]).decode().split())
    assert world.balance().documents.accepted == 2
    assert "<AccessRule><Rule>ACC-00016</Rule><StartDate>2023-11-02</StartDate>" in late


def test_unit_archived_before_a_later_piece_is_listed_to_be_mended(office):
    """A later piece moves the start of the access: each unit in Vitam that kept the old one is told, by no name."""
    pieces = ((AGENTS[0], "1990-01-04", "old.pdf"), (AGENTS[1], "2020-05-05", "other.pdf"))
    world = office("agents", lambda world: put_pieces(world, *pieces))
    for name in ("old", "other"):
        world.put(f"{name}.pdf", pdf([[name]]))
    world.run()
    assert later_starts(world.chain()) == ()
    world.put("new.pdf", pdf([["new"]]))
    put_pieces(world, *pieces, (AGENTS[0], "2023-11-02", "new.pdf"))
    verdict = world.run()
    chain = world.chain()
    (old,) = chain.registry.find(chain.tenant, "old.pdf")
    (start,) = later_starts(chain)
    assert start == LaterStart(
        old.document.record_key, old.units[0][1], "AccessRule", "ACC-00016", date(1990, 1, 4), date(2023, 11, 2)
    )
    assert start.system_id in {unit.system_id for unit in world.archive.units(chain.tenant, [start.system_id])}
    told = shown(world, verdict)
    assert "1 unité d’archives déjà versée a un délai qui part trop tôt" in told
    assert '"since": "1990-01-04",\n   "to": "2023-11-02"' in told
    assert not [secret for secret in SECRETS if secret in told]


@pytest.mark.parametrize(("section", "code"), [("Photos", "RUBRIQUE_UNKNOWN"), ("Congés", "RUBRIQUE_NOT_KEPT")])
def test_piece_whose_rubrique_is_not_kept_waits(office, section, code):
    """A rubrique that the table does not know, or that is destroyed after current management, is for the archivist."""

    def fill(world):
        put_agent_files(world)
        text = (world.drop / "index.csv").read_bytes().decode("cp1252").replace(";Recrutement;", f";{section};")
        world.put("index.csv", text.encode("cp1252"))

    world = office("agents", fill)
    world.run()
    assert list(world.codes().values()) == [code] * 3
    assert world.balance().documents.accepted == 6


def test_rubriques_stand_by_their_title_however_folders_write_them(office):
    """« 03 - Diplômes » and « carrière » are the table's rubriques, one unit each in an agent's file."""
    world = office("agents")
    world.run()
    manifest = "".join(manifest_of(world, transfer).decode() for transfer in world.transfers())
    assert manifest.count("<Title>Carrière et avancement</Title>") == 3
    assert manifest.count("<Title>Diplômes</Title>") == 3


def test_payroll_file_is_described_by_its_header_alone(office):
    """An XHL file gives its period and employer; of the agents that it holds nothing is read, and it is archived."""
    agent = AGENTS[0]
    content = (
        '<?xml version="1.0" encoding="ISO-8859-1"?><DocumentPaye><Annee V="2026"/><Mois V="1"/>'
        '<Employeur><Siret V="21780990400012"/></Employeur><DonneesIndiv><PayeIndivMensuel><Agent>'
        f'<Nom V="{agent.name}"/><NIR V="{agent.nir}"/></Agent></PayeIndivMensuel></DonneesIndiv></DocumentPaye>'
    )
    name = "21780990400012-2026-ETAT_PAYE-01-.xhl"
    world = office("paie", lambda world: world.put(name, content.encode("latin-1")))
    world.profile = changed(
        world.profile,
        drop=FilesDrop(layout="files"),
        metadata={
            "siren": FieldOrigin(read=("metadata.siret",), transform=("siren",)),
            "period": FieldOrigin(read=("metadata.periode",)),
            "piece": FieldOrigin(value="état de paie"),
        },
        identity=("siren", "period", "piece"),
        unit=UnitShape(title="État de paie – {period}"),
    )
    verdict = world.run()
    assert world.balance().documents.accepted == 1
    told = shown(world, verdict)
    assert "<Title>État de paie – janvier 2026</Title>" in told
    assert not [secret for secret in (agent.name, agent.nir) if secret in told]


def test_folders_named_by_people_are_shown_without_their_names(office, caplog):
    """Without an index, `{nom}` in the pattern says which part of a folder is a name: it shows nowhere."""

    def fill(world):
        for agent in AGENTS:
            for section, _, day, name in PIECES:
                folder = f"{agent.matricule} - {agent.name.upper()} {agent.first_name}/{section}"
                world.put(f"{folder}/{day}_{agent.name}_{name}", pdf([[agent.nir]]))
        world.put("perdu.pdf", pdf([["rien"]]))

    world = office("agents", fill)
    metadata = {
        "agent": FieldOrigin(read=("path.agent",)),
        "section": FieldOrigin(read=("path.section",)),
        "date": FieldOrigin(read=("path.date",), transform=("date",)),
        "piece": FieldOrigin(value="pièce"),
    }
    rule = PathRule(path="{agent} - {nom} {prenom}/{section}/{date}_*")
    world.profile = changed(world.profile, drop=FilesDrop(layout="files", patterns=(rule,)), metadata=metadata)
    with caplog.at_level(logging.DEBUG):
        verdict = world.run()
    assert world.balance().documents.accepted == 9
    assert set(world.codes()) == {"perdu.pdf"}
    told = (shown(world, verdict) + caplog.text).casefold()
    assert not [secret for secret in SECRETS if secret.casefold() in told]
    chain, known = world.chain(), "A0001 - [nom masqué] [nom masqué]/carrière/2023-11-02_[nom masqué]_avancement.pdf"
    assert len(chain.registry.find(chain.tenant, known)) == 1


def test_payslips_are_not_told_to_be_alike(office):
    """Slips of one run are one form filled in: no one's is told to be nearly another's."""

    def fill(world):
        form = [f"Rubrique {n} : base, taux, part de l’agent et part de l’employeur" for n in range(30)]
        put_separate_run(world)
        for agent in AGENTS:
            world.put(f"lot/BP_{agent.matricule}_012026.pdf", pdf([[f"Matricule {agent.matricule}", *form]]))

    world = office("paie", fill)
    world.run()
    assert not [codes for codes in remarks(world).values() if "NEAR_DUPLICATE" in codes]
    assert world.balance().documents.accepted == len(AGENTS)


@pytest.mark.parametrize(("connector", "code"), [("paie", "SAME_BYTES"), ("deliberations", "NEAR_DUPLICATE")])
def test_agents_file_is_not_named_outside_of_its_connector(office, connector, code):
    """What repeats a piece of an agent's file says so by a number: neither matricule nor path shows elsewhere."""
    says = "Considérant que cette mesure est justifiée, dont le coût reste à la commune. " * 8
    world = office("agents")
    next(world.drop.glob("A0001*/**/nomination.pdf")).write_bytes(act(says=says))
    world.run()
    world.drop = world.folder / connector
    if connector == "paie":
        world.profile = load_profile(SHIPPED / "maurecy" / "paie.yaml")
        put_separate_run(world)
        world.put("lot/BP_A0002_012026.pdf", act(says=says))
    else:
        profile = load_profile(SHIPPED / "maurecy" / "deliberations.yaml")
        own = profile.organisation.model_copy(update={"sirens": (SIREN,), "departement": "095"})
        world.profile = profile.model_copy(update={"organisation": own})
        world.put("acte.pdf", act("2026_101", says=f"{says} Ainsi amendé."))
    world.run()
    (told,) = [finding for found in findings_of(world).values() for finding in found if finding.code == code]
    assert "connecteur « agents » (n° " in told.message
    assert "A0001" not in told.message
