"""How many deposits a platform is sent at a time, whoever sends them."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

import pytest

from tests.adapters.vitam.bad_server import OPERATION, answer, read_body
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.slots import Slots
from versement.domain.errors import ArchiveUnavailable, SettingsError
from versement.testing.archive_contract import BytesBody

HOLDING = """
import sys, time
from pathlib import Path
from versement.adapters.vitam.slots import Slots
with Slots(Path(sys.argv[1]), 1)():
    print("held", flush=True)
    time.sleep(60)
"""


def test_no_more_than_there_are_places(tmp_path) -> None:
    """As many as there are places may send; one more waits, and may send once a place is left."""
    slots = Slots(tmp_path / "places", 2)
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(slots())
        with pytest.raises(ArchiveUnavailable, match="deposit_slots"), slots():
            pass
    with slots(), slots():
        pass


def test_place_of_a_process_that_died(tmp_path) -> None:
    """Another process's place is respected while it lives; killed, it leaves its place."""
    slots = Slots(tmp_path / "places", 1)
    holder = subprocess.Popen([sys.executable, "-c", HOLDING, str(tmp_path / "places")], stdout=subprocess.PIPE)
    try:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ArchiveUnavailable), slots():
            pass
    finally:
        holder.kill()
        holder.communicate()
    with slots():
        pass


def test_folder_that_takes_no_locks(tmp_path) -> None:
    """A staging disk where no lock can be made is told to the operator, and nothing is sent."""
    (tmp_path / "places").write_text("a file")
    with pytest.raises(SettingsError, match="verrous"), Slots(tmp_path / "places", 1)():
        pass


def test_a_deposit_holds_a_place(server, tenant, tmp_path) -> None:
    """While a SIP is sent its place is taken, and nothing is sent without one; questions need none."""
    slots = Slots(tmp_path / "places", 1)
    taken = []

    def behave(handler) -> None:
        server.seen(handler, read_body(handler))
        try:
            with slots():
                taken.append(False)
        except ArchiveUnavailable:
            taken.append(True)
        answer(handler, 202, X_Request_Id=OPERATION)

    server.behave = behave
    archive = VitamArchive(server.settings(), slot=slots)
    assert archive.deposit(tenant, "tentative-1", BytesBody(b"x")) == OPERATION
    assert taken == [True]
    with slots():
        with pytest.raises(ArchiveUnavailable):
            archive.deposit(tenant, "tentative-2", BytesBody(b"x"))
        assert archive.alive(tenant)
    assert [request.method for request in server.received] == ["POST", "OPTIONS"]
