"""The archival profile's check in a child process: libxml2 holds the whole manifest in memory."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from versement.adapters.child import command, environment
from versement.domain.errors import Defect, SettingsError
from versement.ports.archival_profile import Departure, DepartureKind


@dataclass(frozen=True, slots=True)
class BoundedProfileCheck:
    """See `ports.ArchivalProfileCheck`.

    Attributes:
        seconds: time that one manifest may take.
        memory: address space of the child, in bytes; 10 000 units take some 200 MiB.
    """

    seconds: float = 600
    memory: int = 1 << 30

    def __call__(self, manifest: Path, profile: bytes) -> Sequence[Departure]:
        try:
            done = subprocess.run(
                command("conformity.tool", str(manifest), str(self.memory)),
                input=profile,
                capture_output=True,
                check=False,
                timeout=self.seconds,
                env=environment(),
            )
        except subprocess.TimeoutExpired as error:
            raise self._too_much(f"no answer within {self.seconds:g} s") from error
        if done.returncode:
            raise self._too_much(f"profile check ended with {done.returncode}: {done.stderr[-500:]!r}")
        answer = json.loads(done.stdout)
        if "defect" in answer:
            raise Defect(answer["defect"], detail=answer["detail"])
        return tuple(
            Departure(within, element, DepartureKind(kind), line)
            for within, element, kind, line in answer["departures"]
        )

    def _too_much(self, detail: str) -> SettingsError:
        return SettingsError(
            f"Le contrôle d’un bordereau par son profil d’archivage a échoué, ou dépassé ce qui lui est permis "
            f"({self.seconds:g} s, {self.memory >> 20} Mio). Rien n’a été envoyé : diminuez « unit_cap » dans la "
            "fiche, puis relancez ; si cela ne suffit pas, signalez-le aux développeurs.",
            detail=detail,
        )
