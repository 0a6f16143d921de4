"""Viruses: what is found in a SIP, and by whom."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.vitam.antivirus import Clamd, EicarOnly
from tests.sandbox.vitam.vitam_process import VitamServer
from tests.sandbox.vitam.vitam_sips import Binary, Sip

# In two parts, lest an antivirus take this file away.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class FakeClamd(threading.Thread):
    """Speaks clamd's INSTREAM: finds what it is told to find, keeps what it received."""

    def __init__(self, listening: socket.socket, answer: Callable[[bytes], bytes]) -> None:
        super().__init__(daemon=True)
        self.received: list[bytes] = []
        self._listening, self._answer = listening, answer

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                with connection, connection.makefile("rb") as stream:
                    assert stream.read(10) == b"zINSTREAM\0"
                    content = b""
                    while size := struct.unpack("!I", stream.read(4))[0]:
                        content += stream.read(size)
                    self.received.append(content)
                    connection.sendall(self._answer(content))


def _said(content: bytes) -> bytes:
    if b"panne" in content:
        return b"INSTREAM size limit exceeded. ERROR\0"
    return b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


@pytest.fixture(params=["tcp", "unix"])
def clamd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, FakeClamd]]:
    """A fake clamd: its address, and the daemon."""
    if request.param == "tcp":
        listening = socket.create_server(("127.0.0.1", 0))
        address = f"127.0.0.1:{listening.getsockname()[1]}"
    else:
        address = str(tmp_path / "clamd.ctl")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(address)
        listening.listen()
    daemon = FakeClamd(listening, _said)
    daemon.start()
    yield address, daemon
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    daemon.join(5)


def test_clamd_is_streamed_the_whole_file(clamd: tuple[str, FakeClamd], tmp_path: Path):
    """The daemon receives every byte, and what it finds is the virus's name."""
    address, daemon = clamd
    sound, infected = tmp_path / "sain", tmp_path / "infecté"
    sound.write_bytes(b"a" * 3_000_000)
    infected.write_bytes(EICAR)
    assert [Clamd(address).virus(path) for path in (sound, infected)] == ["", "Eicar-Signature"]
    assert daemon.received == [b"a" * 3_000_000, EICAR]


def test_a_daemon_that_cannot_tell_is_a_failure(clamd: tuple[str, FakeClamd], tmp_path: Path):
    """An error of the daemon is never taken for a clean file."""
    (tmp_path / "sip").write_bytes(b"panne")
    with pytest.raises(OSError, match="size limit"):
        Clamd(clamd[0]).virus(tmp_path / "sip")


@pytest.mark.parametrize("place", [0, (1 << 20) - 30, 3_000_000])
def test_the_test_virus_is_found_wherever_it_is(tmp_path: Path, place: int):
    """Without daemon, the EICAR test file is recognised in a file or in an entry, even across two blocks."""
    content = b"\1" * place + EICAR
    (tmp_path / "nu").write_bytes(content)
    (tmp_path / "sip").write_bytes(Sip(objects=[Binary(content=content)]).zipped())
    (tmp_path / "sain").write_bytes(Sip().zipped())
    found = [bool(EicarOnly().virus(tmp_path / name)) for name in ("nu", "sip", "sain")]
    assert found == [True, True, False]


def test_a_virus_refuses_the_sip(vitam_server: VitamServer, tenant: int):
    """An infected SIP ends KO at the first step, before anything else is looked at."""
    operation, status = vitam_server.ingest(Sip(objects=[Binary(content=EICAR)]).zipped(), tenant=tenant)
    details = vitam_server.details(operation, tenant=tenant)
    assert status == "KO"
    assert "SANITY_CHECK_SIP.KO" in details
    assert not [detail for detail in details if detail.startswith("CHECK_CONTAINER")]


def test_a_dead_daemon_stops_the_operation_and_blames_nobody(start_server):
    """Without its antivirus, an operation waits in FATAL for an operator."""
    server: VitamServer = start_server("--clamd", "127.0.0.1:1")
    server.import_referentials()
    operation = server.post_sip(Sip().zipped()).headers["X-Request-Id"]
    assert server.wait(operation, states=("PAUSE",)) in ("UNKNOWN", "FATAL")
    while server.wait(operation, states=("PAUSE",)) != "FATAL":
        pass
    assert server.details(operation)[-1] == "STP_SANITY_CHECK_SIP.FATAL"
