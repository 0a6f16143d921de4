"""A real clamd of our own, on a Unix socket, with signatures made here: EICAR's test file, dated at will."""

from __future__ import annotations

import hashlib
import io
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from versement.testing.memory_antivirus import EICAR

CONFIGURATION = """LocalSocket {folder}/clamd.sock
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
Foreground yes
SelfCheck 86400
StreamMaxLength 1M
CommandReadTimeout 5
IdleTimeout {idle}
"""


def database(made: datetime) -> bytes:
    """Signatures as a `.cud`, the unsigned form of ClamAV's own databases, whose header says when they were made."""
    header = f"ClamAV-VDB:{made:%d %b %Y %H-%M +0000}:27400:1:90:X:X:versement:{int(made.timestamp())}"
    signatures = f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n".encode()
    info = f"{header}\ndaily.ndb:{len(signatures)}:{hashlib.sha256(signatures).hexdigest()}\n".encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as members:
        for name, content in (("COPYING", b"x\n"), ("daily.info", info), ("daily.ndb", signatures)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            members.addfile(member, io.BytesIO(content))
    return header.encode().ljust(512) + packed.getvalue()


@contextmanager
def clamd(folder: Path, made: datetime | None, *, idle: int = 30) -> Iterator[str]:
    """A running clamd, its signatures made then, or of a file that says no date; gives its address."""
    store = folder / "signatures"
    store.mkdir()
    if made is not None:
        (store / "daily.cud").write_bytes(database(made))
    else:
        (store / "own.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
    configuration = folder / "clamd.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, idle=idle))
    program = shutil.which("clamd") or "/usr/sbin/clamd"
    with (folder / "out").open("wb") as out:
        child = subprocess.Popen([program, "-c", str(configuration)], stdout=out, stderr=out)
    try:
        _wait(child, folder / "clamd.sock")
        yield str(folder / "clamd.sock")
    finally:
        child.kill()
        child.wait()


def _wait(child: subprocess.Popen[bytes], place: Path) -> None:
    for _ in range(600):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(place)) == 0:
                return
        if child.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(place.with_name("out").read_text())
