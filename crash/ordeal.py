"""One world struck once, run again until nothing is left to do, then compared with the archive."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crash import proxy, striker
from crash.outside import Outside
from crash.plan import BY_PATH, Injection
from crash.world import DOCUMENTS, World, profile_of
from versement.domain.errors import NotReleasable, ToRetry, VersementError
from versement.domain.lifecycle import TransferState
from versement.ports.formats import Formats
from versement.steps.recover import recover

RUNS = 6
"""Runs after the struck one, within which everything has to be settled."""
LONGEST_RUN = 40.0
ENDED, AGAIN, WRONG = 0, 3, 4
"""What a run's process says: to its end; an error that time mends; anything else."""
ACCEPTED = (TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS)
ENDS = (*ACCEPTED, TransferState.REFUSED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one world.

    Attributes:
        struck: the place was reached.
        lost: documents that are not accepted in the end, or whose units the archive does not hold.
        doubled: keys that several units carry.
        troubles: whatever else is not as it should be.
        operator: decisions that an operator had to take.
    """

    struck: bool
    lost: int = 0
    doubled: int = 0
    troubles: tuple[str, ...] = ()
    operator: int = 0

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.troubles)


class Ordeals:
    """Ordeals of one worker, each in a coffre and under an organisation of its own."""

    def __init__(self, outside: Outside, formats: Formats, folder: Path, drop: Path) -> None:
        self._outside = outside
        self._formats = formats
        self._folder = folder
        self._drop = drop
        self._tenants = 0

    def reached(self, scene: str) -> list[str]:
        """The points of a run that is not struck, in order.

        Raises:
            RuntimeError: even that does not end well.
        """
        ordeal = self._ordeal("sqlite", f"reference-{scene.replace(' ', '-')}", scene)
        outcome, points = ordeal.undergo(scene, None)
        if not outcome.good:
            raise RuntimeError(f"undisturbed run of « {scene} »: {outcome}")
        return points

    def undergo(self, injection: Injection) -> Outcome:
        ordeal = self._ordeal(injection.database, injection.key.replace("/", "-").replace(" ", "-"), injection.scene)
        return ordeal.undergo(injection.scene, injection)[0]

    def _ordeal(self, database: str, name: str, scene: str) -> _Ordeal:
        self._tenants += 1
        folder = self._folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        uploads = self._outside.uploads if scene.startswith(BY_PATH) else None
        profile = profile_of(f"monde-{os.getpid()}-{self._tenants}", self._tenants, uploads)
        url = f"sqlite:///{folder / 'registry.db'}" if database == "sqlite" else self._outside.database
        self._outside.set_up(profile)
        return _Ordeal(World(folder, self._drop, profile, url, self._outside.relayed), self._outside, self._formats)


class _Ordeal:
    def __init__(self, world: World, outside: Outside, formats: Formats) -> None:
        self._world = world
        self._outside = outside
        self._formats = formats
        self._runs = 0
        self._operator = 0
        self._troubles: list[str] = []

    def undergo(self, scene: str, injection: Injection | None) -> tuple[Outcome, list[str]]:
        _disturb(self._outside, scene, self._world.profile.tenant.number)
        struck = self._start(scene, injection)
        code = self._wait(struck, stops=True)
        if code is None:
            self._another_takes_over()
            os.kill(struck, signal.SIGCONT)
            code = self._wait(struck)
        self._judge(code, killed=injection is not None and injection.kind == "kill")
        self._until_settled()
        outcome = self._compare(was_struck=(self._world.folder / "struck").exists())
        points = (self._world.folder / "points").read_text().splitlines() if injection is None else []
        if outcome.good:
            shutil.rmtree(self._world.folder, ignore_errors=True)
        return outcome, points

    def _another_takes_over(self) -> None:
        """While the paused process sleeps, its leases pass and another run does all the work."""
        self._world.leap()
        self._judge(self._wait(self._start()))

    def _until_settled(self) -> None:
        for _ in range(RUNS):
            self._world.leap()
            code = self._wait(self._start())
            self._judge(code)
            if code == ENDED and self._settled():
                return
            time.sleep(0.1)

    def _settled(self) -> bool:
        """Whether nothing is open; an operator decides where one has to."""
        chain = self._world.chain()
        transfers = chain.registry.transfers(chain.tenant, chain.connector, *TransferState)
        stopped = [t for t in transfers if t.state is TransferState.STOPPED and t.operation_id]
        uncertain = [t for t in transfers if t.state is TransferState.UNCERTAIN]
        for transfer in stopped:
            self._operator += 1
            try:
                chain.registry.release(chain.tenant, transfer.id)
            except NotReleasable:
                self._outside.resume(chain.tenant.number, transfer.operation_id)
        if uncertain:
            self._decide([transfer.id for transfer in uncertain])
        return not stopped and not uncertain and all(t.state in ENDS for t in transfers)

    def _decide(self, transfers: Sequence[str]) -> None:
        """Look in the archive once more, long after; give back what it does not hold."""
        time.sleep(proxy.LATE_SECONDS)
        chain = self._world.chain()
        recover(chain, self._world.vitam())
        for name in transfers:
            found = chain.registry.transfer(chain.tenant, name)
            if found is not None and found.state is TransferState.UNCERTAIN:
                self._operator += 1
                chain.registry.release(chain.tenant, name)

    def _judge(self, code: int | None, *, killed: bool = False) -> None:
        if code in (ENDED, AGAIN) or (killed and code == -signal.SIGKILL):
            return
        self._troubles.append(f"run {self._runs} ends with {code}")

    def _start(self, scene: str = "", injection: Injection | None = None) -> int:
        """Fork a run; the first one is struck."""
        self._runs += 1
        pid = os.fork()
        if pid:
            return pid
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        code = WRONG
        try:
            code = self._run(scene, injection)
        finally:
            os._exit(code)  # whatever happened, a child never comes back

    def _run(self, scene: str, injection: Injection | None) -> int:
        world, log = self._world, (self._world.folder / "log").open("a", encoding="utf-8", buffering=1)
        logging.basicConfig(stream=log, level=logging.INFO, force=True, format="%(asctime)s %(message)s")
        log.write(f"--- run {self._runs} {injection.key if injection else ''}\n")
        hand = striker.Striker(
            injection,
            control=self._outside.control,
            restart=self._restart,
            struck=(world.folder / "struck").touch,
        )
        port = _Disturbed(self._outside.control, scene)
        try:
            world.run(self._formats, f"run-{self._runs}", wrap=lambda it: hand.wrap(port.wrap(it)), step=hand.step)
        except ToRetry as error:
            log.write(f"{type(error).__name__}: {error.message} {error.detail}\n")
            return AGAIN
        except VersementError as error:
            log.write(f"{type(error).__name__}: {error.message} {error.detail}\n{traceback.format_exc()}\n")
            return WRONG
        finally:
            if sys.exc_info()[0] is not None:
                log.write(traceback.format_exc())
            if scene and injection is None:
                (world.folder / "points").write_text("\n".join(hand.reached))
        return ENDED

    def _restart(self, when: str) -> None:
        if self._world.database.startswith("sqlite"):
            striker.hold(self._world.folder / "registry.db", when)
        else:
            self._outside.server.restart()

    def _wait(self, pid: int, *, stops: bool = False) -> int | None:
        """How a run ended; None when it only stopped."""
        deadline = time.monotonic() + LONGEST_RUN
        while time.monotonic() < deadline:
            done, status = os.waitpid(pid, os.WNOHANG | (os.WUNTRACED if stops else 0))
            if done and os.WIFSTOPPED(status):
                return None
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self._troubles.append(f"run {self._runs} hangs")
        return ENDED

    def _compare(self, *, was_struck: bool) -> Outcome:
        chain, archive = self._world.chain(), self._world.vitam()
        balance = chain.registry.balance(chain.tenant, chain.connector)
        counts = self._outside.counts(chain.tenant.number)
        transfers = chain.registry.transfers(chain.tenant, chain.connector, *TransferState)
        known: Counter[tuple[str, str]] = Counter()
        for transfer in transfers:
            known.update(_units(chain.registry.held_key(chain.tenant, unit.key) for unit in transfer.units))
        held = Counter(
            (unit.system_id, unit.key)
            for transfer in transfers
            if transfer.state in ACCEPTED
            for unit in archive.units_of(chain.tenant, transfer.operation_id)
        )
        if left := [path.name for path in self._outside.uploads.glob(f"{self._world.profile.dag_id}/*")]:
            self._troubles.append(f"files are left in the folder of arrivals: {left}")
        if not balance.adds_up:
            self._troubles.append(f"counts do not add up: {balance}")
        if set(known) != set(held) or counts["units"] != len(held):
            self._troubles.append(f"registry and archive disagree: {known}, {held}, {counts}")
        if not chain.registry.journal_is_whole(chain.tenant):
            self._troubles.append("the journal is broken")
        lost = max(DOCUMENTS - balance.documents.accepted, 0)
        return Outcome(was_struck, lost, len(counts["doubled"]), tuple(self._troubles), self._operator)


def _units(held: Any) -> list[tuple[str, str]]:
    return [(unit.system_id, unit.key) for unit in held if unit is not None]


def _disturb(outside: Outside, scene: str, tenant: int) -> None:
    """What happens to a world before any strike, as the archive's own faults."""
    faults: Mapping[str, dict[str, Any]] = {
        "cut": {"kind": "cut", "after_bytes": 1_000_000},
        "answer lost": {"kind": "lost_answer"},
        f"{BY_PATH}, answer lost": {"kind": "lost_answer"},
        "fatal": {"kind": "fatal", "step": "STP_OBJ_STORING"},
        "late reply": {"kind": "late_reply", "seconds": 0.3},
    }
    if scene in faults:
        outside.fault(tenant=tenant, **faults[scene])


class _Disturbed:
    """The first deposit of a scene that the network disturbs."""

    ORDERS: Mapping[str, str] = {"nothing arrived": "cut", "swallowed": "swallow"}

    def __init__(self, control: int, scene: str) -> None:
        self._control = control
        self._kind = self.ORDERS.get(scene, "")

    def wrap(self, port: Any) -> Any:
        if not self._kind or not hasattr(port, "deposit"):
            return port
        disturbed = self

        class Once:
            def __getattr__(self, name: str) -> Any:
                return disturbed._deposit(port) if name == "deposit" else getattr(port, name)

        return Once()

    def _deposit(self, port: Any) -> Any:
        def deposit(*args: Any, **kwargs: Any) -> Any:
            if self._kind:
                proxy.order(self._control, kind=self._kind)
                self._kind = ""
            return port.deposit(*args, **kwargs)

        return deposit


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
