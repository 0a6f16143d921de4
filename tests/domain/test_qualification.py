"""Qualification judges every document, whatever it is, the same in any order, in words that say what to do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.actors import ARCHIVIST, AUTHORITY, actor_for
from versement.domain.documents import (
    CollectedFile,
    Field,
    Kind,
    Role,
    Severity,
    SourceDocument,
    Value,
    ValueSource,
)
from versement.domain.fixity import Digest, Fixity
from versement.domain.qualification import Requirements, judge, sets_aside
from versement.testing.builders import a_fixity

OURS, FOREIGN = "219509908", "219509916"
REQUIREMENTS = Requirements(
    sirens=(OURS,),
    formats={"pdf": ("application/pdf",), "xml": ("application/xml", "text/xml")},
    departement="095",
)
STRICT = replace(REQUIREMENTS, index_required=True)

names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
extensions = st.sampled_from(["pdf", "PDF", "xml", "exe", "", "tar.gz"])
paths = st.builds(lambda name, extension: f"{name}.{extension}" if extension else name, names, extensions)
fixities = st.none() | st.builds(
    lambda size: Fixity(Digest("SHA-512", "0" * 128), 0, size), st.integers(0, 3) | st.integers(0)
)
mimes = st.sampled_from(["", "application/pdf", "text/xml", "application/pdf, application/postscript", "text/plain"])
files = st.builds(CollectedFile, paths, st.sampled_from(Role), fixities, st.none(), mime=mimes, puid=st.just("fmt/1"))
texts = st.sampled_from(["", OURS, FOREIGN, "2026-03-12", "2026-03-21", "2026/014", "2026_014"]) | st.text(max_size=8)
readings = st.tuples(st.sampled_from(Field), st.builds(Value, texts, st.sampled_from(ValueSource)))


@st.composite
def documents(draw) -> SourceDocument:
    """Any document at all: nothing is promised of its files, of what was read, or of the index."""
    return SourceDocument(
        id="id",
        connector="deliberations",
        collection="deliberations:run",
        reference=draw(names),
        kind=draw(st.sampled_from(Kind)),
        files=tuple(draw(st.lists(files, max_size=4, unique_by=lambda file: file.path))),
        readings=tuple(draw(st.lists(readings, max_size=8))),
        row=draw(st.sampled_from([None, True, False])),
    )


@given(documents(), st.booleans())
def test_every_document_is_judged_in_words(document, index_required):
    """Whatever a document is, each finding has a code, one of its paths or none, and a message that names it."""
    findings = judge(document, replace(REQUIREMENTS, index_required=index_required))
    known = {file.path for file in document.files}
    for finding in findings:
        assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", finding.code)
        assert finding.path in known | {""}
        assert f"« {finding.path or document.reference} »" in finding.message
        assert finding.message.rstrip().endswith(".")
        assert actor_for(finding.code) in (ARCHIVIST, AUTHORITY)
    assert sets_aside(findings) == any(finding.severity is Severity.SET_ASIDE for finding in findings)
    assert len(set(findings)) == len(findings)


@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_files_and_sources_changes_nothing(document, random):
    """The same document, its files listed and its sources read in another order, gets the same findings."""
    shuffled = list(document.files)
    random.shuffle(shuffled)
    by_source = sorted(document.readings, key=lambda reading: reading[1].source)
    groups = [list(group) for _, group in groupby(by_source, key=lambda reading: reading[1].source)]
    random.shuffle(groups)
    other = replace(document, files=tuple(shuffled), readings=tuple(item for group in groups for item in group))
    assert set(judge(other, STRICT)) == set(judge(document, STRICT))


def _file(path: str = "acte.pdf", role: Role = Role.ACT, **changes) -> CollectedFile:
    return replace(CollectedFile(path, role, a_fixity(), None, "fmt/95", "application/pdf", "PDF"), **changes)


def _said(*said: tuple[Field, str, ValueSource]):
    return tuple((name, Value(text, source)) for name, text, source in said)


GOOD = SourceDocument(
    id="id",
    connector="deliberations",
    collection="deliberations:run",
    reference="acte.pdf",
    kind=Kind.ACT,
    files=(_file(), _file("annexe.pdf", Role.ANNEX)),
    readings=_said(
        (Field.ID_ACTE, f"095-{OURS}-20260312-2026_014-DE", ValueSource.STAMP),
        (Field.SIREN, OURS, ValueSource.INDEX),
        (Field.DATE, "2026-03-12", ValueSource.INDEX),
        (Field.DATE, "2026-03-12", ValueSource.STAMP),
        (Field.NUMBER, "2026/014", ValueSource.INDEX),
        (Field.NUMBER, "2026_014", ValueSource.STAMP),
    ),
    row=True,
)


def _with_files(*changed: CollectedFile) -> SourceDocument:
    return replace(GOOD, files=(GOOD.files[0], *changed))


def _with_readings(*said: tuple[Field, str, ValueSource]) -> SourceDocument:
    return replace(GOOD, readings=(*GOOD.readings, *_said(*said)))


OTHER_ID = f"095-{OURS}-20260312-2026_015-DE"
SPOILT = {
    "FILE_MISSING": _with_files(_file("annexe.pdf", Role.ANNEX, fixity=None, mime="")),
    "FILE_EMPTY": _with_files(_file("annexe.pdf", Role.ANNEX, fixity=a_fixity(b""), mime="")),
    "FORMAT_MISMATCH": _with_files(_file("annexe.pdf", Role.ANNEX, mime="application/x-dosexec")),
    "ROLE_UNKNOWN": _with_files(_file("annexe.pdf", Role.UNKNOWN)),
    "SIREN_FOREIGN": _with_readings((Field.SIREN, FOREIGN, ValueSource.ACKNOWLEDGEMENT)),
    "VALUES_CONTRADICT": _with_readings((Field.DATE, "2026-03-21", ValueSource.ACKNOWLEDGEMENT)),
    "INDEX_ROW_MISSING": replace(GOOD, row=False),
}


def test_a_good_document_is_free_of_findings():
    """An act that is whole, ours, in the index and of one voice passes without a remark."""
    assert judge(GOOD, STRICT) == ()


@pytest.mark.parametrize("code", SPOILT)
def test_one_fault_gives_its_own_finding_and_no_other(code):
    """Each fault of a document is set aside under its own code, told once."""
    (finding,) = judge(SPOILT[code], STRICT)
    assert (finding.code, finding.severity) == (code, Severity.SET_ASIDE)


@pytest.mark.parametrize("row", [False, None], ids=["no row", "no index in the drop"])
def test_a_required_index_is_required(row):
    """Where the profile demands the index, an act without its row waits, even when the drop holds no index at all."""
    document = replace(GOOD, row=row)
    assert [finding.code for finding in judge(document, STRICT)] == ["INDEX_ROW_MISSING"]
    assert not sets_aside(judge(document, REQUIREMENTS))
    attestation = replace(document, kind=Kind.ACKNOWLEDGEMENT)
    assert judge(attestation, STRICT) == ()


@pytest.mark.parametrize(
    ("collected", "codes"),
    [(date(2026, 3, 10), ["DATE_AHEAD"]), (date(2026, 3, 11), []), (date(2026, 3, 12), []), (None, [])],
    ids=["two days before", "the day before, overseas", "the same day", "unknown"],
)
def test_no_act_is_of_a_day_that_had_not_come_when_it_was_collected(collected, codes):
    """A year by a typo would put a whole séance decades ahead: the act waits, and the source is named."""
    findings = judge(GOOD, replace(STRICT, collected=collected))
    assert [finding.code for finding in findings] == codes
    assert all("2026-03-12, lue dans : index" in finding.message and sets_aside([finding]) for finding in findings)


def test_an_optional_index_without_the_act_is_a_remark():
    """Where the index is optional, an act that it forgets goes on with a remark."""
    (finding,) = judge(replace(GOOD, row=False), REQUIREMENTS)
    assert (finding.code, finding.severity) == ("INDEX_ROW_MISSING", Severity.REMARK)


@pytest.mark.parametrize("name", [Field.DATE, Field.ID_ACTE])
@pytest.mark.parametrize("source", [ValueSource.ACKNOWLEDGEMENT, ValueSource.MESSAGE])
def test_two_messages_that_disagree_are_a_contradiction(source, name):
    """Two ARActe of one act with different dates or identifiers: none is believed by chance, both are told."""
    dates, identifiers = ("2026-03-12", "2026-03-21"), (str(GOOD.readings[0][1].text), OTHER_ID)
    first, second = dates if name is Field.DATE else identifiers
    document = _with_readings((name, first, source), (name, second, source))
    for same in (document, replace(document, readings=document.readings[::-1])):
        (finding,) = judge(same, STRICT)
        assert finding.code == "VALUES_CONTRADICT"
        assert first in finding.message
        assert second in finding.message
        assert str(source) in finding.message


def test_a_file_that_bears_two_stamps_goes_on_with_a_remark():
    """Of two stamps the first is the act's own: the other one contradicts nobody, and is told."""
    twice = replace(GOOD, readings=(*_said((Field.ID_ACTE, OTHER_ID, ValueSource.STAMP)), *GOOD.readings))
    (finding,) = judge(twice, STRICT)
    assert (finding.code, finding.severity) == ("STAMPS_DIFFER", Severity.REMARK)
    assert OTHER_ID in finding.message


IDENTIFIERS = {
    "another authority's": (f"095-{FOREIGN}-20260312-2026_014-DE", "SIREN_FOREIGN"),
    "another day's": (f"095-{OURS}-20260313-2026_014-DE", "VALUES_CONTRADICT"),
    "another nature's": (f"095-{OURS}-20260312-2026_014-AI", "VALUES_CONTRADICT"),
    "another préfecture's": (f"078-{OURS}-20260312-2026_014-DE", "DEPARTEMENT_FOREIGN"),
}


@pytest.mark.parametrize("source", [ValueSource.INDEX, ValueSource.MESSAGE, ValueSource.ACKNOWLEDGEMENT])
@pytest.mark.parametrize("whose", IDENTIFIERS)
def test_an_identifier_must_say_what_stands_beside_it(whose, source):
    """An IDActe with another SIREN, date, nature or département than the act's never leaves: identity and access."""
    identifier, code = IDENTIFIERS[whose]
    said = _said(
        (Field.ID_ACTE, identifier, source),
        (Field.SIREN, OURS, source),
        (Field.DATE, "2026-03-12", source),
        (Field.NATURE, "DE", source),
    )
    findings = judge(replace(GOOD, readings=said), STRICT)
    assert [(finding.code, finding.severity) for finding in findings] == [(code, Severity.SET_ASIDE)]


def test_two_natures_of_one_act_are_a_contradiction():
    """An index that makes an individual decision a délibération would open it to all: nobody is believed."""
    document = _with_readings(
        (Field.NATURE, "AI", ValueSource.ACKNOWLEDGEMENT), (Field.NATURE, "DE", ValueSource.INDEX)
    )
    (finding,) = judge(document, STRICT)
    assert finding.code == "VALUES_CONTRADICT"
    assert "nature" in finding.message


def test_an_organisation_without_known_departement_accepts_any():
    """An organisation made from a folder of acts may not know its département: nothing is compared then."""
    said = _said(
        (Field.ID_ACTE, f"078-{OURS}-20260312-2026_014-DE", ValueSource.STAMP), (Field.SIREN, OURS, ValueSource.INDEX)
    )
    assert judge(replace(GOOD, readings=said), replace(STRICT, departement="000")) == ()


def test_one_number_in_two_forms_is_no_difference_and_two_numbers_are_a_remark():
    """« 2026/014 » and « 2026_014 » are one number; another one is told, and holds nothing up."""
    (finding,) = judge(_with_readings((Field.NUMBER, "2026_099", ValueSource.MESSAGE)), STRICT)
    assert (finding.code, finding.severity) == ("NUMBER_DIFFERS", Severity.REMARK)


def test_a_text_in_the_place_of_a_number_is_never_quoted():
    """Columns that slipped may put anything where the number should be, a person's name too."""
    (finding,) = judge(_with_readings((Field.NUMBER, "Secours Dupont", ValueSource.INDEX)), STRICT)
    assert finding.code == "NUMBER_DIFFERS"
    assert "2026_014" in finding.message
    assert "DUPONT" not in finding.message.upper()


def test_a_cancelled_act_is_kept_with_a_remark():
    """An act annulled by the préfecture's message is not set aside."""
    (finding,) = judge(_with_readings((Field.CANCELLED, "2026-04-20", ValueSource.ACKNOWLEDGEMENT)), STRICT)
    assert (finding.code, finding.severity) == ("CANCELLED", Severity.REMARK)
    assert "2026-04-20" in finding.message


def test_an_extension_that_announces_nothing_is_a_remark():
    """A file whose extension no rule speaks of goes on, with the format that was read."""
    (finding,) = judge(_with_files(_file("plan.dwg", Role.ANNEX, format_name="AutoCAD")), STRICT)
    assert (finding.code, finding.severity, finding.path) == ("EXTENSION_UNCHECKED", Severity.REMARK, "plan.dwg")
    assert "AutoCAD" in finding.message


def test_the_first_reason_is_the_one_that_the_source_can_mend():
    """A missing file is told before what follows from it: the reason shown is where to begin."""
    document = replace(SPOILT["FILE_MISSING"], readings=SPOILT["SIREN_FOREIGN"].readings)
    codes = [finding.code for finding in judge(document, STRICT)]
    assert codes == ["FILE_MISSING", "SIREN_FOREIGN"]
