"""Grouping of drops of acts as tools leave them: time per file in a large drop against a small one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from bench.measure import Measure
from versement.domain.documents import FileReference, Kind, Role
from versement.domain.drop import ActesMessage, DescribedAct, DescribedFile, Description, Descriptor, Envelope
from versement.domain.grouping import group

SMALL, LARGE = 2_000, 20_000
"""Folders, of five files each."""
ACT = DescribedAct(
    (DescribedFile(Role.ACT, "a.pdf"), DescribedFile(Role.ANNEX, "b.pdf"), DescribedFile(Role.SIGNATURE, "s.p7s")), ()
)
MESSAGE = ActesMessage(Kind.ACT, "a.pdf", ("b.pdf",), (), ("s.p7s",))


def _described(folders: int) -> float:
    """Seconds per file of folders that a tool describes."""
    described = {f"{n:06}/metadata.json": Description((ACT,)) for n in range(folders)}
    return _seconds(folders, ("a.pdf", "b.pdf", "s.p7s", "metadata.json", "fichier_termine.txt"), {}, described)


def _transmitted(folders: int) -> float:
    """Seconds per file of ACTES transmissions with their envelopes."""
    messages = {f"{n:06}/m.xml": MESSAGE for n in range(folders)}
    envelopes = {f"{n:06}/e.xml": Envelope("EnveloppeCLMISILL", ("m.xml",)) for n in range(folders)}
    return _seconds(folders, ("a.pdf", "b.pdf", "s.p7s", "m.xml", "e.xml"), messages, envelopes)


def _seconds(
    folders: int, names: tuple[str, ...], messages: Mapping[str, ActesMessage], described: Mapping[str, Descriptor]
) -> float:
    listing = [FileReference(f"{n:06}/{name}", 1, 0) for n in range(folders) for name in names]
    start = time.process_time()
    found = group(listing, {}, messages, (), described)
    taken = time.process_time() - start
    if len(found.documents) != folders:
        raise SystemExit(f"{folders} documents expected, {len(found.documents)} found")
    return taken / len(listing)


def measures() -> Iterator[Measure]:
    for what, seconds in (("described by Pastell", _described), ("ACTES transmissions", _transmitted)):
        small, large = seconds(SMALL), seconds(LARGE)
        yield Measure(f"{5 * LARGE} files, {what}", large * 5 * LARGE, "s")
        yield Measure(
            f"a file of {5 * LARGE} against one of {5 * SMALL}, {what}", large / small, "times", 2.5, at_most=True
        )
