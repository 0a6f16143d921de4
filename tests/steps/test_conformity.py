"""What departs from the archival profile does not leave: its document is set aside and named, its neighbours go on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.steps.sips import packed
from versement.domain.errors import Defect
from versement.domain.lifecycle import DocumentState
from versement.ports.archival_profile import Departure, DepartureKind
from versement.seda.departures import departures
from versement.seda.manifest import UNTITLED
from versement.seda.xml import read_xml

MISSING, MISPLACED, REFUSED = DepartureKind
TITLE = "Budget principal – Approbation du compte financier unique 2025"
"""Objet of an act of Saint-Aubin that only the index gives."""
SEDA = "{fr:gouv:culture:archivesdefrance:seda:v2.2}"


@dataclass
class Strict:
    """A check that adds departures of its own to the profile's.

    Attributes:
        told: by the end of a unit's OriginatingSystemId, or `header`, or `object` for the first one.
        checked: the manifests that it was asked about.
    """

    told: dict[str, tuple[str, DepartureKind]]
    checked: list[Path] = field(default_factory=list)

    def __call__(self, manifest: Path, profile: bytes):
        self.checked.append(manifest)
        root = read_xml(manifest.read_bytes())
        places = {"header": "", "object": root.find(f".//{SEDA}BinaryDataObject").get("id")}
        own = [Departure(places[name], *told, 1) for name, told in self.told.items() if name in places]
        for unit in root.iter(f"{SEDA}ArchiveUnit"):
            key = unit.findtext(f"{SEDA}Content/{SEDA}OriginatingSystemId", "")
            own += [Departure(unit.get("id"), *told, 1) for end, told in self.told.items() if key.endswith(end)]
        return (*departures(manifest, profile), *own)


def strict(world, **told: tuple[str, DepartureKind]) -> Strict:
    """Make the world's chain check more strictly."""
    check = Strict({end.replace("_of_", "#"): departure for end, departure in told.items()})
    usual = world.chain
    world.chain = lambda: replace(usual(), check_profile=check)
    return check


def _stories(world, reference: str):
    chain = world.chain()
    return [story for story in chain.registry.find(chain.tenant, reference) if story.document.reference == reference]


def _with(world, **connector):
    """Change fields of the world's connector."""
    changed = world.profile.connector.model_copy(update=connector)
    world.profile = world.profile.model_copy(update={"connector": changed})
    return world


def test_an_act_that_departs_is_set_aside_and_its_neighbours_leave(commune):
    """An objet that says nothing stops its act alone: its neighbours leave, and its message says what to mend."""
    world = commune("saint-aubin")
    index = next(world.drop.glob("*.csv"))
    text = index.read_text(encoding="utf-8-sig")
    assert text.count(TITLE) == 1
    index.write_text(text.replace(TITLE, UNTITLED), encoding="utf-8-sig")
    (transfer,) = packed(world)
    keys = {unit.key.partition("#")[0] for unit in transfer.units}
    assert "095-219509908-20260312-2026_010-DE" in keys
    assert "095-219509908-20260312-2026_011-DE" not in keys
    (reference,) = [reference for reference, code in world.codes().items() if code == "PROFILE_DEPARTURE"]
    (story,) = _stories(world, reference)
    assert story.state is DocumentState.SET_ASIDE
    (finding,) = story.findings
    assert finding.message == (
        f"« {reference} » : selon le profil d’archivage, l’objet (Title) a une valeur que le profil n’admet pas : "
        "complétez l’index, ou faites déposer l’ARActe ou le message ACTES. Le document n’est pas parti."
    )
    assert world.balance().adds_up


def test_what_attests_an_act_waits_with_it(commune):
    """The ARActe of an act that is set aside waits for a decision on it, and leaves with it once it is mended."""
    world = commune("maurecy")
    usual = world.chain
    check = strict(world, **{"_003-DE": ("Title", MISSING)})
    (transfer,) = packed(world)
    assert not any("_003-DE" in unit.key for unit in transfer.units)
    codes = {reference.rpartition("/")[2]: code for reference, code in world.codes().items()}
    assert codes == {
        "99_DE-078-217809904-20260210-2026_003-DE-1-1_1.pdf": "PROFILE_DEPARTURE",
        "078-217809904-20260210-2026_003-DE-1-2_1.xml": "WAITS_FOR_A_DECISION",
    }
    assert len(check.checked) == 2
    world.chain = usual
    world.run()
    world.run()
    assert world.codes() == {}
    assert sum(unit.key.endswith("_003-DE#ARActe") for transfer in world.transfers() for unit in transfer.units) == 1


def test_an_attestation_that_departs_does_not_hold_its_act(commune):
    """An ARActe at fault is set aside alone: the act that it attests leaves."""
    world = commune("maurecy")
    strict(world, **{"_003-DE_of_ARActe": ("DataObjectReference", MISSING)})
    (transfer,) = packed(world)
    kept = {unit.key.partition("_003-DE")[2] for unit in transfer.units if "_003-DE" in unit.key}
    assert kept == {"", "#acte"}
    assert list(world.codes().values()) == ["PROFILE_DEPARTURE"]


def test_a_piece_that_departs_is_named(commune):
    """A fault on one pièce names its file, sets its whole document aside, and says how to mend a file."""
    world = commune("maurecy")
    strict(world, **{"_of_annexe-1": ("Title", MISSING)})
    packed(world)
    aside = [reference for reference, code in world.codes().items() if code == "PROFILE_DEPARTURE"]
    assert aside
    for reference in aside:
        (story,) = _stories(world, reference)
        (finding,) = story.findings
        assert finding.path in {file.path for file in story.document.files}
        assert finding.message.startswith(f"« {reference} » (pièce « {finding.path} ») : ")
        assert "l’intitulé de la pièce (Title) manque : redéposez le fichier" in finding.message


def test_what_no_source_can_mend_is_told_to_be_ours(commune):
    """An element out of place is not the authority's to mend: the message says to tell the developers."""
    world = commune("maurecy")
    strict(world, **{"_003-DE": ("Tag", MISPLACED)})
    packed(world)
    chain = world.chain()
    messages = [item.message for item in chain.registry.waiting(chain.tenant, chain.connector)]
    assert any("l’élément (Tag) n’a pas sa place ici : signalez-le aux développeurs" in said for said in messages)


@pytest.mark.parametrize("where", ["seance/2026-02-10", "header"])
def test_a_departure_that_is_nobody_s_stops_the_transfer(commune, where):
    """What departs outside of any document (séance, header) is our defect: nothing leaves, no document is blamed."""
    world = commune("maurecy")
    strict(world, **{where: ("Title", REFUSED), "_003-DE": ("Title", MISSING)})
    with pytest.raises(Defect, match=r"« Title » a une valeur.*Rien n’a été envoyé"):
        packed(world)
    assert world.transfers() == []
    chain = world.chain()
    assert chain.registry.documents(chain.tenant, chain.connector, DocumentState.SET_ASIDE) == []


def test_a_departure_on_a_file_names_its_document(commune):
    """What departs in the description of a file's bytes is told on the document that holds the file."""
    world = commune("maurecy")
    strict(world, object=("Filename", MISSING))
    packed(world)
    chain = world.chain()
    told = [item.message for item in chain.registry.waiting(chain.tenant, chain.connector)]
    assert any("le nom du fichier (Filename) manque : redéposez le fichier" in message for message in told)


def test_a_set_aside_document_is_read_again_at_each_collection(commune):
    """A departure may be ours: once the manifest is right, the document leaves without being dropped again."""
    world = commune("maurecy")
    usual = world.chain
    strict(world, **{"_005-DE": ("Title", MISSING)})
    for _ in range(2):
        world.run()
        assert list(world.codes().values()) == ["PROFILE_DEPARTURE"]
    world.chain = usual
    world.run()
    assert world.codes() == {}
    assert "_005-DE#acte" in {unit.key[-12:] for unit in world.transfers()[-1].units}


def test_transfers_before_a_departure_are_kept(commune):
    """Of several transfers of one run, those that were packed before a fault is found stay as they are."""
    world = _with(commune("maurecy"), unit_cap=10)
    strict(world, **{"_007-DE": ("Title", MISSING)})
    transfers = packed(world)
    assert len(transfers) > 1
    assert {transfer.id for transfer in transfers} == {transfer.id for transfer in world.transfers()}
    assert not any("_007-DE" in unit.key for transfer in transfers for unit in transfer.units)


def test_every_transfer_is_checked_against_the_connector_s_own_profile(commune):
    """Each manifest is compared once, where it lies in staging, and its archival profile is named in it."""
    world = _with(commune("maurecy"), archival_profile="PR-000007")
    check = strict(world)
    (transfer,) = packed(world)
    (manifest,) = check.checked
    assert manifest == world.chain().staging.path(world.profile.tenant, transfer.manifest.digest)
    management = read_xml(manifest.read_bytes()).find(f".//{SEDA}ManagementMetadata")
    assert [management[0].tag, management[0].text] == [f"{SEDA}ArchivalProfile", "PR-000007"]
