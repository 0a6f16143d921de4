"""`python -m demo.kills`: kill the demonstration at seeded moments, run it again, compare with an undisturbed one."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import Any

from demo import processes
from demo.places import ROOT

SCENARIO = "communes"
SINCE_THE_BEGINNING = "depuis le début"
LONGEST_RUN = 1200.0
SCRIPT = "demo up"
PROFILES = ROOT / "include" / "profiles"
ROLES = (
    ("sandbox.vitam.siegfried", "siegfried"),
    ("sandbox.vitam", "vitam"),
    ("sandbox.sftp", "sftp"),
    ("db migrate", "migration"),
    ("api_server", "api-server"),
    ("api-server", "api-server"),
    ("LocalExecutor", "executor"),
    ("airflow worker", "task"),
    ("dag-processor", "dag-processor"),
    ("triggerer", "triggerer"),
    ("scheduler", "scheduler"),
)
"""What a process is, by what its command line holds; the first that fits."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What a demonstration that ran to its end says, and what its Vitam holds.

    Attributes:
        rows: the table's lines since the beginning, label then counts.
        held: by tenant, number of units and of object groups.
        doubled: by tenant, the keys that several units carry.
    """

    rows: tuple[tuple[str, ...], ...]
    held: dict[str, tuple[int, int]]
    doubled: dict[str, Any]

    @classmethod
    def of(cls, printed: str, counts: Mapping[str, Any]) -> Ending:
        """From what was printed, and /sandbox/counts."""
        return cls(
            rows_of(printed),
            {tenant: (said["units"], said["groups"]) for tenant, said in counts.items()},
            {tenant: said["doubled"] for tenant, said in counts.items() if said["doubled"]},
        )

    def differences(self, reference: Ending) -> list[str]:
        found = [f"doublés dans Vitam : {self.doubled}"] if any(self.doubled.values()) else []
        if self.held != reference.held:
            found.append(f"Vitam conserve {self.held}, attendu {reference.held}")
        wanted, got = set(reference.rows), set(self.rows)
        found += [f"ligne de trop {' | '.join(row)}" for row in sorted(got - wanted)]
        return found + [f"ligne absente {' | '.join(row)}" for row in sorted(wanted - got)]


class Failed(Exception):
    """A demonstration that nobody disturbed did not end well."""


class Demonstration:
    """One demonstration in a folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var.resolve()
        self.starts = 0

    def begin(self) -> subprocess.Popen[bytes]:
        """Start `demo up`; what it says goes to the next log."""
        self.starts += 1
        self.var.mkdir(parents=True, exist_ok=True)
        with self._log().open("wb") as log:
            return subprocess.Popen(self._command("up"), env=self._env(), cwd=ROOT, stdout=log, stderr=log)

    def complete(self) -> Ending:
        """Run `demo up` to its end, undisturbed.

        Raises:
            Failed: it did not end, or not well.
        """
        script = self.begin()
        try:
            code = script.wait(LONGEST_RUN)
        except subprocess.TimeoutExpired as error:
            script.kill()
            script.wait()
            raise Failed(f"inachevée au bout de {LONGEST_RUN:.0f} s") from error
        if code != 0:
            raise Failed(f"code {code}")
        with urllib.request.urlopen(f"http://{self._vitam()}/sandbox/counts", timeout=30) as answer:
            return Ending.of(self._log().read_text(encoding="utf-8"), json.load(answer))

    def unsound(self) -> bool:
        """Whether the counts do not add up, here and now."""
        home = self.var / SCENARIO
        if not (home / "registre.db").exists():
            return False
        places = {"VERSEMENT_REGISTRY_URL": f"sqlite:///{home / 'registre.db'}"}
        told = {"VERSEMENT_STAGING": str(home / "preparation"), "VERSEMENT_PROFILES": str(PROFILES), **places}
        command = [sys.executable, "-m", "versement", "status"]
        status = subprocess.run(command, env={**os.environ, **told}, cwd=ROOT, capture_output=True, check=False)
        return status.returncode != 0 or any(line.endswith(b"NON") for line in status.stdout.splitlines())

    def stop(self) -> None:
        """End all of it.

        Raises:
            Failed: something is left.
        """
        subprocess.run(self._command("stop"), env=self._env(), cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        left = processes.ours(self.var)
        if left:
            raise Failed(f"restent après l’arrêt : {[role_of(pid) for pid in left]}")

    def delete(self) -> None:
        shutil.rmtree(self.var, ignore_errors=True)

    def _log(self) -> Path:
        return self.var / f"execution-{self.starts}.log"

    def _vitam(self) -> str:
        return (self.var / SCENARIO / "vitam.pret").read_text().strip()

    def _command(self, verb: str) -> list[str]:
        return [sys.executable, "-m", "demo", verb]

    def _env(self) -> dict[str, str]:
        return {**os.environ, "VERSEMENT_DEMO_VAR": str(self.var)}


def rows_of(printed: str) -> tuple[tuple[str, ...], ...]:
    """The final table's lines since the beginning, as they were printed."""
    lines = (line for line in printed.splitlines() if SINCE_THE_BEGINNING in line)
    return tuple(tuple(cell.strip() for cell in line.split("  ") if cell.strip()) for line in lines)


def role_of(pid: int) -> str:
    try:
        said = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return "gone"
    return next((role for held, role in ROLES if held in said), "other")


class Killer:
    """Draws the moments and the victims."""

    def __init__(self, seed: int, span: float, grace: float) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - the same kills again, not a secret
        self._span = span
        self._grace = grace

    def strike(self, demonstration: Demonstration) -> str:
        """Run a demonstration, kill one of its processes at some moment, end the script; say what was done."""
        moment, weight = self._dice.uniform(0, self._span), self._dice.random()
        script = demonstration.begin()
        time.sleep(moment)
        before = script.poll()
        role = self._kill_one(script, demonstration.var, weight)
        try:
            after = f"le script rend {script.wait(self._grace)}"
        except subprocess.TimeoutExpired:
            after = f"le script, tué {self._grace:.0f} s après"
        finally:
            script.kill()
            script.wait()
        if role == SCRIPT or before is not None:
            after = "le script avait fini" if before is not None else ""
        return f"à {moment:5.1f} s, {role}{f' ({after})' if after else ''}"

    def _kill_one(self, script: subprocess.Popen[bytes], var: Path, weight: float) -> str:
        """Every kind of process has the same chance, however many there are of it."""
        kinds: dict[str, list[int]] = {SCRIPT: [script.pid]} if script.poll() is None else {}
        for pid in sorted(processes.ours(var)):
            kinds.setdefault(role_of(pid), []).append(pid)
        if not kinds:
            return "rien"
        role = sorted(kinds)[int(weight * len(kinds))]
        try:
            os.kill(kinds[role][-1], SIGKILL)
        except ProcessLookupError:
            return f"{role}, déjà fini"
        return role


def main(argv: Sequence[str] | None = None) -> int:
    """0 when every demonstration that was killed ended as the undisturbed one."""
    arguments = _parser().parse_args(argv)
    root: Path = arguments.var
    reference, span = _reference(root / "reference")
    say(f"Référence en {span:.0f} s :")
    for row in reference.rows:
        say(f"  {' | '.join(row)}")
    killer = Killer(arguments.seed, span, arguments.grace)
    failed = 0
    for number in range(1, arguments.count + 1):
        demonstration = Demonstration(root / f"{number:03}")
        demonstration.delete()
        started = time.monotonic()
        struck, troubles = ordeal(demonstration, reference, killer, kills=arguments.kills_each)
        failed += bool(troubles)
        outcome = " ; ".join(troubles) or "même bilan, rien de doublé"
        say(f"{number}/{arguments.count}  {' ; '.join(struck)}  →  {outcome}  [{time.monotonic() - started:.0f} s]")
        if troubles:
            say(f"     journaux : {demonstration.var}")
        else:
            demonstration.delete()
    say(f"{arguments.count - failed} passed, {failed} failed")
    return 1 if failed else 0


def _reference(var: Path) -> tuple[Ending, float]:
    demonstration = Demonstration(var)
    demonstration.delete()
    started = time.monotonic()
    try:
        ending = demonstration.complete()
        return ending, time.monotonic() - started
    finally:
        demonstration.stop()


def ordeal(
    demonstration: Demonstration, reference: Ending, killer: Killer, *, kills: int = 1
) -> tuple[list[str], list[str]]:
    """Kill a demonstration so many times, then let it end; what was done, and what is wrong with the end."""
    struck, troubles = [], []
    for _ in range(kills):
        struck.append(killer.strike(demonstration))
        if demonstration.unsound():
            troubles.append("les comptes ne tombent pas juste après l’interruption")
    try:
        troubles += demonstration.complete().differences(reference)
    except (Failed, OSError, ValueError) as error:
        troubles.append(f"la dernière exécution échoue : {error}")
    try:
        demonstration.stop()
    except Failed as error:
        troubles.append(str(error))
    return struck, troubles


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo.kills", description="Tue la démonstration, et la relance.")
    parser.add_argument("--count", type=int, default=20, help="nombre de démonstrations tuées")
    parser.add_argument("--seed", type=int, default=7, help="graine des moments et des victimes")
    parser.add_argument("--kills-each", type=int, default=1, help="interruptions avant de comparer")
    parser.add_argument("--grace", type=float, default=10, help="secondes laissées au script après la mort d’un autre")
    parser.add_argument("--var", type=Path, default=ROOT / "var" / "kills", metavar="DOSSIER", help="où tout se passe")
    return parser


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
