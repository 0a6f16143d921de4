"""The page that each run leaves: everything in one file, made of its report's JSON alone.

Equal facts give equal bytes. It loads nothing, runs nothing, and can be printed. Long lists are shown in part, and
how many are left out is said: the JSON holds them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from versement.domain.balance import Balance, Counts
from versement.domain.particulars import DUPLICATE
from versement.domain.scans import Scanned
from versement.pages import chart
from versement.pages.evidence import rules_of
from versement.pages.explanations import explanations
from versement.pages.templating import RULES, Listed, number, templates, when

WAITING, OF_A_REASON, OF_A_RULE = 2000, 200, 50
"""Documents shown: of all that wait, of one reason, of one rule on metadata."""
LONGEST = 600
"""Characters of one value that is shown: names come from drops."""
LEAST = 0.001
STEPS = {
    "collect": "Collecter",
    "qualify": "Qualifier",
    "deduplicate": "Dédoublonner",
    "package": "Empaqueter",
    "deposit": "Déposer",
    "reconcile": "Rapprocher",
}
SCANNED = {said.name.lower(): said.value for said in Scanned}
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls, those that turn the direction of writing included."""
ALIKE = {DUPLICATE: "doublon", "SAME_BYTES": "mêmes fichiers", "NEAR_DUPLICATE": "quasi-doublon"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Documents that wait for one reason; each with its anchor on the page."""

    anchor: str
    code: str
    state: str
    actor: str
    count: int
    documents: Sequence[tuple[str, Mapping[str, str]]]

    @property
    def left_out(self) -> int:
        return self.count - len(self.documents)


@dataclass(frozen=True, slots=True)
class Failing:
    """A rule on metadata, and the documents that break it: reference, and anchor when they are on the page."""

    rule: Any
    documents: Sequence[tuple[str, str]]


def page(facts: Mapping[str, Any]) -> Iterator[bytes]:
    """The page in UTF-8, part by part.

    Args:
        facts: a run's report, as read from its JSON (`steps.report`).
    """
    reasons = _reasons(facts["waiting"])
    anchors = {told["document_id"]: anchor for reason in reasons for anchor, told in reason.documents}
    named = set(_codes(facts))
    values = {
        "facts": facts,
        "started": when(datetime.fromisoformat(facts["started"])),
        "balances": {name: _balance(facts[name]) for name in ("this_run", "overall")},
        "reasons": reasons,
        "rules": _rules(facts, anchors),
        "unfit": Listed.of((facts["expectations"] or {}).get("unfit", ()), RULES),
        "lists": {
            name: Listed.of(facts.get(name, ()))
            for name in ("waste", "drop_findings", "completeness", "later_starts", "transfers", "alikes")
        },
        "formats": Listed.of(facts["formats"]),
        "timings": list(_timings(facts["timings"])),
        "chart": chart.chart(facts["footprint"]["over_time"]),
        "explained": {code: told for code, told in explanations().items() if code in named},
    }
    for part in _TEMPLATES.get_template("run.html").generate(**values):
        yield part.encode("utf-8", "backslashreplace")


def decimal(value: float) -> str:
    """Three significant digits, with a comma; what is too small to matter is said to be so."""
    if not value:
        return "0"
    if abs(value) < LEAST:
        return f"moins de {decimal(LEAST)}"
    places = max(0, 2 - int(f"{value:e}".partition("e")[2]))
    text = f"{value:.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def _shown(value: Any) -> Any:
    """As a page may show it: no control characters, and not at any length."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    whole = value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
    return _UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", whole)


_TEMPLATES = templates()
_TEMPLATES.finalize = _shown
_TEMPLATES.globals |= {
    "decimal": decimal,
    "volume": chart.volume,
    "drawing": chart,
    "scanned": SCANNED,
    "alike_names": ALIKE,
}


def _balance(counts: Mapping[str, Mapping[str, int]]) -> Balance:
    return Balance(documents=Counts(**counts["documents"]), files=Counts(**counts["files"]))


def _reasons(waiting: Sequence[Mapping[str, str]]) -> list[Reason]:
    """By who must act, then the most frequent first."""
    found: dict[tuple[str, str, str], list[Mapping[str, str]]] = {}
    for item in waiting:
        found.setdefault((item["actor"], item["state"], item["code"]), []).append(item)
    reasons: list[Reason] = []
    left, place = WAITING, 0
    for (actor, state, code), items in sorted(found.items(), key=lambda each: (each[0][0], -len(each[1]), each[0])):
        shown = items[: min(OF_A_REASON, left)]
        left -= len(shown)
        documents = [(f"document-{place + i}", item) for i, item in enumerate(shown, 1)]
        place += len(shown)
        reasons.append(Reason(f"motif-{len(reasons) + 1}", code, state, actor, len(items), documents))
    return reasons


def _rules(facts: Mapping[str, Any], anchors: Mapping[str, str]) -> Listed:
    """Those that documents break come first, so that none of them is left out for one that all keep."""
    records = facts["records"]
    listed = Listed.of(sorted(rules_of(facts["expectations"]), key=lambda rule: not rule.failed), RULES)
    failing = [
        Failing(rule, [(records.get(key, key), anchors.get(key, "")) for key in rule.documents[:OF_A_RULE]])
        for rule in listed.shown
    ]
    return Listed(failing, listed.left_out)


def _timings(spans: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str, str, int]]:
    for span in spans:
        begun, ended = (datetime.fromisoformat(span[name]) for name in ("begun", "ended"))
        yield STEPS[span["step"]], when(begun), when(ended), _duration(ended - begun), span["lines"]


def _duration(time: timedelta) -> str:
    seconds = int(time.total_seconds())
    if seconds < 1:
        return "moins d’une seconde"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    words = [(number(hours), "h"), (str(minutes), "min"), (str(seconds), "s")]
    return " ".join(f"{count}\u00a0{unit}" for count, unit in words if count != "0")


def _codes(facts: Mapping[str, Any]) -> Iterator[str]:
    """Every code that the page shows."""
    for name in ("waiting", "drop_findings", "completeness", "alikes"):
        yield from (item["code"] for item in facts[name])
    yield from (said["code"] for transfer in facts["transfers"] for said in transfer["remarks"])
    yield from (rule.code for rule in rules_of(facts["expectations"]))
    yield from ((facts["files"] or {}).get("troubles", ()))
    yield from (unfit["code"] for unfit in (facts["expectations"] or {}).get("unfit", ()))
