"""A market whose archive or folder was copied in the drop is one market: nothing of it is deposited twice."""

from __future__ import annotations

import pytest

from tests.steps.test_markets import page, town
from tests.steps.tool_drops import zipped
from versement.domain.lifecycle import DocumentState

__all__ = ["town"]

TREE = {"DCE/RC.pdf": page("rc"), "Attribution/RAO.pdf": page("rao")}


def count(world, state):
    chain = world.chain()
    return len(chain.registry.documents(chain.tenant, chain.connector, state))


@pytest.mark.parametrize(
    "name", ["42007 (1).zip", "42007 - Copie.zip", "42007 - Copie (2).zip", "Copie de 42007.zip", "42007-copie.zip"]
)
def test_copy_of_an_archive_holds_duplicates(town, name):
    """A browser or a desktop made a second archive of the same files: each is a duplicate of the market's own."""
    town.put("42007.zip", zipped(TREE))
    town.run()
    town.put(name, zipped({"DCE/RC.pdf": TREE["DCE/RC.pdf"]}))
    town.run()
    assert count(town, DocumentState.ACCEPTED) == 2
    assert count(town, DocumentState.DUPLICATE) == 1
    assert len(town.transfers()) == 1


@pytest.mark.parametrize("other", [{"DCE/CCTP.pdf": page("cctp")}, {"DCE/RC.pdf": page("un autre règlement")}])
def test_market_named_like_a_copy_with_files_of_its_own_is_another_one(town, other):
    """« 42007 (2) » may be a lot, or a market that was begun from a copy: its files are not given to 42007."""
    town.put("42007.zip", zipped(TREE))
    town.put("42007 (2).zip", zipped({**TREE, **other}))
    town.run()
    chain = town.chain()
    keys = [one.record_key for one in chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)]
    assert len({key.split("/")[1] for key in keys}) == 2
    assert count(town, DocumentState.DUPLICATE) == 0
