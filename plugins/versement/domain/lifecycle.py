"""States and the moves allowed between them, as tables; whoever stores a state checks the move here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from versement.domain.errors import Defect

S = TypeVar("S", bound=StrEnum)


class DocumentState(StrEnum):
    """Where a document is. Everything up to PACKAGED counts as pending."""

    ANNOUNCED = "annoncé"
    COLLECTED = "collecté"
    QUALIFIED = "qualifié"
    PACKAGED = "empaqueté"
    ACCEPTED = "accepté"
    DUPLICATE = "doublon"
    SET_ASIDE = "mis de côté"
    REFUSED = "refusé"


PENDING = (
    DocumentState.ANNOUNCED,
    DocumentState.COLLECTED,
    DocumentState.QUALIFIED,
    DocumentState.PACKAGED,
)

_D = DocumentState
DOCUMENT_MOVES: Mapping[DocumentState, frozenset[DocumentState]] = {
    _D.ANNOUNCED: frozenset({_D.COLLECTED, _D.SET_ASIDE}),
    _D.COLLECTED: frozenset({_D.QUALIFIED, _D.SET_ASIDE}),
    _D.QUALIFIED: frozenset({_D.PACKAGED, _D.DUPLICATE, _D.SET_ASIDE}),
    _D.PACKAGED: frozenset({_D.ACCEPTED, _D.REFUSED, _D.QUALIFIED}),
    _D.DUPLICATE: frozenset({_D.QUALIFIED}),  # its original ended otherwise
    # The source says more of it than before, or a person decided.
    _D.SET_ASIDE: frozenset({_D.ANNOUNCED, _D.COLLECTED}),
    _D.REFUSED: frozenset({_D.QUALIFIED}),  # the archive's own referential was mended
    _D.ACCEPTED: frozenset(),
}


class TransferState(StrEnum):
    """Where a transfer is."""

    READY = "prêt"
    SENDING = "en cours d’envoi"
    UNCERTAIN = "incertain"
    DEPOSITED = "déposé"
    ACCEPTED = "accepté"
    ACCEPTED_WITH_REMARKS = "accepté avec remarques"
    REFUSED = "refusé"
    STOPPED = "arrêté"


_T = TransferState
TRANSFER_MOVES: Mapping[TransferState, frozenset[TransferState]] = {
    # Refused without having been sent: by ourselves, when it was packed under a version that nobody signed.
    _T.READY: frozenset({_T.SENDING, _T.STOPPED, _T.REFUSED}),
    _T.SENDING: frozenset({_T.DEPOSITED, _T.UNCERTAIN, _T.READY}),
    _T.UNCERTAIN: frozenset({_T.DEPOSITED, _T.READY}),
    _T.DEPOSITED: frozenset({_T.ACCEPTED, _T.ACCEPTED_WITH_REMARKS, _T.REFUSED, _T.STOPPED}),
    _T.STOPPED: frozenset({_T.ACCEPTED, _T.ACCEPTED_WITH_REMARKS, _T.REFUSED, _T.READY}),
    _T.ACCEPTED: frozenset(),
    _T.ACCEPTED_WITH_REMARKS: frozenset(),
    _T.REFUSED: frozenset(),
}


IN_HAND = (TransferState.DEPOSITED, TransferState.STOPPED)
"""Transfers that the archive has, or may have, and whose outcome is not known."""


class AttemptState(StrEnum):
    """One try of a deposit. COMMITTING: from here on the archive may have the whole SIP.

    The archive answered for one that is DEPOSITED; one that is ADOPTED was found in its logbook, its answer lost.
    Of a try that is CUT, bytes left and the archive kept none; of one that is CANCELLED, none was sent.
    """

    SENDING = "envoi commencé"
    COMMITTING = "dernier bloc"
    DEPOSITED = "déposé"
    ADOPTED = "adopté"
    CUT = "coupé"
    CANCELLED = "annulé"
    UNCERTAIN = "incertain"


TAKEN = (AttemptState.DEPOSITED, AttemptState.ADOPTED)
"""Tries that the archive took."""

ON_THE_WAY = (AttemptState.SENDING, AttemptState.COMMITTING)
OPEN = (*ON_THE_WAY, AttemptState.UNCERTAIN)
"""Tries of which it is not known what the archive has."""

_A = AttemptState
ATTEMPT_MOVES: Mapping[AttemptState, frozenset[AttemptState]] = {
    _A.SENDING: frozenset({_A.COMMITTING, *TAKEN, _A.CUT, _A.CANCELLED, _A.UNCERTAIN}),
    _A.COMMITTING: frozenset({*TAKEN, _A.CUT, _A.CANCELLED, _A.UNCERTAIN}),
    _A.UNCERTAIN: frozenset({*TAKEN, _A.CUT, _A.CANCELLED}),
    _A.DEPOSITED: frozenset(),
    _A.ADOPTED: frozenset(),
    _A.CUT: frozenset(),
    _A.CANCELLED: frozenset(),
}


def checked(moves: Mapping[S, frozenset[S]], before: S, after: S) -> S:
    """The state after, when the table allows the move.

    Raises:
        Defect: the table does not allow it.
    """
    if after not in moves[before]:
        raise Defect(
            f"Passage impossible de « {before} » à « {after} » : signalez-le aux développeurs.",
            detail=f"forbidden move {before!r} -> {after!r}",
        )
    return after
