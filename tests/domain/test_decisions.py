"""What a decision may say, and what it makes of findings."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.repository.project import ROOT
from versement.domain.cases import ALWAYS, CASES, UNKNOWN, Choice, case_of
from versement.domain.decisions import (
    OF_DECISIONS,
    Decision,
    _fit,
    applied,
    checked,
    corrected,
    findings_digest,
    version_of,
)
from versement.domain.documents import Field, Finding, Severity, ValueSource
from versement.domain.errors import NotDecidable
from versement.testing.builders import a_collected_document, a_reading, an_announced_document

NEVER = sorted(
    {"SIREN_FOREIGN", "INFECTED", "ACCESS_UNDETERMINED", "DESTROY_NOT_VALIDATED", "FILE_MISSING", "FILE_EMPTY"}
)
codes = st.sampled_from(sorted(CASES))
findings = st.lists(
    st.builds(Finding, codes, st.sampled_from(Severity), st.sampled_from(["un", "deux"])), max_size=6, unique=True
)


def a_decision(code: str = "VALUES_CONTRADICT", choice: Choice = Choice.ACCEPT, **more) -> Decision:
    said = {"author": "Anne", "reason": "vu", "version": "v1", "number": 1, "at": datetime(2026, 6, 1, tzinfo=UTC)}
    return Decision("document", code, choice, **{**said, **more})


def blocking(found) -> set[str]:
    return {finding.code for finding in found if finding.severity is Severity.SET_ASIDE}


@given(findings, codes, st.sampled_from(Choice), st.sampled_from(["v1", "v2"]))
def test_a_decision_touches_its_own_code_and_version_only(found, code, choice, version):
    """Whatever was decided, no other code is lifted; of a changed document nothing is, and it is said."""
    word = a_decision(code, choice, findings=findings_digest(found, code))
    after = applied(found, [word], version)
    assert blocking(found) - {code} <= blocking(after)
    lifted = blocking(found) - blocking(after)
    assert lifted <= ({code} if version == "v1" and Choice.ACCEPT is choice in case_of(code).choices else set())
    outdated = any(finding.code == "DECISION_OUTDATED" for finding in after)
    assert outdated == (version == "v2" and code in blocking(found))


@given(findings, codes, st.sampled_from(Choice))
def test_applying_decisions_twice_is_applying_them_once(found, code, choice):
    """A re-run finds what the run before found, but for what acceptance has settled."""
    word = a_decision(code, choice, findings=findings_digest(found, code))
    once = applied(found, [word], "v1")
    assert applied(once, [word], "v1") == once


@given(findings)
def test_without_decision_nothing_changes(found):
    """A document that nobody decided of keeps its findings, in their order."""
    assert applied(found, [], "v1") == tuple(dict.fromkeys(found))


def test_the_last_word_counts():
    """Who changes their mind decides again; the first decision is kept but no longer applied."""
    found = [Finding("VALUES_CONTRADICT", Severity.SET_ASIDE, "un")]
    digest = findings_digest(found, "VALUES_CONTRADICT")
    first = a_decision(choice=Choice.REJECT, findings=digest)
    second = a_decision(number=2, findings=digest)
    assert blocking(applied(found, [first], "v1")) == {"DECIDED_REJECTED", "VALUES_CONTRADICT"}
    assert blocking(applied(found, [second, first], "v1")) == set()


def test_another_finding_under_the_same_code_is_not_covered():
    """What was accepted is what was told; a second contradiction is asked about again."""
    told = [Finding("VALUES_CONTRADICT", Severity.SET_ASIDE, "un")]
    word = a_decision(findings=findings_digest(told, "VALUES_CONTRADICT"))
    after = applied([*told, Finding("VALUES_CONTRADICT", Severity.SET_ASIDE, "deux")], [word], "v1")
    assert blocking(after) == {"VALUES_CONTRADICT"}
    assert after[-1].code == "DECISION_OUTDATED"


@pytest.mark.parametrize("code", [*NEVER, "CODE_INCONNU"])
def test_what_can_never_be_accepted_is_refused_with_its_reason(code):
    """The table is closed: a code that it does not have is not accepted either."""
    with pytest.raises(NotDecidable) as refused:
        checked(a_decision(code))
    assert case_of(code).why_not in refused.value.message


@pytest.mark.parametrize("code", sorted(CASES))
def test_each_case_is_explained(code):
    """Either it may be accepted as it is, or the reason is given; rejecting and asking are always possible."""
    case = CASES[code]
    assert (Choice.ACCEPT in case.choices) == (not case.why_not)
    assert set(ALWAYS) <= set(case.choices)
    assert case.about.endswith(".")


def test_every_code_that_sets_aside_has_its_case():
    """No finding of the reference is left to the default by oversight."""
    page = (ROOT / "docs/reference/constats.md").read_text().partition("## Constats sur un dépôt")[0]
    aside = set(re.findall(r"^\| `([A-Z_]+)` \| mis de côté", page, re.MULTILINE)) - set(OF_DECISIONS)
    assert len(aside) > 15
    assert sorted(code for code in aside if case_of(code) is UNKNOWN) == []


@pytest.mark.parametrize("missing", ["author", "reason"])
def test_a_decision_is_signed_and_has_a_reason(missing):
    """Nobody can decide anonymously or without saying why."""
    with pytest.raises(NotDecidable):
        checked(a_decision(**{missing: "  "}))


@pytest.mark.parametrize(
    ("field", "value"),
    [(Field.DATE, "demain"), (Field.SIREN, "123456789"), (Field.ID_ACTE, "n° 4"), (Field.TITLE, " "), (None, "x")],
)
def test_a_value_has_the_form_of_its_field(field, value):
    """A date that is none, a SIREN with a wrong key, an IDActe that is none: refused, and the value is not quoted."""
    with pytest.raises(NotDecidable) as refused:
        checked(a_decision(choice=Choice.CORRECT, field=field, value=value))
    assert value.strip() == "" or f"« {value} »" not in refused.value.message


def test_the_version_follows_bytes_and_what_is_said():
    """Other bytes, or another reading, make another version; the same ones in another order do not."""
    document = a_collected_document(an_announced_document(annexes=["b.pdf"], readings=(a_reading(),)))
    same = replace(document, files=tuple(reversed(document.files)))
    other = a_collected_document(an_announced_document(annexes=["b.pdf"], readings=(a_reading(),)), content=b"autre")
    version = version_of(document.files, document.readings)
    assert version_of(same.files, same.readings) == version
    assert version_of(other.files, document.readings) != version
    assert version_of(document.files, (a_reading(text="2024-02"),)) != version


def test_a_given_value_counts_before_all_others():
    """The value of a person ranks first, for the version that they saw only."""
    document = a_collected_document(an_announced_document(readings=(a_reading(),)))
    word = a_decision(choice=Choice.CORRECT, field=Field.NUMBER, value="2024-09")
    given_ = corrected(document, [word], "v1").metadata.values[Field.NUMBER]
    assert (given_.text, given_.source) == ("2024-09", ValueSource.DECISION)
    assert corrected(document, [word], "v2") == document


def test_a_nature_given_as_its_code_is_the_nature_that_it_means():
    """`3` is an individual act: it may never pass for another by the way it is written."""
    assert _fit(Field.NATURE, "3") == "AI"
    assert _fit(Field.NATURE, "DE") == "DE"
