"""What a register announces is compared with what the drop holds; every difference is for the archivist to judge."""

from __future__ import annotations

from versement.domain.registers import Envelopes, Register, RegisterKind, compare, missing_markets

REGISTER = Register(RegisterKind.DEPOSITS, 3, 0, ("1_offre_1.crypt", "1_offre_2.crypt", "1_offre_3.crypt"))


def codes(register: Register, found: Envelopes) -> list[str]:
    return [finding.code for finding in compare("registre.pdf", register, found)]


def test_a_register_that_agrees_says_nothing():
    """Ciphered plis and opened answers add up to what was announced."""
    assert codes(REGISTER, Envelopes(["m/1_offre_1.crypt"], 2)) == []


def test_each_difference_has_its_remark():
    """Missing envelopes, plis of another consultation, envelopes on paper."""
    assert codes(REGISTER, Envelopes([], 2)) == ["DEPOSITS_DIFFER"]
    assert codes(REGISTER, Envelopes(["m/9_offre_9.crypt"], 2)) == ["DEPOSITS_UNLISTED"]
    assert codes(Register(RegisterKind.DEPOSITS, None, 2), Envelopes([], 0)) == ["DEPOSITS_ON_PAPER"]
    assert codes(Register(RegisterKind.WITHDRAWALS, 12, 3), Envelopes([], 0)) == []


def test_concluded_markets_that_are_not_there_are_listed_once():
    """Whatever the punctuation of their numbers."""
    (finding,) = missing_markets("liste.xls", ["1M702", "2 H-81", "1M702", "9Z"], ["1m702", "2H81"])
    assert "2 marchés" not in finding.message
    assert "3 marchés conclus, dont 1 ne sont pas" in finding.message
    assert "9Z" in finding.message
    assert list(missing_markets("liste.xls", ["1M702"], ["1M702"])) == []
