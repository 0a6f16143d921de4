"""Receipts as files, written into the folder of the drop that the profile names."""

from __future__ import annotations

import json
from typing import Protocol

from versement.domain.tenant import Tenant
from versement.ports.source import Receipt
from versement.profiles.sources import FileReceipt


class Writer(Protocol):
    """A source where a receipt can be written."""

    def write(self, folder: str, name: str, data: bytes) -> None:
        """Write a whole file, in place of one of the same name; the folder is made when it is missing."""
        ...

    def close(self) -> None: ...


class FileReceipts:
    """One file for each document, the same each time that it is written."""

    by_folder = False

    def __init__(self, writer: Writer, asked: FileReceipt) -> None:
        self._writer = writer
        self._asked = asked

    def give(self, tenant: Tenant, receipt: Receipt) -> bool:
        del tenant  # one adapter writes in one tenant's drop
        name = f"accuse-{receipt.document}.{self._asked.format}"
        self._writer.write(self._asked.folder, name, content(receipt, self._asked.format))
        return True

    def close(self) -> None:
        self._writer.close()


def content(receipt: Receipt, form: str) -> bytes:
    """A receipt as JSON, or as text of one line for each thing said."""
    said = {"document": receipt.reference, "versement": receipt.transfer, "operation": receipt.operation}
    if form == "json":
        whole = {**said, "fichiers": [{"chemin": path, "sha512": sha} for path, sha in sorted(receipt.files.items())]}
        return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()
    lines = [f"{name} : {value}" for name, value in said.items()]
    lines += [f"{sha}  {path}" for path, sha in sorted(receipt.files.items())]
    return ("\n".join(lines) + "\n").encode()
