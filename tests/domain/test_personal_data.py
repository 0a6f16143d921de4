"""Personal data are found however they are written, and never shown."""

from __future__ import annotations

import logging
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.personal import (
    FORBIDDEN,
    MaskingFilter,
    PersonalKind,
    forbidden_in,
    found_in,
    masked,
)

GAPS = st.sampled_from(["", "", " ", ".", "-", "_", "\u00a0", "\u202f", "  ", " - ", "\u200b"])


def keyed(number):
    """A NIR from its 13 characters."""
    plain = number.replace("2A", "19").replace("2B", "18") if number[6].isalpha() else number
    return f"{number}{97 - int(plain) % 97:02}"


def iban(country, account):
    """An IBAN with its check digits."""
    digits = "".join(str(int(character, 36)) for character in f"{account}{country}00")
    return f"{country}{98 - int(digits) % 97:02}{account}"


def rib(bank, branch, account):
    """A RIB with its key."""
    letters = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account.translate(letters))) % 97
    return f"{bank}{branch}{account}{key:02}"


digits = "0123456789"
nirs = st.builds(
    lambda sex, year, month, department, rest: keyed(f"{sex}{year:02}{month}{department}{rest:06}"),
    st.sampled_from("12378"),
    st.integers(0, 99),
    st.sampled_from([*(f"{month:02}" for month in range(1, 13)), "20", "31", "42", "50", "99"]),
    st.sampled_from(["01", "78", "95", "2A", "2B", "97", "99"]),
    st.integers(1, 999_999),
)
french_ibans = st.builds(
    lambda bank, account: iban("FR", bank + account),
    st.text(digits, min_size=10, max_size=10),
    st.text(digits + "ABCXYZ", min_size=13, max_size=13),
)
ribs = st.builds(
    rib,
    st.text(digits, min_size=5, max_size=5),
    st.text(digits, min_size=5, max_size=5),
    st.text(digits + "ABCXYZ", min_size=11, max_size=11),
)


def spaced(value, data):
    return "".join(character + data.draw(GAPS) for character in value[:-1]) + value[-1]


@given(nirs, st.data(), st.sampled_from([("", ""), ("BP_", ".pdf"), ("NIR : ", " de l’agent"), ("n° 12 ", ", 3")]))
def test_every_nir_is_found_and_masked_whatever_stands_between_its_digits(nir, data, around):
    """Blanks, dots, dashes, invisible characters, in a file name or a sentence, Corsica too: found, then not shown."""
    text = f"{around[0]}{spaced(nir, data)}{around[1]}"
    assert PersonalKind.NIR in found_in(text)
    shown = masked(text)
    assert PersonalKind.NIR not in found_in(shown)
    assert nir[5:13] not in "".join(filter(str.isalnum, shown))


@given(french_ibans, st.data(), st.sampled_from([("", ""), ("RIB-", ".pdf"), ("IBAN", " titulaire"), ("compte ", "")]))
def test_every_iban_is_found_and_masked_whatever_stands_between(value, data, around):
    """Groups of four, blanks or dashes: an IBAN is found in a name or a sentence, then not shown."""
    text = f"{around[0]}{spaced(value, data)}{around[1]}"
    assert PersonalKind.IBAN in found_in(text)
    assert PersonalKind.IBAN not in found_in(masked(text))


@given(ribs, st.data())
def test_every_rib_is_found_and_masked(value, data):
    """Bank, branch, account and key of the old form too."""
    text = f"RIB {spaced(value, data)} du compte"
    assert PersonalKind.RIB in found_in(text)
    assert PersonalKind.RIB not in found_in(masked(text))


@given(nirs, st.integers(1, 96))
def test_fifteen_digits_with_a_wrong_key_are_no_nir(nir, shift):
    """The key is what tells a NIR from any other number of fifteen digits."""
    wrong = f"{nir[:13]}{(int(nir[13:]) + shift - 1) % 97 + 1:02}"
    assert PersonalKind.NIR not in found_in(f"dossier {wrong} du service")
    assert PersonalKind.NIR not in found_in(f"dossier {wrong[:13]} {wrong[13:]} du service")


@given(french_ibans, st.integers(1, 9))
def test_an_iban_with_a_wrong_digit_is_none(value, shift):
    """Modulo 97 misses no single wrong digit."""
    wrong = value[:5] + str((int(value[5]) + shift) % 10) + value[6:]
    assert PersonalKind.IBAN not in found_in(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "095-219509908-20260312-2026_014-DE",
        "SIRET 21780990400012 de la commune",
        "PESALR2_21560046100010_260115_1503.xml",
        "BP_000123_20260131.pdf",
        "2026-11-25T17:12:25.123456",
        "https://exemple.fr/a/b?c=1",
        "0cc175b9c0f1b6a831c399e269772661" * 4,
        "Bulletin de paie de janvier 2026",
    ],
)
def test_what_the_chain_itself_writes_is_not_taken_for_personal_data(text):
    """IDActe, SIRET, matricules, dates, digests and titles stay as they are."""
    assert found_in(text) == ()
    assert masked(text) is text


def test_nir_without_its_key_is_found_in_one_piece():
    """Payroll exports hold the thirteen digits alone."""
    assert found_in("185057800608436"[:13]) == (PersonalKind.NIR,)
    assert masked("BP_1850578006084_01.pdf".replace("_01", "")) == "BP_[NIR masqué].pdf"


@pytest.mark.parametrize("gap", [" ", ".", "-", "_", "\xa0"])
def test_nir_without_its_key_is_found_as_cards_print_it(gap):
    """Grouped by sex, year, month, département, commune and order; other groups of as many digits are none."""
    groups = ("2", "85", "05", "78", "006", "084")
    assert masked(f"agent {gap.join(groups)} arrêté") == "agent [NIR masqué] arrêté"
    assert found_in(gap.join(("2", "85", "13", "78", "006", "084"))) == ()
    assert found_in("2 85-05 78.006 084") == ()


def test_full_width_digits_hide_nothing():
    """Digits that only look otherwise are digits."""
    nir = keyed("1850578006084")
    assert PersonalKind.NIR in found_in("".join(chr(ord(digit) + 0xFEE0) for digit in nir))


@pytest.mark.parametrize(
    "text",
    [
        "Arrêt maladie du 3 mars", "ARRET_MALADIE_2026.pdf", "arrets-de-travail", "Dossier : pathologies", "RQTH 2024",
        "Mise en invalidité", "congés de longue maladie", "Expertise me\u0301dicale", "ArretMaladie.pdf",
        "arretmaladie", "RQTH2024_A0001.pdf", "agent handicapée", "A0001ArrêtDeTravail2",
        "Arrêté CLM Durand", "placement_en_CLD_2024.pdf", "CITIS - prolongation", "A0001_CMO2.pdf",
    ],
)  # fmt: skip
def test_words_of_health_are_found_blind_to_case_accents_and_plural(text):
    """A title or a file name that tells of someone's health is flagged for a person."""
    assert forbidden_in(text) == (PersonalKind.HEALTH,)


@pytest.mark.parametrize(
    "text", ["Congés annuels", "Maladies du platane", "Arrêté de carrière", "handicapage", "Clément"]
)
def test_other_words_are_not_taken_for_health(text):
    """Whole terms only."""
    assert forbidden_in(text) == ()


def test_an_organisation_gives_its_own_health_terms():
    """The list is a parameter; none switches it off."""
    assert forbidden_in("Cure thermale", health_terms=("cure thermale",)) == (PersonalKind.HEALTH,)
    assert forbidden_in("Arrêt maladie", health_terms=()) == ()


def test_e_mail_and_phone_are_found_and_not_among_what_sets_aside():
    """They are told, and are no reason of their own to hold a document back."""
    assert found_in("j.dupont@exemple.fr, 06 12 34 56 78, +33 1 30 00 00 00") == (
        PersonalKind.EMAIL,
        PersonalKind.PHONE,
    )
    assert found_in("0612345678") == (PersonalKind.PHONE,)
    assert not {PersonalKind.EMAIL, PersonalKind.PHONE} & set(FORBIDDEN)


def test_each_is_masked_by_its_kind_and_the_rest_stays():
    """Two numbers in one line are two masks; the words around stay."""
    nir, account = keyed("2910778006084"), iban("FR", "30006000011234567890189")
    assert masked(f"agent {nir}, compte {account} ; fin") == "agent [NIR masqué], compte [IBAN masqué] ; fin"


def test_log_lines_and_tracebacks_are_masked(caplog):
    """Whatever a line is made of, arguments and traceback included, a NIR or an IBAN is not in the log."""
    nir = keyed("1850578006084")
    logger = logging.getLogger("versement.test_personal_data")
    logger.addFilter(MaskingFilter())
    logger.warning("fichier %s illisible", f"BP_{nir}.pdf")
    try:
        [].index(nir)
    except ValueError:
        logger.exception("échec")
    logger.info("rien de personnel : %d", 3)
    assert nir not in caplog.text
    assert "BP_[NIR masqué].pdf" in caplog.text
    assert "ValueError: '[NIR masqué]'" in caplog.text


def test_long_hostile_text_is_searched_in_linear_time():
    """Ten times the text takes about ten times the time, also where every character might start a number."""
    makers = (
        lambda size: "1 " * size,
        lambda size: "FR7 " * size,
        lambda size: "a@" * size,
        lambda size: "1850578006084 12 FR76.30006 " * (size // 20),
    )
    for make in makers:
        started = time.process_time()
        found_in(make(4_000))
        small = time.process_time() - started
        started = time.process_time()
        found_in(make(40_000))
        assert time.process_time() - started < 40 * small + 0.5
