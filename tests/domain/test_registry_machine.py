"""Any interleaving of runs, retries and decisions: the counts add up and no record is accepted twice."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from versement.adapters.registry import SqlRegistry
from versement.domain.documents import SourceDocument
from versement.domain.lifecycle import (
    DOCUMENT_MOVES,
    TRANSFER_MOVES,
    AttemptState,
    DocumentState,
    TransferState,
)
from versement.domain.transfers import Ending, Settlement
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
KEYS = ("095-219509908-20260312-2026_014-DE", "219509908/20260312/2026_014", "219509908/20260312/2026_015")
OTHER_KEYS = {KEYS[0]: KEYS[1]}
"""The identified act is also known by its number."""
VERSIONS = (b"premier contenu", b"second contenu")
announcements = st.builds(
    lambda number, modified, said: an_announced_document(
        f"{number}.pdf", annexes=["commune.pdf"], modified=modified, readings=(a_reading(text=said),)
    ),
    st.integers(1, 4),
    st.sampled_from([1_700_000_000, 1_700_000_001]),
    st.sampled_from(["1", "2"]),
)


class RegistryMachine(RuleBasedStateMachine):
    """Everything that the steps may ask of a registry, in any order that ports.registry allows."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="registre-"))
        self.clock = FixedClock()
        self.registry = SqlRegistry(f"sqlite:///{self.folder / 'registre.db'}", self.clock)
        self.names = (f"{number:03}" for number in count(1))
        self.versions: dict[str, tuple[str, str]] = {}
        self.seen: dict[str, DocumentState] = {}
        self.seen_transfers: dict[str, TransferState] = {}

    def teardown(self) -> None:
        assert self.registry.journal_is_whole(TENANT)
        self.registry.close()
        shutil.rmtree(self.folder)

    def documents(self, *states: DocumentState):
        return self.registry.documents(TENANT, CONNECTOR, *states)

    def transfers(self, *states: TransferState):
        return self.registry.transfers(TENANT, CONNECTOR, *states)

    def claimed(self) -> list[SourceDocument]:
        """Qualified documents that hold their record: those that may be packed."""
        held = ((d, self.registry.record(TENANT, d.record_key)) for d in self.documents(DocumentState.QUALIFIED))
        return [document for document, record in held if record and record.document.id == document.id]

    @rule(found=st.lists(announcements, max_size=4, unique_by=lambda document: document.reference))
    def announce(self, found) -> None:
        self.registry.announce(TENANT, a_collection(found, run=next(self.names)))

    @precondition(lambda self: self.documents(DocumentState.ANNOUNCED))
    @rule(data=st.data(), good=st.booleans())
    def collect(self, data, good) -> None:
        document = data.draw(st.sampled_from(self.documents(DocumentState.ANNOUNCED)))
        announced = self.registry.announced_as(TENANT, document.id)
        if good:
            self.registry.collected(TENANT, a_collected_document(announced, run=document.collection))
        else:
            self.registry.set_aside(TENANT, document.id, [a_finding("FILE_VANISHED")])

    @precondition(lambda self: self.documents(DocumentState.COLLECTED))
    @rule(data=st.data(), key=st.sampled_from(KEYS), content=st.sampled_from(VERSIONS), good=st.integers(0, 3))
    def qualify(self, data, key, content, good) -> None:
        document = data.draw(st.sampled_from(self.documents(DocumentState.COLLECTED)))
        announced = self.registry.announced_as(TENANT, document.id)
        judged = a_collected_document(announced, key=key, content=content)
        if good:
            self.registry.qualified(TENANT, judged, [])
            self.versions[document.id] = (key, content.decode())
        else:
            self.registry.set_aside(TENANT, document.id, [a_finding()], judged=judged)

    @precondition(lambda self: self.documents(DocumentState.QUALIFIED))
    @rule(data=st.data())
    def claim(self, data) -> None:
        document = data.draw(st.sampled_from(self.documents(DocumentState.QUALIFIED)))
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
        self.registry.pack(TENANT, a_transfer(members, name=f"versement-{next(self.names)}"))

    @precondition(lambda self: self.transfers(TransferState.READY))
    @rule(data=st.data(), outcome=st.sampled_from([*AttemptState]), committed=st.booleans())
    def send(self, data, outcome, committed) -> None:
        transfer = data.draw(st.sampled_from(self.transfers(TransferState.READY)))
        attempt = an_attempt(transfer.id, name=next(self.names), now=self.clock.now())
        assert self.registry.begin(TENANT, attempt)
        assert not self.registry.begin(TENANT, an_attempt(transfer.id, name=next(self.names)))
        if committed:
            lease = self.clock.now() + timedelta(hours=1)
            self.registry.commit(TENANT, attempt.id, now=self.clock.now(), lease_until=lease)
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
        operation = f"operation-{attempt_id}" if outcome is AttemptState.DEPOSITED else ""
        self.registry.end_attempt(TENANT, attempt_id, outcome, operation_id=operation)

    @precondition(lambda self: self.transfers(TransferState.DEPOSITED, TransferState.STOPPED))
    @rule(data=st.data(), outcome=st.sampled_from(["accepted", "accepted", "refused", "stopped"]))
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
            settlement = Settlement(TransferState.STOPPED, findings=(("", a_finding("OPERATION_STOPPED")),))
        for _ in range(2):
            self.registry.settle(TENANT, transfer.id, settlement)

    @precondition(lambda self: self.transfers(TransferState.STOPPED, TransferState.UNCERTAIN))
    @rule(data=st.data())
    def an_operator_releases(self, data) -> None:
        transfer = data.draw(st.sampled_from(self.transfers(TransferState.STOPPED, TransferState.UNCERTAIN)))
        self.registry.release(TENANT, transfer.id)

    @invariant()
    def the_counts_add_up(self) -> None:
        assert self.registry.balance(TENANT, CONNECTOR).adds_up

    @invariant()
    def no_record_is_accepted_twice(self) -> None:
        accepted = [self.versions[document.id] for document in self.documents(DocumentState.ACCEPTED)]
        assert max(Counter(accepted).values(), default=0) <= 1
        assert max(Counter(key for key, _ in accepted).values(), default=0) <= 1

    @invariant()
    def every_move_is_one_of_the_table(self) -> None:
        states = {document.id: state for state in DocumentState for document in self.documents(state)}
        transfers = {transfer.id: transfer.state for transfer in self.transfers(*TransferState)}
        assert states.keys() >= self.seen.keys()
        for name, after in states.items():
            before = self.seen.get(name, after)
            assert after is before or after in DOCUMENT_MOVES[before]
        for name, ended in transfers.items():
            was = self.seen_transfers.get(name, ended)
            sent = {further for step in TRANSFER_MOVES[was] for further in TRANSFER_MOVES[step]}
            assert ended is was or ended in TRANSFER_MOVES[was] | sent
        self.seen, self.seen_transfers = states, transfers

    @invariant()
    def what_is_packed_is_in_one_open_transfer(self) -> None:
        ended = (TransferState.REFUSED, TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS)
        is_open = [transfer for transfer in self.transfers(*TransferState) if transfer.state not in ended]
        members = Counter(member for transfer in is_open for member in transfer.members)
        assert members.keys() == {document.id for document in self.documents(DocumentState.PACKAGED)}
        assert max(members.values(), default=0) <= 1

    @invariant()
    def a_duplicate_has_an_original_that_lives(self) -> None:
        for document in self.documents(DocumentState.DUPLICATE):
            (story,) = [s for s in self.registry.find(TENANT, document.id) if s.document.id == document.id]
            original = self.registry.document(TENANT, story.original)
            assert original.state in {DocumentState.QUALIFIED, DocumentState.PACKAGED, DocumentState.ACCEPTED}
            assert self.versions[original.document.id][1] == self.versions[document.id][1]


TestRegistryMachine = RegistryMachine.TestCase
TestRegistryMachine.settings = settings(
    max_examples=15, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
