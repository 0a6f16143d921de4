"""A connector profile chooses the SEDA version of its transfers, from the manifest to the archival profile."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lxml import etree

from tests.steps.sips import manifest_of, packed, sip_of
from tests.steps.world import World, profile_of
from versement.domain.errors import SettingsError
from versement.domain.lifecycle import DocumentState, TransferState
from versement.profiles.models import Profile
from versement.seda.check import Verdict, check_sip
from versement.seda.departures import departures
from versement.seda.validation import SETTING, validate
from versement.seda.versions import DEFAULT, VERSIONS, namespace, version_of
from versement.steps.archival_profile import archival_profile_of


def version_in(manifest: bytes) -> str:
    return version_of(etree.QName(etree.fromstring(manifest)).namespace or "")


def body_in(manifest: bytes, version: str) -> bytes:
    """A manifest without what says its version."""
    return manifest.replace(namespace(version).encode(), b"")


def test_a_profile_that_says_nothing_is_of_the_usual_version(commune):
    """The profiles of before, frozen ones included, say no version: theirs is SEDA 2.2."""
    frozen = profile_of().frozen().replace(b'"seda_version":"2.2",', b"")
    assert b"seda_version" not in frozen
    assert Profile.thaw(frozen).connector.seda_version == DEFAULT == "2.2"
    world = commune()
    assert {version_in(manifest_of(world, transfer)) for transfer in packed(world)} == {DEFAULT}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_chain_packs_in_the_version_of_its_profile(every_seda, samples, formats, tmp_path, version):
    """First and late transfers are SEDA of that version, valid, OK for `sip check`, accepted, and of their profile."""
    world = World(tmp_path, tmp_path / "drop", formats, profile_of(seda_version=version))
    for batch in ("first", "late"):
        shutil.copytree(samples / "saint-aubin" / batch, world.drop, dirs_exist_ok=True)
        world.run()
    first, late = world.transfers()
    assert late.state is first.state is TransferState.ACCEPTED
    assert b"UpdateOperation" in manifest_of(world, late)
    for transfer in (first, late):
        manifest = manifest_of(world, transfer)
        assert version_in(manifest) == version
        assert validate(manifest) == ()
        path = tmp_path / "sip.zip"
        path.write_bytes(sip_of(world, transfer))
        report = check_sip(path)
        assert (report.verdict, report.contents.version, report.events) == (Verdict.OK, version, ())
        place = world.chain().staging.path(world.profile.tenant, transfer.manifest.digest)
        assert departures(place, archival_profile_of(world.profile)) == ()


def test_the_version_changes_nothing_else(every_seda, commune):
    """Of two profiles that differ by their version alone, the manifests differ by their namespace alone."""
    world = commune()
    told = {}
    for version in VERSIONS:
        other = World(world.folder / version, world.drop, world.formats, profile_of(seda_version=version))
        (transfer,) = packed(other)
        told[version] = (transfer.id, transfer.units, transfer.entries, body_in(manifest_of(other, transfer), version))
        assert Profile.thaw(_frozen(other, transfer)).connector.seda_version == version
    assert told["2.1"] == told["2.2"] == told["2.3"]


def _frozen(world, transfer) -> bytes:
    with world.chain().staging.open(world.profile.tenant, transfer.profile) as stream:
        return stream.read()


def test_a_frozen_transfer_keeps_its_version(every_seda, commune, samples):
    """The profile changes version while a transfer waits: it leaves as frozen, the next one in the new version."""
    world = commune()
    (waiting,) = packed(world)
    before = sip_of(world, waiting)
    world.profile = profile_of(seda_version="2.1")
    assert sip_of(world, waiting) == before
    shutil.copytree(samples / "saint-aubin" / "late", world.drop, dirs_exist_ok=True)
    world.run()
    world.run()
    versions = [version_in(manifest_of(world, transfer)) for transfer in world.transfers()]
    assert versions[0] == "2.2"
    assert set(versions[1:]) == {"2.1"}
    assert {transfer.state for transfer in world.transfers()} == {TransferState.ACCEPTED}
    assert sip_of(world, waiting) == before


def _staged(world) -> list[Path]:
    return [path for path in (world.folder / "staging").rglob("*") if path.is_file()]


def test_without_the_schemas_of_its_version_nothing_is_packed(commune, monkeypatch):
    """SEDA 2.3 without its schemas: packing stops, says what to install, writes nothing; once there, all leaves."""
    monkeypatch.delenv(SETTING, raising=False)
    world = commune("maurecy")
    world.profile = profile_of("maurecy", seda_version="2.3")
    with pytest.raises(SettingsError, match=rf"SEDA 2\.3 : « seda-2\.3-main\.xsd ».*{SETTING}"):
        packed(world)
    assert world.transfers() == []
    assert not any(b"ArchiveTransfer" in path.read_bytes() for path in _staged(world))
    chain = world.chain()
    assert chain.registry.documents(chain.tenant, chain.connector, DocumentState.QUALIFIED)
    assert world.balance().adds_up


def test_what_was_missing_is_packed_once_it_is_there(every_seda, commune, monkeypatch):
    """The same run, tried again after the schemas were installed, packs what was waiting."""
    world = commune("maurecy")
    world.profile = profile_of("maurecy", seda_version="2.3")
    with monkeypatch.context() as missing:
        missing.delenv(SETTING)
        with pytest.raises(SettingsError):
            packed(world)
    assert [version_in(manifest_of(world, transfer)) for transfer in packed(world)] == ["2.3"]
