"""Doubles across everything that a coffre ever collected: whole records once, nothing ever lost, the rest proposed."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter

import pytest

from tests.steps.odd_acts import act, index, row
from versement.adapters.registry import SqlRegistry
from versement.domain.cases import Choice
from versement.domain.documents import Finding
from versement.domain.lifecycle import DocumentState
from versement.steps.arbitration import Answer, answer, questions

LONG = "Considérant que le service rendu aux familles justifie cette mesure, dont le coût reste à la commune. "


def remarks(world) -> dict[str, list[str]]:
    """By reference, codes of what is remarked of it."""
    return {reference: [finding.code for finding in found] for reference, found in findings_of(world).items()}


def findings_of(world) -> dict[str, tuple[Finding, ...]]:
    chain = world.chain()
    found = {
        document.reference: chain.registry.find(chain.tenant, document.id)[0].findings
        for state in DocumentState
        for document in chain.registry.documents(chain.tenant, chain.connector, state)
    }
    return {reference: findings for reference, findings in found.items() if findings}


def states(world) -> Counter[DocumentState]:
    chain = world.chain()
    return Counter(
        {state: len(chain.registry.documents(chain.tenant, chain.connector, state)) for state in DocumentState}
    )


def test_a_record_collected_long_ago_is_known_for_ever(empty_drop):
    """The same record in a later drop, under another name, is a duplicate of the first, whatever happened between."""
    empty_drop.put("2026/a.pdf", act())
    empty_drop.run()
    empty_drop.put("2026/b.pdf", act("2026_101"))
    empty_drop.run()
    empty_drop.put("copies/a (2).pdf", act())
    empty_drop.run()
    assert states(empty_drop)[DocumentState.DUPLICATE] == 1
    assert states(empty_drop)[DocumentState.ACCEPTED] == 2
    assert empty_drop.balance().adds_up


def test_another_content_takes_its_turn_when_the_first_one_is_refused(empty_drop):
    """What waited for the sake of a content that the platform refused is judged again, as if it had come after."""
    first, other = act(), act(says="Vu le code")
    empty_drop.archive.faults.refused_files.add(hashlib.sha512(first).hexdigest())
    empty_drop.put("a.pdf", first)
    empty_drop.put("b.pdf", other)
    empty_drop.run()
    assert empty_drop.codes() == {"a.pdf": "REFUSED_BY_ARCHIVE", "b.pdf": "IDENTITY_CONFLICT"}
    empty_drop.run()
    assert empty_drop.codes() == {"a.pdf": "REFUSED_BY_ARCHIVE"}
    assert (states(empty_drop)[DocumentState.ACCEPTED], states(empty_drop)[DocumentState.REFUSED]) == (1, 1)
    assert empty_drop.balance().adds_up


def test_one_object_in_several_records_is_sent_with_each(empty_drop):
    """An annex that two acts share is in both records, once as an object: no record loses a file."""
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.put("b.pdf", act(stamped=False))
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf"), row("2026_101", "b.pdf")))
    empty_drop.run()
    chain = empty_drop.chain()
    (transfer,) = empty_drop.transfers()
    units = [unit for unit in transfer.units if unit.path in ("a.pdf", "b.pdf")]
    assert len({unit.digest for unit in units}) == 1
    assert {unit.path for unit in units} == {"a.pdf", "b.pdf"}
    accepted = chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)
    assert [len(document.files) for document in accepted] == [1, 1]
    assert sum(entry.fixity.digest == units[0].digest for entry in transfer.entries) == 1


def test_the_same_bytes_under_two_records_are_told(empty_drop):
    """Both are sent; the second says which one it repeats, once however many runs there are."""
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.put("b.pdf", act(stamped=False))
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf"), row("2026_101", "b.pdf")))
    for _ in range(2):
        empty_drop.run()
    assert remarks(empty_drop)["b.pdf"].count("SAME_BYTES") == 1
    assert "SAME_BYTES" not in remarks(empty_drop).get("a.pdf", [])
    (told,) = [finding for finding in findings_of(empty_drop)["b.pdf"] if finding.code == "SAME_BYTES"]
    assert "« a.pdf »" in told.message
    assert states(empty_drop)[DocumentState.ACCEPTED] == 2


def test_nearly_the_same_text_is_proposed_and_sent(empty_drop):
    """An amended copy under another number is sent, and says which act it is nearly; an act of its own says nothing."""
    empty_drop.put("a.pdf", act("2026_100", says=LONG * 6))
    empty_drop.put("b.pdf", act("2026_101", says=LONG * 6 + "Ainsi amendé."))
    empty_drop.put("c.pdf", act("2026_102", says=" ".join(f"Alinéa {n} du marché n° {n * n}." for n in range(200))))
    empty_drop.run()
    found = remarks(empty_drop)
    assert {reference for reference, codes in found.items() if "NEAR_DUPLICATE" in codes} == {"b.pdf"}
    assert states(empty_drop)[DocumentState.ACCEPTED] == 3
    assert not empty_drop.codes()


def test_a_near_duplicate_is_found_in_an_earlier_collection(empty_drop):
    """What is compared is everything that the coffre collected, accepted long ago or not."""
    empty_drop.put("a.pdf", act("2026_100", says=LONG * 6))
    empty_drop.run()
    empty_drop.put("b.pdf", act("2026_101", says=LONG * 6))
    empty_drop.run()
    assert "NEAR_DUPLICATE" in remarks(empty_drop)["b.pdf"]
    assert "NEAR_DUPLICATE" not in remarks(empty_drop).get("a.pdf", [])


def test_a_near_duplicate_is_found_whichever_was_announced_first(empty_drop):
    """An act that waited for a person while a copy of it was accepted is compared with it all the same."""
    empty_drop.put("a.doc", act("2026_100", says=LONG * 6, stamped=False))
    empty_drop.put("index.csv", index(row("2026_100", "a.doc"), row("2026_101", "b.pdf")))
    empty_drop.run()
    assert empty_drop.codes()["a.doc"] == "FORMAT_MISMATCH"
    empty_drop.put("b.pdf", act("2026_101", says=LONG * 6, stamped=False))
    empty_drop.run()
    (question,) = questions(empty_drop.chain())
    answer(empty_drop.chain(), question, Answer(Choice.ACCEPT, "Anne Durand", "vu"))
    empty_drop.run()
    found = remarks(empty_drop)
    assert states(empty_drop)[DocumentState.ACCEPTED] == 2
    assert {reference for reference, codes in found.items() if "NEAR_DUPLICATE" in codes} == {"a.doc"}


def test_a_comparison_that_was_cut_is_made_again(empty_drop):
    """The step dies while it compares: nothing of the batch is taken for compared, and the next run tells."""
    empty_drop.put("a.pdf", act("2026_100", says=LONG * 6))
    empty_drop.put("b.pdf", act("2026_101", says=LONG * 6))
    whole = empty_drop.wrap
    empty_drop.wrap = lambda port: Cut(port) if isinstance(port, SqlRegistry) else port
    with pytest.raises(KeyboardInterrupt):
        empty_drop.run()
    empty_drop.wrap = whole
    empty_drop.run()
    assert "NEAR_DUPLICATE" in remarks(empty_drop)["b.pdf"]


class Cut:
    """A registry whose process dies when texts are compared."""

    def __init__(self, registry):
        self._registry = registry

    def __getattr__(self, name):
        return getattr(self._registry, name)

    def alike(self, *_, **__):
        raise KeyboardInterrupt


def test_the_known_doubles_of_real_deliberations_are_found(empty_drop, shared):
    """Of 70 real délibérations one was published twice, once without stamp: a person is asked about that pair alone."""
    if shared is None:
        pytest.skip("no real délibérations on this machine; the tests above prove the same on made ones")
    profile = empty_drop.profile
    organisation = profile.organisation.model_copy(update={"sirens": ("213401722",), "departement": "034"})
    empty_drop.profile = profile.model_copy(update={"organisation": organisation})
    folder = shared / "samples/deliberations/montpellier/pdf"
    for path in folder.glob("*.pdf"):
        shutil.copy(path, empty_drop.drop / path.name)
    empty_drop.run()
    assert empty_drop.codes() == {"2014-04-24-0000071305.pdf": "IDENTITY_CONFLICT"}
    ((told,),) = [found for reference, found in findings_of(empty_drop).items() if "71305" in reference]
    assert "2014-04-24-0000071277.pdf" in told.message
    assert not [codes for codes in remarks(empty_drop).values() if "NEAR_DUPLICATE" in codes or "SAME_BYTES" in codes]
    assert empty_drop.balance().files.waste == 0
    assert states(empty_drop)[DocumentState.ACCEPTED] == 69
