"""A small SFTP server in a thread of its own, over a real port, that can be told to fail."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh

from versement.adapters.sources.sftp import SftpSettings


class _Passwords(asyncssh.SSHServer):
    def __init__(self, server: TestServer) -> None:
        self._server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._server.connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("collecte", "mot-de-passe")


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], server: TestServer) -> None:
        super().__init__(channel, chroot=str(server.root).encode())
        self._server = server

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        if path in self._server.forbidden:
            raise asyncssh.SFTPPermissionDenied("no")
        file = super().open(path, pflags, attrs)
        self._server.opened.append(file)
        return file

    def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        if path in self._server.forbidden:
            raise asyncssh.SFTPPermissionDenied("no")
        return super().scandir(path)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        self._server.reads += 1
        if self._server.cut_at is not None and offset + size > self._server.cut_at:
            self._server.cut_at = None
            self._server.connections[-1].abort()
            await asyncio.sleep(3600)
        if self._server.silent:
            await asyncio.sleep(3600)
        data = super().read(file_obj, offset, min(size, self._server.most))
        return data if isinstance(data, bytes) else await data


class TestServer:
    """Serves `root/depot` to user `collecte`.

    Attributes:
        cut_at: the connection is cut once, when bytes beyond this place are asked for.
        silent: reads are never answered.
        most: bytes given to one request.
        forbidden: paths that the account may not open.
        root: what clients see as `/`.
    """

    __test__ = False

    def __init__(self, root: Path, kinds: Sequence[str] = ("ssh-ed25519",)) -> None:
        self.root = root
        self.cut_at: int | None = None
        self.silent = False
        self.most = 1 << 22
        self.forbidden: set[bytes] = set()
        self.reads = 0
        self.connections: list[asyncssh.SSHServerConnection] = []
        self.opened: list[Any] = []
        self.keys = [asyncssh.generate_private_key(kind) for kind in kinds]
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    async def _listen(self) -> None:
        self._acceptor = await asyncssh.create_server(
            lambda: _Passwords(self),
            "127.0.0.1",
            self.port,
            server_host_keys=self.keys,
            sftp_factory=lambda channel: _Files(channel, self),
        )
        self.port = self._acceptor.get_port()

    @property
    def host_key(self) -> str:
        return self.keys[0].export_public_key().decode().strip()

    def settings(self, **changes: Any) -> SftpSettings:
        """Settings that work, with some of them changed."""
        settings = SftpSettings(
            host="127.0.0.1",
            port=self.port,
            login="collecte",
            password="mot-de-passe",
            host_key=self.host_key,
            folder="/depot",
            connect_seconds=20.0,
            answer_seconds=20.0,
        )
        return replace(settings, **changes)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._acceptor.close()
        for connection in self.connections:
            connection.abort()
        await asyncio.sleep(0)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for file in self.opened:  # a session that is cancelled leaves open what its client had not closed
            file.close()
