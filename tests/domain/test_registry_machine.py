"""Any interleaving of runs, retries and decisions: the counts add up and no record is accepted twice."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from versement.adapters.registry import SqlRegistry
from versement.domain.documents import SourceDocument
from versement.domain.errors import NotReleasable
from versement.domain.lifecycle import (
    DOCUMENT_MOVES,
    TAKEN,
    TRANSFER_MOVES,
    AttemptState,
    DocumentState,
    TransferState,
)
from versement.domain.transfers import Ending, Settlement, Transfer
from versement.testing.builders import (
    CONNECTOR,
    FixedClock,
    a_collected_document,
    a_collection,
    a_finding,
    a_reading,
    a_tenant,
    a_transfer,
    an_announced_document,
    an_attempt,
    system_ids,
)

TENANT = a_tenant()
KEYS = ("095-219509908-20260312-2026_014-DE", "219509908/20260312/2026_014")
OTHER_KEYS = {KEYS[0]: KEYS[1]}
"""The identified act is also known by its number."""
VERSIONS = (b"premier contenu", b"second contenu")
REFUSED_AS_A_WHOLE = "TRANSFER_REFUSED"
"""The only stop that says that the archive holds nothing."""
STOPS = (REFUSED_AS_A_WHOLE, "OPERATION_STOPPED")
VERY_RARELY = (None, None, None, None, 0)
"""Which of several documents has a fault of its own."""


def _announced(number: int, modified: int, said: str):
    return an_announced_document(
        f"{number}.pdf", annexes=["commune.pdf"], modified=modified, readings=(a_reading(text=said),)
    )


drops = st.tuples(
    *(st.builds(_announced, st.just(number), st.integers(1, 3), st.sampled_from(["1", "2"])) for number in range(4))
)
"""Four documents, each of which may be replaced at the source, or described anew."""


class RegistryMachine(RuleBasedStateMachine):
    """Everything that the steps may ask of a registry, in any order that ports.registry allows."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="registre-"))
        self.clock = FixedClock()
        self.registry = SqlRegistry(f"sqlite:///{self.folder / 'registre.db'}", self.clock)
        self.names = (f"{number:03}" for number in count(1))
        self.versions: dict[str, tuple[str, str]] = {}
        self.stopped_for: dict[str, str] = {}
        self.by_state: dict[DocumentState, list[SourceDocument]] = {state: [] for state in DocumentState}
        self.by_transfer_state: dict[TransferState, list[Transfer]] = {state: [] for state in TransferState}

    def teardown(self) -> None:
        assert self.registry.journal_is_whole(TENANT)
        self.registry.close()
        shutil.rmtree(self.folder)

    def documents(self, state: DocumentState) -> list[SourceDocument]:
        """Documents in a state, as last looked at."""
        return self.by_state[state]

    def transfers(self, *states: TransferState) -> list[Transfer]:
        """Transfers in these states, as last looked at."""
        return [transfer for state in states for transfer in self.by_transfer_state[state]]

    def claimed(self) -> list[SourceDocument]:
        """Qualified documents that hold their record: those that may be packed."""
        held = ((d, self.registry.record(TENANT, d.record_key)) for d in self.documents(DocumentState.QUALIFIED))
        return [document for document, record in held if record and record.document.id == document.id]

    @initialize(found=drops)
    def first_announcement(self, found) -> None:
        self.announce(found)

    @rule(found=drops)
    def announce(self, found) -> None:
        self.registry.announce(TENANT, a_collection(found, run=next(self.names)))

    @precondition(lambda self: self.documents(DocumentState.ANNOUNCED))
    @rule(vanished=st.sampled_from(VERY_RARELY))
    def collect(self, vanished) -> None:
        for place, document in enumerate(self.documents(DocumentState.ANNOUNCED)):
            announced = self.registry.announced_as(TENANT, document.id)
            if place == vanished:
                self.registry.set_aside(TENANT, document.id, [a_finding("FILE_VANISHED")])
            else:
                self.registry.collected(TENANT, a_collected_document(announced, run=document.collection))

    @precondition(lambda self: self.documents(DocumentState.COLLECTED))
    @rule(data=st.data(), bad=st.sampled_from(VERY_RARELY))
    def qualify(self, data, bad) -> None:
        for place, document in enumerate(self.documents(DocumentState.COLLECTED)):
            key, content = data.draw(st.sampled_from(KEYS)), data.draw(st.sampled_from(VERSIONS))
            announced = self.registry.announced_as(TENANT, document.id)
            judged = a_collected_document(announced, key=key, content=content)
            if place == bad:
                self.registry.set_aside(TENANT, document.id, [a_finding()], judged=judged)
            else:
                self.registry.qualified(TENANT, [(judged, [])])
                self.versions[document.id] = (key, content.decode())

    @precondition(lambda self: self.documents(DocumentState.QUALIFIED))
    @rule(data=st.data())
    def claim(self, data) -> None:
        qualified = self.documents(DocumentState.QUALIFIED)
        for document in data.draw(st.permutations(qualified))[: data.draw(st.integers(1, len(qualified)))]:
            key, version = self.versions[document.id]
            claim = self.registry.claim(TENANT, document.id, other_key=OTHER_KEYS.get(key, ""), version=version)
            if claim.outcome == "conflict":
                self.registry.set_aside(TENANT, document.id, [a_finding("IDENTITY_CONFLICT")])

    @precondition(lambda self: self.documents(DocumentState.QUALIFIED))
    @rule(data=st.data())
    def a_person_sets_aside(self, data) -> None:
        document = data.draw(st.sampled_from(self.documents(DocumentState.QUALIFIED)))
        self.registry.set_aside(TENANT, document.id, [a_finding()])

    @precondition(lambda self: self.claimed())
    @rule(data=st.data())
    def pack(self, data) -> None:
        ready = self.claimed()
        members = data.draw(st.lists(st.sampled_from(ready), min_size=1, unique_by=lambda document: document.id))
        run = members[0].collection.removeprefix(f"{CONNECTOR}:")
        self.registry.pack(TENANT, a_transfer(members, name=f"versement-{next(self.names)}", run=run))

    @precondition(lambda self: self.transfers(TransferState.READY))
    @rule(data=st.data(), outcome=st.sampled_from([*AttemptState]), committed=st.booleans())
    def send(self, data, outcome, committed) -> None:
        transfer = data.draw(st.sampled_from(self.transfers(TransferState.READY)))
        attempt = an_attempt(transfer.id, name=next(self.names), now=self.clock.now())
        assert self.registry.begin(TENANT, attempt)
        assert not self.registry.begin(TENANT, an_attempt(transfer.id, name=next(self.names)))
        if committed:
            self.registry.commit(TENANT, attempt.id, lease=timedelta(hours=1))
        self._settle_attempt(attempt.id, outcome)

    @precondition(lambda self: self.transfers(TransferState.SENDING, TransferState.UNCERTAIN))
    @rule(data=st.data(), outcome=st.sampled_from([*AttemptState]))
    def recover(self, data, outcome) -> None:
        in_doubt = (AttemptState.SENDING, AttemptState.COMMITTING, AttemptState.UNCERTAIN)
        attempt = data.draw(st.sampled_from(self.registry.attempts(TENANT, CONNECTOR, *in_doubt)))
        if attempt.state is not outcome:
            self._settle_attempt(attempt.id, outcome)

    def _settle_attempt(self, attempt_id: str, outcome: AttemptState) -> None:
        """What became of a try; SENDING and COMMITTING stand for a crash that leaves it open."""
        if outcome in (AttemptState.SENDING, AttemptState.COMMITTING):
            return
        operation = f"operation-{attempt_id}" if outcome in TAKEN else ""
        self.registry.end_attempt(TENANT, attempt_id, outcome, operation_id=operation)

    @precondition(lambda self: self.transfers(TransferState.DEPOSITED, TransferState.STOPPED))
    @rule(data=st.data(), outcome=st.sampled_from(["accepted", "refused", *STOPS]))
    def settle(self, data, outcome) -> None:
        transfer = data.draw(st.sampled_from(self.transfers(TransferState.DEPOSITED, TransferState.STOPPED)))
        if outcome == "accepted":
            endings = {member: Ending(DocumentState.ACCEPTED) for member in transfer.members}
            settlement = Settlement(TransferState.ACCEPTED, units=system_ids(transfer), documents=endings)
        elif outcome == "refused":
            guilty = data.draw(st.sets(st.sampled_from(transfer.members)))
            refused, back = Ending(DocumentState.REFUSED, "REFUSED_BY_ARCHIVE", "Non."), Ending(DocumentState.QUALIFIED)
            endings = {member: refused if member in guilty else back for member in transfer.members}
            settlement = Settlement(TransferState.REFUSED, documents=endings)
        else:
            code = self.stopped_for.setdefault(transfer.id, outcome)
            settlement = Settlement(TransferState.STOPPED, findings=(("", a_finding(code)),))
        for _ in range(2):
            self.registry.settle(TENANT, transfer.id, settlement)

    @precondition(lambda self: self.transfers(TransferState.STOPPED, TransferState.UNCERTAIN))
    @rule(data=st.data())
    def an_operator_releases(self, data) -> None:
        transfer = data.draw(st.sampled_from(self.transfers(TransferState.STOPPED, TransferState.UNCERTAIN)))
        if self.stopped_for.get(transfer.id, REFUSED_AS_A_WHOLE) == REFUSED_AS_A_WHOLE:
            self.registry.release(TENANT, transfer.id)
        else:
            with pytest.raises(NotReleasable):
                self.registry.release(TENANT, transfer.id)

    @invariant()
    def all_holds(self) -> None:
        before, transfers_before = _states(self.by_state), _states(self.by_transfer_state)
        for state in DocumentState:
            self.by_state[state] = list(self.registry.documents(TENANT, CONNECTOR, state))
        found = self.registry.transfers(TENANT, CONNECTOR, *TransferState)
        for transfer_state in TransferState:
            self.by_transfer_state[transfer_state] = [item for item in found if item.state is transfer_state]
        self.every_move_is_one_of_the_table(before, transfers_before)
        self.no_record_is_accepted_twice()
        self.what_is_packed_is_in_one_open_transfer()
        self.a_duplicate_has_an_original_that_lives()
        assert self.registry.balance(TENANT, CONNECTOR).adds_up

    def every_move_is_one_of_the_table(self, before, transfers_before) -> None:
        after, transfers_after = _states(self.by_state), _states(self.by_transfer_state)
        assert after.keys() >= before.keys()
        for name, state in before.items():
            assert after[name] is state or after[name] in DOCUMENT_MOVES[state]
        for name, was in transfers_before.items():
            through = {further for step in TRANSFER_MOVES[was] for further in TRANSFER_MOVES[step]}
            assert transfers_after[name] is was or transfers_after[name] in TRANSFER_MOVES[was] | through

    def no_record_is_accepted_twice(self) -> None:
        accepted = Counter(self.versions[document.id] for document in self.documents(DocumentState.ACCEPTED))
        assert max(accepted.values(), default=0) <= 1

    def what_is_packed_is_in_one_open_transfer(self) -> None:
        ended = (TransferState.REFUSED, TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS)
        is_open = self.transfers(*(state for state in TransferState if state not in ended))
        members = Counter(member for transfer in is_open for member in transfer.members)
        assert members.keys() == {document.id for document in self.documents(DocumentState.PACKAGED)}
        assert max(members.values(), default=0) <= 1

    def a_duplicate_has_an_original_that_lives(self) -> None:
        for document in self.documents(DocumentState.DUPLICATE):
            (story,) = self.registry.find(TENANT, document.id)
            original = self.registry.document(TENANT, story.original)
            assert original.state in {DocumentState.QUALIFIED, DocumentState.PACKAGED, DocumentState.ACCEPTED}
            assert self.versions[original.document.id][1] == self.versions[document.id][1]


def _states(by_state) -> dict:
    return {item.id: state for state, items in by_state.items() for item in items}


TestRegistryMachine = RegistryMachine.TestCase
TestRegistryMachine.settings = settings(
    max_examples=8,
    stateful_step_count=30,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes, and hides the first failure
    suppress_health_check=list(HealthCheck),
)
