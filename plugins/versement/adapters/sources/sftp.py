"""A drop on an SFTP server, read with many requests in flight and bounded memory.

The host's key is always checked. Symbolic links are never followed. Retrying is left to the caller.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncssh

from versement.adapters.sources import names, outcomes, sftp_outcomes
from versement.adapters.sources.ahead import Ahead
from versement.adapters.sources.background import Background
from versement.adapters.sources.empties import empty_folders
from versement.domain.documents import FileReference, Finding
from versement.domain.fixity import CHUNK
from versement.domain.listing import Listing
from versement.domain.tenant import Tenant

Result = TypeVar("Result")

AHEAD = 8 * CHUNK
"""Bytes of one file asked for ahead of the reader: no more are held."""
LEAST = 16 << 10
"""Bytes asked for at a time at least, whatever little the server says to give: it bounds the requests in flight."""

_CLOSE_SECONDS = 10.0
_FAILURES = (asyncssh.Error, OSError)
# The fastest first: OpenSSL runs AES-GCM on the processor's own instructions.
_CIPHERS = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"
# Offered after those of the declared key: a server without a key of that type then shows the one it has, which is
# refused as another key; with nothing in common, whichever side hangs up first decides what the failure looks like.
_KEY_TYPES = (
    *("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    *("rsa-sha2-512", "rsa-sha2-256"),
)


@dataclass(frozen=True, slots=True)
class SftpSettings:
    """How to reach a drop.

    Attributes:
        host_key: the server's public key, `ssh-ed25519 AAAA…`; mandatory.
        private_key: text of a private key (PEM or OpenSSH), empty to log in by password.
        folder: root of the drop on the server.
        connect_seconds: to connect and log in.
        answer_seconds: to answer any one request.
    """

    host: str
    login: str
    host_key: str
    folder: str
    port: int = 22
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)
    connect_seconds: float = 20.0
    answer_seconds: float = 60.0

    @property
    def server(self) -> str:
        return f"{self.host}:{self.port}"


class SftpSource:
    """Reads a drop over one SSH connection, opened when first needed and again after a loss."""

    def __init__(self, settings: SftpSettings) -> None:
        self.settings = settings
        self._options = _options(settings)
        # At INFO it writes the login and a dozen lines for each connection.
        logging.getLogger("asyncssh").setLevel(logging.WARNING)
        self._background: Background | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._connecting = asyncio.Lock()
        self._ahead: Ahead | None = None
        self._taken: dict[FileReference, asyncio.Task[list[bytes]]] = {}

    def listing(self, tenant: Tenant) -> Listing:
        del tenant  # one adapter reads one tenant's drop
        return self._call(self._list())

    def expect(self, tenant: Tenant, references: Sequence[FileReference]) -> None:
        del tenant
        self._call(self._expect(references))

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        del tenant
        if reference not in self._taken and self._ahead is not None:
            self._taken |= self._call(self._ahead.take(reference))
        if (task := self._taken.pop(reference, None)) is not None:
            yield from task.result()
            return
        reading = self._reading(reference)
        try:
            self._call(self._guarded(reference, self._open(reading)))
            while not reading.ended:
                yield self._call(self._guarded(reference, reading.next()))
        finally:
            if not reading.closed:
                self._call(reading.close())

    def write(self, folder: str, name: str, data: bytes) -> None:
        """See receipts.Writer. A reader never sees half a receipt."""
        self._call(self._write(folder, name, data))

    def close(self) -> None:
        if self._background is not None:
            self._background.call(self._expect(()))
            self._background.call(self._disconnect())
            self._background.stop()
            self._background = None

    @property
    def _root(self) -> bytes:
        return self.settings.folder.rstrip("/").encode() or b"/."

    def _call(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        if self._background is None:
            self._background, self._connecting = Background("versement-sftp"), asyncio.Lock()
        return self._background.call(coroutine)

    async def _expect(self, references: Sequence[FileReference]) -> None:
        self._taken.clear()
        before, self._ahead = self._ahead, Ahead(references, self._fetch) if references else None
        if before is not None:
            await before.drop()

    async def _fetch(self, reference: FileReference) -> list[bytes]:
        """A file, whole."""
        reading = self._reading(reference)
        chunks: list[bytes] = []
        try:
            await self._guarded(reference, self._open(reading))
            while not reading.ended:
                chunks.append(await self._guarded(reference, reading.next()))
        finally:
            await reading.close()
        return chunks

    def _reading(self, reference: FileReference) -> _Reading:
        path = b"/".join((self._root, *names.original_parts(reference.path)))
        return _Reading(reference, path, self.settings.server)

    async def _connected(self) -> asyncssh.SFTPClient:
        async with self._connecting:
            return self._client or await self._connect()

    async def _connect(self) -> asyncssh.SFTPClient:
        settings = self.settings
        try:
            async with asyncio.timeout(settings.connect_seconds):
                self._connection = await asyncssh.connect(settings.host, settings.port, **self._options)
                self._client = await self._connection.start_sftp_client(path_encoding=None)
        except _FAILURES as error:
            await self._disconnect()
            raise sftp_outcomes.of_connection(error, settings.server) from error
        return self._client

    async def _disconnect(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.abort()
            await connection.wait_closed()

    async def _guarded(self, reference: FileReference, work: Coroutine[Any, Any, Result]) -> Result:
        try:
            async with asyncio.timeout(self.settings.answer_seconds):
                return await work
        except _FAILURES as error:
            await self._forget_if_lost(error)
            raise sftp_outcomes.of_file(error, self.settings.server, reference) from error

    async def _forget_if_lost(self, error: Exception) -> None:
        """After anything but an answer about one file, the next call connects anew."""
        lost = (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.SFTPBadMessage)
        if not isinstance(error, asyncssh.SFTPError) or isinstance(error, lost):
            await self._disconnect()

    async def _open(self, reading: _Reading) -> None:
        await reading.open(await self._connected())

    async def _write(self, folder: str, name: str, data: bytes) -> None:
        client = await self._connected()
        place = b"/".join((self._root, folder.encode()))
        try:
            async with asyncio.timeout(self.settings.answer_seconds):
                await client.makedirs(place, exist_ok=True)
                async with client.open(b"/".join((place, f".{name}".encode())), "wb", encoding=None) as file:
                    await file.write(data)
                await client.posix_rename(b"/".join((place, f".{name}".encode())), b"/".join((place, name.encode())))
        except _FAILURES as error:
            await self._forget_if_lost(error)
            if isinstance(error, asyncssh.SFTPPermissionDenied | asyncssh.SFTPFailure):
                raise outcomes.no_receipt(folder, type(error).__name__) from error
            raise sftp_outcomes.of_connection(error, self.settings.server) from error

    async def _list(self) -> Listing:
        found: list[FileReference] = []
        left: list[Finding] = []
        folders: set[str] = set()
        waiting = [("", 0)]
        while waiting:
            shown, depth = waiting.pop()
            if (entries := await self._entries(shown, left)) is None:
                continue
            folders.add(shown.rstrip("/"))
            for name, kind, size, modified in entries:
                path = f"{shown}{name}"
                if kind == asyncssh.FILEXFER_TYPE_DIRECTORY:
                    if depth == names.MAX_DEPTH:
                        raise outcomes.too_deep(shown)
                    waiting.append((f"{path}/", depth + 1))
                elif kind == asyncssh.FILEXFER_TYPE_REGULAR:
                    found.append(FileReference(path, *_size_and_time(size, modified, self.settings.server)))
                    if len(found) > names.MAX_FILES:
                        raise outcomes.too_many()
                else:
                    left.append(outcomes.special(path, link=kind == asyncssh.FILEXFER_TYPE_SYMLINK))
        held = (*(file.path for file in found), *(finding.path for finding in left))
        return Listing.of(found, left, empty=empty_folders(folders - {""}, held))

    async def _entries(self, shown: str, left: list[Finding]) -> list[tuple[str, int, int | None, float | None]] | None:
        """Name, type, size and time of what a folder holds; None when a sub-folder went away, or is not to be read."""
        client = await self._connected()
        folder = b"/".join((self._root, *(names.original(part) for part in shown.split("/") if part)))
        patience = self.settings.answer_seconds
        entries: list[tuple[str, int, int | None, float | None]] = []
        try:
            async with asyncio.timeout(patience) as limit:
                async for entry in client.scandir(folder):
                    limit.reschedule(asyncio.get_running_loop().time() + patience)
                    told = entry.attrs  # not kept: it is ten times what is needed of it
                    if (name := _bytes(entry.filename)) not in (b".", b".."):
                        entries.append((names.readable(name), told.type, told.size, told.mtime))
                    if len(entries) > names.MAX_FILES:
                        raise outcomes.too_many()
        except _FAILURES as error:
            await self._forget_if_lost(error)
            if shown and isinstance(error, asyncssh.SFTPNoSuchFile):
                return None
            if isinstance(error, asyncssh.SFTPPermissionDenied) and outcomes.of_system(shown.rstrip("/")):
                left.append(outcomes.system_folder(shown.rstrip("/")))
                return None
            raise sftp_outcomes.of_folder(error, self.settings.server, shown.rstrip("/")) from error
        return entries


class _Reading:
    """One file being read: some requests ahead of its reader, checked before and after against the listing.

    Each request is as large as the server answers at once, and a task of ours: the library's own parallel reading puts
    three more copies and twice the tasks between the line and the reader.
    """

    def __init__(self, reference: FileReference, path: bytes, server: str) -> None:
        self._reference = reference
        self._path = path
        self._server = server
        self._client: asyncssh.SFTPClient | None = None
        self._file: asyncssh.SFTPClientFile | None = None
        self._asked: deque[asyncio.Task[bytes]] = deque()
        self._block = CHUNK
        self._offset = 0
        self._received = 0

    @property
    def ended(self) -> bool:
        return self._file is not None and not self._asked

    @property
    def closed(self) -> bool:
        return self._file is None and not self._asked

    async def open(self, client: asyncssh.SFTPClient) -> None:
        self._client = client
        self._block = min(max(client.limits.max_read_len, LEAST), CHUNK)
        self._file = await client.open(self._path, "rb", encoding=None, block_size=0)
        self._ask()
        self._check_unchanged(await self._file.stat())

    async def next(self) -> bytes:
        """The next chunk; the last one only once the whole file was read and is still what was listed."""
        parts: list[bytes] = []
        while self._asked and (len(parts) + 1) * self._block <= CHUNK:
            parts.append(await self._asked[0])
            self._asked.popleft()
            self._ask()
        chunk = b"".join(parts)
        self._received += len(chunk)
        if not self._asked and self._client is not None:
            self._check_unchanged(await self._client.lstat(self._path))
            if self._received != self._reference.size:
                raise outcomes.changed(self._reference, size=self._received, modified=self._reference.modified)
        return chunk

    async def close(self) -> None:
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)
        self._asked.clear()
        file, self._file = self._file, None
        if file is not None:
            with suppress(*_FAILURES):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await file.close()

    def _ask(self) -> None:
        while len(self._asked) < AHEAD // self._block and self._offset < self._reference.size:
            size = min(self._block, self._reference.size - self._offset)
            self._asked.append(asyncio.create_task(self._whole(self._offset, size)))
            self._offset += size

    async def _whole(self, offset: int, size: int) -> bytes:
        """Bytes at a place, asked for again as long as the server gives fewer: shorter only at the file's end."""
        parts: list[bytes] = []
        while size and self._file is not None and (part := await self._file.read(size, offset)):
            parts.append(_bytes(part))
            offset, size = offset + len(part), size - len(part)
        return b"".join(parts)

    def _check_unchanged(self, attributes: asyncssh.SFTPAttrs) -> None:
        size, modified = _size_and_time(attributes.size, attributes.mtime, self._server)
        if attributes.type != asyncssh.FILEXFER_TYPE_REGULAR:
            raise outcomes.changed(self._reference, size=size, modified=modified)
        outcomes.check_unchanged(self._reference, size=size, modified=modified)


def _size_and_time(size: int | None, modified: float | None, server: str) -> tuple[int, int]:
    if size is None or modified is None:
        raise sftp_outcomes.no_sizes(server)
    return size, int(modified)


def _bytes(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def _options(settings: SftpSettings) -> dict[str, Any]:
    """Options of the connection: nothing of the machine's own SSH configuration, keys or agent counts.

    Raises:
        SettingsError: one of the keys cannot be read.
    """
    try:
        host_key = asyncssh.import_public_key(settings.host_key)
    except (asyncssh.KeyImportError, ValueError) as error:
        raise sftp_outcomes.bad_key("host_key") from error
    return {
        "config": None,
        "known_hosts": ([host_key], [], []),
        "server_host_key_algs": tuple(
            dict.fromkeys((*(name.decode() for name in host_key.sig_algorithms), *_KEY_TYPES))
        ),
        "username": settings.login,
        "password": settings.password or None,
        "client_keys": _client_keys(settings),
        "agent_path": None,
        "encryption_algs": _CIPHERS,
        "compression_algs": None,
        "connect_timeout": settings.connect_seconds,
        "login_timeout": settings.connect_seconds,
        "keepalive_interval": 15,
    }


def _client_keys(settings: SftpSettings) -> list[asyncssh.SSHKey] | None:
    if not settings.private_key:
        return None
    try:
        return [asyncssh.import_private_key(settings.private_key, settings.passphrase or None)]
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as error:
        raise sftp_outcomes.bad_key("private_key") from error
