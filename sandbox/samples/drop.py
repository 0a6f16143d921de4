"""What one batch of a commune's drop holds: every path with its bytes, and the time it was dropped."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sandbox.samples.actes import cancellation, message, receipt
from sandbox.samples.annexes import annex
from sandbox.samples.model import (
    Act,
    Batch,
    Body,
    Commune,
    act_path,
    cancellation_path,
    message_path,
    receipt_path,
)
from sandbox.samples.pdf import deliberation
from sandbox.samples.scdl import index

DROPPED = {
    Batch.FIRST: datetime(2026, 6, 1, 8, 0, tzinfo=UTC),
    Batch.LATE: datetime(2026, 6, 15, 8, 0, tzinfo=UTC),
}
EXECUTABLE = (
    b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8" + bytes(43) + b"\x80" + bytes(67) + b"PE\x00\x00"
)


class PathConflict(Exception):
    """Two acts of the tables want different bytes at one path."""


def files(commune: Commune, batch: Batch) -> Mapping[str, bytes]:
    """Every path of a batch with its bytes, sorted by path."""
    found: dict[str, bytes] = {}
    for path, content in _all_files(commune, batch):
        if found.setdefault(path, content) != content:
            raise PathConflict(path)
    return dict(sorted(found.items()))


def write(folder: Path, content: Mapping[str, bytes], dropped: datetime) -> None:
    """Write paths under a folder, all with the same modification time: it is part of what a source announces."""
    moment = dropped.timestamp()
    for path, data in content.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        os.utime(target, (moment, moment))


def _all_files(commune: Commune, batch: Batch) -> Iterator[tuple[str, bytes]]:
    for act in commune.acts:
        if act.batch is batch:
            yield from _act_files(commune, act)
        if act.receipt and act.receipt.batch is batch:
            yield receipt_path(commune, act), receipt(commune, act, act.receipt)
    if batch is Batch.FIRST:
        yield from commune.waste
    for when, layout in commune.indexes:
        if when is batch:
            rows = [act for act in commune.acts if act.indexed and act.batch is batch]
            yield layout.path, index(commune, rows, layout)


def _act_files(commune: Commune, act: Act) -> Iterator[tuple[str, bytes]]:
    if act.body is not Body.ABSENT:
        content = _body(commune, act)
        yield act_path(commune, act), content
        yield from ((path, content) for path in act.copies)
    for item in act.annexes:
        yield item.path, annex(item, commune.name)
    if act.message:
        yield message_path(commune, act), message(commune, act)
    if act.cancelled:
        yield cancellation_path(commune, act), cancellation(commune, act, act.cancelled)


def _body(commune: Commune, act: Act) -> bytes:
    if act.body is Body.EMPTY:
        return b""
    if act.body is Body.EXECUTABLE:
        return EXECUTABLE
    return deliberation(commune, act)
