"""Every profile that ships has its drop in the demonstration, and what its run comes to on the sandbox Vitam."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from demo.archive import set_up, settings
from sandbox.samples import COMMUNES, OTHERS, write_others
from tests.sandbox.vitam.vitam_process import VitamServer
from tests.steps.world import SHIPPED, World, file_formats
from versement.adapters.vitam.client import VitamArchive
from versement.profiles.load import load_profile, profile_paths

pytestmark = pytest.mark.integration

PROFILES = {profile.dag_id: profile for profile in map(load_profile, profile_paths([SHIPPED]))}
EXPECTED: Mapping[str, tuple[int, int, set[str]]] = {
    "maurecy.agents": (9, 9, set()),
    "maurecy.paie": (3, 3, set()),
    "maurecy.paie-groupee": (3, 3, set()),
    "saint-aubin.marches": (13, 12, {"DESTROY_NOT_VALIDATED"}),
    "saint-aubin.proces-verbaux": (4, 4, set()),
}
"""Documents announced and accepted, and why others wait: an offer that was not retained is destroyed by nobody yet."""


class _RealTime(World):
    """A world whose archive takes its time."""

    def reconcile(self, chain, archive) -> None:
        time.sleep(0.3)
        super().reconcile(chain, archive)


@pytest.fixture(scope="module")
def vitam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VitamServer]:
    """A sandbox Vitam, set up as the demonstration sets it up."""
    server = VitamServer(tmp_path_factory.mktemp("vitam") / "store", "--index-delay-seconds", "0.03")
    server.start()
    set_up(server.url, list(PROFILES.values()))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def drops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drops")
    write_others(folder)
    return folder


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chain")


def test_every_family_is_ready_for_two_organisations() -> None:
    """Five families, an organisation with two coffres, one in the Yvelines; each source is a drop that is generated."""
    assert {profile.connector.family for profile in PROFILES.values()} == {
        "actes", "marches", "paie", "agents", "documents",
    }  # fmt: skip
    organisations = {profile.organisation.name: profile.organisation for profile in PROFILES.values()}
    assert len(organisations["saint-aubin"].tenants) == 2
    assert organisations["maurecy"].departement == "078"
    dropped = {(commune.key, "deliberations") for commune in COMMUNES} | set(OTHERS)
    read = {(p.organisation.name, p.connector.source.folder.strip("/")) for p in PROFILES.values()}
    assert read == dropped


@pytest.mark.parametrize("dag_id", EXPECTED)
def test_its_run_ends_with_a_right_report(dag_id: str, vitam: VitamServer, drops: Path, registry: Path) -> None:
    """Everything is accounted for, accepted by a Vitam that judges for itself, and filed under its own series.

    All run on one registry, in any order: no drop brings what another one brings.
    """
    profile = PROFILES[dag_id]
    formats = file_formats()
    archive = VitamArchive(settings(vitam.url))
    world = _RealTime(registry, registry / "drops" / dag_id, formats, profile, archive)
    shutil.copytree(drops / profile.organisation.name / profile.connector.source.folder.strip("/"), world.drop)
    try:
        world.run()
    finally:
        formats.close()
    announced, accepted, codes = EXPECTED[dag_id]
    balance = world.balance()
    assert balance.adds_up
    assert (balance.documents.announced, balance.documents.accepted) == (announced, accepted)
    assert set(world.codes().values()) == codes
    (transfer,) = world.transfers()
    units = archive.units_of(profile.tenant, transfer.operation_id)
    assert profile.connector.series in _titles_above(vitam, profile.tenant.number, units[0].system_id)


def _titles_above(vitam: VitamServer, tenant: int, unit_id: str) -> set[str]:
    headers = {"X-Access-Contract-Id": "AC-VERSEMENT"}
    found, left = set(), {unit_id}
    while left:
        one = left.pop()
        answer = vitam.call("GET", f"/access-external/v1/units/{one}", tenant=tenant, headers=headers)
        unit = answer.json()["$results"][0]
        found.add(unit["Title"])
        left |= set(unit.get("#unitups", []))
    return found
