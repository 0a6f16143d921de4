"""What the page of a trial shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from versement.domain.balance import HEADINGS
from versement.orchestration.onboarding import organisation_of
from versement.orchestration.trials import result_of, run_key

ANSWERS = {
    "OK": "La plateforme accepterait ce SIP.",
    "WARNING": "La plateforme accepterait ce SIP, avec des remarques.",
    "KO": "La plateforme refuserait ce SIP.",
    "FATAL": "La plateforme est tombée en panne sur ce SIP ; prévenez l’exploitant de Vitam.",
}


@dataclass(frozen=True, slots=True)
class TrialPage:
    """One run of a trial.

    Attributes:
        faults: what is wrong with the profile; None when it was not read yet.
        trial: as `steps.trial` told it; None when it did not come to that.
        stopped: why it went no further, or empty.
        unscanned: the profile asks for an antivirus, and the machine has none.
        counts: French heading and number, in order.
    """

    name: str
    faults: Sequence[str] | None
    trial: Mapping[str, Any] | None
    stopped: str
    left_unread: int
    unscanned: bool
    window: str
    counts: Sequence[tuple[str, int]]
    answers: Sequence[Mapping[str, Any]]


def trial(dag_id: str, run_id: str) -> TrialPage:
    """The page of one run, as far as it has gone."""
    found = result_of(organisation_of(dag_id), run_key(dag_id, run_id)) or {}
    told = found.get("trial")
    return TrialPage(
        name=found.get("name", ""),
        faults=found.get("faults"),
        trial=told,
        stopped=found.get("stopped", ""),
        left_unread=found.get("left_unread", 0),
        unscanned=found.get("unscanned", False),
        window=found.get("window", ""),
        counts=[(title, told["counts"][name]) for name, title in HEADINGS.items()] if told else [],
        answers=[
            {**answer, "said": ANSWERS.get(answer["status"], ANSWERS["KO"])} for answer in found.get("blank_tests", ())
        ],
    )
