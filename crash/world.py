"""One commune, its drop, its registry, its coffre: the chain's steps on them, in the present process."""

from __future__ import annotations

import shutil
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.samples import write_many
from versement.adapters.formats.formats import FileFormats
from versement.adapters.registry import SqlRegistry
from versement.adapters.sources import FolderSource
from versement.adapters.staging import DiskStaging
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.settings import Timeouts, VitamSettings
from versement.domain.documents import Readings
from versement.domain.health import Health
from versement.pages.run import page
from versement.ports.formats import FormatIdentification, Formats
from versement.profiles.load import load_profile
from versement.profiles.local_deposit import LocalDeposit
from versement.profiles.models import Profile
from versement.profiles.sign_off import signed
from versement.settings import arrivals_of
from versement.steps.chain import Chain
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.deposit import deposit
from versement.steps.package import package
from versement.steps.qualify import qualify
from versement.steps.reconcile import Reconciled, reconcile
from versement.steps.report import report
from versement.testing.plain_expectations import PlainExpectations

FICHE = Path(__file__).resolve().parents[1] / "include" / "profiles" / "maurecy" / "deliberations.yaml"
DOCUMENTS = 2
PADDING = 1_300_000
"""Bytes added to each document, so that a SIP has several blocks."""
ACCESS_CONTRACT = "AC-VERSEMENT"
TURN_SECONDS = 0.06
"""Real time between two looks at the archive; longer than its index delay."""
LEAP_SECONDS = 8.0
"""What the world's clock moves meanwhile: leases last half a minute, which is not waited for."""
LONG_AFTER = 3600.0
TURNS = 200
PATIENT_TURNS = 60
"""Looks at a reply that are taken before what does not show counts as not being there."""


class WorldClock:
    """The real time and a shift that is kept in a file, the same for all processes of a world."""

    def __init__(self, file: Path) -> None:
        self._file = file
        if not file.exists():
            file.write_bytes(struct.pack("d", 0.0))

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._shift())

    def leap(self, seconds: float) -> None:
        self._file.write_bytes(struct.pack("d", self._shift() + seconds))

    def _shift(self) -> float:
        return float(struct.unpack("d", self._file.read_bytes())[0])


class RememberedFormats(FileFormats):
    """What the real readers said of each content once: worlds have the same drop, and readers are slow to start."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], Any] = {}

    def stamp(self, path: Path) -> Readings:
        said: Readings = self._once("stamp", path, lambda: FileFormats.stamp(self, path))
        return said

    def health(self, path: Path) -> Health:
        said: Health = self._once("health", path, lambda: FileFormats.health(self, path))
        return said

    def identify(self, paths: Sequence[Path]) -> Mapping[Path, FormatIdentification]:
        return {path: self._format(path) for path in paths}

    def _format(self, path: Path) -> FormatIdentification:
        said: FormatIdentification = self._once("format", path, lambda: FileFormats.identify(self, [path])[path])
        return said

    def _once(self, what: str, path: Path, ask: Callable[[], Any]) -> Any:
        """Staged files are named by their digest."""
        if (what, path.name) not in self._said:
            self._said[what, path.name] = ask()
        return self._said[what, path.name]


@dataclass(frozen=True, slots=True)
class World:
    """What outlives a process is in `folder`, in the database and in the archive."""

    folder: Path
    drop: Path
    profile: Profile
    database: str
    archive: str

    def chain(self, wrap: Callable[[Any], Any] = lambda port: port) -> Chain:
        clock = WorldClock(self.folder / "clock")
        registry = SqlRegistry(self.database, clock)
        arrivals = arrivals_of(self.profile)
        return Chain(
            self.profile,
            wrap(registry),
            wrap(DiskStaging(self.folder / "staging")),
            clock,
            arrivals=wrap(arrivals) if arrivals else None,
        )

    def vitam(self) -> VitamArchive:
        return VitamArchive(settings(self.archive))

    def leap(self, seconds: float = LONG_AFTER) -> None:
        WorldClock(self.folder / "clock").leap(seconds)

    def run(
        self,
        formats: Formats,
        run_id: str,
        *,
        wrap: Callable[[Any], Any] = lambda port: port,
        step: Callable[[str], None] = lambda _name: None,
    ) -> None:
        """One run of the connector's DAG, from collect to report."""
        chain, archive, source = self.chain(wrap), wrap(self.vitam()), FolderSource(self.drop)
        step("collect")
        record = collect(chain, source, formats, run_id=run_id, window=Window())
        step("qualify")
        qualify(chain, formats, PlainExpectations(), collection_id=record.id)
        step("deduplicate")
        deduplicate(chain)
        for _ in range(2):
            step("package")
            package(chain, collection_id=record.id)
            step("deposit")
            self._until(lambda _turn: deposit(chain, archive).done)
            step("reconcile")
            self._until(lambda turn: _settled(reconcile(chain, archive, patient=turn < PATIENT_TURNS)))
        step("report")
        report(chain, page, collection_id=record.id)
        step("end")

    def _until(self, done: Callable[[int], bool]) -> None:
        for turn in range(TURNS):
            if done(turn):
                return
            time.sleep(TURN_SECONDS)
            self.leap(LEAP_SECONDS)
        raise TimeoutError("a step never comes to its end")


def _settled(found: Reconciled) -> bool:
    return not found.waiting and not found.running


def settings(url: str) -> VitamSettings:
    return VitamSettings(
        url,
        url,
        url,
        access_contract=ACCESS_CONTRACT,
        kind="essai",
        sandbox=True,
        timeouts=Timeouts(connect=2, send=1, read=1, answer=5, copy=1),
    )


def profile_of(name: str, number: int, uploads: Path | None = None) -> Profile:
    """The shipped profile as an organisation of its own, in a coffre of its own, with short leases.

    With a folder of arrivals every SIP goes by it.
    """
    shipped = load_profile(FICHE)
    tenants = {
        key: tenant.model_copy(update={"number": number}) for key, tenant in shipped.organisation.tenants.items()
    }
    organisation = shipped.organisation.model_copy(update={"name": name, "tenants": tenants})
    connector = shipped.connector.model_copy(update={"verification_sample": 1})
    local = LocalDeposit(folder=str(uploads.resolve()), above_bytes=1) if uploads else None
    target = shipped.target.model_copy(update={"index_delay_seconds": 1.0, "local_deposit": local})
    changed = shipped.model_copy(update={"organisation": organisation, "connector": connector, "target": target})
    return signed(changed, "Claire Martin", "2026-05-04")


def write_drop(folder: Path) -> None:
    """A few délibérations, large enough that their SIP leaves in several blocks; the same bytes each time."""
    shutil.rmtree(folder, ignore_errors=True)
    write_many(folder, DOCUMENTS)
    (folder / "index.csv").unlink()
    for path in sorted(folder.rglob("*.pdf")):
        content = path.read_bytes()
        end = content.rindex(b"startxref")
        line = b"%" + b"." * 98 + b"\n"
        path.write_bytes(content + line * (PADDING // len(line)) + content[end:])
