"""No move outside the tables: what is accepted stays accepted, and nothing is stuck for want of a way."""

from __future__ import annotations

import pytest

from versement.domain.errors import Defect
from versement.domain.lifecycle import (
    ATTEMPT_MOVES,
    DOCUMENT_MOVES,
    PENDING,
    TRANSFER_MOVES,
    AttemptState,
    DocumentState,
    TransferState,
    checked,
)

D, T, A = DocumentState, TransferState, AttemptState
TABLES = {
    "document": (DOCUMENT_MOVES, D.ANNOUNCED, {D.ACCEPTED}),
    "transfer": (TRANSFER_MOVES, T.READY, {T.ACCEPTED, T.ACCEPTED_WITH_REMARKS, T.REFUSED}),
    "attempt": (ATTEMPT_MOVES, A.SENDING, {A.DEPOSITED, A.ADOPTED, A.CUT, A.CANCELLED}),
}
"""By kind: the moves, where it begins, where it ends for good."""


def _reached(moves, start) -> set:
    found, waiting = {start}, [start]
    while waiting:
        fresh = moves[waiting.pop()] - found
        found |= fresh
        waiting += fresh
    return found


@pytest.mark.parametrize("kind", TABLES)
def test_every_state_has_its_row_and_can_be_reached(kind):
    """No state is forgotten by its table, and none is there for nothing."""
    moves, start, _ = TABLES[kind]
    assert moves.keys() == set(type(start))
    assert _reached(moves, start) == set(type(start))


@pytest.mark.parametrize("kind", TABLES)
def test_only_ends_are_final_and_every_state_leads_to_one(kind):
    """What has ended moves no more; whatever has not ended can still end."""
    moves, _, ends = TABLES[kind]
    assert {state for state, afters in moves.items() if not afters} == ends
    for state in moves:
        assert _reached(moves, state) & ends


@pytest.mark.parametrize("kind", TABLES)
def test_a_move_is_made_only_when_its_table_has_it(kind):
    """Of all pairs of states, exactly those of the table pass; any other is told as a defect, in French."""
    moves, start, _ = TABLES[kind]
    for before in type(start):
        for after in type(start):
            if after in moves[before]:
                assert checked(moves, before, after) is after
            else:
                with pytest.raises(Defect, match=f"« {before} » à « {after} »"):
                    checked(moves, before, after)


def test_nothing_that_may_have_left_is_sent_again_by_itself():
    """From COMMITTING on the archive may hold the SIP: a transfer goes back to ready only by a settled try."""
    assert T.SENDING not in TRANSFER_MOVES[T.UNCERTAIN] | TRANSFER_MOVES[T.DEPOSITED] | TRANSFER_MOVES[T.STOPPED]
    assert A.SENDING not in ATTEMPT_MOVES[A.COMMITTING]
    assert T.READY not in TRANSFER_MOVES[T.DEPOSITED]


def test_pending_is_what_has_neither_ended_nor_waits_for_a_person():
    """The last column of the table counts the states on the way, all of them and nothing else."""
    assert set(D) - set(PENDING) == {D.ACCEPTED, D.DUPLICATE, D.SET_ASIDE, D.REFUSED}
