"""Grouping of a drop's listing into documents."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.classification import Classification
from versement.domain.documents import Field, FileReference, Kind, Role, Value, ValueSource
from versement.domain.drop import (
    ActesMessage,
    DescribedAct,
    DescribedFile,
    DescribedSeance,
    Description,
    Envelope,
    IndexRow,
)
from versement.domain.grouping import group

WASTE = ("Thumbs.db", "~$*", ".DS_Store", "desktop.ini", "*.tmp")
STEM = "095-219509908-20260312-2026_014-DE-1-1"
ID = "095-219509908-20260312-2026_014-DE"
ACK = ValueSource.ACKNOWLEDGEMENT


def listing(*paths):
    return [FileReference(path, 10, 0) for path in paths]


def receipt(act_file="", *annexes, identifier=ID, kind=Kind.ACKNOWLEDGEMENT):
    readings = [(Field.ID_ACTE, Value(identifier, ACK))]
    readings += [(Field.CANCELLED, Value("2026-04-02", ACK))] if kind is Kind.CANCELLATION else []
    return ActesMessage(kind, act_file, annexes, tuple(readings))


def message(act_file, *annexes):
    return ActesMessage(Kind.ACT, act_file, annexes, ((Field.TITLE, Value("Objet", ValueSource.MESSAGE)),))


def row(line, identifier, name, title="Objet"):
    return IndexRow(line, identifier, name, ((Field.TITLE, Value(title, ValueSource.INDEX)),))


def grouped(paths, *, rows=None, messages=None):
    """The grouping, and its documents by reference as `(kind, [(role, path, present)])`."""
    found = group(listing(*paths), rows or {}, messages or {}, WASTE)
    documents = {
        document.reference: [(file.role, file.path, file.reference is not None) for file in document.files]
        for document in found.documents
    }
    return found, documents


def by_reference(found, reference):
    return next(document for document in found.documents if document.reference == reference)


NAMES = [
    "a.pdf", "A.PDF", "b.pdf", "a_annexe.pdf", "a_annexe_annexe2.pdf", "a-Annexe 1.docx", "b_annexe.pdf",
    "é.pdf", "e\u0301.pdf", "n.docx", "Thumbs.db", "~$a.docx", "x.tmp", "index.csv", "index2.csv", "m1.xml",
    "m2.xml", "m3.xml", "index:1", "x.yml_arrete_0", "a.pdf.p7s", "b.tsr", "a_bordereau.pdf", "bordereau.pdf",
    "00__Convocation.pdf", "01__Projet.pdf", "PV 2026-03-12.pdf", "fichier_termine.txt",
    "index:1#2", f"99_DE-{STEM}_1.pdf", f"{STEM}_1.pdf", f"{STEM}_1.xml",
    f"{STEM}_2.pdf", f"{STEM}_02.pdf", f"21_DA-{STEM}_3.jpg", f"{STEM}_0.xml",
]  # fmt: skip
names = st.sampled_from(NAMES)
paths = st.builds(
    lambda folder, name: folder + name,
    st.sampled_from(["", "d/", "d/e/", "a_annexe.zip/", "d/e.zip/"]),
    names | st.text(max_size=6),
)
readings = st.lists(
    st.tuples(
        st.sampled_from([Field.ID_ACTE, Field.NUMBER, Field.CANCELLED]),
        st.builds(Value, st.sampled_from([ID, "1"]), st.sampled_from(list(ValueSource))),
    ),
    max_size=2,
).map(tuple)
actes = st.builds(
    ActesMessage,
    st.sampled_from([Kind.ACT, Kind.ACKNOWLEDGEMENT, Kind.CANCELLATION, Kind.EXCHANGE]),
    names | st.just("") | st.just("d/a.pdf"),
    st.lists(names | st.just(""), max_size=3).map(tuple),
    readings,
    st.lists(names, max_size=2).map(tuple),
    st.lists(names, max_size=2).map(tuple),
)
described_files = st.lists(
    st.builds(
        DescribedFile,
        st.sampled_from([Role.ACT, Role.STAMPED, Role.ANNEX, Role.SIGNATURE, Role.PROOF, Role.ACKNOWLEDGEMENT]),
        names | st.just("e/a.pdf"),
        st.sampled_from(["", "arrete_0"]),
        st.sampled_from(["convocation", "procès-verbal"]),
    ),
    max_size=4,
).map(tuple)
descriptions = (
    st.builds(
        Description,
        st.lists(st.builds(DescribedAct, described_files, readings), min_size=1, max_size=2).map(tuple),
        st.lists(st.builds(DescribedSeance, described_files, readings, st.sampled_from(["", "e"])), max_size=1).map(
            tuple
        ),
    )
    | st.builds(Envelope, st.sampled_from(["EnveloppeCLMISILL", "AnomalieEnveloppe"]), st.lists(names).map(tuple))
    | st.just(Classification("2025-09-01", {}))
)
index_rows = st.lists(
    st.builds(IndexRow, st.integers(2, 9), st.sampled_from(["1", "1#2", "", "2"]), names | st.just(""), readings),
    max_size=5,
)
drops = st.lists(paths, max_size=15).flatmap(
    lambda drawn: st.tuples(
        st.just(listing(*drawn)),
        st.dictionaries(st.sampled_from(drawn or ["none"]), index_rows, max_size=2),
        st.dictionaries(st.sampled_from(drawn or ["none"]), actes, max_size=4),
        st.sampled_from([WASTE, (), ("*",), ("*.XML", "a*"), ("d/", "?/")]),
        st.dictionaries(st.sampled_from(drawn or ["none"]), descriptions, max_size=3),
    )
)


@given(drops)
def test_no_path_is_ever_lost(drop):
    """Whatever a drop holds and its messages say, every path is waste, an index, or a pièce, and only one of these."""
    files = drop[0]
    found = group(*drop)
    in_documents = {file.reference.path for d in found.documents for file in d.files if file.reference}
    in_waste = {reference.path for reference in found.waste}
    in_indexes = {reference.path for reference in found.indexes}
    assert in_documents | in_waste | in_indexes == {reference.path for reference in files}
    assert len(in_documents) + len(in_waste) + len(in_indexes) == len({reference.path for reference in files})


@given(drops)
def test_every_document_has_its_own_reference(drop):
    """References are unique and sorted, and a document shows each file once."""
    found = group(*drop)
    references = [document.reference for document in found.documents]
    assert references == sorted(set(references))
    for document in found.documents:
        present = [file.path for file in document.files if file.reference]
        assert len(present) == len(set(present))


@given(drops, st.randoms(use_true_random=False))
def test_order_of_the_listing_changes_nothing(drop, random):
    """The same drop listed in another order announces the same."""
    files, indexes, messages, waste, described = drop
    shuffled = random.sample(files, len(files))
    turned = [dict(reversed(list(said.items()))) for said in (indexes, messages, described)]
    assert group(*drop) == group(shuffled, turned[0], turned[1], waste, turned[2])


@given(drops)
def test_every_row_is_announced(drop):
    """Each row of an index that is in the drop is some act's, by its readings."""
    indexes = drop[1]
    found = group(*drop)
    for index in found.indexes:
        for one in indexes.get(index.path, ()):
            assert any(document.row and set(one.readings) <= set(document.readings) for document in found.documents)


def test_leftovers_of_desktops_are_waste_whatever_their_case():
    """Thumbs.db, ~$ files and the like are told apart, in any case and folder."""
    found, documents = grouped(["THUMBS.DB", "d/~$brouillon.docx", "d/.DS_Store", "d/x.TMP", "Thumbs.db.pdf"])
    assert [reference.path for reference in found.waste] == [
        "THUMBS.DB", "d/.DS_Store", "d/x.TMP", "d/~$brouillon.docx",
    ]  # fmt: skip
    assert list(documents) == ["Thumbs.db.pdf"]


def test_message_gathers_act_annexes_and_itself_in_that_order():
    """An `Acte` message names its act and annexes; they make one document with the message last."""
    names = ["d/z.pdf", "d/y.pdf", "d/acte.pdf", "d/m.xml"]
    found, documents = grouped(names, messages={"d/m.xml": message("acte.pdf", "z.pdf", "y.pdf")})
    assert documents == {
        "d/acte.pdf": [
            (Role.ACT, "d/acte.pdf", True),
            (Role.ANNEX, "d/z.pdf", True),
            (Role.ANNEX, "d/y.pdf", True),
            (Role.MESSAGE, "d/m.xml", True),
        ]
    }
    assert by_reference(found, "d/acte.pdf").row is None


def test_name_is_looked_for_beside_its_message_then_anywhere_when_unique():
    """A file of the message's own folder wins; elsewhere a name counts only when one file bears it."""
    own, documents = grouped(["d/m.xml", "d/a.pdf", "e/a.pdf"], messages={"d/m.xml": message("a.pdf")})
    assert documents["d/a.pdf"][-1] == (Role.MESSAGE, "d/m.xml", True)
    assert own.findings == ()
    _, documents = grouped(["d/m.xml", "e/a.pdf"], messages={"d/m.xml": message("a.pdf")})
    assert documents["e/a.pdf"][-1] == (Role.MESSAGE, "d/m.xml", True)


def test_name_that_two_files_bear_is_said_and_never_guessed():
    """Two files of the named name in other folders: neither is taken, and a remark names both."""
    found, documents = grouped(["m.xml", "d/a.pdf", "e/a.pdf"], messages={"m.xml": message("a.pdf")})
    assert documents["m.xml"] == [(Role.ACT, "a.pdf", False), (Role.MESSAGE, "m.xml", True)]
    assert set(documents) == {"m.xml", "d/a.pdf", "e/a.pdf"}
    assert [finding.code for finding in found.findings] == ["NAME_AMBIGUOUS"]
    assert "d/a.pdf" in found.findings[0].message
    assert "e/a.pdf" in found.findings[0].message


def test_files_that_a_message_names_and_nobody_dropped_are_announced_missing():
    """A named annex, or the act itself, that is not in the drop is announced without a file."""
    _, documents = grouped(["d/m.xml", "d/a.pdf"], messages={"d/m.xml": message("a.pdf", "plan.pdf")})
    assert (Role.ANNEX, "d/plan.pdf", False) in documents["d/a.pdf"]
    _, documents = grouped(["d/m.xml"], messages={"d/m.xml": message("a.pdf")})
    assert documents == {"d/m.xml": [(Role.ACT, "d/a.pdf", False), (Role.MESSAGE, "d/m.xml", True)]}


def test_acknowledgement_is_its_own_document_and_completes_its_act():
    """An ARActe is announced by itself; its act, in the same drop, gets its readings and its annexes."""
    found, documents = grouped(["a.pdf", "ar.xml", "plan.pdf"], messages={"ar.xml": receipt("a.pdf", "plan.pdf")})
    assert documents == {
        "a.pdf": [(Role.ACT, "a.pdf", True), (Role.ANNEX, "plan.pdf", True)],
        "ar.xml": [(Role.ACKNOWLEDGEMENT, "ar.xml", True)],
    }
    act, own = by_reference(found, "a.pdf"), by_reference(found, "ar.xml")
    assert own.kind is Kind.ACKNOWLEDGEMENT
    assert own.attests == ("a.pdf",)
    assert (Field.ID_ACTE, Value(ID, ACK)) in act.readings


def test_late_acknowledgement_announces_only_itself():
    """An ARActe whose act came in an earlier drop does not announce the act's files as missing."""
    found, documents = grouped(["ar.xml"], messages={"ar.xml": receipt("a.pdf", "plan.pdf")})
    assert documents == {"ar.xml": [(Role.ACKNOWLEDGEMENT, "ar.xml", True)]}
    assert by_reference(found, "ar.xml").attests == ("a.pdf",)


def test_annex_of_two_acts_belongs_to_both():
    """One file that two ARActes name as annex is a pièce of each act."""
    _, documents = grouped(
        ["a.pdf", "b.pdf", "plan.pdf", "1.xml", "2.xml"],
        messages={
            "1.xml": receipt("a.pdf", "plan.pdf"),
            "2.xml": receipt("b.pdf", "plan.pdf", identifier="095-219509908-20260312-2-DE"),
        },
    )
    assert (Role.ANNEX, "plan.pdf", True) in documents["a.pdf"]
    assert (Role.ANNEX, "plan.pdf", True) in documents["b.pdf"]
    assert "plan.pdf" not in documents


def test_cancellation_reaches_the_act_of_the_same_identifier():
    """An ARAnnulation names no file: it finds its act by the IDActe that the ARActe gave, and no other act."""
    found, documents = grouped(
        ["a.pdf", "b.pdf", "ar.xml", "zz.xml"],
        messages={"ar.xml": receipt("a.pdf"), "zz.xml": receipt(kind=Kind.CANCELLATION)},
    )
    assert documents["zz.xml"] == [(Role.CANCELLATION, "zz.xml", True)]
    cancelled = (Field.CANCELLED, Value("2026-04-02", ACK))
    assert cancelled in by_reference(found, "a.pdf").readings
    assert cancelled not in by_reference(found, "b.pdf").readings


def test_index_row_goes_to_its_file_whatever_the_form_of_its_accents():
    """The name in DELIB_URL and the file's name are compared in NFC."""
    name = unicodedata.normalize("NFD", "Délibération.pdf")
    found, _ = grouped([f"d/{name}", "o.pdf", "i.csv"], rows={"i.csv": [row(2, "1", "Délibération.pdf")]})
    assert by_reference(found, f"d/{name}").row is True
    assert by_reference(found, "o.pdf").row is False
    assert [reference.path for reference in found.indexes] == ["i.csv"]


def test_index_row_without_file_is_a_document_that_waits_for_it():
    """A row whose file nobody dropped is announced under its DELIB_ID, its file missing."""
    found, documents = grouped(["i.csv"], rows={"i.csv": [row(2, "7", "sept.pdf"), row(3, "8", "")]})
    assert documents == {"index:7": [(Role.ACT, "sept.pdf", False)], "index:8": [(Role.ACT, "8", False)]}
    assert by_reference(found, "index:7").row is True


def test_repeated_rows_are_one_and_different_rows_never_hide_each_other():
    """The same row twice is one announcement; two different rows with one DELIB_ID or one file stay two."""
    rows = [row(2, "1", ""), row(3, "1", ""), row(4, "1", "", "Autre"), row(5, "2", "a.pdf"), row(6, "3", "a.pdf", "X")]
    found, documents = grouped(["a.pdf", "i.csv"], rows={"i.csv": rows})
    assert set(documents) == {"a.pdf", "index:1", "index:1#2", "index:3"}
    assert [finding.code for finding in found.findings] == ["INDEX_SAME_FILE"]
    assert "ligne 6" in found.findings[0].message


@pytest.mark.parametrize("prefix", ["", "99_DE-"])
def test_actes_file_names_group_an_act_and_its_annexes(prefix):
    """Without any message, `…_1` is the act and `…_2`, `…_3` its annexes, by rank."""
    main, annexes = f"d/{prefix}{STEM}_1.pdf", [f"d/21_DA-{STEM}_2.pdf", f"d/{STEM}_03.jpg", f"d/{STEM}_10.pdf"]
    _, documents = grouped([*annexes, main, f"e/{STEM}_2.pdf"])
    assert [path for _, path, _ in documents[main]] == [main, *annexes]
    assert set(documents) == {main, f"e/{STEM}_2.pdf"}


def test_annex_of_an_actes_name_joins_the_act_that_a_message_named():
    """An annex that the ARActe forgot still goes to its act by its name."""
    main, annex = f"{STEM}_1.pdf", f"{STEM}_2.pdf"
    _, documents = grouped([main, annex, "ar.xml"], messages={"ar.xml": receipt(main)})
    assert documents[main] == [(Role.ACT, main, True), (Role.ANNEX, annex, True)]


@pytest.mark.parametrize("annex", ["d/a_annexe.pdf", "d/a-annexe 2.docx", "d/a_ANNEXES plan.pdf"])
def test_file_named_after_an_act_is_its_annex(annex):
    """`<stem>_annexe…` beside `<stem>.pdf` is its annex, and nowhere else."""
    _, documents = grouped(["d/a.pdf", annex])
    assert documents == {"d/a.pdf": [(Role.ACT, "d/a.pdf", True), (Role.ANNEX, annex, True)]}
    _, apart = grouped(["e/a.pdf", annex])
    assert annex in apart


def test_annex_of_an_annex_belongs_to_the_act():
    """A name with two marks goes to the act, since an annex has no annexes."""
    _, documents = grouped(["a.pdf", "a_annexe.pdf", "a_annexe_annexe.pdf"])
    assert [path for _, path, _ in documents["a.pdf"]] == ["a.pdf", "a_annexe.pdf", "a_annexe_annexe.pdf"]


def test_what_nothing_names_is_announced_by_itself():
    """A PDF is an act of its own; any other file a document whose pièce nobody identified."""
    _, documents = grouped(["a.pdf", "notes.docx", "perdu.xml"])
    assert documents == {
        "a.pdf": [(Role.ACT, "a.pdf", True)],
        "notes.docx": [(Role.UNKNOWN, "notes.docx", True)],
        "perdu.xml": [(Role.UNKNOWN, "perdu.xml", True)],
    }


def test_folders_and_backslashes_in_a_message_are_no_way_out():
    """A NomFichier with a path in it is taken for its last part only."""
    _, documents = grouped(["m.xml", "a.pdf"], messages={"m.xml": message("..\\..\\a.pdf", "/etc/passwd")})
    assert documents["a.pdf"] == [
        (Role.ACT, "a.pdf", True),
        (Role.ANNEX, "passwd", False),
        (Role.MESSAGE, "m.xml", True),
    ]


def test_large_drop_is_grouped_in_linear_time():
    """Twenty thousand acts, each with annex, ARActe, cancellation and row, are grouped within seconds."""
    count = 20_000
    files, messages, rows = [], {}, []
    for n in range(count):
        identifier = f"095-219509908-20260312-{n}-DE"
        files += [f"{n}.pdf", f"{n}_annexe.pdf", f"{n}.xml", f"{n}x.xml"]
        messages[f"{n}.xml"] = receipt(f"{n}.pdf", identifier=identifier)
        messages[f"{n}x.xml"] = receipt(kind=Kind.CANCELLATION, identifier=identifier)
        rows.append(row(n, "même identifiant", "", f"titre {n}"))
    started = time.process_time()
    found, _ = grouped([*files, "i.csv"], rows={"i.csv": rows}, messages=messages)
    assert time.process_time() - started < 60
    assert len(found.documents) == 4 * count
