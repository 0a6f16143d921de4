"""Drops of the tools through the whole chain: what is archived, under what, and what is set aside."""

from __future__ import annotations

import pytest

from tests.steps.odd_acts import ID, SIREN, acknowledgement, act, index, row
from tests.steps.sips import units_of
from tests.steps.tool_drops import SEANCE, a_pdf, anomaly, exchange, megalis, pastell, web_delib, zipped
from tests.steps.world import World, profile_of
from versement.domain.lifecycle import TransferState


def archived(world: World) -> dict[str, str]:
    """Parent of every unit that was accepted, by key; a held unit that received children is its own parent."""
    parents = {}
    for transfer in world.transfers():
        assert transfer.state is TransferState.ACCEPTED
        for key, unit in units_of(world, transfer).items():
            parents.setdefault(key, unit.parent)
    return parents


def with_drop(world: World, **said: str) -> None:
    drop = world.profile.connector.drop.model_copy(update=said)
    world.profile = profile_of(drop=drop)


def test_folder_of_pastell_is_archived_with_its_proofs(empty_drop):
    """Act, annex, signature, slip and description stand under the act; its ARActe too, whatever file it names."""
    files = {
        "arrete": ["acte.pdf"],
        "autre_document_attache": ["b.pdf"],
        "signature": ["s.p7s"],
        "bordereau": ["x.pdf"],
    }
    pastell(empty_drop, "abc", files=files)
    empty_drop.put("abc/ar.xml", acknowledgement("99_DE-ailleurs.pdf"))
    empty_drop.run()
    key = f"{SIREN}/20260312/2026_100"
    units = archived(empty_drop)
    assert {name: parent for name, parent in units.items() if "#" in name} == {
        f"{key}#acte": key,
        f"{key}#annexe-1": key,
        f"{key}#signature-1": key,
        f"{key}#preuve-1": key,
        f"{key}#preuve-2": key,
        f"{ID}#ARActe": key,
    }


def test_zip_of_the_ged_of_megalis_is_one_act(empty_drop):
    """The zip is opened: its act, its stamped copy and its description are archived, received by the préfecture."""
    empty_drop.put("a1B2c3D.zip", megalis())
    empty_drop.run()
    key = f"{SIREN}/20260312/2026_100"
    units = archived(empty_drop)
    assert {name for name in units if "#" in name} == {f"{key}#acte", f"{key}#copie-tamponnee-1", f"{key}#preuve-1"}
    (transfer,) = empty_drop.transfers()
    assert units_of(empty_drop, transfer)[key].text("ReceivedDate") == "2026-03-13"


def test_zip_of_idelibre_is_the_file_of_a_seance(empty_drop):
    """Convocation, projects and annexes of the zip stand under the séance of the day that its name tells."""
    names = ("00__Convocation.pdf", "01__Budget.pdf", "01_01__Annexe.pdf", "DOC-01__Plan.pdf")
    empty_drop.put("Conseil-Municipal_12_3_2026_18_30.zip", zipped({name: a_pdf(name) for name in names}))
    empty_drop.run()
    assert {key for key, parent in archived(empty_drop).items() if parent == SEANCE} == {
        f"{SEANCE}#{piece}" for piece in ("convocation", "projet-01", "annexe-01-01", "document-01")
    }


def test_stamped_copy_alone_is_archived_with_a_remark(empty_drop):
    """Where the tool kept no original, the stamped copy is the act, and the archivist is told."""
    pastell(empty_drop, "abc", files={"acte_tamponne": ["t.pdf"]})
    empty_drop.run()
    chain = empty_drop.chain()
    (story,) = chain.registry.find(chain.tenant, f"{SIREN}/20260312/2026_100")
    assert "STAMPED_COPY_ONLY" in {finding.code for finding in story.findings}
    assert f"{SIREN}/20260312/2026_100#acte" in archived(empty_drop)


def test_seance_of_web_delib_holds_its_pieces_and_its_acts(empty_drop):
    """One séance unit holds the act and each piece, whose rule is that of the délibérations."""
    web_delib(empty_drop, "convocation", "odj", "pv_complet")
    empty_drop.run()
    units = archived(empty_drop)
    assert {key for key, parent in units.items() if parent == SEANCE} == {
        f"{SIREN}/20260312/2026_100",
        f"{SEANCE}#convocation",
        f"{SEANCE}#ordre-du-jour",
        f"{SEANCE}#proces-verbal",
        f"{SEANCE}#description-du-depot",
    }


def test_minutes_that_come_months_later_join_their_seance(empty_drop):
    """The act leaves in March, its minutes in June: the séance stays one unit."""
    empty_drop.put("a.pdf", act())
    empty_drop.run()
    empty_drop.put("2026-03-12/PV.pdf", a_pdf("pv"))
    empty_drop.run()
    first, second = empty_drop.transfers()
    assert SEANCE in units_of(empty_drop, first)
    late = units_of(empty_drop, second)
    assert late[SEANCE].attached_to == SEANCE
    assert late[f"{SEANCE}#proces-verbal"].text("Title") == "Procès-verbal"


def test_signed_minutes_keep_their_signature(empty_drop):
    """Minutes and their detached signature are one piece of the séance, with two files."""
    empty_drop.put("2026-03-12/PV.pdf", a_pdf("pv"))
    empty_drop.put("2026-03-12/PV.pdf.p7s", b"0\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02")
    empty_drop.run()
    piece = f"{SEANCE}#proces-verbal"
    assert {key for key, parent in archived(empty_drop).items() if parent == piece} == {
        f"{piece}-fichier",
        f"{piece}-signature-1",
    }


@pytest.mark.parametrize("name", ["LettreObservations", "DemandePieceComplementaire", "CourrierSimple"])
def test_letter_of_the_prefecture_joins_the_act_that_left_before(empty_drop, name):
    """A letter that comes weeks after the act was accepted goes under it, with its message."""
    empty_drop.put("a.pdf", act())
    empty_drop.run()
    empty_drop.put("m.xml", exchange(name))
    empty_drop.put("lettre.pdf", a_pdf("lettre"))
    empty_drop.run()
    units = archived(empty_drop)
    assert {key for key, parent in units.items() if parent == ID and name in key} == {
        f"{ID}#{name}-20260502",
        f"{ID}#{name}-20260502-piece-1",
    }


def test_act_with_an_anomaly_waits_until_it_is_acknowledged(empty_drop):
    """The préfecture did not receive it: set aside, and taken up again once an ARActe has come."""
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.put("index.csv", index(row(ID, "a.pdf")))
    empty_drop.put("ANO_a.xml", anomaly("a.pdf"))
    empty_drop.run()
    assert empty_drop.codes()["a.pdf"] == "ACT_ANOMALY"
    empty_drop.put("ar.xml", acknowledgement("a.pdf"))
    empty_drop.run()
    assert empty_drop.codes() == {}
    late = f"{SIREN}/20260312/2026_100#AnomalieActe-20260313"
    assert archived(empty_drop)[late] == archived(empty_drop)[f"{ID}#ARActe"] == ID


@pytest.mark.parametrize(("said", "waits"), [("required", True), ("expected", False), ("optional", False)])
def test_profile_says_what_an_act_without_acknowledgement_gets(empty_drop, said, waits):
    """Required: set aside; expected: archived with a remark; optional: archived."""
    with_drop(empty_drop, acknowledgement=said)
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.put("index.csv", index(row(ID, "a.pdf")))
    empty_drop.run()
    assert empty_drop.codes() == ({"a.pdf": "ACKNOWLEDGEMENT_MISSING"} if waits else {})
    chain = empty_drop.chain()
    (story,) = chain.registry.find(chain.tenant, ID)
    assert ("ACKNOWLEDGEMENT_MISSING" in {finding.code for finding in story.findings}) is (said != "optional")
    with_drop(empty_drop, acknowledgement="optional")
    empty_drop.run()
    assert empty_drop.codes() == {}, "a profile that asks less lets go what waited"


TOTEM = b'<?xml version="1.0" encoding="ISO-8859-1"?><DocumentBudgetaire><Budget/></DocumentBudgetaire>'


def budgets(shared):
    """Real TOTEM files where they are to be had, else one of our own."""
    found = sorted((shared / "budget").rglob("*.xml")) if shared else []
    return [path.read_bytes() for path in found] or [TOTEM]


def test_budgets_are_acts_of_nature_5(empty_drop, shared):
    """A TOTEM file under its ACTES name is the act, known by its ARActe; it is never taken for a message."""
    keys = []
    for number, content in enumerate(budgets(shared), start=1):
        identifier = f"095-{SIREN}-20260312-BP_{number}-BF"
        name = f"99_BU-{identifier}-1-1_1.xml"
        empty_drop.put(name, content)
        receipt = acknowledgement(name, identifier=identifier, number=f"BP_{number}", nature="5")
        empty_drop.put(f"ar{number}.xml", receipt)
        keys.append(identifier)
    rows = empty_drop.profile.organisation.management_rules
    of_acts = [row for row in rows if row.family == "actes"]
    budget = of_acts[-1].model_copy(update={"name": "budget", "natures": ("BF",), "matters": ()})
    organisation = empty_drop.profile.organisation.model_copy(update={"management_rules": (*rows, budget)})
    empty_drop.profile = empty_drop.profile.model_copy(update={"organisation": organisation})
    empty_drop.run()
    assert keys
    assert {key: archived(empty_drop).get(f"{key}#acte") for key in keys} == {key: key for key in keys}


def test_classification_of_the_drop_labels_the_matter(empty_drop):
    """The préfecture's own label stands in the archive; the classification itself is no document."""
    web = '<a:Matiere2 a:CodeMatiere="1" a:Libelle="Décisions de la préfecture"/>'
    empty_drop.put(
        "7-2.xml",
        '<a:RetourClassification xmlns:a="http://www.interieur.gouv.fr/ACTES#v1.1-20040216"><a:DateClassification>'
        '2025-09-01</a:DateClassification><a:Matieres><a:Matiere1 a:CodeMatiere="7" a:Libelle="Finances">'
        f"{web}</a:Matiere1></a:Matieres></a:RetourClassification>".encode(),
    )
    empty_drop.put("a.pdf", act())
    empty_drop.put("ar.xml", acknowledgement("a.pdf"))
    empty_drop.run()
    (transfer,) = empty_drop.transfers()
    unit = units_of(empty_drop, transfer)[ID]
    assert unit.text("Keyword/KeywordContent") == "7.1 Décisions de la préfecture"
    assert empty_drop.balance().documents.announced == 2


def test_transaction_with_the_defects_of_real_ones_is_understood(empty_drop):
    """FAST: an ARActe under a truncated name, in windows-1252, without prefixes; the date in the act's name lies."""
    name = f"095-{SIREN}-20260402-2026_100-DE-1-1_1.pdf"
    receipt = acknowledgement(name).decode().replace("xmlns:actes", "xmlns").replace("actes:", "")
    receipt = receipt.replace('encoding="UTF-8"', 'encoding="windows-1252"').replace("Tarifs", "Tarifs de l’été")
    empty_drop.put("t/999-1234----1-2_0.xml", receipt.encode("cp1252"))
    empty_drop.put(f"t/{name}", a_pdf("acte"))
    empty_drop.put(f"t/{name.replace('_1.pdf', '_02.pdf')}", a_pdf("annexe"))
    empty_drop.run()
    units = archived(empty_drop)
    assert {key for key, parent in units.items() if parent == ID} == {f"{ID}#acte", f"{ID}#annexe-1", f"{ID}#ARActe"}
    (transfer,) = empty_drop.transfers()
    assert units_of(empty_drop, transfer)[ID].text("Title") == "Tarifs de l’été"
