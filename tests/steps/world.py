"""A commune, its drop and an archive, small enough to be run hundreds of times: the chain without Airflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from versement.adapters.arrivals import DiskArrivals
from versement.adapters.formats.formats import FileFormats
from versement.adapters.registry import SqlRegistry
from versement.adapters.sources import FolderSource
from versement.adapters.staging import DiskStaging
from versement.domain.balance import Balance
from versement.domain.lifecycle import TransferState
from versement.domain.transfers import Transfer
from versement.pages.run import page
from versement.ports.formats import Formats
from versement.ports.source import Source
from versement.profiles.load import load_profile
from versement.profiles.models import Profile
from versement.profiles.sign_off import signed
from versement.steps.chain import Chain
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.deposit import deposit
from versement.steps.files import Guard
from versement.steps.near import propose_near
from versement.steps.package import package
from versement.steps.qualify import qualify
from versement.steps.reconcile import reconcile
from versement.steps.report import Verdict, report
from versement.testing.builders import a_tenant
from versement.testing.memory_archive import MemoryArchive
from versement.testing.plain_expectations import PlainExpectations

SHIPPED = Path(__file__).resolve().parents[2] / "include" / "profiles"


class MovableClock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def pass_(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@cache
def empty_registry() -> bytes:
    """The file of a registry that holds nothing, which takes a tenth of a second to make."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "registry.db"
        registry = SqlRegistry(f"sqlite:///{path}", MovableClock())
        registry.journal_head(a_tenant())
        registry.close()
        return path.read_bytes()


def profile_of(organisation: str = "saint-aubin", **connector: Any) -> Profile:
    """The shipped profile of a commune, with some of its connector's fields changed."""
    shipped = load_profile(SHIPPED / organisation / "deliberations.yaml")
    return shipped.model_copy(update={"connector": shipped.connector.model_copy(update=connector)})


def to_production(profiles: Path) -> None:
    """Make the machine's target a production, which no profile may reach without antivirus."""
    targets = profiles / "_targets.yaml"
    targets.write_text(targets.read_text(encoding="utf-8").replace("kind: essai", "kind: production"), encoding="utf-8")
    for path in profiles.glob("*/[a-z]*.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("antivirus: off\n", ""), encoding="utf-8")


@dataclass
class World:
    """Everything that outlives a crash is on disk or in `archive`; the rest is made anew for each run.

    Its profile is signed off as it is now, unless `unsigned`, or in the version of `signed_as`.
    """

    folder: Path
    drop: Path
    formats: Formats
    profile: Profile = field(default_factory=profile_of)
    archive: MemoryArchive = field(default_factory=MemoryArchive)
    clock: MovableClock = field(default_factory=MovableClock)
    wrap: Callable[[Any], Any] = lambda port: port
    arrivals: DiskArrivals | None = None
    guard: Guard | None = None
    runs: int = 0
    unsigned: bool = False
    signed_as: Profile | None = None

    def chain(self) -> Chain:
        place = self.folder / "registry.db"
        if not place.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            place.write_bytes(empty_registry())
        registry = SqlRegistry(f"sqlite:///{place}", self.clock)
        staging = DiskStaging(self.folder / "staging")
        visa = signed(self.signed_as or self.profile, "Claire Martin", "2026-05-04").visa
        profile = self.profile.model_copy(update={"visa": None if self.unsigned else visa})
        return Chain(profile, self.wrap(registry), self.wrap(staging), self.clock, arrivals=self.arrivals)

    def source(self) -> Source:
        source: Source = FolderSource(self.drop)
        return source

    def run(self, *, window: Window | None = None) -> Verdict:
        """One run of the connector's DAG, from collect to report."""
        self.runs += 1
        self.clock.pass_(1)
        chain, archive = self.chain(), self.wrap(self.archive)
        source = self.wrap(self.source())
        record = collect(chain, source, self.formats, run_id=f"run-{self.runs}", window=window or Window())
        source.close()
        qualify(chain, self.formats, PlainExpectations(), collection_id=record.id, guard=self.guard)
        deduplicate(chain)
        propose_near(chain, self.formats, collection_id=record.id)
        for _ in range(2):
            package(chain, collection_id=record.id)
            self.deposit(chain, archive)
            self.reconcile(chain, archive)
        return report(chain, page, collection_id=record.id)

    def deposit(self, chain: Chain, archive: MemoryArchive) -> None:
        for _ in range(100):
            progress = deposit(chain, archive, self.clock.pass_, self.guard)
            if progress.done:
                return
            self.clock.pass_(progress.pause)
        raise AssertionError("the deposit never ends")

    def reconcile(self, chain: Chain, archive: MemoryArchive) -> None:
        for patience in range(6, -1, -1):
            settled = reconcile(chain, archive, patient=patience > 0)
            if not settled.waiting and not settled.running:
                return

    def balance(self) -> Balance:
        chain = self.chain()
        return chain.registry.balance(chain.tenant, chain.connector)

    def transfers(self) -> Sequence[Transfer]:
        chain = self.chain()
        return chain.registry.transfers(chain.tenant, chain.connector, *TransferState)

    def put(self, path: str, data: bytes) -> None:
        target = self.drop / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def codes(self) -> Mapping[str, str]:
        """By reference, why a document waits."""
        chain = self.chain()
        return {item.reference: item.code for item in chain.registry.waiting(chain.tenant, chain.connector)}


def file_formats() -> FileFormats:
    return FileFormats()
