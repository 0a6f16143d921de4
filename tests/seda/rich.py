"""A transfer that uses all that the model has, in each version of SEDA."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from tests.seda.builders import binary, deliberation, fixity, transfer
from versement.seda.description import (
    AdditionalProof,
    Agent,
    Coverage,
    CustodialHistory,
    CustodialItem,
    Element,
    Event,
    Further,
    LinkingAgent,
    PersistentIdentifier,
    Place,
    Signatory,
    Signature,
    SignatureDescription,
    SignedObject,
    SigningInformation,
    Timestamping,
)
from versement.seda.model import (
    ArchiveTransfer,
    ArchiveUnit,
    Attachment,
    BinaryObject,
    Classification,
    DataObjectGroup,
    Hold,
    Inheritance,
    PhysicalObject,
    Rule,
)

NOON = datetime(2024, 3, 5, 12, 0, 0, 250_000, tzinfo=UTC)
ARK = PersistentIdentifier("ARK", "12148/bpt6k107371t", "OriginatingAgency", "12148")
PERSON = Agent(
    "Durand, Élise",
    first_name="Durand",
    given_name="Élise",
    birth_name="Petit",
    gender="F",
    birth_date=date(1961, 2, 3),
    birth_place=Place("Pontoise", "1 rue Basse", "95300", "Pontoise", "Île-de-France", "France"),
    death_date=date(2020, 2, 29),
    death_place=Place(city="Osny"),
    nationalities=("FR",),
    identifiers=("M-12",),
    functions=("maire",),
    activities=("état civil",),
    positions=("élue",),
    roles=("signataire",),
    mandates=("2014-2020",),
)
SERVICE = Agent(corpname="Ville d’Osny", identifiers=("21950476800016",))
SIGNATORY = Signatory("Durand, Élise", roles=("maire",), time=NOON)


def described(version: str) -> ArchiveUnit:
    """A unit with every element of the description that the version has, but extensions."""
    unit = ArchiveUnit(
        "decrite",
        "Item",
        "Décision",
        profile="PUA-1",
        file_plan_positions=("1.2", "1.3"),
        system_ids=("S-1",),
        originating_system_id="O-1",
        archival_agency_identifiers=("3 W 1",),
        agency_identifier="2024/1",
        transferring_agency_identifiers=("V-1",),
        description="  Deux lignes :\n1 & 2.",
        custodial_history=CustodialHistory((CustodialItem("Mairie", date(2010, 1, 1)), CustodialItem("Agglomération"))),
        type="CDO",
        document_type="Décision",
        description_language="fra",
        status="Signed",
        version="2",
        tags=("7.1", "Finances"),
        keywords=deliberation().children[0].keywords,
        coverage=Coverage(("Osny", "Pontoise"), ("XXIe siècle",), ("Val-d’Oise",)),
        originating_agency="Osny-assemblee",
        submission_agency="Osny",
        authorized_agents=(PERSON,),
        writers=(SERVICE, PERSON),
        addressees=(Agent("Martin, Paul"),),
        recipients=(Agent("Martin, Paul"),),
        transmitters=(SERVICE,),
        senders=(SERVICE,),
        source="Registre",
        related_objects=Element("RelatedObjectReference", children=(_reference("IsPartOf", "R-1"),)),
        created_date=date(2024, 3, 1),
        transacted_date=date(2024, 3, 4),
        acquired_date=date(2024, 3, 5),
        sent_date=NOON,
        received_date=date(2024, 3, 6),
        registered_date=date(2024, 3, 7),
        start_date=date(2024, 3, 1),
        end_date=date(2024, 3, 7),
        events=(_event(version),),
        gps=Element("Gps", children=(Element("GpsVersionID", "1"), Element("GpsAltitude", "10"))),
        further=(
            Further("Title", "Decision", "eng"),
            Further("OriginatingSystemId", "O-1-bis"),
            Further("Description", "Résumé"),
            Further("Language", "bre"),
        ),
        rules=RULES,
        inheritance=(
            Inheritance("StorageRule", False, ("STO-2",)),
            Inheritance("AppraisalRule", True),
            Inheritance("AccessRule", True),
            Inheritance("DisseminationRule", False),
            Inheritance("ReuseRule", False, ("REU-2", "REU-3")),
            Inheritance("ClassificationRule", True),
        ),
        classification=Classification(
            "Confidentiel Défense",
            "Préfecture",
            audience="Restreinte",
            reassessing_date=date(2030, 1, 1),
            need_reassessing_authorization=False,
        ),
        need_authorization=True,
        object=binary(b"decision", "Décision.pdf"),
    )
    return _later(unit) if version != "2.1" else replace(unit, signatures=(SIGNATURE,), gps=None)


SIGNATURE = Signature(
    (SIGNATORY, replace(SIGNATORY, full_name="Petit")), SIGNATORY, SignedObject(fixity(b"decision").digest), "M"
)
RULES = (
    Rule("StorageRule", "STO-1", date(2024, 3, 4), "Copy"),
    Rule("AppraisalRule", "APP-1", date(2024, 3, 4), "Destroy"),
    Rule("AppraisalRule", "APP-2", None, "Destroy"),
    Rule("AccessRule", "ACC-1", date(2024, 3, 4)),
    Rule("DisseminationRule", "DIS-1", date(2024, 3, 4)),
    Rule("ReuseRule", "REU-1", None),
    Rule("ClassificationRule", "CLA-1", date(2024, 3, 4)),
)
HOLDS = (
    Rule(
        "HoldRule",
        "HOL-1",
        date(2024, 3, 4),
        hold=Hold(
            end_date=date(2030, 1, 1),
            owner="Contentieux",
            reassessing_date=date(2027, 1, 1),
            reason="Litige",
            prevent_rearrangement=False,
        ),
    ),
    Rule("HoldRule", "HOL-2", None),
)


def _reference(kind: str, identifier: str) -> Element:
    return Element(kind, children=(Element("ExternalReference", identifier),))


def _event(version: str) -> Event:
    event = Event("AR", "Accusé", NOON, "OK", "Préfecture", identifier="E-1", outcome_detail="AR.OK")
    event = replace(event, outcome_message="Reçu", data='{"n": 1}')
    return event if version == "2.1" else replace(event, linking_agent=LinkingAgent("SIREN", "219504768", "émetteur"))


def _later(unit: ArchiveUnit) -> ArchiveUnit:
    """What came with SEDA 2.2."""
    return replace(
        unit,
        agents=(SERVICE,),
        date_litteral="vers mars 2024",
        originating_system_id_reply_to="O-0",
        text_content="Texte",
        rules=(*RULES, *HOLDS),
        inheritance=(*unit.inheritance, Inheritance("HoldRule", False, ("HOL-3",))),
        signatures=(SIGNATURE,),
    )


def latest(unit: ArchiveUnit) -> ArchiveUnit:
    """What SEDA 2.3 has instead of signatures, and its persistent identifiers."""
    return replace(
        unit,
        signatures=(),
        persistent_identifiers=(ARK,),
        signing_information=SigningInformation(
            ("SignedDocument",),
            detached_roles=("Signature", "Timestamp", "AdditionalProof"),
            signed_documents=("decrite", "acte"),
            signatures=(
                SignatureDescription(SIGNATORY, SIGNATORY, "PAdES"),
                SignatureDescription(signing_type="XAdES"),
            ),
            timestamps=(Timestamping(NOON, "RFC 3161"),),
            proofs=(AdditionalProof(("journal", "recueil")),),
        ),
    )


def group(version: str) -> DataObjectGroup:
    """A record with its original, a copy, a picture, its text and its paper."""
    master = replace(
        binary(b"original", "Original.docx"),
        encoding="UTF-8",
        application_name="Writer",
        application_version="7.4",
        created_by_application=NOON,
        os="Debian",
        os_version="12",
        system_id="aeba",
        group_system_id="aebq",
        compressed=Element("Compressed", "zip", attributes=(("algorithm", "ZIP"), ("uncompressedSize", "12"))),
        other_metadata=Element("OtherMetadata", children=(Element("page", "3", namespace="urn:exemple"),)),
    )
    paper = PhysicalObject(
        "BOITE-12",
        dimensions=Element("PhysicalDimensions", children=(Element("Width", "210", (), (("unit", "millimetre"),)),)),
    )
    others: tuple[BinaryObject, ...] = (
        replace(binary(b"copie", "Copie.pdf"), usage="Dissemination_1"),
        replace(binary(b"image", "Image.jpg"), usage="Thumbnail_1"),
        replace(binary(b"texte", "Texte.txt"), usage="TextContent_1"),
        replace(binary(b"copie", "Copie.pdf"), usage="Dissemination_2"),
    )
    if version != "2.1":
        master = replace(master, profile="PROFIL-1")
    if version == "2.3":
        master = replace(master, persistent_identifiers=(ARK,), use="BinaryMaster", number=0)
        paper = replace(paper, persistent_identifiers=(ARK,), use="PhysicalMaster", number=1)
    return DataObjectGroup("groupe", (master, *others, paper))


def rich(version: str) -> ArchiveTransfer:
    """Everything that the version has, valid for its official schema."""
    unit = described(version)
    below = deliberation()
    if version == "2.1":
        file = below.children[0]
        kept = tuple(rule for rule in file.rules if rule.category != "HoldRule")
        below = replace(below, children=(replace(file, rules=kept),))
    if version == "2.3":
        unit = latest(unit)
    grouped = ArchiveUnit("groupee", "Item", "Dossier mixte", group=group(version))
    again = ArchiveUnit("groupee-bis", "Item", "Le même", group=group(version))
    return replace(
        transfer(
            unit, grouped, below, again, ArchiveUnit("renvoi", "", "", language="", refers_to="decrite"), *ATTACHED
        ),
        version=version,
        archival_profile="PROFIL",
        service_level="N1",
        code_lists=(("ReplyCodeListVersion", "R1"), ("AccessRuleCodeListVersion", "A1")),
        comments=(Further("Comment", "Second"), Further("Comment", "Third", "eng")),
        related_transfers=("VERS-0000",),
        request_reply_identifier="DEM-1",
        rules=(Rule("AccessRule", "ACC-1", date(2024, 3, 4)),),
        need_authorization=False,
    )


ATTACHED = (
    ArchiveUnit("tenue", "File", "Dossier tenu", attach_to=Attachment("095-1")),
    ArchiveUnit(
        "tenue-guid", "File", "Dossier tenu", attach_to=Attachment("", system_id="aeaqaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaq")
    ),
)
