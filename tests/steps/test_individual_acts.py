"""Acts about persons: no name in any title, name of file, message or journal, and never open to all."""

from __future__ import annotations

import logging

import pytest

from tests.steps.odd_acts import ID, acknowledgement
from tests.steps.sips import entries_of, manifest_of, units_of
from tests.steps.tool_drops import a_pdf, exchange, pastell

NAME = "Jean-Baptiste Poquelin"


def sealed(world):
    """The world's table with rules of their own for acts about persons, before all others."""
    rows = world.profile.organisation.management_rules
    own = next(row for row in rows if row.name == "actes-individuels-personnel")
    row = own.model_copy(update={"natures": ("DE", "AR", "AI", "CC"), "matters": (), "name": "personnes"})
    organisation = world.profile.organisation.model_copy(
        update={"management_rules": (row,), "social_bodies": world.profile.organisation.social_bodies}
    )
    world.profile = world.profile.model_copy(update={"organisation": organisation})
    return world


def opened(world):
    """The world's table with one row only, that opens everything at once."""
    row = next(row for row in world.profile.organisation.management_rules if row.name == "deliberations")
    row = row.model_copy(update={"natures": ("DE", "AR", "AI", "CC"), "matters": ()})
    organisation = world.profile.organisation.model_copy(update={"management_rules": (row,)})
    world.profile = world.profile.model_copy(update={"organisation": organisation})
    return world


def drop_one(world, **said):
    files = {"arrete": [f"Contrat {NAME}.pdf"], "autre_document_attache": [f"CV {NAME}.pdf"]}
    pastell(world, "abc", files=files, objet=f"Contrat à durée déterminée – {NAME}", **said)


PERSONAL = [
    {"acte_nature": "3", "classification": "5.4 Délégation"},
    {"acte_nature": "1", "classification": "4.2 Personnel contractuel"},
    {"acte_nature": "4", "classification": "4.1.6 Discipline"},
    {"acte_nature": "1", "classification": "8.2 Aide sociale"},
    {"acte_nature": "2", "classification": "2.3 Droit de préemption urbain"},
]


@pytest.mark.parametrize("said", PERSONAL, ids=str)
def test_name_in_the_objet_reaches_neither_manifest_nor_messages_nor_journal(empty_drop, caplog, said):
    """The unit is « Acte individuel n° … », files are named by what they are; logs, findings and journal are mute."""
    drop_one(sealed(empty_drop), **said)
    with caplog.at_level(logging.DEBUG):
        empty_drop.run()
    (transfer,) = empty_drop.transfers()
    manifest = manifest_of(empty_drop, transfer).decode()
    assert "Poquelin" not in manifest
    assert "<Title>Acte individuel n° 2026_100</Title>" in manifest
    assert "<Filename>acte.pdf</Filename>" in manifest
    assert not any("Poquelin" in name for name in entries_of(empty_drop, transfer))
    chain = empty_drop.chain()
    journal = " ".join(line.data + line.subject for line in chain.registry.journal(chain.tenant))
    record = chain.registry.collection(chain.tenant, "deliberations:run-1")
    evidence = b"".join(
        chain.staging.path(chain.tenant, digest).read_bytes() for digest in (record.report, record.expectations)
    ).decode()
    said_in_all = " ".join((journal, evidence, *(line.getMessage() for line in caplog.records)))
    for path in (f"abc/Contrat {NAME}.pdf", f"abc/CV {NAME}.pdf"):  # what the source calls its files
        said_in_all = said_in_all.replace(path, "")
    assert "Poquelin" not in said_in_all


@pytest.mark.parametrize("said", PERSONAL, ids=str)
def test_rule_that_opens_at_once_is_never_applied(empty_drop, said):
    """An act about a person under an open rule is set aside, and nothing is sent."""
    drop_one(opened(empty_drop), **said)
    empty_drop.run()
    assert set(empty_drop.codes().values()) == {"ACCESS_OPEN"}
    assert empty_drop.transfers() == []


def test_any_act_of_a_declared_ccas_is_about_a_person(empty_drop):
    """The SIREN of a CCAS is enough: its délibérations on its budget are sealed too, under a rule for its SIREN."""
    organisation = empty_drop.profile.organisation
    ours = organisation.sirens[0]
    general, *_ = (row for row in organisation.management_rules if row.name == "deliberations")
    own = next(row for row in organisation.management_rules if row.name == "actes-individuels-personnel")
    own = own.model_copy(update={"natures": ("DE",), "matters": (), "sirens": (ours,), "name": "ccas"})
    drop_one(empty_drop)
    for rows, codes in (((general,), {"ACCESS_OPEN"}), ((own, general), set())):
        told = organisation.model_copy(update={"social_bodies": (ours,), "management_rules": rows})
        empty_drop.profile = empty_drop.profile.model_copy(update={"organisation": told})
        empty_drop.run()
        assert set(empty_drop.codes().values()) == codes
    (transfer,) = empty_drop.transfers()
    assert "Acte individuel n° 2026_100" in {unit.text("Title") for unit in units_of(empty_drop, transfer).values()}


def test_typology_of_the_name_does_not_make_a_deliberation_of_it(empty_drop):
    """`99_DE-…-AI-…` exists: the ARActe says nature 3, and that is what counts."""
    identifier = ID.replace("-DE", "-AI")
    name = f"99_DE-{identifier}-1-1_1.pdf"
    empty_drop.put(name, a_pdf("contrat"))
    receipt = acknowledgement(name, identifier=identifier, nature="3").replace(b"Tarifs", NAME.encode())
    empty_drop.put("ar.xml", receipt)
    sealed(empty_drop).run()
    (transfer,) = empty_drop.transfers()
    assert units_of(empty_drop, transfer)[identifier].text("Title") == "Acte individuel n° 2026_100"
    assert "Poquelin" not in manifest_of(empty_drop, transfer).decode()


def test_letter_that_comes_late_names_nobody_either(empty_drop):
    """A letter of the préfecture about an individual act that left before keeps its name out of the SIP."""
    drop_one(sealed(empty_drop), acte_nature="3")
    empty_drop.run()
    letter = exchange("LettreObservations", identifier=ID.replace("-DE", "-AI"), file=f"Lettre {NAME}.pdf")
    empty_drop.put("m.xml", letter)
    empty_drop.put(f"Lettre {NAME}.pdf", a_pdf("lettre"))
    empty_drop.run()
    _, late = empty_drop.transfers()
    manifest = manifest_of(empty_drop, late).decode()
    assert "<Title>Acte individuel n° 2026_100</Title>" in manifest
    assert "Poquelin" not in manifest


def test_rows_declared_to_name_nobody_keep_their_objet(empty_drop):
    """The archivist may declare that délibérations on posts name nobody: they are then ordinary."""
    pastell(
        empty_drop, "abc", files={"arrete": ["a.pdf"]}, objet="Tableau des effectifs", classification="4.1 Personnel"
    )
    empty_drop.run()
    (transfer,) = empty_drop.transfers()
    titles = {unit.text("Title") for unit in units_of(empty_drop, transfer).values()}
    assert "Tableau des effectifs" in titles


def test_declaring_that_nobody_is_named_never_opens_an_individual_act(empty_drop):
    """The declaration counts for délibérations and arrêtés réglementaires only."""
    opened(empty_drop)
    (row,) = empty_drop.profile.organisation.management_rules
    organisation = empty_drop.profile.organisation.model_copy(
        update={"management_rules": (row.model_copy(update={"names_nobody": True}),)}
    )
    empty_drop.profile = empty_drop.profile.model_copy(update={"organisation": organisation})
    drop_one(empty_drop, acte_nature="3")
    empty_drop.run()
    assert set(empty_drop.codes().values()) == {"ACCESS_OPEN"}
