"""A sandbox Vitam takes what the chain packs, in every version of SEDA that a profile may choose."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from demo.archive import set_up, settings
from sandbox.samples import write_drops
from tests.sandbox.vitam.vitam_process import VitamServer
from tests.steps.world import World, file_formats, profile_of
from versement.adapters.vitam.client import VitamArchive
from versement.domain.lifecycle import TransferState
from versement.profiles.models import Profile
from versement.seda.reply import read_reply
from versement.seda.versions import VERSIONS

pytestmark = pytest.mark.integration


def _profile(number: int, version: str) -> Profile:
    """Maurecy’s, in a coffre of its own."""
    profile = profile_of("maurecy", seda_version=version)
    coffre = profile.organisation.tenants["actes"].model_copy(update={"number": number})
    organisation = profile.organisation.model_copy(update={"tenants": {"actes": coffre}})
    return profile.model_copy(update={"organisation": organisation})


class _RealTime(World):
    """A world whose archive takes its time."""

    def reconcile(self, chain, archive) -> None:
        time.sleep(0.5)
        super().reconcile(chain, archive)


def test_every_version_is_accepted(every_seda, tmp_path: Path):
    """First and late transfers in SEDA 2.1, 2.2 and 2.3 are accepted, and the reply is of the same version."""
    server = VitamServer(tmp_path / "store", "--index-delay-seconds", "0.03")
    server.start()
    formats = file_formats()
    write_drops(tmp_path / "samples")
    try:
        for number, version in enumerate(VERSIONS, start=1):
            profile = _profile(number, version)
            set_up(server.url, [profile])
            archive = VitamArchive(settings(server.url))
            world = _RealTime(tmp_path / version, tmp_path / version / "drop", formats, profile, archive)
            for batch in ("first", "late"):
                shutil.copytree(tmp_path / "samples" / "maurecy" / batch, world.drop, dirs_exist_ok=True)
                world.run()
            transfers = world.transfers()
            assert [transfer.state for transfer in transfers] == [TransferState.ACCEPTED] * 2
            for transfer in transfers:
                reply = read_reply(archive.reply(profile.tenant, transfer.operation_id))
                assert (reply.version, reply.reply_code) == (version, "OK")
    finally:
        formats.close()
        server.stop()
