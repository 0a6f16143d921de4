"""Vitam's grammar against the official schemas: the same but for what Vitam takes more, and for one exclusion."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.seda.check.random_manifests import Drawing
from versement.seda.check.manifest import read_manifest
from versement.seda.validation import schema, schema_folder

EXTENDED = re.compile(
    r"^Element '\{[^}]*\}(UpdateOperation|ArchiveUnitIdentifierKey|DataObjectGroup|HoldRule\w*|SigningInformation"
    r"|BinaryDataObject|PhysicalDataObject|DataObjectGroupReferenceId|DataObjectGroupId|DataObjectReferenceId|Agent"
    r"|TextContent|LinkingAgentIdentifier|Metadata|Address|Geogname|PostalCode|City|Region|Country"
    r"|OrganizationDescriptiveMetadata|OtherMetadata|LogBook|Text|Document|Image|Audio|Video|Extended|Signature)'"
    r"|.*\[facet 'minLength'\]"
)
"""What Vitam takes and the official schema of one version or another does not, elements of `xs:all` that come twice,
elements where anything may be; two editions of SEDA 2.2 differ, also on empty identifiers.
"""


def complaints(root: etree._Element) -> list[str]:
    """What the check's grammar says, references aside, which libxml2 does not check."""
    reading = read_manifest(io.BytesIO(etree.tostring(root)))
    return [ruling.message for ruling in reading.rulings if "identifiant" not in ruling.message]


def with_both(root: etree._Element) -> bool:
    """In SEDA 2.1, `Signature` and `Gps` exclude one another for Vitam only."""
    return any(
        found.find("{*}Signature") is not None and found.find("{*}Gps") is not None for found in root.iter("{*}Content")
    )


def folder_of(shared: Path | None, version: str) -> Path:
    if version != "2.3":
        return schema_folder(version)
    if shared is None:
        pytest.skip("schéma officiel 2.3 absent")
    return shared / "schemas/seda/2.3"


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
def test_what_the_grammar_makes_is_what_the_official_schema_allows(shared: Path | None, version: str):
    """Manifests drawn from the grammar are valid SEDA, but for what Vitam is known to take more."""
    wanted = schema(folder_of(shared, version), version)
    for seed in range(40):
        root = Drawing(version, seed).manifest()
        assert complaints(root) == []
        wanted.validate(root)
        left = [entry.message for entry in wanted.error_log if not EXTENDED.match(entry.message)]
        assert left == [], (seed, left[0])


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_only_what_vitam_takes_more_differs(shared: Path | None, version: str, seed: int):
    """Whatever is changed, what the official schema allows is allowed, and nothing more but Vitam's relaxations."""
    wanted = schema(folder_of(shared, version), version)
    drawing = Drawing(version, seed)
    root = drawing.manifest()
    for _ in range(8):
        changed = drawing.changed(root)
        valid = wanted.validate(changed)
        reading = read_manifest(io.BytesIO(etree.tostring(changed)))
        # libxml2 takes damaged base64 that the check, like Xerces, refuses.
        apart = ("identifiant", "empreinte en hexadécimal", "L’élément Attachment")
        said = [ruling.message for ruling in reading.rulings if not any(words in ruling.message for words in apart)]
        if valid and not (version == "2.1" and with_both(changed)):
            assert said == []
        elif not valid and not reading.rulings and not reading.package.extensions:
            assert [entry.message for entry in wanted.error_log if not EXTENDED.match(entry.message)] == []
