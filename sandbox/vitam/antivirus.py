"""Search for viruses in a SIP: by clamd where there is one, else the EICAR test file alone."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from sandbox.vitam import container

_TIMEOUT_SECONDS = 1200
_BLOCK = 1 << 20
# Written in two parts: an antivirus would take this very file away.
_EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_FOUND = re.compile(r"stream: (.+) FOUND")
_ZIP = b"PK"


class Antivirus(Protocol):
    """Tells what virus a file holds."""

    def virus(self, path: Path) -> str:
        """Name of the virus, empty when there is none.

        Raises:
            OSError: the antivirus does not answer, or cannot tell.
        """


class Clamd:
    """The ClamAV daemon, to which the file is streamed (INSTREAM), so that it may run anywhere."""

    def __init__(self, address: str) -> None:
        self._address = address

    def virus(self, path: Path) -> str:
        with contextlib.closing(self._connect()) as connection, path.open("rb") as stream:
            connection.sendall(b"zINSTREAM\0")
            while block := stream.read(_BLOCK):
                connection.sendall(struct.pack("!I", len(block)) + block)
            connection.sendall(struct.pack("!I", 0))
            said = _answer(connection)
        found = _FOUND.fullmatch(said)
        if found is None and said != "stream: OK":
            raise OSError(f"clamd cannot tell: {said[:200]}")
        return found.group(1) if found else ""

    def _connect(self) -> socket.socket:
        host, _, port = self._address.rpartition(":")
        if port.isdigit():
            return socket.create_connection((host.strip("[]"), int(port)), _TIMEOUT_SECONDS)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(_TIMEOUT_SECONDS)
        connection.connect(self._address)
        return connection


class EicarOnly:
    """Knows one virus, which is none: the EICAR test file, in the SIP itself or in one of its entries."""

    def virus(self, path: Path) -> str:
        with path.open("rb") as stream:
            head = stream.read(len(_ZIP))
            stream.seek(0)
            if _holds_eicar(iter(lambda: stream.read(_BLOCK), b"")):
                return "Eicar-Test-Signature"
        try:
            entries = container.entries(path, "application/zip" if head == _ZIP else "application/x-tar")
            found = any(_holds_eicar(entry.blocks) for entry in entries)
        except container.Corrupt:
            return ""
        return "Eicar-Test-Signature" if found else ""


def _holds_eicar(blocks: Iterator[bytes]) -> bool:
    tail = b""
    for block in blocks:
        if _EICAR in tail + block:
            return True
        tail = (tail + block)[-len(_EICAR) :]
    return False


def _answer(connection: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0"):
        block = connection.recv(4096)
        if not block:
            break
        said += block
    return said.rstrip(b"\0\n").decode("utf-8", "replace")
