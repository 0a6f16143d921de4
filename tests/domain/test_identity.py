"""Identity of records: keys come from what the source says."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.documents import Field, Kind, Metadata, Value, ValueSource
from versement.domain.identity import (
    NATURES,
    IdActe,
    act_key,
    normalised_number,
    other_key,
    record_key,
    seance_key,
    valid_siren,
)

ID = "095-219509908-20260312-2026_014-DE"
SOURCE = ValueSource.ACKNOWLEDGEMENT
identifiers = st.builds(
    IdActe,
    st.from_regex(r"[0-9][0-9AB]{2}", fullmatch=True).filter(str.isascii),
    st.text("0123456789", min_size=9, max_size=9),
    st.dates(date(1790, 1, 1), date(2099, 12, 31)),
    st.text("ABCxyz019_", min_size=1, max_size=15),
    st.sampled_from(sorted(NATURES.values())),
)


def known(**texts: str) -> Metadata:
    return Metadata.settled(tuple((Field[name], Value(text, SOURCE)) for name, text in texts.items()))


@given(identifiers)
def test_identifier_survives_being_written_and_read(identifier):
    """An IDActe written as text and read again is the same IDActe."""
    assert IdActe.parse(str(identifier)) == identifier
    assert IdActe.parse(f"  {identifier}\n") == identifier


@pytest.mark.parametrize(
    "text",
    [
        "",
        "095-219509908-20260230-2026_014-DE",  # no 30 February
        "095-219509908-02020312-2026_014-DE",  # a year that no act bears
        "095-219509908-20260312-2026/014-DE",
        "095-219509908-20260312-1234567890123456-DE",
        "095-219509908-20260312-2026_014-XX",
        "095-21950990-20260312-2026_014-DE",
        f"{ID}-1-1_1.pdf",
        f"x{ID}",
        "٠95-219509908-20260312-2026_014-DE",
    ],
)
def test_what_is_not_an_identifier_is_refused(text):
    """A text that only resembles an IDActe is none: impossible date, wrong length, unknown nature."""
    assert IdActe.parse(text) is None


def test_corsican_departement_is_read():
    """Départements 2A and 2B have letters in their IDActe."""
    found = IdActe.parse("02A-212000046-20260312-7-AR")
    assert found == IdActe("02A", "212000046", date(2026, 3, 12), "7", "AR")


def test_identifiers_are_found_in_a_text_in_order_with_their_place():
    """A page that shows its IDActe twice, and another one after it, gives each where it stands."""
    other = "095-219509908-20260313-A1-AR"
    text = f"Tampon {ID}\n{ID} puis ({other}), 095-219509908-20261340-A-DE"
    found = list(IdActe.found_in(text))
    assert [str(one) for _, one in found] == [ID, ID, other]
    assert all(text.startswith(str(one), place) for place, one in found)


@pytest.mark.parametrize("written", ["2026/014", "2026-014", "2026 / 014", "2026_014", " 2026.014 "])
def test_one_number_written_in_several_ways_is_one_number(written):
    """Slashes, hyphens and blanks do not make two numbers of one."""
    assert normalised_number(written) == "2026_014"


@given(st.text())
def test_normalised_number_is_settled(text):
    """Normalising twice changes nothing more, and only the alphabet of ACTES remains."""
    once = normalised_number(text)
    assert normalised_number(once) == once
    assert re.fullmatch(r"[A-Z0-9_]*", once)


@pytest.mark.parametrize("siren", ["219509908", "217809904", "219509916", "213401722"])
def test_real_siren_is_valid(siren):
    """A SIREN whose Luhn key is right is accepted."""
    assert valid_siren(siren)


@given(st.sampled_from(["219509908", "213401722"]), st.integers(0, 8), st.integers(1, 9))
def test_siren_with_one_wrong_digit_is_invalid(siren, place, shift):
    """Any single wrong digit is seen."""
    wrong = str((int(siren[place]) + shift) % 10)
    assert not valid_siren(siren[:place] + wrong + siren[place + 1 :])


@pytest.mark.parametrize("text", ["", "21950990", "2195099080", "21950990A", "²19509908"])
def test_what_is_not_nine_digits_is_no_siren(text):
    """A SIREN has nine digits."""
    assert not valid_siren(text)


def test_act_is_known_by_its_idacte_first():
    """Where an IDActe is known it is the key, whatever else is said."""
    assert record_key(Kind.ACT, known(ID_ACTE=ID, SIREN="1", DATE="2020-01-01", NUMBER="9")) == ID


def test_act_without_idacte_is_known_by_siren_date_and_number():
    """An act of an index alone is known by SIREN, date and number together."""
    metadata = known(SIREN="219509908", DATE="2026-03-12", NUMBER="2026-014")
    assert record_key(Kind.ACT, metadata) == "219509908/20260312/2026_014"


@pytest.mark.parametrize("missing", ["SIREN", "DATE", "NUMBER"])
def test_act_has_no_key_when_one_of_the_three_is_unknown(missing):
    """A number alone, or any two of the three, never makes a key."""
    said = {"SIREN": "219509908", "DATE": "2026-03-12", "NUMBER": "2026-014"}
    del said[missing]
    assert record_key(Kind.ACT, known(**said)) == ""


def test_unreadable_identifier_is_not_a_key():
    """A text in place of an IDActe does not become a key."""
    assert record_key(Kind.ACT, known(ID_ACTE="à compléter")) == ""


@pytest.mark.parametrize(
    ("kind", "key"),
    [(Kind.ACKNOWLEDGEMENT, f"{ID}#ARActe"), (Kind.CANCELLATION, f"{ID}#ARAnnulation")],
)
def test_what_attests_an_act_is_a_record_of_its_own(kind, key):
    """ARActe and ARAnnulation have their own keys, from which the act's is found again."""
    assert record_key(kind, known(ID_ACTE=ID)) == key
    assert act_key(key) == ID
    assert act_key(ID) == ID


def test_late_acknowledgement_finds_the_act_known_by_its_row():
    """The other key of an ARActe is the key that the act had from its index row."""
    row = known(SIREN="219509908", DATE="2026-03-12", NUMBER="2026-014")
    receipt = known(ID_ACTE=ID, SIREN="219509908", DATE="2026-03-12", NUMBER="2026_014")
    assert other_key(receipt) == record_key(Kind.ACT, row)
    assert other_key(known(ID_ACTE=ID)) == record_key(Kind.ACT, row)
    assert other_key(row) == ""


def test_seance_is_one_per_authority_and_day():
    """Acts of the same SIREN and day share a séance; without a date there is none."""
    assert seance_key(known(SIREN="219509908", DATE="2026-03-12")) == "219509908/seance/2026-03-12"
    assert seance_key(known(ID_ACTE=ID)) == "219509908/seance/2026-03-12"
    assert seance_key(known(SIREN="219509908")) == ""
