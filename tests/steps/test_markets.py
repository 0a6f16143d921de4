"""Consultation archives from drop to archive: each market one unit, each file under its phase, nothing lost."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.domain.market_trees import EXPECTED, ROOT, TREE, archive
from tests.steps.sips import Unit, roots_of, sip_of, units_of
from tests.steps.world import SHIPPED, World
from versement.domain.documents import Field, Role
from versement.domain.lifecycle import DocumentState
from versement.profiles.load import load_profile
from versement.seda.check import Verdict, check_sip

SIREN = "219509908"
BUYER = "21950990800014"


def page(text: str) -> bytes:
    made = io.BytesIO()
    canvas = Canvas(made, invariant=1, pageCompression=0)
    canvas.drawString(72, 720, text)
    canvas.save()
    return made.getvalue()


def real(tree: Mapping[str, bytes]) -> dict[str, bytes]:
    """The tree with real PDFs, of a content that depends on the place's own bytes alone."""
    return {path: page(data.decode()) if path.endswith(".pdf") else data for path, data in tree.items()}


def notice(identifier: str, **more: object) -> dict[str, object]:
    holder = {"typeIdentifiant": "SIRET", "id": "55204599900869"}
    said = {"id": identifier, "acheteur": {"id": BUYER}, "objet": f"Objet de {identifier}", "codeCPV": "30192000"}
    return {**said, "datePublicationDonnees": "2024-05-25", "titulaires": [holder], "montant": 100, **more}


class Town(World):
    def put(self, path: str, data: bytes) -> None:
        super().put(path, data)
        os.utime(self.drop / path, (1_709_634_030, 1_709_634_030))


@pytest.fixture
def town(tmp_path: Path, formats) -> Town:
    drop = tmp_path / "drop"
    drop.mkdir()
    profile = load_profile(SHIPPED / "saint-aubin" / "marches.yaml")
    unscanned = profile.model_copy(update={"connector": profile.connector.model_copy(update={"antivirus": "off"})})
    return Town(tmp_path, drop, formats, unscanned)


def decp(town: World, *notices: Mapping[str, object]) -> None:
    town.put("decp-21950990800014-2024-06-01-01.json", json.dumps({"marches": notices}).encode())


def documents(town: World):
    chain = town.chain()
    return {
        document.reference: (document, state)
        for state in DocumentState
        for document in chain.registry.documents(chain.tenant, chain.connector, state)
    }


REJECTED = {path for path, (_, outcome, _) in EXPECTED.items() if outcome == "rejected"}


@pytest.mark.parametrize("mojibake", [False, True])
def test_a_consultation_archive_goes_to_its_phases(town, mojibake):
    """Every file of the zip is accounted for: accepted, set aside for a rule, a companion, waste; names mended."""
    town.put("42007.zip", archive(real(TREE), mojibake=mojibake))
    decp(town, notice("42007", dateNotification="2024-05-15"))
    town.run()
    found = documents(town)
    for path, (phase, outcome, tenderer) in EXPECTED.items():
        document, state = found[f"42007.zip/{ROOT}/{path}"]
        known = document.metadata
        assert (known.text(Field.PHASE), known.text(Field.OUTCOME), known.text(Field.TENDERER)) == (
            phase, outcome, tenderer,
        )  # fmt: skip
        assert known.text(Field.MARKET_TITLE) == "Objet de 42007"
        assert known.text(Field.NOTIFIED) == "2024-05-15"
        assert state is (DocumentState.SET_ASIDE if path in REJECTED else DocumentState.ACCEPTED), path
    assert town.balance().adds_up


def collected(town: World) -> list[str]:
    """Codes of what the last run told of its drop as a whole."""
    chain = town.chain()
    record = chain.registry.collection(chain.tenant, f"marches:run-{town.runs}")
    assert record is not None
    return [finding.code for finding in record.findings]


def told(town: World, reference: str) -> set[str]:
    chain = town.chain()
    (story,) = chain.registry.find(chain.tenant, reference)
    return {finding.code for finding in story.findings}


def placed(town: World) -> dict[str, list[str]]:
    """By key of each unit deposited for the first time: titles of the units above it, from the top."""
    found: dict[str, list[str]] = {}
    for transfer in town.transfers():
        for root in roots_of(town, transfer):
            _walk(root, [], found)
    return found


def _walk(unit: Unit, titles: list[str], found: dict[str, list[str]]) -> None:
    if not unit.attached_to:
        assert unit.key not in found, "deposited twice"
        found[unit.key] = titles
    for child in unit.children:
        _walk(child, [*titles, unit.text("Title")], found)


def key(market: str, path: str) -> str:
    return f"marches:{SIREN}/{market}/{path.removeprefix(f'{market}/').replace('/', '%2F')}"


def test_what_leaves_is_a_sip_that_the_check_accepts(town, tmp_path):
    """SEDA and Vitam's own rules are met, the ciphered pli without a format and the long tree included."""
    town.put("42007.zip", archive(real(TREE)))
    town.run()
    (transfer,) = town.transfers()
    (tmp_path / "sip.zip").write_bytes(sip_of(town, transfer))
    report = check_sip(tmp_path / "sip.zip")
    assert report.verdict in (Verdict.OK, Verdict.WARNING), report.events


def test_rejected_offers_wait_for_the_visa_of_the_archives(town):
    """Their elimination is not validated: they are set aside with that reason, never deposited, never dropped."""
    town.put("42007.zip", archive(real(TREE)))
    town.run()
    codes = town.codes()
    assert {codes[f"42007.zip/{ROOT}/{path}"] for path in REJECTED} == {"DESTROY_NOT_VALIDATED"}
    assert not any("non retenues" in title for titles in placed(town).values() for title in titles)


def test_a_signature_leaves_with_what_it_signs(town):
    """The offer, its signature and its time stamp are one document of three files, under their own names."""
    town.put("42007.zip", archive(real(TREE)))
    town.run()
    document, state = documents(town)[f"42007.zip/{ROOT}/11.3. Offre retenue/Société Dupont/Offre.pdf"]
    assert state is DocumentState.ACCEPTED
    assert [(file.name, file.role) for file in document.files] == [
        ("Offre.pdf", Role.MAIN),
        ("Offre.pdf.p7s", Role.SIGNATURE),
        ("Offre.pdf.tsr", Role.PROOF),
    ]


def test_a_ciphered_pli_is_archived_as_it_is_and_said_so(town):
    """It is kept byte for byte, with a remark that it stays unreadable; the register's counts are compared."""
    town.put("42007.zip", archive(real(TREE)))
    town.run()
    reference = f"42007.zip/{ROOT}/OFFRES DEMAT/42007_offre_1_1.crypt"
    document, state = documents(town)[reference]
    assert state is DocumentState.ACCEPTED
    assert document.files[0].puid == ""
    assert "PLI_SEALED" in told(town, reference)
    # Two electronic envelopes announced: one is still ciphered, three companies have a folder of answers.
    assert collected(town) == ["DEPOSITS_DIFFER", "DEPOSITS_ON_PAPER"]


def test_a_market_is_one_unit_however_late_its_pieces_come(town):
    """First the consultation, then its notice, then an avenant in a folder of its own: one market, one phase each."""
    tree = real(TREE)
    early = {path: data for path, data in tree.items() if path.startswith("2.")}
    town.put("42007.zip", archive(early))
    town.run()
    decp(town, notice("42007", dateNotification="2024-05-15"))
    town.put("42007/13. Exécution/Avenant 1.pdf", tree["13. Exécution/Avenant 1.pdf"])
    town.put("42007/2. Lancement/DCE/Plan.pdf", page("plan"))
    town.run()
    found = placed(town)
    market, consultation = f"marches/{SIREN}/42007", f"marches/{SIREN}/42007/2"
    assert found[market] == []
    assert found[consultation] == ["Marché 42007"]
    assert found[key("42007", "42007/2. Lancement/DCE/Plan.pdf")] == ["2. Consultation"]
    assert found[key("42007", "42007/13. Exécution/Avenant 1.pdf")][-1] == "6. Exécution"
    assert all(count == 1 for count in town.archive.copies(town.chain().tenant).values())
    assert town.balance().adds_up


def test_a_framework_holds_its_subsequent_contracts(town):
    """The framework's unit exists once, with its own pieces; each subsequent contract is one unit under it."""
    folder = "2. Lancement/DCE"
    town.put(f"AC-1/{folder}/CCAP.pdf", page("ccap"))
    town.put(f"MS1/{folder}/CCTP.pdf", page("cctp"))
    decp(
        town,
        notice("AC1", techniques={"technique": ["Accord-cadre"]}),
        notice("MS1", idAccordCadre="AC1"),
        notice("MS2", idAccordCadre="AC1"),
    )
    town.run()
    town.put(f"MS2/{folder}/CCTP.pdf", page("cctp 2"))
    town.run()
    found = placed(town)
    assert found[f"marches/AC-1/{SIREN}"] == []
    own = ["Accord-cadre AC-1", "Marché AC-1 – Objet de AC1", "2. Consultation"]
    assert found[key("AC-1", f"AC-1/{folder}/CCAP.pdf")] == own
    for market in ("MS1", "MS2"):
        assert found[f"marches/{SIREN}/{market}"] == ["Accord-cadre AC-1"]
    assert town.balance().documents.accepted == 3


def test_a_broken_member_costs_only_itself(town):
    """One file of the archive does not have the bytes that it announces: it is set aside, the others are accepted."""
    data = bytearray(archive({"2. Lancement/DCE/RC.pdf": page("rc"), "2. Lancement/DCE/AE.pdf": page("ae")}, root=""))
    at = data.index(b"AE.pdf")
    data[at + 40] ^= 0xFF
    town.put("M1.zip", bytes(data))
    town.run()
    assert town.codes() == {"M1.zip/2. Lancement/DCE/AE.pdf": "FILE_UNREADABLE"}
    assert town.balance().documents.accepted == 1


def test_a_closed_archive_is_told_and_not_archived_in_silence(town):
    """It stays one file, set aside for that very reason, and the drop's findings say why it was not opened."""
    town.put("M1.zip", archive({"../x.pdf": page("x")}, root=""))
    town.run()
    assert collected(town) == ["ARCHIVE_CLOSED"]
    assert town.codes() == {"M1.zip": "ARCHIVE_CLOSED"}


def test_a_closed_inner_archive_is_not_archived_either(town):
    """An archive among the pieces of the DCE: nobody knows what it holds, it waits; its neighbour leaves."""
    inner = archive({"../plan.pdf": page("plan")}, root="")
    town.put("M1.zip", archive({"DCE/plans.zip": inner, "DCE/RC.pdf": page("rc")}, root=""))
    town.run()
    assert town.codes() == {"M1.zip/DCE/plans.zip": "ARCHIVE_CLOSED"}
    assert town.balance().documents.accepted == 1


def test_inner_archives_are_opened_and_keep_files_of_one_name_apart(town):
    """DCE.zip and Plans.zip both hold a RC.pdf: two documents."""
    inner = {name: archive({"RC.pdf": page(name)}, root="") for name in ("DCE.zip", "Plans.zip")}
    town.put("M1.zip", archive({f"2. Lancement/{name}": data for name, data in inner.items()}, root=""))
    town.run()
    assert town.codes() == {}
    assert town.balance().documents.accepted == 2


def test_a_start_that_nobody_gives_is_listed_and_never_guessed(town):
    """The end of the execution is not known at the notification: the delay has no start, and it is said."""
    town.put("M1.zip", archive({"11.3. Offre retenue/Dupont/Offre.pdf": page("offre")}, root=""))
    decp(town, notice("M1", dateNotification="2024-05-15"))
    town.run()
    assert "START_UNKNOWN" in told(town, "M1.zip/11.3. Offre retenue/Dupont/Offre.pdf")
    chain = town.chain()
    (story,) = chain.registry.find(chain.tenant, "M1.zip/11.3. Offre retenue/Dupont/Offre.pdf")
    (message,) = [finding.message for finding in story.findings if finding.code == "START_UNKNOWN"]
    assert "dont aucune source ne donne la date : la fin de l’exécution du marché." in message
    (transfer,) = town.transfers()
    (rule,) = {rule for unit in units_of(town, transfer).values() for rule in unit.all("Management/AppraisalRule")}
    assert [child.tag.rpartition("}")[2] for child in rule] == ["Rule", "FinalAction"]


def test_a_spoilt_index_of_notices_costs_no_file(town):
    """Notices that cannot be read, or are not usable, are told; the files go on without them."""
    town.put("M1.zip", archive({"2. Lancement/DCE/RC.pdf": page("rc")}, root=""))
    town.put("decp-1.json", b'{"marches": [')
    decp(town, notice("M1", acheteur={"id": "12"}))
    town.run()
    assert collected(town) == ["NOTICES_UNREADABLE", "NOTICE_BUYER", "NOTICE_UNDATED"]
    assert documents(town)["M1.zip/2. Lancement/DCE/RC.pdf"][1] is DocumentState.ACCEPTED


def test_notices_that_say_one_contract_are_counted_in_the_report(town):
    """A copy and an older publication are told with how many are kept; a file without any notice is told too."""
    old, new = (notice("M1", datePublicationDonnees=f"2024-0{month}-01") for month in (5, 6))
    decp(town, old, old, new, notice("M2"))
    town.put("schema.json", b'{"properties": {"marches": {"type": "array"}}}')
    town.run()
    chain = town.chain()
    record = chain.registry.collection(chain.tenant, f"{chain.connector}:run-1")
    said = {finding.code: finding.message for finding in record.findings}
    assert "sur 4 avis lus, 1 répètent un autre mot pour mot, 1 sont remplacés" in said["NOTICES_REPEATED"]
    assert said["NOTICES_REPEATED"].endswith("0 sont inutilisables ; 2 sont retenus.")
    assert said["NOTICES_NONE"].startswith("« schema.json » ")


def test_notices_among_the_pieces_are_pieces(town):
    """A tenderer's file of notices describes no market, and is archived with its offer."""
    said = json.dumps({"marches": [notice("M1")]}).encode()
    town.put("M1.zip", archive({"11.3. Offre retenue/Dupont/decp.json": said, "DCE/RC.pdf": page("rc")}, root=""))
    town.run()
    found = documents(town)
    assert "M1.zip/11.3. Offre retenue/Dupont/decp.json" in found
    assert found["M1.zip/DCE/RC.pdf"][0].metadata.text(Field.MARKET_TITLE) == ""


def test_concluded_markets_are_compared_with_the_drop(town):
    """A list of concluded markets is no document: it tells which ones are not there."""
    town.put("M1.zip", archive({"2. Lancement/DCE/RC.pdf": page("rc")}, root=""))
    town.put("MarchesConclus_2024.csv", "Service;N° marché;Objet\nDRH;M1;x\nDRH;M2;y\n".encode())
    town.run()
    assert collected(town) == ["MARKETS_MISSING"]
    assert town.codes() == {}


def test_a_market_dropped_again_as_a_folder_is_the_same(town):
    """Its archive was accepted; the same files as a folder are duplicates, none is archived twice."""
    tree = {path: data for path, data in real(TREE).items() if "/DCE/" in path}
    town.put("42007.zip", archive(tree))
    decp(town, notice("42007", dateNotification="2024-05-15"))
    town.run()
    before = town.balance().documents.accepted
    for path, data in tree.items():
        town.put(f"42007/{ROOT}/{path}", data)
    town.run()
    assert town.balance().documents.accepted == before > 0
    assert town.balance().documents.duplicates == before


def test_an_offer_is_never_told_by_its_company_name(town):
    """The winner’s « Canon – offre retenue » is not for destruction, the losers’ « non attributaires » are not kept."""
    offers = ("Offres/Canon – offre retenue/memoire.pdf", "Offres/Candidats non attributaires/Dupont/memoire.pdf")
    town.put("M1.zip", archive({path: page(path) for path in offers}, root=""))
    town.run()
    found = [documents(town)[f"M1.zip/{path}"][0].metadata.text(Field.OUTCOME) for path in offers]
    assert found == ["retained", "rejected"]


def test_archives_by_year_are_not_one_market(town):
    """`2024/M1.zip` and `2024/M2.zip`: no market « 2024 » is made of both; they wait for a pattern that says it."""
    for market in ("M1", "M2"):
        town.put(f"2024/{market}.zip", archive({"DCE/CCTP.pdf": page(market)}, root=""))
    town.run()
    assert town.transfers() == []
    assert set(town.codes().values()) == {"FIELD_MISSING"}


def test_a_market_never_bears_the_objet_of_another(town):
    """`2024-1-1` and `2024-11` have the same digits: each has its own notice, and one without any is told."""
    for market in ("2024-1-1", "2024-11", "2024-2-2", "2024-22"):
        town.put(f"{market}.zip", archive({"DCE/CCTP.pdf": page(market)}, root=""))
    decp(town, notice("2024-1-1"), notice("2024-11", datePublicationDonnees="2024-06-01"), notice("2024-22"))
    town.run()
    said = {path: one.metadata.text(Field.MARKET_TITLE) for path, (one, _) in documents(town).items()}
    assert said == {
        "2024-1-1.zip/DCE/CCTP.pdf": "Objet de 2024-1-1",
        "2024-11.zip/DCE/CCTP.pdf": "Objet de 2024-11",
        "2024-2-2.zip/DCE/CCTP.pdf": "",
        "2024-22.zip/DCE/CCTP.pdf": "Objet de 2024-22",
    }
    chain = town.chain()
    findings = chain.registry.collection(chain.tenant, "marches:run-1").findings
    assert ["2024-2-2" in one.message for one in findings if one.code == "NOTICE_AMBIGUOUS"] == [True]


def test_a_market_is_one_unit_in_any_case(town):
    """`MAPA-12.zip`, then the folder `mapa-12`: what comes later goes under the unit that is held."""
    town.put("MAPA-12.zip", archive({"DCE/CCTP.pdf": page("cctp")}, root=""))
    town.run()
    town.put("mapa-12/Avenants/avenant.pdf", page("avenant"))
    town.run()
    assert town.balance().documents.accepted == 2
    roots = [root for transfer in town.transfers() for root in roots_of(town, transfer)]
    assert [root.attached_to for root in roots] == ["", f"marches/{SIREN}/MAPA-12"]
