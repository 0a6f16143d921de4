"""Proofs, signatures and stamped copies that come once their act is archived join it; anything else is a conflict."""

from __future__ import annotations

import pytest

from tests.steps.odd_acts import ID, SIREN, acknowledgement, act, index, row
from tests.steps.sips import units_of
from tests.steps.test_completeness_report import told
from tests.steps.tool_drops import a_pdf, pastell
from versement.domain.lifecycle import DocumentState
from versement.seda.departures import departures
from versement.steps.archival_profile import archival_profile_of


def archived(world):
    """An act with its ARActe, accepted."""
    world.put("a.pdf", act())
    world.put("a.xml", acknowledgement("a.pdf"))
    world.run()
    assert world.balance().documents.accepted == 2
    return world


def brought(world):
    """Keys of the units that the last transfer put under the act, which it creates no second time."""
    transfer = world.transfers()[-1]
    units = units_of(world, transfer)
    assert units[ID].attached_to == ID
    chain = world.chain()
    path = chain.staging.path(chain.tenant, transfer.manifest.digest)
    assert list(departures(path, archival_profile_of(chain.profile))) == []
    return [child.key.rpartition("-")[0] for child in units[ID].children]


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("a_tampon.pdf", f"{ID}#copie-tamponnee"),
        ("a-bordereau.pdf", f"{ID}#preuve"),
        ("a.pdf.p7s", f"{ID}#signature"),
    ],
)
def test_late_proof_goes_under_its_act_alone(empty_drop, name, unit):
    """The operator exports the act again with one file more: that file alone is sent, under the act that is held."""
    world = archived(empty_drop)
    world.put(name, a_pdf(name))
    world.run()
    assert not world.codes()
    assert brought(world) == [unit]
    assert world.balance().documents.accepted == 3
    assert "NUMBERS_REPEATED" not in told(world)


def test_each_proof_is_sent_once_however_often_the_act_is_exported(empty_drop):
    """A second proof comes alone; the same export again, elsewhere, is a duplicate."""
    world = archived(empty_drop)
    world.put("a_tampon.pdf", a_pdf("tampon"))
    world.run()
    world.put("a-bordereau.pdf", a_pdf("bordereau"))
    world.run()
    assert brought(world) == [f"{ID}#preuve"]
    sent = len(world.transfers())
    for name in ("a.pdf", "a_tampon.pdf", "a-bordereau.pdf"):
        world.put(f"copie/{name}", (world.drop / name).read_bytes())
    world.run()
    chain = world.chain()
    copies = chain.registry.documents(chain.tenant, chain.connector, DocumentState.DUPLICATE)
    assert [document.reference for document in copies] == ["copie/a.pdf"]
    assert len(world.transfers()) == sent
    assert not world.codes()


def test_stamped_copy_alone_joins_the_act_that_its_identifier_names(empty_drop):
    """A tool gives nothing but the stamped copy, and the stamp gives the act's own IDActe."""
    world = archived(empty_drop)
    pastell(world, "abc", files={"acte_tamponne": ["tampon.pdf"]}, acte_nature="1", objet="Tarifs de la cantine")
    world.put("abc/tampon.pdf", act(says="Tampon"))
    world.run()
    assert not world.codes()
    assert sorted(brought(world)) == [f"{ID}#copie-tamponnee", f"{ID}#preuve"]


def test_act_known_by_its_number_receives_the_copy_that_gives_its_identifier(empty_drop):
    """Archived from an index row, the act had no IDActe; its stamped copy, which has one, joins it all the same."""
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf")))
    empty_drop.run()
    empty_drop.put("a_tampon.pdf", act())
    empty_drop.run()
    assert not empty_drop.codes()
    key = f"{SIREN}/20260312/2026_100"
    units = units_of(empty_drop, empty_drop.transfers()[-1])
    assert units[key].attached_to == key
    assert [child.key.rpartition("-")[0] for child in units[key].children] == [f"{key}#copie-tamponnee"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", act(says="Autre"), "le fichier de l’acte n’est pas le même ; si c’est sa copie tamponnée"),
        (
            "a_annexe.pdf",
            a_pdf("annexe"),
            "le fichier de l’acte est le même ; ce qui diffère : annexe, copie tamponnée",
        ),
    ],
    ids=["act", "annex"],
)
def test_what_changes_the_act_itself_waits_for_a_person(empty_drop, name, content, said):
    """Another file of the act, or a new annex, beside the late copy: nothing is attached, what differs is said."""
    world = archived(empty_drop)
    world.put("a_tampon.pdf", a_pdf("tampon"))
    world.put(name, content)
    world.run()
    assert world.codes() == {"a.pdf": "IDENTITY_CONFLICT"}
    chain = world.chain()
    (waiting,) = chain.registry.waiting(chain.tenant, chain.connector)
    assert said in waiting.message
