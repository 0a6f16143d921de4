"""The archival profile that a connector gives: what it accepts, what it refuses, and that Jing judges alike."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from lxml import etree

from tests.steps.sips import manifest_of
from tests.steps.spoils import spoiled
from tests.steps.world import World, profile_of
from versement.profiles.models import Profile
from versement.seda.departures import departures, places
from versement.seda.relaxng import RNG
from versement.seda.validation import validate
from versement.steps.archival_profile import archival_profile_of

COMMUNES = ("saint-aubin", "maurecy")


@pytest.fixture(scope="module")
def manifests(tmp_path_factory, samples, formats) -> Mapping[str, list[bytes]]:
    """By commune, the manifests of its first drop and of what comes late: acts of a held séance, late ARActe."""
    found = {}
    for name in COMMUNES:
        folder = tmp_path_factory.mktemp(name)
        shutil.copytree(samples / name / "first", folder / "drop")
        world = World(folder, folder / "drop", formats, profile_of(name))
        world.run()
        shutil.copytree(samples / name / "late", world.drop, dirs_exist_ok=True)
        world.run()
        found[name] = [manifest_of(world, transfer) for transfer in world.transfers()]
    return found


def judged(manifest: bytes, profile: bytes) -> bool:
    return etree.RelaxNG(etree.fromstring(profile)).validate(etree.fromstring(manifest))


def test_it_accepts_the_manifests_of_its_connector(manifests):
    """First transfers, later acts of a held séance and late ARActe all meet the profile; another's manifests do not."""
    for name in COMMUNES:
        profile = archival_profile_of(profile_of(name))
        assert len(manifests[name]) == 2
        assert b"UpdateOperation" in manifests[name][1]
        assert [judged(manifest, profile) for manifest in manifests[name]] == [True, True]
    assert not judged(manifests["maurecy"][0], archival_profile_of(profile_of("saint-aubin")))


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
def test_it_is_of_the_version_of_the_manifests(manifests, version):
    """The same tree is accepted in the namespace of SEDA 2.1, 2.2 and 2.3, and in that one only."""
    profile = archival_profile_of(profile_of(seda_version=version))
    versions = [other for other in ("2.1", "2.2", "2.3") if judged(_in(manifests, other), profile)]
    assert versions == [version]


def _in(manifests, version: str) -> bytes:
    return in_version(manifests["saint-aubin"][0], version)


def in_version(manifest: bytes, version: str) -> bytes:
    """The manifest as the chain writes it in another version: only the namespace differs."""
    return manifest.replace(b"seda:v2.2", f"seda:v{version}".encode())


def test_equal_profiles_give_equal_bytes():
    """What was imported into Vitam can be compared with what the profile gives today."""
    assert archival_profile_of(profile_of()) == archival_profile_of(profile_of())
    assert archival_profile_of(profile_of()) != archival_profile_of(profile_of(archival_agreement="IC-AUTRE"))


def test_it_has_the_shape_that_vitam_looks_for_at_import():
    """Vitam knows a RELAX NG profile by its prefix, and its SEDA version by the grammar's namespace."""
    root = etree.fromstring(archival_profile_of(profile_of()))
    assert (root.prefix, etree.QName(root).localname) == ("rng", "grammar")
    assert root.get("ns") == root.nsmap["seda"] == "fr:gouv:culture:archivesdefrance:seda:v2.2"
    told = [text.text for text in root.iter("{http://relaxng.org/ns/compatibility/annotations/1.0}documentation")]
    assert len(told) == 1 + len(root.findall(f"{{{RNG}}}define"))
    assert all(told)


SEANCE, ACT, PIECE = "Séance du 21 mai 2026", "Convention d’entretien", "Accusé de réception de la préfecture"
"""Units of Saint-Aubin's second transfer, by the beginning of their title."""


@pytest.mark.parametrize(
    ("unit", "before", "after"),
    [
        # Levels of the tree
        (SEANCE, "<DescriptionLevel>File<", "<DescriptionLevel>RecordGrp<"),
        (ACT, "<DescriptionLevel>File<", "<DescriptionLevel>Item<"),
        (PIECE, "<DescriptionLevel>Item<", "<DescriptionLevel>File<"),
        # Identifiers
        (SEANCE, r"<OriginatingSystemId>[^<]*</OriginatingSystemId>", ""),
        (ACT, r"<OriginatingSystemId>[^<]*</OriginatingSystemId>", ""),
        (PIECE, r"<OriginatingSystemId>[^<]*</OriginatingSystemId>", ""),
        (SEANCE, r"<OriginatingSystemId>[^<]*", "<OriginatingSystemId>séance de mai"),
        (ACT, r"(<OriginatingSystemId>[^<]*)", r"\1#acte"),
        (PIECE, r"(<OriginatingSystemId>[^<#]*)#ARActe", r"\1#note"),
        (SEANCE, r"<MetadataValue>[^<]*", "<MetadataValue>"),
        (SEANCE, "<MetadataName>OriginatingSystemId", "<MetadataName>Title"),
        # What an act must say
        (ACT, "<Title>[^<]*</Title>", ""),
        (ACT, "<Title>[^<]*", "<Title>[Sans titre]"),
        (ACT, "<TransactedDate>[^<]*</TransactedDate>", ""),
        (ACT, "<TransactedDate>[^<]*", "<TransactedDate>2026"),
        (ACT, "<DocumentType>Délibération", "<DocumentType>Note"),
        (ACT, "<EventTypeCode>[^<]*", "<EventTypeCode>LECTURE"),
        # Rules of the organisation's table
        (ACT, "<Rule>ACC-00001", "<Rule>ACC-00002"),
        (ACT, "<Rule>APP-DELIB", "<Rule>ACC-00001"),
        (ACT, "<FinalAction>Keep", "<FinalAction>Destroy"),
        (ACT, "<AccessRule>.*?</AccessRule>", ""),
        (ACT, "(<AppraisalRule>.*?)<StartDate>[^<]*</StartDate>", r"\1"),
        (ACT, "<Management>.*?</Management>", ""),
        # Files
        (PIECE, "<DataObjectReference>.*?</DataObjectReference>", ""),
        (ACT, '<ArchiveUnit id="[^"]*">\\s*<Content>.*?</ArchiveUnit>', ""),
        (PIECE, r"</Content>", r"</Content><ArchiveUnit id='autre'/>"),
    ],
)
def test_it_refuses_what_is_not_of_its_tree(manifests, unit, before, after, tmp_path):
    """Levels, identifiers, dates, rules, files: each is required as the connector gives it, and the unit is named."""
    manifest = manifests["saint-aubin"][1].decode()
    title = manifest.index(f"<Title>{unit}")
    start = manifest.rindex("<ArchiveUnit ", 0, title)
    changed, count = re.subn(before, after, manifest[start:], count=1, flags=re.DOTALL)
    assert count == 1
    assert changed != manifest[start:]
    path = tmp_path / "manifest.xml"
    path.write_text(manifest[:start] + changed)
    found = departures(path, archival_profile_of(profile_of()))
    (identifier,) = re.findall(r'<ArchiveUnit id="(\w+)"', manifest[start:title])
    assert {departure.within for departure in found} & {identifier, "autre", *_children(manifest, identifier)}


def _children(manifest: str, identifier: str) -> list[str]:
    return etree.fromstring(manifest.encode()).xpath(f"//*[@id='{identifier}']/*[local-name()='ArchiveUnit']/@id")


@pytest.mark.parametrize(
    ("unit", "before", "after"),
    [
        (PIECE, '<ArchiveUnit id="[^"]*">.*?</ArchiveUnit>', ""),
        (ACT, "<SentDate>[^<]*</SentDate>", ""),
        (ACT, "<ReceivedDate>[^<]*</ReceivedDate>", ""),
        (ACT, "(<Event>.*</Event>)", ""),
        (ACT, "<Keyword>.*?</Keyword>", ""),
        (ACT, "<Language>[^<]*</Language>", ""),
        (ACT, "<OriginatingAgencyArchiveUnitIdentifier>[^<]*</OriginatingAgencyArchiveUnitIdentifier>", ""),
        (ACT, "<DocumentType>Délibération", "<DocumentType>Acte"),
        (PIECE, "#ARActe<", "#annexe-12<"),
        (PIECE, "#ARActe<", "#message-2<"),
        (PIECE, "#ARActe<", "#ARAnnulation<"),
    ],
)
def test_it_accepts_what_may_be_there_or_not(manifests, unit, before, after):
    """ARActe, annexes, messages, events, keywords and the dates that nobody may know are optional."""
    manifest = manifests["saint-aubin"][1].decode()
    start = manifest.rindex("<ArchiveUnit ", 0, manifest.index(f"<Title>{unit}"))
    changed, count = re.subn(before, after, manifest[start:], count=1, flags=re.DOTALL)
    assert count == 1
    assert judged((manifest[:start] + changed).encode(), archival_profile_of(profile_of()))


def test_the_header_is_the_connector_s(manifests):
    """Contract, agencies, status and archival profile are those of the two files of the connector."""
    manifest, profile = manifests["saint-aubin"][0], archival_profile_of(profile_of())
    for before, after in (
        (b"<ArchivalAgreement>IC-SAINT-AUBIN", b"<ArchivalAgreement>IC-AUTRE"),
        (b"<OriginatingAgencyIdentifier>SAINT_AUBIN", b"<OriginatingAgencyIdentifier>MAURECY"),
        (b"<LegalStatus>Public Archive", b"<LegalStatus>Private Archive"),
        (b"<MessageIdentifier>saint-aubin_", b"<MessageIdentifier>maurecy_"),
        (b"<DataObjectVersion>BinaryMaster_1", b"<DataObjectVersion>Dissemination_1"),
        (b'algorithm="SHA-512"', b'algorithm="SHA-256"'),
    ):
        assert before in manifest
        assert not judged(manifest.replace(before, after), profile), after


def named(manifest: bytes, *identifiers: str) -> bytes:
    elements = "".join(f"<ArchivalProfile>{identifier}</ArchivalProfile>" for identifier in identifiers)
    return manifest.replace(b"<ManagementMetadata>", f"<ManagementMetadata>{elements}".encode())


def test_the_profile_that_the_connector_names_must_be_named(manifests):
    """Named in the connector, that very identifier is required; not named, any one is accepted, or none."""
    manifest = manifests["saint-aubin"][0]
    free, strict = (archival_profile_of(profile_of(archival_profile=name)) for name in ("", "PR-000001"))
    told = [
        ((), True, False),
        (("PR-000001",), True, True),
        (("PR-2",), True, False),
        (("PR-000001",) * 2, False, False),
    ]
    for identifiers, by_free, by_strict in told:
        changed = named(manifest, *identifiers)
        assert (judged(changed, free), judged(changed, strict)) == (by_free, by_strict), identifiers


def _table(profile: Profile, **start: str) -> Profile:
    """The profile with one rule, whose start is changed; with none, it has no rule at all."""
    row = profile.organisation.management_rules[0]
    rule = row.model_copy(update={"appraisal": row.appraisal.model_copy(update=start)})
    organisation = profile.organisation.model_copy(update={"management_rules": (rule,) if start else ()})
    return profile.model_copy(update={"organisation": organisation})


def test_a_start_that_nobody_may_know_is_optional(manifests):
    """A rule that runs from the préfecture's reception may have no start yet; one that runs from the act has one."""
    without = re.sub(
        rb"(<AppraisalRule>\s*<Rule>[^<]*</Rule>)\s*<StartDate>[^<]*</StartDate>", rb"\1", manifests["saint-aubin"][0]
    )
    assert without != manifests["saint-aubin"][0]
    assert judged(without, archival_profile_of(_table(profile_of(), start="received_date")))
    assert not judged(without, archival_profile_of(_table(profile_of(), start="act_date")))


def test_without_any_rule_no_act_is_accepted(manifests):
    """An organisation whose table is empty can transfer no act, and its profile says so without breaking."""
    profile = archival_profile_of(_table(profile_of()))
    assert not judged(manifests["saint-aubin"][0], profile)


def test_a_rule_that_nobody_validated_is_not_in_the_profile(manifests):
    """A Destroy without the visa of the Archives départementales is refused by Vitam too, not by us only."""
    destroyed = manifests["saint-aubin"][0].replace(b"<FinalAction>Keep", b"<FinalAction>Destroy")
    doubtful = _table(profile_of(), final_action="Destroy", validated=False)
    sure = _table(profile_of(), final_action="Destroy", validated=True)
    assert not judged(destroyed, archival_profile_of(doubtful))
    assert judged(destroyed, archival_profile_of(sure))


SEEDS = 80


@pytest.mark.parametrize("name", COMMUNES)
def test_every_spoiled_manifest_is_told_with_its_element(manifests, name):
    """Whatever is spoiled, the verdict is RELAX NG's, and where a value is wrong its very element is named."""
    profile = etree.fromstring(archival_profile_of(profile_of(name)))
    schema, verdicts = etree.RelaxNG(profile), []
    for seed in range(SEEDS):
        manifest, how = spoiled(manifests[name][1], seed)
        found = places(etree.fromstring(manifest), profile)
        verdicts.append(schema.validate(etree.fromstring(manifest)))
        assert (not found) == verdicts[-1], how
        if found and how.endswith(("of another value", "with an attribute", "blank")):
            assert how.partition(" ")[0] in {departure.element for departure in found}, how
    assert 10 < sum(verdicts) < SEEDS - 10


def jing(profile: bytes, manifests: Mapping[str, bytes], folder: Path) -> set[str]:
    """Names of the manifests that Jing refuses; all are judged in one run, for a Java machine is slow to start."""
    (folder / "profil.rng").write_bytes(profile)
    for name, manifest in manifests.items():
        (folder / name).write_bytes(manifest)
    done = subprocess.run(
        ["jing", "profil.rng", *manifests], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode in (0, 1), done.stderr
    assert "Exception" not in done.stderr, done.stderr
    return {
        name for name in manifests if re.search(rf"^\S*/{re.escape(name)}:\d+:\d+: error", done.stdout, re.MULTILINE)
    }


@pytest.mark.integration
@pytest.mark.parametrize(
    ("name", "version"), [("saint-aubin", "2.2"), ("maurecy", "2.2"), ("maurecy", "2.1"), ("saint-aubin", "2.3")]
)
def test_jing_judges_as_we_do(manifests, name, version, tmp_path):
    """Vitam's validator accepts the manifests that ours accepts, and refuses the spoiled ones that ours refuses."""
    profile = archival_profile_of(profile_of(name, archival_profile="PR-000001", seda_version=version))
    first, late = (in_version(named(manifest, "PR-000001"), version) for manifest in manifests[name])
    some = {"first.xml": first, "late.xml": late}
    some |= {f"{seed}.xml": spoiled(late, seed)[0] for seed in range(SEEDS)}
    some |= {f"first-{seed}.xml": spoiled(first, seed)[0] for seed in range(SEEDS, SEEDS + 20)}
    refused = jing(profile, some, tmp_path)
    assert refused == {each for each, manifest in some.items() if not judged(manifest, profile)}
    assert not {"first.xml", "late.xml"} & refused
    assert 10 < len(refused) < len(some) - 10


def test_a_manifest_of_the_profile_is_valid_seda(manifests):
    """The profile narrows SEDA: what it accepts here, the official schema accepts too, profile named or not."""
    manifest = named(manifests["saint-aubin"][0], "PR-000001")
    assert validate(manifest) == ()
    assert judged(manifest, archival_profile_of(profile_of(archival_profile="PR-000001")))
