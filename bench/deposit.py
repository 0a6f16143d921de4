"""A deposit over TLS against a plain POST of one file over the same TLS by the same library, and `sha512sum`.

The server is a sink in a process of its own, on this machine: it takes what comes and keeps nothing. Memory is that of
a child process which deposits.
"""

from __future__ import annotations

import io
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from bench.measure import Measure, peak_mib
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.settings import VitamSettings
from versement.domain.fixity import CHUNK, Fixity, Meter
from versement.domain.tenant import Tenant
from versement.seda.sip import SipEntry, SipStream

MIB = 1 << 20
LARGE, SMALL = 1024, 64
"""MiB of the SIP that is timed, and of the one whose memory its own is compared with."""
ROUNDS = 3
TENANT = Tenant("mesure", "actes", 1, "puits", "essai")
MANIFEST = b"<ArchiveTransfer/>"
ANSWER = b"HTTP/1.1 202 Accepted\r\nX-Request-Id: aeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaq\r\nContent-Length: 0\r\n\r\n"


def measures() -> Iterable[Measure]:
    with tempfile.TemporaryDirectory() as name, sink(Path(name)) as (url, authority):
        large, small = (_written(Path(name) / f"{mib}.bin", mib) for mib in (LARGE, SMALL))
        yield from _rates(large, url, authority)
        peak, floor = (_memory(path, url, authority) for path in (large, small))
    yield Measure(f"peak memory, SIP of {LARGE} MiB", peak, "MiB", 300, at_most=True)
    yield Measure(f"the same against that of a SIP of {SMALL} MiB", peak / floor, "×", 1.1, at_most=True)


def _rates(path: Path, url: str, authority: Path) -> Iterable[Measure]:
    """Best of so many, one after the other."""
    fixity = fixity_of(path)
    runs: dict[str, Callable[[], object]] = {
        "deposit": lambda: deposit(path, fixity, url, authority),
        "plain POST": lambda: _post(path, url, authority),
        "sha512sum": lambda: subprocess.run(["sha512sum", path], check=True, stdout=subprocess.DEVNULL),  # noqa: S607
    }
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(ROUNDS):
        for what, once in runs.items():
            began = time.perf_counter()
            once()
            best[what] = min(best[what], time.perf_counter() - began)
    for what, took in best.items():
        yield Measure(f"{what}, {LARGE} MiB", LARGE / took, "MiB/s")
    yield Measure(
        "deposit against the slower of both", max(best["plain POST"], best["sha512sum"]) / best["deposit"], "×", 0.8
    )


def deposit(path: Path, fixity: Fixity, url: str, authority: Path) -> None:
    """As the chain does: every byte hashed while it leaves, the last block withheld until all have matched."""
    settings = VitamSettings(url, url, url, access_contract="AC", kind="essai", verify=authority, sandbox=True)
    meter = Meter()
    meter.update(MANIFEST)
    manifest, entry = SipEntry("manifest.xml", meter.fixity()), SipEntry("content/objet.bin", fixity)
    body = SipStream(manifest, [entry], lambda one: path.open("rb") if one is entry else io.BytesIO(MANIFEST))
    VitamArchive(settings).deposit(TENANT, "mesure", body)


def _post(path: Path, url: str, authority: Path) -> None:
    with path.open("rb") as file, requests.Session() as session:
        session.trust_env = False
        session.post(url, data=file, verify=str(authority), timeout=600).raise_for_status()


def fixity_of(path: Path) -> Fixity:
    meter = Meter()
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            meter.update(block)
    return meter.fixity()


def _written(path: Path, mib: int) -> Path:
    with path.open("wb") as file:
        for _ in range(mib):
            file.write(os.urandom(MIB))
    return path


def _memory(path: Path, url: str, authority: Path) -> float:
    """Highest memory, in MiB, of a process that does nothing else."""
    code = "import sys; from bench.deposit import show_memory; show_memory(*sys.argv[1:])"
    command = [sys.executable, "-c", code, str(path), url, str(authority)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def show_memory(path: str, url: str, authority: str) -> None:
    deposit(Path(path), fixity_of(Path(path)), url, Path(authority))
    print(peak_mib())


@contextmanager
def sink(folder: Path) -> Iterator[tuple[str, Path]]:
    """A server that takes deposits over TLS and forgets them: its address, and whom to trust."""
    certificate, key = folder / "puits.pem", folder / "puits.key"
    wanted = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    named = ["-subj", "/CN=puits", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", *wanted, *named, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        code = "import sys; from bench.deposit import serve; serve(*sys.argv[1:])"
        number = listening.fileno()
        arguments = [str(number), str(certificate), str(key)]
        server = subprocess.Popen([sys.executable, "-c", code, *arguments], pass_fds=[number])
        try:
            yield f"https://127.0.0.1:{listening.getsockname()[1]}", certificate
        finally:
            server.kill()
            server.wait()


def serve(number: str, certificate: str, key: str) -> None:
    """One connection after another, for ever."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    listening = socket.socket(fileno=int(number))
    while True:
        plain, _ = listening.accept()
        with tls.wrap_socket(plain, server_side=True) as connection:
            _take(connection)


def _take(connection: ssl.SSLSocket) -> None:
    head = bytearray()
    while b"\r\n\r\n" not in head:
        head += connection.recv(MIB)
    lines, _, begun = bytes(head).partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in lines.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    left, room = length - len(begun), bytearray(MIB)
    while left > 0 and (got := connection.recv_into(room)):
        left -= got
    connection.sendall(ANSWER)
