"""A drop on an SFTP server, read with many requests in flight and bounded memory.

The host's key is always checked. Symbolic links are neither listed nor followed. Retrying is left to the caller.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncssh

from versement.adapters.sources import names, outcomes, sftp_outcomes
from versement.adapters.sources.background import Background
from versement.domain.documents import FileReference
from versement.domain.errors import SettingsError
from versement.domain.fixity import CHUNK
from versement.domain.tenant import Tenant

log = logging.getLogger("versement.sources")

Result = TypeVar("Result")

AHEAD = 8
"""Chunks asked for ahead of the reader: 8 MiB at most are held."""

_FAILURES = (asyncssh.Error, OSError)
# The fastest first: OpenSSL runs AES-GCM on the processor's own instructions.
_CIPHERS = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"


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
        self._background: Background | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    def listing(self, tenant: Tenant) -> Sequence[FileReference]:
        del tenant  # one adapter reads one tenant's drop
        return sorted(self._call(self._list()))

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        del tenant
        path = b"/".join((self._root, *names.original_parts(reference.path)))
        reading = _Reading(reference, path, self.settings.answer_seconds)
        try:
            self._call(self._guarded(reference, self._open(reading)))
            while chunk := self._call(self._guarded(reference, reading.next())):
                yield chunk
            self._call(self._guarded(reference, reading.check()))
        finally:
            self._call(reading.close())

    def close(self) -> None:
        if self._background is not None:
            self._background.call(self._disconnect())
            self._background.stop()
            self._background = None

    @property
    def _root(self) -> bytes:
        return self.settings.folder.rstrip("/").encode() or b"/."

    def _call(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        if self._background is None:
            self._background = Background("versement-sftp")
        return self._background.call(coroutine)

    async def _connected(self) -> asyncssh.SFTPClient:
        if self._client is not None:
            return self._client
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

    async def _list(self) -> list[FileReference]:
        found: list[FileReference] = []
        skipped = 0
        waiting = [("", 0)]
        while waiting:
            shown, depth = waiting.pop()
            async for name, attributes in self._entries(shown):
                path = f"{shown}{name}"
                if attributes.type == asyncssh.FILEXFER_TYPE_DIRECTORY:
                    if depth == names.MAX_DEPTH:
                        raise outcomes.too_deep(shown)
                    waiting.append((f"{path}/", depth + 1))
                elif attributes.type == asyncssh.FILEXFER_TYPE_REGULAR:
                    found.append(FileReference(path, *_size_and_time(attributes, self.settings.server)))
                    if len(found) > names.MAX_FILES:
                        raise outcomes.too_many()
                else:
                    skipped += 1
        if skipped:
            log.warning("Dépôt : %d liens ou fichiers spéciaux ne sont pas lus.", skipped)
        return found

    async def _entries(self, shown: str) -> AsyncIterator[tuple[str, asyncssh.SFTPAttrs]]:
        """What a folder holds; a sub-folder that went away meanwhile holds nothing."""
        client = await self._connected()
        folder = b"/".join((self._root, *(names.original(part) for part in shown.split("/") if part)))
        patience = self.settings.answer_seconds
        try:
            async with asyncio.timeout(patience) as limit:
                async for entry in client.scandir(folder):
                    limit.reschedule(asyncio.get_running_loop().time() + patience)
                    name = entry.filename if isinstance(entry.filename, bytes) else entry.filename.encode()
                    if name not in (b".", b".."):
                        yield names.readable(name), entry.attrs
        except _FAILURES as error:
            await self._forget_if_lost(error)
            failure = sftp_outcomes.of_folder(error, self.settings.server, shown.rstrip("/"))
            if shown and isinstance(error, asyncssh.SFTPNoSuchFile):
                return
            raise failure from error


class _Reading:
    """One file being read: always a few chunks ahead, checked before and after against the listing."""

    def __init__(self, reference: FileReference, path: bytes, patience: float) -> None:
        self._reference = reference
        self._path = path
        self._patience = patience
        self._client: asyncssh.SFTPClient | None = None
        self._file: asyncssh.SFTPClientFile | None = None
        self._asked: deque[asyncio.Task[bytes]] = deque()
        self._offset = 0
        self._read = 0
