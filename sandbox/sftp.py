"""An SFTP server over real SSH that serves each account its own folder, read-only, with faults on demand.

`python -m sandbox.sftp --root DIR --port 0 --host-key FILE --users FILE.json`
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import io
import json
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, Self

import asyncssh

HOST = "127.0.0.1"
BACKLOG = 256
LOGIN_SECONDS = 30
WRITING = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC
GROWTH = b"\n% added while it was read\n"


@dataclass(frozen=True, slots=True)
class Account:
    """How one user may prove who it is; keys as in an authorized_keys file."""

    password: str = ""
    public_keys: tuple[str, ...] = ()


@dataclass(slots=True)
class Faults:
    """What goes wrong, to be changed while the server runs; paths are relative to the account's folder.

    Attributes:
        vanished: files that are listed, and gone when they are asked for.
        growing: files to which bytes are added, on disk, each time their beginning is read.
        refusing: connections are cut before anything is said.
        delay: seconds before each read is answered.
    """

    vanished: set[str] = field(default_factory=set)
    growing: set[str] = field(default_factory=set)
    refusing: bool = False
    delay: float = 0.0


class DropServer:
    """The server, in a thread of its own.

    Attributes:
        port: where it listens; it stays the same from one start to the next.
        host_key: public key as known_hosts writes it, `ssh-ed25519 AAAA…`.
    """

    def __init__(self, root: Path, *, users: Mapping[str, Account], key: Path, host: str = HOST, port: int = 0) -> None:
        self.port = port
        self.faults = Faults()
        self._root = root.resolve()
        self._users = dict(users)
        self._host = host
        self._key = host_key(key)
        self.host_key = self._key.export_public_key().decode().strip()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()

    def start(self) -> None:
        """Listen; returns once connections are accepted."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox-sftp", daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        except BaseException:
            self._end_loop()
            raise

    def stop(self) -> None:
        """Cut every connection and stop listening; may be called twice."""
        if self._loop:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
            self._end_loop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _listen(self) -> None:
        self._acceptor = await asyncssh.create_server(
            lambda: _Connection(self._root, self._users, self.faults, self._connections),
            self._host,
            self.port,
            server_host_keys=[self._key],
            sftp_factory=self._session,
            sftp_version=3,
            allow_scp=False,
            backlog=BACKLOG,
            login_timeout=LOGIN_SECONDS,
            x11_forwarding=False,
            agent_forwarding=False,
        )
        self.port = self._acceptor.get_port()

    def _session(self, channel: asyncssh.SSHServerChannel[bytes]) -> ReadOnlySFTP:
        user = channel.get_connection().get_extra_info("username")
        return ReadOnlySFTP(channel, (self._root / user).resolve(), self.faults)

    async def _close(self) -> None:
        if self._acceptor:
            self._acceptor.close()
        connections = tuple(self._connections)
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(connection.wait_closed() for connection in connections))
        if self._acceptor:
            await self._acceptor.wait_closed()
        unfinished = asyncio.all_tasks() - {asyncio.current_task()}  # slow reads that nobody waits for any more
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    def _end_loop(self) -> None:
        if self._loop and self._thread:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
        self._loop = self._thread = self._acceptor = None


class _Connection(asyncssh.SSHServer):
    """Who may enter, and nothing but SFTP once inside."""

    def __init__(
        self,
        root: Path,
        users: Mapping[str, Account],
        faults: Faults,
        connections: set[asyncssh.SSHServerConnection],
    ) -> None:
        self._root = root
        self._users = users
        self._faults = faults
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)
        if self._faults.refusing:
            conn.abort()

    def connection_lost(self, _: Exception | None) -> None:
        if self._connection:
            self._connections.discard(self._connection)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        account = self._users.get(username, Account())
        same = hmac.compare_digest(account.password.encode(), password.encode())
        return bool(account.password) and same and self._has_folder(username)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        allowed = self._users.get(username, Account()).public_keys
        offered = key.public_data
        return self._has_folder(username) and any(
            asyncssh.import_public_key(text).public_data == offered for text in allowed
        )

    def _has_folder(self, username: str) -> bool:
        folder = self._root / username
        return folder.parent == self._root and folder.is_dir()


class ReadOnlySFTP(asyncssh.SFTPServer):
    """One account's folder: reading and listing only, and nothing outside it, whatever links say."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], folder: Path, faults: Faults) -> None:
        self._folder = os.fsencode(folder)
        self._faults = faults
        super().__init__(channel, chroot=self._folder)

    def map_path(self, path: bytes) -> bytes:
        mapped = super().map_path(path)
        real = os.path.realpath(mapped)
        outside = real != self._folder and not real.startswith(self._folder + b"/")
        if outside or self._name(mapped) in self._faults.vanished:
            raise asyncssh.SFTPNoSuchFile("No such file")
        return mapped

    def open(self, path: bytes, pflags: int, _: asyncssh.SFTPAttrs) -> object:
        if pflags & WRITING:
            self._refuse_writing()
        return Path(os.fsdecode(self.map_path(path))).open("rb", buffering=0)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        if not isinstance(file_obj, io.FileIO):
            raise asyncssh.SFTPFailure("Not a file")
        if self._faults.delay:
            await self._delay(file_obj)
        data = os.pread(file_obj.fileno(), size, offset)
        if offset == 0:
            self._grow(file_obj.name)
        return data

    def _refuse_writing(self, *_: object, **__: object) -> NoReturn:
        raise asyncssh.SFTPPermissionDenied("This drop is read-only")

    write = setstat = lsetstat = fsetstat = remove = mkdir = rmdir = _refuse_writing
    rename = posix_rename = symlink = link = _refuse_writing

    async def _delay(self, file: io.FileIO) -> None:
        try:
            await asyncio.sleep(self._faults.delay)
        except asyncio.CancelledError:
            file.close()
            raise

    def _grow(self, path: str) -> None:
        if self._name(os.fsencode(path)) in self._faults.growing:
            with Path(path).open("ab") as growing:
                growing.write(GROWTH)

    def _name(self, mapped: bytes) -> str:
        return os.fsdecode(os.path.relpath(mapped, self._folder))


def host_key(path: Path) -> asyncssh.SSHKey:
    """The server's ed25519 key, made the first time and kept in its file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return asyncssh.read_private_key(path)


def read_users(path: Path) -> dict[str, Account]:
    """Accounts of a JSON file `{"<user>": {"password": "…", "public_keys": ["ssh-ed25519 AAAA…"]}}`."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {
        user: Account(str(entry.get("password", "")), tuple(entry.get("public_keys", ())))
        for user, entry in stored.items()
    }


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, and that is never seen half written."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(content)
    draft.replace(path)


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.sftp", description="Serveur SFTP de démonstration.")
    parser.add_argument("--root", type=Path, required=True, help="dossier qui contient un dossier par compte")
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=0, help="0 : un port libre")
    parser.add_argument("--host-key", type=Path, required=True, help="clé du serveur, créée si elle n’existe pas")
    parser.add_argument("--users", type=Path, required=True, help="comptes, en JSON")
    parser.add_argument("--ready-file", type=Path, help="reçoit le port et la clé publique, en JSON")
    options = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        server = DropServer(
            options.root,
            users=read_users(options.users),
            key=options.host_key,
            host=options.host,
            port=options.port,
        )
        server.start()
    except (OSError, ValueError) as error:
        parser.exit(1, f"Le serveur SFTP n’a pas démarré : {error}\n")
    if options.ready_file:
        ready = {"port": server.port, "host_key": server.host_key}
        write_whole(options.ready_file, json.dumps(ready).encode())
    ended.wait()
    server.stop()


if __name__ == "__main__":
    main()
