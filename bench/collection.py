"""Collection: its rate against the reference client followed by `sha512sum`, and its memory.

SFTP is compared with OpenSSH's own `sftp`, from the same OpenSSH server; a folder with `cp`. All write to the same
disk; ours alone waits for it (fsync), since staging promises that what it holds is there after a power cut. So a folder
is compared with a second reference too, which waits as well: `cp`, then `sync` of the file system.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

import asyncssh

from bench.measure import Measure, peak_mib
from versement.adapters.clock import SystemClock
from versement.adapters.registry import SqlRegistry
from versement.adapters.sources import FolderSource, SftpSettings, SftpSource
from versement.adapters.staging import DiskStaging
from versement.domain.arrivals import Signs, arrived
from versement.domain.fixity import Meter
from versement.domain.grouping import group
from versement.domain.tenant import Tenant
from versement.ports.source import Source
from versement.profiles.load import load_profile
from versement.profiles.models import Profile
from versement.steps.chain import Chain
from versement.steps.reading import Reader, bounded

ROOT = Path(__file__).resolve().parents[1]
TENANT = Tenant("mesure", "actes", 1, "essai", "essai")
BIG = 1 << 30
SMALL, SMALL_SIZE = 4000, 16 << 10
FEW, CROWD = 100, 100_000
LARGE = 20 << 30
ROUNDS = 3


def measures() -> Iterable[Measure]:
    with tempfile.TemporaryDirectory() as name, openssh(Path(name)) as (settings, command):
        for what, made in (("one file of 1 GiB", big), (f"{SMALL} files of 16 KiB", small)):
            drop, here = made(Path(name) / made.__name__), Path(name) / "ici"
            sftp = partial(collected, partial(SftpSource, settings(drop)))
            yield from compared(f"SFTP, {what}", sftp, partial(fetched, command, drop), here)
            folder = partial(collected, partial(FolderSource, drop))
            yield from compared(f"folder, {what}", folder, partial(copied, drop), here)
            yield from compared(f"folder, {what}, both durable", folder, partial(copied_durably, drop), here)
    yield memory(f"folder of {FEW} files", f"crowd({FEW})")
    yield memory(f"folder of {CROWD} files", f"crowd({CROWD})")
    yield memory("one sparse file of 20 GiB", "large()")


def compared(
    what: str, ours: Callable[[Path], None], reference: Callable[[Path], None], here: Path
) -> Iterator[Measure]:
    """Best of some rounds, one after the other."""
    rounds = [(seconds(ours, here), seconds(reference, here)) for _ in range(ROUNDS)]
    own, other = (min(took) for took in zip(*rounds, strict=True))
    yield Measure(f"{what}: collected", own, "s")
    yield Measure(f"{what}: reference client and sha512sum", other, "s")
    yield Measure(f"{what}: rate against them", other / own, "×", bar=0.8)


def seconds(once: Callable[[Path], None], here: Path) -> float:
    """How long it takes to fill a folder; emptying it does not count."""
    here.mkdir()
    try:
        start = time.monotonic()
        once(here)
        return time.monotonic() - start
    finally:
        shutil.rmtree(here)


def collected(opened: Callable[[], Source], here: Path) -> None:
    source = opened()
    reader = Reader(chain(here), source)
    for together in bounded(source.listing(TENANT), lambda one: (1, one.size)):
        reader.bring(together)
        for reference in together:
            reader.stage(reference)
    source.close()


def chain(here: Path) -> Chain:
    """What brings files to staging; its registry is not asked for anything."""
    clock = SystemClock()
    return Chain(profile(), SqlRegistry("sqlite://", clock), DiskStaging(here), clock)


@cache
def profile() -> Profile:
    return load_profile(ROOT / "include" / "profiles" / "saint-aubin" / "deliberations.yaml")


def fetched(command: list[str], drop: Path, here: Path) -> None:
    run(command, f"get -r {drop} {here}\n".encode())
    hashed(here)


def copied(drop: Path, here: Path) -> None:
    run(["cp", "-r", str(drop), str(here)])
    hashed(here)


def copied_durably(drop: Path, here: Path) -> None:
    run(["cp", "-r", str(drop), str(here)])
    run(["sync", "-f", str(here)])
    hashed(here)


def hashed(here: Path) -> None:
    paths = (str(path) for path in here.rglob("*") if path.is_file())
    run(["xargs", "-0", "sha512sum"], "\0".join(paths).encode())


def run(command: Sequence[str], said: bytes = b"") -> None:
    subprocess.run(command, input=said, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def big(folder: Path) -> Path:
    folder.mkdir()
    with (folder / "gros.bin").open("wb") as file:
        for _ in range(BIG >> 20):
            file.write(os.urandom(1 << 20))
    return folder


def small(folder: Path) -> Path:
    folder.mkdir()
    for number in range(SMALL):
        (folder / f"{number:05}.pdf").write_bytes(os.urandom(SMALL_SIZE))
    return folder


@contextmanager
def openssh(folder: Path) -> Iterator[tuple[Callable[[Path], SftpSettings], list[str]]]:
    """OpenSSH's server, settings that lead to it, and the command of its own client."""
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # privilege separation asks for it
    host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    for name, data in (("host", host.export_private_key()), ("user", user.export_private_key("openssh"))):
        (folder / name).write_bytes(data)
        (folder / name).chmod(0o600)
    (folder / "authorized").write_bytes(user.export_public_key())
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    (folder / "config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        f"PidFile {folder}/pid\nStrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\n"
        "Subsystem sftp internal-sftp\n"
    )
    server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.DEVNULL)
    while socket.socket().connect_ex(("127.0.0.1", port)):
        time.sleep(0.1)

    def settings(drop: Path) -> SftpSettings:
        return SftpSettings(
            host="127.0.0.1",
            port=port,
            login=getpass.getuser(),
            private_key=user.export_private_key().decode(),
            host_key=host.export_public_key().decode().strip(),
            folder=str(drop),
        )

    client = ["sftp", "-q", "-b", "-", "-i", str(folder / "user"), "-P", str(port)]
    unchecked = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    try:
        yield settings, [*client, *unchecked, f"{getpass.getuser()}@127.0.0.1"]
    finally:
        server.terminate()
        server.wait(10)


def memory(what: str, scene: str) -> Measure:
    """Highest memory of a child that lists, compares, groups and reads a whole drop."""
    code = f"from bench.collection import crowd, large, peak_of; peak_of({scene})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return Measure(f"{what}: peak memory", float(done.stdout), "MiB", bar=300, at_most=True)


def peak_of(drop: tempfile.TemporaryDirectory[str]) -> None:
    with drop as name:
        source = FolderSource(Path(name))
        listing = arrived(source.listing(TENANT), source.listing(TENANT), Signs())
        group(listing, {}, {}, ())
        for reference in listing:
            meter = Meter()
            for chunk in source.read(TENANT, reference):
                meter.update(chunk)
            meter.fixity()
        print(peak_mib())


def crowd(count: int) -> tempfile.TemporaryDirectory[str]:
    drop = tempfile.TemporaryDirectory()
    for number in range(count):
        (Path(drop.name) / f"{number:06}.pdf").write_bytes(b"%d" % number)
    return drop


def large() -> tempfile.TemporaryDirectory[str]:
    drop = tempfile.TemporaryDirectory()
    path = Path(drop.name) / "video.bin"
    path.touch()
    os.truncate(path, LARGE)
    return drop
