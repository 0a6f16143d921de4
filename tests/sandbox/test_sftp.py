"""The SFTP server of the sandbox, by clients that know nothing of it: asyncssh's and OpenSSH's."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncssh
import pytest

from sandbox.sftp import GROWTH, Account, DropServer

PASSWORD = "mot de passe d’été"
NAME = 'seance/délibération « n° 1 », "fête d\'été".pdf'
CONTENT = b"%PDF-1.4 " + bytes(range(256)) * 400
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def drops(tmp_path: Path) -> Path:
    root = tmp_path / "drops"
    (root / "saint-aubin" / "seance").mkdir(parents=True)
    (root / "saint-aubin" / NAME).write_bytes(CONTENT)
    (root / "maurecy").mkdir()
    (root / "maurecy" / "acte.pdf").write_bytes(b"maurecy")
    return root


@pytest.fixture
def client_key(tmp_path: Path) -> asyncssh.SSHKey:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(tmp_path / "client")
    (tmp_path / "client").chmod(0o600)
    return key


@pytest.fixture
def server(drops: Path, tmp_path: Path, client_key: asyncssh.SSHKey) -> Iterator[DropServer]:
    users = {
        "saint-aubin": Account(PASSWORD, (client_key.export_public_key().decode(),)),
        "maurecy": Account("autre"),
        "sans-dossier": Account("autre"),
        "../maurecy": Account("autre"),
    }
    with DropServer(drops, users=users, key=tmp_path / "host_key") as running:
        yield running


def connected(
    server: DropServer | SimpleNamespace, user: str = "saint-aubin", password: str | None = PASSWORD, **options: Any
):
    """A connection that accepts the announced host key and no other."""
    known = asyncssh.import_known_hosts(f"[127.0.0.1]:{server.port} {server.host_key}\n")
    usual = {"known_hosts": known, "client_keys": None, "agent_path": None, "config": None}
    return asyncssh.connect("127.0.0.1", server.port, username=user, password=password, **usual | options)


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(coroutine, 60))


async def fetched(server: DropServer | SimpleNamespace, path: str, **options: Any) -> bytes:
    async with (
        connected(server, **options) as connection,
        connection.start_sftp_client() as sftp,
        sftp.open(path, "rb") as file,
    ):
        return await file.read()


def test_files_arrive_whole_under_their_own_names(server: DropServer) -> None:
    """A file with accents, quotes and spaces in its name is listed and read byte for byte."""

    async def check() -> None:
        async with connected(server) as connection, connection.start_sftp_client() as sftp:
            assert sorted(await sftp.listdir("/seance")) == [".", "..", NAME.partition("/")[2]]
            attrs = await sftp.stat("/" + NAME)
            assert attrs.size == len(CONTENT)
        assert await fetched(server, "/" + NAME) == CONTENT

    run(check())


def test_a_public_key_is_enough(server: DropServer, client_key: asyncssh.SSHKey) -> None:
    """The account's key opens the drop without a password."""
    assert run(fetched(server, NAME, password=None, client_keys=[client_key])) == CONTENT


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("saint-aubin", "faux"),
        ("saint-aubin", ""),
        ("inconnu", ""),
        ("maurecy", PASSWORD),
        ("sans-dossier", "autre"),
        ("../maurecy", "autre"),
    ],
)
def test_strangers_are_refused(server: DropServer, user: str, password: str) -> None:
    """A wrong password, an unknown account, another account's password, an account without a folder: no entry."""
    with pytest.raises(asyncssh.PermissionDenied):
        run(fetched(server, NAME, user=user, password=password))


def test_a_foreign_key_is_refused(server: DropServer) -> None:
    """A key that the account does not list opens nothing."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    with pytest.raises(asyncssh.PermissionDenied):
        run(fetched(server, NAME, password=None, client_keys=[key]))


def test_an_unannounced_host_key_is_noticed(server: DropServer) -> None:
    """A client that expects another host key does not go on."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    known = asyncssh.import_known_hosts(f"[127.0.0.1]:{server.port} {other}\n")
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        run(fetched(server, NAME, known_hosts=known))


@pytest.mark.parametrize(
    "path",
    ["/../maurecy/acte.pdf", "../../maurecy/acte.pdf", "/lien/acte.pdf", "/lien-fichier", "/seance/../../host_key"],
)
def test_nothing_outside_the_account_is_served(server: DropServer, drops: Path, path: str) -> None:
    """Neither `..` nor a symbolic link leads out of the account's folder."""
    (drops / "saint-aubin" / "lien").symlink_to(drops / "maurecy")
    (drops / "saint-aubin" / "lien-fichier").symlink_to(drops / "maurecy" / "acte.pdf")
    with pytest.raises(asyncssh.SFTPNoSuchFile):
        run(fetched(server, path))

    async def stat() -> None:
        async with connected(server) as connection, connection.start_sftp_client() as sftp:
            await sftp.stat(path)

    with pytest.raises(asyncssh.SFTPNoSuchFile):
        run(stat())


def test_a_link_within_the_account_is_followed(server: DropServer, drops: Path) -> None:
    """A symbolic link that stays in the folder is an ordinary file."""
    (drops / "saint-aubin" / "lien.pdf").symlink_to(drops / "saint-aubin" / NAME)
    assert run(fetched(server, "lien.pdf")) == CONTENT


def test_the_drop_cannot_be_changed(server: DropServer, drops: Path) -> None:
    """Writing, removing, renaming, creating and changing times are refused, and the drop stays as it was."""

    async def write(sftp: asyncssh.SFTPClient, mode: str) -> None:
        async with sftp.open("nouveau.pdf" if mode == "wb" else NAME, mode) as file:
            await file.write(b"x")

    async def check() -> None:
        async with connected(server) as connection, connection.start_sftp_client() as sftp:
            attempts = [
                write(sftp, "wb"),
                write(sftp, "ab"),
                write(sftp, "r+b"),
                sftp.remove(NAME),
                sftp.rename(NAME, "autre.pdf"),
                sftp.posix_rename(NAME, "autre.pdf"),
                sftp.mkdir("dossier"),
                sftp.rmdir("seance"),
                sftp.symlink(NAME, "lien"),
                sftp.link(NAME, "lien"),
                sftp.utime(NAME, (0, 0)),
                sftp.chmod(NAME, 0o777),
            ]
            for attempt in attempts:
                with pytest.raises(asyncssh.SFTPPermissionDenied):
                    await attempt

    before = (drops / "saint-aubin" / NAME).stat()
    run(check())
    after = (drops / "saint-aubin" / NAME).stat()
    assert (before.st_size, before.st_mtime, before.st_mode) == (after.st_size, after.st_mtime, after.st_mode)
    assert [path.name for path in (drops / "saint-aubin").iterdir()] == ["seance"]


def test_no_command_is_run(server: DropServer) -> None:
    """The account gives SFTP only: no shell, no command."""

    async def check() -> None:
        async with connected(server) as connection:
            await connection.run("id", check=True)

    with pytest.raises(asyncssh.ChannelOpenError):
        run(check())


def test_a_file_may_vanish_after_the_listing(server: DropServer) -> None:
    """A vanished file is still listed, and gone when it is asked for."""
    server.faults.vanished.add(NAME)

    async def names() -> list[str]:
        async with connected(server) as connection, connection.start_sftp_client() as sftp:
            return [str(name) for name in await sftp.listdir("seance")]

    assert NAME.partition("/")[2] in run(names())
    with pytest.raises(asyncssh.SFTPNoSuchFile):
        run(fetched(server, NAME))
    server.faults.vanished.clear()
    assert run(fetched(server, NAME)) == CONTENT


def test_a_file_may_grow_while_it_is_read(server: DropServer) -> None:
    """A growing file is longer after its first bytes were read than when it was opened."""
    server.faults.growing.add(NAME)

    async def check() -> None:
        async with (
            connected(server) as connection,
            connection.start_sftp_client() as sftp,
            sftp.open(NAME, "rb") as file,
        ):
            assert (await file.stat()).size == len(CONTENT)
            assert await file.read(10, 0) == CONTENT[:10]
            assert (await sftp.stat(NAME)).size == len(CONTENT) + len(GROWTH)
            assert await file.read(1000, len(CONTENT)) == GROWTH

    run(check())


def test_connections_may_be_refused_for_a_while(server: DropServer) -> None:
    """While it refuses, a connection is cut; afterwards the same server serves again."""
    server.faults.refusing = True
    with pytest.raises((asyncssh.ConnectionLost, ConnectionError)):
        run(fetched(server, NAME))
    server.faults.refusing = False
    assert run(fetched(server, NAME)) == CONTENT


def test_a_stopped_server_is_gone_and_comes_back_at_its_port(server: DropServer) -> None:
    """Stopping cuts open connections and frees the port; starting again keeps port and host key."""

    async def check() -> None:
        async with connected(server) as connection, connection.start_sftp_client() as sftp:
            await asyncio.to_thread(server.stop)
            with pytest.raises((asyncssh.SFTPError, asyncssh.ConnectionLost)):
                await sftp.listdir("/")

    port = server.port
    run(check())
    with pytest.raises(ConnectionError):
        run(fetched(server, NAME))
    server.start()
    assert server.port == port
    assert run(fetched(server, NAME)) == CONTENT


def test_reads_may_be_slow(server: DropServer) -> None:
    """A delay holds each read back, and a server that is stopped meanwhile does not wait for it."""
    server.faults.delay = 20

    async def check() -> None:
        reading = asyncio.create_task(fetched(server, NAME))
        _, waiting = await asyncio.wait({reading}, timeout=1)
        assert waiting
        started = time.monotonic()
        await asyncio.to_thread(server.stop)
        assert time.monotonic() - started < 10
        with pytest.raises((asyncssh.SFTPError, asyncssh.ConnectionLost)):
            await reading

    run(check())


def test_many_connections_are_served(server: DropServer) -> None:
    """Two hundred connections, twenty at once, all get the file, and none stays open."""

    async def check() -> None:
        gate = asyncio.Semaphore(20)

        async def one() -> bytes:
            async with gate:
                return await fetched(server, NAME)

        assert set(await asyncio.gather(*(one() for _ in range(200)))) == {CONTENT}

    run(check())
    wait_until(lambda: not server._connections)


def openssh(port: int, key: Path, known_hosts: Path, batch: str) -> subprocess.CompletedProcess[str]:
    client = shutil.which("sftp")
    assert client
    options = {
        "UserKnownHostsFile": known_hosts,
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "IdentityFile": key,
        "IdentitiesOnly": "yes",
    }
    given = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    return subprocess.run(
        [client, "-F", "/dev/null", *given, "-b", "-", "-P", str(port), "saint-aubin@127.0.0.1"],
        input=batch,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.integration
@pytest.mark.skipif(shutil.which("sftp") is None, reason="OpenSSH’s sftp is not installed")
def test_openssh_reads_the_drop(server: DropServer, tmp_path: Path, client_key: asyncssh.SSHKey) -> None:
    """OpenSSH’s own client, strict on the announced host key, lists and downloads the whole drop."""
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
    target = tmp_path / "recu"
    target.mkdir()
    done = openssh(server.port, tmp_path / "client", known, f"ls -l seance\nget -r . {target}\n")
    assert done.returncode == 0, done.stderr
    assert (target / NAME).read_bytes() == CONTENT
    known.write_text("")
    assert "Host key verification failed" in openssh(server.port, tmp_path / "client", known, "ls\n").stderr


def test_the_command_announces_itself_and_keeps_its_key(drops: Path, tmp_path: Path) -> None:
    """`python -m sandbox.sftp` writes port and host key once it serves, ends on SIGTERM, and keeps its key."""
    (tmp_path / "users.json").write_text(json.dumps({"maurecy": {"password": PASSWORD}}))
    keys = []
    for attempt in range(2):
        ready = tmp_path / f"ready-{attempt}.json"
        command = [sys.executable, "-m", "sandbox.sftp", "--root", drops, "--host-key", tmp_path / "key"]
        command += ["--users", tmp_path / "users.json", "--ready-file", ready]
        with subprocess.Popen([str(part) for part in command], cwd=ROOT, env=dict(os.environ)) as process:
            try:
                wait_until(ready.exists)
                announced = json.loads(ready.read_text())
                keys.append(announced["host_key"])
                assert run(fetched(SimpleNamespace(**announced), "acte.pdf", user="maurecy")) == b"maurecy"
            finally:
                process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    assert keys[0] == keys[1]
    assert keys[0].startswith("ssh-ed25519 ")
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


def test_a_taken_port_is_said(server: DropServer, drops: Path, tmp_path: Path) -> None:
    """When its port is taken, the command ends with a French sentence and no traceback."""
    (tmp_path / "users.json").write_text("{}")
    command = [sys.executable, "-m", "sandbox.sftp", "--root", str(drops), "--port", str(server.port)]
    command += ["--host-key", str(tmp_path / "key"), "--users", str(tmp_path / "users.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "n’a pas démarré" in done.stderr
    assert "Traceback" not in done.stderr


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
