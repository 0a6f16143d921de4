"""The Registry's contract: transfers that are tried, or given up, before they ever leave."""
# ruff: noqa: S101 -- a contract suite is made of tests

from __future__ import annotations

from dataclasses import replace

from versement.domain.documents import Severity
from versement.domain.lifecycle import DocumentState, TransferState
from versement.domain.transfers import Ending, Settlement, Transfer
from versement.ports.registry import Registry
from versement.testing.builders import CONNECTOR, a_finding, a_tenant, an_attempt
from versement.testing.scenes import deposited, packed, state_of


def _state(registry: Registry, transfer: Transfer) -> TransferState | None:
    found = registry.transfer(a_tenant(), transfer.id)
    return found.state if found else None


class TrialsContract:
    """Tests of what is written of a transfer that is ready."""

    def test_what_a_blank_test_answered_stays_with_a_transfer_that_is_ready(self, registry: Registry) -> None:
        """An answer is kept, another one after it; nothing is said of a transfer that has left meanwhile."""
        transfer = packed(registry, "A")
        for code in ("BLANK_TEST_REFUSED", "BLANK_TEST_REFUSED", "BLANK_TEST_ACCEPTED"):
            finding = replace(a_finding(code), severity=Severity.REMARK)
            registry.settle(a_tenant(), transfer.id, Settlement(TransferState.READY, findings=(("", finding),)))
        assert _state(registry, transfer) is TransferState.READY
        told = registry.transfer_remarks(a_tenant(), CONNECTOR)[transfer.id]
        assert [finding.code for finding in told] == ["BLANK_TEST_REFUSED", "BLANK_TEST_ACCEPTED"]
        deposited(registry, transfer)
        before = registry.journal(a_tenant())
        registry.settle(a_tenant(), transfer.id, Settlement(TransferState.READY, findings=(("", finding),)))
        assert (_state(registry, transfer), registry.journal(a_tenant())) == (TransferState.DEPOSITED, before)

    def test_a_transfer_that_never_left_can_be_given_up(self, registry: Registry) -> None:
        """Its documents are qualified again, its units may be created by the next one; it is never begun again."""
        transfer = packed(registry, "A")
        back = {member: Ending(DocumentState.QUALIFIED) for member in transfer.members}
        registry.settle(a_tenant(), transfer.id, Settlement(TransferState.REFUSED, documents=back))
        assert [state_of(registry, member) for member in transfer.members] == [DocumentState.QUALIFIED]
        assert registry.held_key(a_tenant(), "A") is None
        assert not registry.begin(a_tenant(), an_attempt())
