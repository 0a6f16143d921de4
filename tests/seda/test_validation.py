"""What makes a manifest invalid, and how it is said."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.seda.builders import deliberation, transfer, written
from versement.domain.errors import SettingsError
from versement.seda.identifiers import NCNAME
from versement.seda.manifest import NAMESPACE
from versement.seda.validation import SETTING, Violation, schema, schema_folder, validate

DATA = written(transfer(deliberation()))[0]
WITHOUT_HOLD = re.sub(rb"(?s)<HoldRule>.*</HoldRule>", b"", DATA)
"""HoldRule came with SEDA 2.2."""
UNIT = written(transfer(deliberation()))[1].units["deliberation"]
GROUP = next(iter(written(transfer(deliberation()))[1].groups.values()))


def changed(before: str, after: str) -> tuple[Violation, ...]:
    text = DATA.decode()
    assert before in text
    return validate(text.replace(before, after, 1).encode())


@pytest.mark.parametrize(
    ("before", "after", "element", "words"),
    [
        ("<Title>", "<Titre/><Title>", "Titre", "n’est pas permis à cet endroit"),
        ("<Date>2024-03-05T08:30:00Z</Date>", "<Date>hier</Date>", "Date", "a une valeur que le schéma SEDA 2.2"),
        (">RecordGrp<", ">Dossier<", "DescriptionLevel", "a une valeur"),
        (f' id="{UNIT}"', "", "ArchiveUnit", "attribut « id »"),
        ("<Identifier>CACP</Identifier>", "", "ArchivalAgency", "est incomplet ; attendu : Identifier"),
        (f'id="{UNIT}"', 'id="1er"', "ArchiveUnit", "nom XML valide"),
        (f'id="{UNIT}"', f'id="{GROUP}"', "ArchiveUnit", "déjà utilisé"),
        (f">{GROUP}<", ">ailleurs<", "DataObjectGroupReferenceId", "n’existe pas dans le bordereau"),
    ],
)
def test_each_fault_names_its_element_and_line(before, after, element, words):
    """What is wrong is said in French, with the element and the line where it is."""
    found = changed(before, after)
    assert [violation.element for violation in found] == [element]
    assert words in found[0].message
    assert f"« {element} »" in found[0].message
    assert found[0].line > 1


@pytest.mark.parametrize(
    ("name", "valid"), [("a\u0301", True), ("é", True), ("a²", False), ("ª", False), ("a:b", False)]
)
def test_identifiers_are_the_names_that_xml_knows(name, valid):
    """A letter with its accent apart is a name; a superscript figure is none."""
    assert (NCNAME.fullmatch(name) is not None) is valid
    found = etree.fromstring(f'<a xmlns:x="http://www.w3.org/2001/XMLSchema">{name}</a>')
    schema = etree.XMLSchema(etree.fromstring(ONE_NAME))
    assert schema.validate(found) is valid


ONE_NAME = b'<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"><x:element name="a" type="x:NCName"/></x:schema>'


def test_a_message_never_repeats_the_value():
    """A wrong value may be personal data: the message names the element only."""
    for value in ("Mme Dupont", "attribute 'Dupont'", "Expected is ( {x}Dupont )", "Element 'Dupont'"):
        found = changed("2024-03-05T08:30:00Z", value)
        assert found
        assert "Dupont" not in str(found)


def test_a_file_is_validated_like_its_bytes(tmp_path):
    """A manifest can be checked where it lies."""
    path = tmp_path / "manifest.xml"
    path.write_bytes(DATA)
    assert validate(path) == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"pas du XML",
        b"<ArchiveTransfer/>",
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>',
        b'<!DOCTYPE a [<!ENTITY e "eeee"><!ENTITY f "&e;&e;&e;">]><a>&f;</a>',
        b"<a>" * 5000,
        b"<?xml version='1.0' encoding='inconnu'?><a/>",
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
        f'<a xmlns="{NAMESPACE}"/>'.encode(),
    ],
)
def test_what_is_no_manifest_is_said_to_be_none(data):
    """Anything that is not a manifest gives a violation, never a crash, and no entity is followed."""
    assert validate(data)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_check_fail(data):
    """Random bytes are a violation like any other."""
    assert validate(data)


@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_official_schemas_load_from_the_installed_package(version, monkeypatch):
    """Without any setting, the schemas of the installed package are used, and the package is not imported."""
    monkeypatch.delenv(SETTING, raising=False)
    assert schema_folder("2.2").name == "xsd"
    assert validate(in_version(version)) == ()
    assert "cubicweb_seda" not in sys.modules


def test_the_schemas_of_the_national_archives_judge_alike(shared: Path | None, monkeypatch):
    """The official schemas, one folder per version, accept the same manifests, in 2.1, 2.2 and 2.3."""
    if shared is None:
        pytest.skip("no shared samples on this machine")
    monkeypatch.setenv(SETTING, str(shared / "schemas" / "seda"))
    for version in ("2.1", "2.2", "2.3"):
        assert validate(in_version(version)) == ()
    found = changed(">RecordGrp<", ">Dossier<")
    assert [violation.element for violation in found] == ["DescriptionLevel"]


def test_a_folder_per_version_is_found(tmp_path, monkeypatch):
    """Schemas may lie flat or in one folder per version."""
    monkeypatch.delenv(SETTING, raising=False)
    folder = tmp_path / "seda" / "2.2"
    folder.mkdir(parents=True)
    for file in schema_folder("2.2").glob("*.xsd"):
        (folder / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv(SETTING, str(tmp_path / "seda"))
    assert validate(DATA) == ()


def test_the_w3c_schemas_are_taken_from_the_folder_and_never_fetched(tmp_path, monkeypatch):
    """A schema that names the W3C's files by their web address finds them beside it, without the network."""
    monkeypatch.delenv(SETTING, raising=False)
    folder = tmp_path / "2.2"
    (tmp_path / "w3c").mkdir()
    folder.mkdir()
    for file in schema_folder("2.2").glob("*"):
        text = file.read_text().replace('Location="x', 'Location="http://www.w3.org/2001/x')
        place = tmp_path / "w3c" if file.name in ("xml.xsd", "xlink.xsd") else folder
        (place / file.name).write_text(text)
    monkeypatch.setenv(SETTING, str(tmp_path))
    assert validate(DATA) == ()


STAND_IN = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{0}" targetNamespace="{0}"
 elementFormDefault="qualified"><xs:element name="ArchiveTransfer"><xs:complexType><xs:sequence>
 <xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
"""A schema of an ArchiveTransfer of any content, in the place of an official one."""


def in_version(version: str) -> bytes:
    return WITHOUT_HOLD.replace(b"seda:v2.2", f"seda:v{version}".encode())


@pytest.fixture(params=["official", "stand-in"])
def only_2_3(request, shared: Path | None, tmp_path: Path) -> Path:
    """A folder with the schemas of SEDA 2.3 and of no other version."""
    folder = tmp_path / "schemas"
    if request.param == "official":
        if shared is None:
            pytest.skip("no official schemas of SEDA 2.3 on this machine")
        shutil.copytree(shared / "schemas" / "seda" / "2.3", folder / "2.3")
        shutil.copytree(shared / "schemas" / "seda" / "w3c", folder / "w3c")
        return folder
    folder.mkdir()
    (folder / "seda-2.3-main.xsd").write_text(STAND_IN.format(NAMESPACE.replace("2.2", "2.3")))
    return folder


def test_the_setting_may_bring_one_version_and_the_package_the_others(only_2_3: Path, monkeypatch):
    """With a folder of SEDA 2.3 alone, manifests of 2.1, 2.2 and 2.3 are all judged, each by its own schemas."""
    monkeypatch.setenv(SETTING, str(only_2_3))
    assert [validate(in_version(version)) for version in ("2.1", "2.2", "2.3")] == [(), (), ()]
    assert [violation.element for violation in changed(">RecordGrp<", ">Dossier<")] == ["DescriptionLevel"]
    (spoiled,) = validate(in_version("2.3").replace(b"<ArchiveTransfer", b"<ArchiveTransfer Type='x'"))
    assert spoiled.element == "ArchiveTransfer"


def test_the_setting_comes_before_the_package(tmp_path, monkeypatch):
    """A version that both bring is judged by the setting's schemas."""
    (tmp_path / "seda-2.2-main.xsd").write_text(STAND_IN.format(NAMESPACE))
    monkeypatch.setenv(SETTING, str(tmp_path))
    assert changed(">RecordGrp<", ">Dossier<") == ()


def test_a_version_that_nobody_brings_is_never_declared_valid(monkeypatch):
    """Without its schemas a manifest of SEDA 2.3 is not judged: the version, its file and the setting are named."""
    monkeypatch.delenv(SETTING, raising=False)
    with pytest.raises(SettingsError, match=rf"SEDA 2\.3.*seda-2\.3-main\.xsd.*{SETTING}"):
        validate(in_version("2.3"))


def test_a_setting_that_leads_nowhere_is_told_even_when_the_package_would_do(tmp_path, monkeypatch):
    """A folder that is missing, empty or of something else is a mistake to correct, not to pass over."""
    for place in (tmp_path, tmp_path / "absent"):
        monkeypatch.setenv(SETTING, str(place))
        with pytest.raises(SettingsError, match=rf"{SETTING} ne mène à aucun schéma"):
            validate(DATA)


def test_a_schema_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    """A file that is no schema stops the check, with the version and the setting."""
    (tmp_path / "seda-2.2-main.xsd").write_text("<schema/>")
    monkeypatch.setenv(SETTING, str(tmp_path))
    with pytest.raises(SettingsError, match=rf"SEDA 2\.2.*{SETTING}"):
        validate(DATA)


def test_without_setting_nor_package_the_operator_is_told_what_to_do(monkeypatch):
    """An installation without the schemas says so, and how to mend it."""
    monkeypatch.delenv(SETTING, raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=rf"2\.2.*{SETTING}"):
        validate(DATA)


def test_a_schema_whose_files_are_missing_is_said_not_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder that lost a file of the schema, or disappeared, is a setting to correct: which file, and how."""
    (tmp_path / "seda-2.2-main.xsd").write_bytes(
        b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="absent.xsd"/></xs:schema>'
    )
    monkeypatch.setenv(SETTING, str(tmp_path))
    with pytest.raises(SettingsError, match=r"make -B .venv/installed.*VERSEMENT_SEDA_XSD.*seda-2.2-main.xsd"):
        validate(WITHOUT_HOLD)
    with pytest.raises(SettingsError, match=r"make -B .venv/installed.*VERSEMENT_SEDA_XSD.*seda-2.2-main.xsd"):
        schema(tmp_path / "absent", "2.2")


def test_another_namespace_is_said_with_those_that_are_expected():
    """A manifest in a wrong namespace: the one found, and the three that SEDA has."""
    (found,) = validate(DATA.replace(b"seda:v2.2", b"seda:v22"))
    assert "« fr:gouv:culture:archivesdefrance:seda:v22 »" in found.message
    assert all(f"seda:v{version} »" in found.message for version in ("2.1", "2.2", "2.3"))
