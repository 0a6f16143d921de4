"""Staging on a real disk: the contract, rights, dead writers, and a disk that is full."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from versement.adapters.staging import DiskStaging
from versement.adapters.staging.arriving import Beside
from versement.domain.errors import SettingsError, StagingBusy, StagingFull
from versement.domain.tenant import Tenant
from versement.testing.builders import a_fixity, a_tenant
from versement.testing.staging_contract import StagingContract


class TestDisk(StagingContract):
    """The contract of every staging."""

    @pytest.fixture
    def staging(self, tmp_path: Path) -> DiskStaging:
        return DiskStaging(tmp_path / "preparation")


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def test_an_object_stands_under_its_tenant_and_digest(tmp_path: Path) -> None:
    """Each object has one place, made of its coffre and its digest, and nothing of its name."""
    fixity = DiskStaging(tmp_path).put(a_tenant(), [b"contenu"])
    value = fixity.digest.value
    assert _files(tmp_path) == [tmp_path / "pontoise.actes@essai" / value[:2] / value]


def test_nobody_else_reads_and_nobody_writes(tmp_path: Path) -> None:
    """Objects can only be read, folders belong to this user alone."""
    root = tmp_path / "preparation"
    fixity = DiskStaging(root).put(a_tenant(), [b"contenu"])
    assert stat.S_IMODE(DiskStaging(root).path(a_tenant(), fixity.digest).stat().st_mode) == 0o400
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


@pytest.mark.parametrize("organisation", ["../..", "/etc", "a/b", "é", "", ".."])
def test_a_strange_tenant_stays_in_its_folder(tmp_path: Path, organisation: str) -> None:
    """Whatever a coffre is called, its bytes stay below the staging folder and apart from others'."""
    staging, tenant = DiskStaging(tmp_path / "preparation"), Tenant(organisation, "..", 1, "..", "essai")
    fixity = staging.put(tenant, [b"contenu"])
    place = staging.path(tenant, fixity.digest)
    assert place.resolve().is_relative_to((tmp_path / "preparation").resolve())
    assert len(place.relative_to(tmp_path / "preparation").parts) == 3


def test_rotten_bytes_are_mended_by_putting_them_again(tmp_path: Path) -> None:
    """An object damaged on the disk is replaced when the same bytes are collected again."""
    staging = DiskStaging(tmp_path)
    fixity = staging.put(a_tenant(), [b"contenu"])
    place = staging.path(a_tenant(), fixity.digest)
    place.chmod(0o600)
    place.write_bytes(b"pourri!")
    staging.put(a_tenant(), [b"contenu"])
    assert place.read_bytes() == b"contenu"


def test_what_dead_writers_left_is_swept(tmp_path: Path) -> None:
    """A file half written two days ago is removed; one that is being written stays."""
    DiskStaging(tmp_path).put(a_tenant(), [b"contenu"])
    arriving = tmp_path / a_tenant().key / "en-cours"
    for name in ("mort", "vivant"):
        (arriving / name).write_bytes(b"...")
    old = time.time() - 2 * 24 * 3600
    os.utime(arriving / "mort", (old, old))
    DiskStaging(tmp_path).put(a_tenant(), [b"autre"])
    assert [path.name for path in arriving.iterdir()] == ["vivant"]


WRITER = """
import sys
from pathlib import Path
from versement.adapters.staging import DiskStaging
from versement.adapters.staging.arriving import Beside
from versement.testing.builders import a_tenant
def endless():
    while True:
        yield b"x" * 65536
        print("encore", flush=True)
DiskStaging(Path(sys.argv[1])).put(a_tenant(), endless())
"""


def test_a_killed_writer_leaves_no_object(tmp_path: Path) -> None:
    """A writer killed in the middle of a file leaves nothing that could be taken for an object."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert [path.parent.name for path in _files(tmp_path)] == ["en-cours"]


class OnADiskThatFillsUp(DiskStaging):
    """Writes go to the kernel's own full device."""

    def _create(self, path: Path) -> BinaryIO:
        return os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb", buffering=0)


def test_a_full_device_is_told_in_words(tmp_path: Path) -> None:
    """When the disk refuses the bytes, the message says what room is left and what to do; nothing is kept."""
    staging = OnADiskThatFillsUp(tmp_path)
    with pytest.raises(StagingFull, match=r"\d+ Mo libres.*[Ll]ibérez.*relancez"):
        staging.put(a_tenant(), [b"contenu"])
    assert _files(tmp_path) == []


FILLER = """
import subprocess, sys
from pathlib import Path
from versement.adapters.staging import DiskStaging
from versement.adapters.staging.arriving import Beside
from versement.domain.errors import StagingFull
from versement.testing.builders import a_tenant
root = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", root], check=True)
staging = DiskStaging(root)
kept = staging.put(a_tenant(), [b"a" * 300_000])
try:
    staging.put(a_tenant(), (b"b" * 100_000 for _ in range(20)))
except StagingFull as error:
    print(error.message)
assert [path.name for path in root.rglob("*") if path.is_file()] == [kept.digest.value]
staging.put(a_tenant(), [b"c" * 300_000])
"""


@pytest.mark.integration
def test_a_full_disk_keeps_what_it_holds(tmp_path: Path) -> None:
    """On a real file system that fills up, the file is not kept, the others are, and what fits can be put."""
    alone = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    done = subprocess.run([*alone, sys.executable, "-c", FILLER, tmp_path], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Plus de place" in done.stdout


class OnADiskThatFailsLater(DiskStaging):
    """Takes every byte, and refuses to flush."""

    def _create(self, path: Path) -> BinaryIO:
        reading, writing = os.pipe()
        threading.Thread(target=_drain, args=(reading,), daemon=True).start()
        return os.fdopen(writing, "wb", buffering=0)


def _drain(descriptor: int) -> None:
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        while stream.read(1 << 20):
            pass


def test_what_fails_beside_is_heard() -> None:
    """What a disk says of an early flush is raised at the next one, or at the end: it is never said again."""

    def failing() -> None:
        raise OSError(errno.EIO, "Input/output error")

    with Beside() as flushing:
        flushing.start(failing)
        with pytest.raises(OSError, match="Input"):
            flushing.wait()
        with pytest.raises(OSError, match="Input"):
            flushing.start(failing)


@pytest.mark.parametrize("chunks", [1, 40])
def test_a_flush_that_fails_is_told(tmp_path: Path, chunks: int) -> None:
    """A disk that fails when the bytes are to stay, in the middle of a large file too, is told; nothing is kept."""
    staging = OnADiskThatFailsLater(tmp_path)
    with pytest.raises(SettingsError, match="disque est sain"):
        staging.put(a_tenant(), (bytes(1 << 20) for _ in range(chunks)))
    assert _files(tmp_path) == []


@pytest.mark.parametrize("early", [1, 2, 3])
def test_a_flush_that_fails_before_the_batch_ends_is_told_at_its_end(tmp_path: Path, early: int) -> None:
    """What a disk says of files that it flushes while others are read is not forgotten: none of the batch is kept."""
    staging = OnADiskThatFailsLater(tmp_path, early=early)
    with pytest.raises(SettingsError, match="Invalid argument"), staging.batch(a_tenant()) as batch:  # noqa: PT012
        for content in (b"un", b"deux", b"trois"):
            batch.put([content])
    assert _files(tmp_path) == []


def test_a_folder_that_cannot_be_made() -> None:
    """A staging folder where none can be is a setting to correct."""
    with pytest.raises(SettingsError, match="dossier"):
        DiskStaging(Path("/proc/versement")).put(a_tenant(), [b"contenu"])


def test_chunks_of_any_size_give_the_same_object(tmp_path: Path) -> None:
    """However the bytes arrive, by one or by millions, they are one object."""
    content = bytes(range(256)) * 8192

    def by(size: int) -> Iterator[bytes]:
        return (content[start : start + size] for start in range(0, len(content), size))

    staging = DiskStaging(tmp_path)
    fixities = {staging.put(a_tenant(), by(size)) for size in (1000, 65536, len(content))}
    assert fixities == {a_fixity(content)}
    assert len(_files(tmp_path)) == 1


def test_whoever_removes_waits_for_those_who_write_and_comes_before_the_next(tmp_path: Path) -> None:
    """Writers hold together and within themselves; a remover waits, is let in before new writers, and is alone."""
    one, other = DiskStaging(tmp_path), DiskStaging(tmp_path)
    entered, order = threading.Event(), list[str]()

    def remove() -> None:
        entered.set()
        with other.removing(a_tenant()):
            order.append("retrait")

    def hold() -> None:
        with other.holding(a_tenant()):
            order.append("dépôt")

    with one.holding(a_tenant()), other.holding(a_tenant()), one.holding(a_tenant()):
        remover = threading.Thread(target=remove)
        remover.start()
        entered.wait()
        time.sleep(0.1)
        holder = threading.Thread(target=hold)
        holder.start()
        time.sleep(0.1)
        assert order == []
    remover.join()
    holder.join()
    assert order == ["retrait", "dépôt"]


def test_a_remover_does_not_wait_for_ever_nor_for_other_coffres(tmp_path: Path) -> None:
    """It gives up in time, nothing removed; another coffre's writers are no trouble; a dead writer holds nothing."""
    staging, impatient = DiskStaging(tmp_path), DiskStaging(tmp_path, patience=0.05)
    with staging.holding(a_tenant("pontoise")):
        with pytest.raises(StagingBusy, match="en cours"), impatient.removing(a_tenant("pontoise")):
            raise AssertionError("not alone")
        with impatient.removing(a_tenant("osny")):
            pass
    script = (
        "import os, pathlib, sys; from versement.adapters.staging import DiskStaging; "
        "from versement.testing.builders import a_tenant; "
        "DiskStaging(pathlib.Path(sys.argv[1])).holding(a_tenant('pontoise')).__enter__(); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 9
    with impatient.removing(a_tenant("pontoise")):
        pass
