"""The whole chain on the sample communes: every document ends where it should, and the counts add up."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from versement.domain.documents import Field
from versement.domain.lifecycle import DocumentState

OUTCOMES = {
    DocumentState.ACCEPTED: "accepted",
    DocumentState.DUPLICATE: "duplicate",
    DocumentState.SET_ASIDE: "set aside",
    DocumentState.REFUSED: "refused",
}


def _outcome(state: DocumentState) -> str:
    return OUTCOMES.get(state, "pending")


def _expected(samples: Path, name: str, batch: str) -> dict[str, dict]:
    found = json.loads((samples / name / "EXPECTED.json").read_text())
    return {document["reference"]: document for document in found["batches"][batch]["documents"]}


def _states(world) -> dict[str, DocumentState]:
    chain = world.chain()
    return {
        document.reference: state
        for state in DocumentState
        for document in chain.registry.documents(chain.tenant, chain.connector, state)
    }


def _refuse_photographs(world) -> None:
    world.archive.faults.refused_files = {path.name for path in world.drop.rglob("*.jpg")}


@pytest.mark.parametrize("name", ["saint-aubin", "maurecy"])
def test_every_document_of_the_sample_drops_ends_where_it_should(commune, samples, name):
    """Each of the sample documents, good or spoilt, ends in the state that an archivist expects of it."""
    world = commune(name)
    _refuse_photographs(world)
    world.run()
    expected = _expected(samples, name, "first")
    states = _states(world)
    assert states.keys() == expected.keys()
    for group in {frozenset([reference, *document["interchangeable"]]) for reference, document in expected.items()}:
        wanted = Counter(expected[reference]["outcome"] for reference in group)
        assert Counter(_outcome(states[reference]) for reference in group) == wanted, sorted(group)
    assert world.balance().adds_up


@pytest.mark.parametrize("name", ["saint-aubin", "maurecy"])
def test_what_arrives_later_joins_what_is_already_held(commune, samples, name):
    """An acknowledgement or an act of a later run goes under the act or the séance deposited before, once."""
    world = commune(name)
    _refuse_photographs(world)
    world.run()
    shutil.copytree(samples / name / "late", world.drop, dirs_exist_ok=True)
    world.run()
    states = _states(world)
    for reference, document in _expected(samples, name, "late").items():
        assert _outcome(states[reference]) == document["outcome"], reference
    assert all(count == 1 for count in world.archive.copies(world.chain().tenant).values())
    assert world.balance().adds_up


def test_a_second_run_deposits_nothing_twice(commune):
    """Running again on the same drop collects nothing: everything is already known."""
    world = commune("saint-aubin")
    world.run()
    before = world.balance()
    world.run()
    chain = world.chain()
    again = chain.registry.balance(chain.tenant, chain.connector, "deliberations:run-2")
    assert again.documents.collected == 0
    assert again.documents.known == again.documents.announced > 0
    assert world.balance() == before


def test_a_refused_document_never_holds_its_neighbours_back(commune):
    """The archive refuses one annex: its act is refused, all the others are accepted in a corrected transfer."""
    world = commune("maurecy")
    annex = next(path.name for path in sorted(world.drop.rglob("*.pdf")))
    world.archive.faults.refused_files = {annex}
    verdict = world.run()
    assert verdict.refused >= 1
    transfers = world.transfers()
    assert any(transfer.follows for transfer in transfers)
    counts = world.balance().documents
    assert counts.accepted > 0
    assert counts.pending == sum(code.startswith("WAITS_") for code in world.codes().values())


def test_each_value_says_where_it_was_read(commune):
    """Identity, date and objet of every accepted act come from the index, a message, the ARActe or the stamp."""
    world = commune("saint-aubin")
    world.run()
    chain = world.chain()
    for document in chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED):
        for name in (Field.SIREN, Field.DATE):
            assert document.metadata.values[name].source
        assert document.record_key
