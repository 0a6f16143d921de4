"""The written report."""

from __future__ import annotations

import json

from tests.steps.doubtful_archive import RepeatingArchive
from versement.domain.lifecycle import TransferState
from versement.steps.operation import adopt


def _written(world) -> dict:
    """The last run's report."""
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, f"{chain.connector}:run-{world.runs}")
    with chain.staging.open(chain.tenant, record.report) as file:
        return json.load(file)


def test_doubles_to_eliminate_stay_told_after_the_acceptance(commune) -> None:
    """Whoever was not at the terminal reads of the other operation in the report, and finds it by any document."""
    world = commune("maurecy")
    world.archive = RepeatingArchive()
    world.run()
    (before,) = world.transfers()
    kept, double = (name for _, name in world.archive._operations)
    chain = world.chain()
    adopt(chain, world.archive, before, kept)
    world.run()
    (line,) = _written(world)["transfers"]
    assert (line["operation"], [said["code"] for said in line["remarks"]]) == (kept, ["OPERATIONS_TO_ELIMINATE"])
    assert double in line["remarks"][0]["message"]
    assert line["state"] == TransferState.ACCEPTED
    (story,) = chain.registry.find(chain.tenant, before.members[0])
    assert any(double in finding.message for finding in story.findings)
