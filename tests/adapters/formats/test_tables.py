"""Indexes of any tool: every table comes back whole, and a broken row costs nothing but itself."""

from __future__ import annotations

import csv
import io
import json
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from versement.adapters.formats import table as tables
from versement.adapters.formats.table import read_table
from versement.domain.errors import ProfileError, UnreadableFile
from versement.ports.formats import TableLayout

FUNCTION_FIXTURE = settings(
    max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
LATIN = "abcXYZ0189 éèàçÉ;,|\t\"'-_\n"
CELL = st.text(LATIN, max_size=12)
NAME = st.text("abcdeNOMé_. ", min_size=1, max_size=8).map(lambda name: f"k{name}".strip())


@st.composite
def tables_of_texts(draw, cell=CELL):
    """Column names, all different, and rows that fit them and are not blank."""
    columns = draw(st.lists(NAME, min_size=2, max_size=6, unique=True))
    row = st.lists(cell, min_size=len(columns), max_size=len(columns)).filter(lambda cells: any(map(str.strip, cells)))
    return columns, draw(st.lists(row, max_size=8))


@pytest.fixture
def read(tmp_path):
    """Writes an index and reads it."""

    def write_and_read(content, name="index.csv", written_in="utf-8", **layout):
        path = tmp_path / "0123abcd"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(written_in))
        return read_table(path, name, TableLayout(**layout))

    return write_and_read


def written(rows, delimiter, quoting=csv.QUOTE_MINIMAL, end="\r\n"):
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    return target.getvalue()


def cells(reading):
    return [row.cells for row in reading.rows]


@FUNCTION_FIXTURE
@given(
    tables_of_texts(),
    st.sampled_from(";,|\t"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\r\n", "\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]),
    st.booleans(),
)
def test_any_table_comes_back_through_any_dialect(read, table, delimiter, quoting, end, encoding, told):
    """Separators, quotes, line ends, encodings, told or found: names and cells are what was written."""
    columns, rows = table
    layout = {"separator": delimiter, "encoding": encoding if told else "auto"}
    reading = read(written([columns, *rows], delimiter, quoting, end), written_in=encoding, **layout)
    assert cells(reading) == [dict(zip(columns, row, strict=True)) for row in rows]
    assert reading.findings == ()


@FUNCTION_FIXTURE
@given(tables_of_texts(), st.sampled_from(";,|\t"))
def test_separator_is_found_by_the_header(read, table, delimiter):
    """Whatever the cells hold, the names of the columns tell the separator."""
    columns, rows = table
    reading = read(written([columns, *rows], delimiter, csv.QUOTE_ALL))
    assert cells(reading) == [dict(zip(columns, row, strict=True)) for row in rows]


@FUNCTION_FIXTURE
@given(tables_of_texts(cell=st.text("abc é;,", max_size=6)), st.sampled_from(";,|\t"))
def test_table_without_header_has_numbered_columns(read, table, delimiter):
    """Without a header, the columns are c1, c2… and the first row is a row."""
    columns, rows = table
    assume(rows)
    reading = read(written(rows, delimiter), separator=delimiter, header=False)
    names = [f"c{place}" for place in range(1, len(columns) + 1)]
    assert cells(reading) == [dict(zip(names, row, strict=True)) for row in rows]


JSON_VALUE = st.text(max_size=8) | st.booleans() | st.none() | st.integers(-(10**30), 10**30)


def said(value):
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@FUNCTION_FIXTURE
@given(st.lists(st.dictionaries(st.text("abc", min_size=1, max_size=4), JSON_VALUE, min_size=1), max_size=6))
def test_json_list_comes_back_wherever_it_stands(read, rows):
    """A list at the root, under a dotted path, or one object a line: the same rows, numbers as they are written."""
    assume(not any({"\ufffd", "\0"} & set(str(value)) for row in rows for value in row.values()))
    expected = [{key: said(value) for key, value in row.items()} for row in rows]
    assert cells(read(json.dumps(rows), "i.json")) == expected
    assert cells(read(json.dumps({"paie": {"bulletins": rows}}), "i.json", rows="paie.bulletins")) == expected
    assert cells(read("\n".join(map(json.dumps, rows)), "i.jsonl")) == expected


XML_TEXT = st.text(LATIN + "<>&", max_size=10).map(str.strip)


@FUNCTION_FIXTURE
@given(st.lists(st.dictionaries(st.sampled_from(["nom", "mois", "a-b"]), XML_TEXT, min_size=1), max_size=5))
def test_xml_elements_come_back_by_their_path(read, rows):
    """Attributes and children of the repeated element are its cells, under any namespace."""
    assume(rows)
    inner = "".join(
        f"<bulletin rang={quoteattr(str(place))}>"
        + "".join(f"<{key}>{escape(text)}</{key}>" for key, text in row.items())
        + "</bulletin>"
        for place, row in enumerate(rows)
    )
    content = f'<paie xmlns="urn:x"><entete><bulletin/></entete><lot>{inner}</lot></paie>'
    reading = read(content, "i.xml", rows="paie.lot.bulletin")
    assert cells(reading) == [{"rang": str(place), **row} for place, row in enumerate(rows)]


def test_nested_and_repeated_members_have_dotted_keys(read):
    """`agent.nom`, and for what is repeated `piece`, `piece.1`: alike in XML and in JSON."""
    expected = [{"mois": "01", "agent.matricule": "A7", "agent.nom": "N", "piece": "a.pdf", "piece.1": "b.pdf"}]
    xml = '<l><b mois="01"><agent matricule="A7"><nom>N</nom></agent><piece>a.pdf</piece><piece>b.pdf</piece></b></l>'
    assert cells(read(xml, "i.xml")) == expected
    row = {"mois": "01", "agent": {"matricule": "A7", "nom": "N"}, "piece": ["a.pdf", "b.pdf"]}
    assert cells(read(json.dumps([row]), "i.json")) == expected


def test_agent_directory_of_pastell_is_read(read):
    """14 columns, semicolons, Latin-1, no header."""
    agents = [
        (
            "A0001",
            "Mme",
            "Lefèvre",
            "Durand",
            "Zoé",
            "ADJ",
            "Adjoint",
            "MAU",
            "Maurecy",
            "217809904",
            "P",
            "",
            "T1",
            "",
        ),
        ("A0002", "M.", "Noël", "Noël", "René", "ATT", "Attaché", "MAU", "Maurecy", "217809904", "P", "", "", ""),
    ]
    reading = read(written(agents, ";"), written_in="latin-1", header=False)
    assert reading.findings == ()
    assert [row.cells["c1"] for row in reading.rows] == ["A0001", "A0002"]
    assert reading.rows[0].cells["c3"] == "Lefèvre"
    assert set(reading.rows[0].cells) == {f"c{place}" for place in range(1, 15)}


def test_payslip_index_of_vitam_is_read(read):
    """Semicolons, all quoted, columns of SEDA in dotted notation."""
    header = ("File", "Content.DescriptionLevel", "Content.Title", "Content.Agent.Identifier", "Content.Tag.0")
    header += ("Content.Tag.1", "Management.AppraisalRule.Rule")
    row = ("Collection/BP_0001_20260131.pdf", "Item", "Bulletin ; janvier", "0001", "paie", "2026", "APP-00001")
    (only,) = read(written([header, row], ";", csv.QUOTE_ALL)).rows
    assert only.line == 2
    assert only.cells == dict(zip(header, row, strict=True))


@pytest.mark.parametrize("broken", ["un;deux", "a;b;c;de trop", 'x;"jamais fermé;z', '"""', "x" * 5_000])
def test_ragged_row_is_said_with_its_line_and_costs_no_other(read, broken):
    """Too few or too many cells, a quote never closed: told by line, without a value, and the neighbours are there."""
    good = ['"1";"x";"y"', '"2";"x";"y"', '"3";"x";"y"']
    reading = read("\n".join(["a;b;c", good[0], broken, *good[1:]]))
    assert [row.cells["a"] for row in reading.rows] == ["1", "2", "3"]
    assert [row.line for row in reading.rows] == [2, 4, 5]
    (finding,) = reading.findings
    assert finding.code == "INDEX_ROW"
    assert finding.message.startswith("ligne 3 : ")
    assert broken not in finding.message


def test_rows_over_several_lines_keep_the_line_numbers_right(read):
    """A quoted cell with line breaks is one row, and the next one is where it is in the file."""
    reading = read('a;b\n"x\ny\nz";1\nu;2\n')
    assert [(row.line, row.cells["a"]) for row in reading.rows] == [(2, "x\ny\nz"), (5, "u")]


def test_mixed_encoding_costs_only_its_rows(read):
    """One row with a byte of another encoding is told; accents elsewhere stay."""
    content = "nom;n\nZoé;1\nRené;2\nNoël;3\n".encode().replace("René".encode(), "René".encode("latin-1"))
    reading = read(content)
    assert [row.cells["nom"] for row in reading.rows] == ["Zoé", "Noël"]
    assert [finding.message.split(" :")[0] for finding in reading.findings] == ["ligne 3"]


def test_a_row_of_utf_8_among_others_costs_only_itself(read):
    """The other way round: most lines are of Windows, and one of UTF-8 would be read as `ArrÃªtÃ©`."""
    lines = ["nom;n", "Zoé;1", "Arrêté;2", "Noël;3"]
    reading = read(b"\n".join(line.encode("utf-8" if line[0] == "A" else "cp1252") for line in lines))
    assert [row.cells["nom"] for row in reading.rows] == ["Zoé", "Noël"]
    assert [finding.message.split(" :")[0] for finding in reading.findings] == ["ligne 3"]


def test_an_encoding_that_the_profile_says_wrongly_archives_no_garbled_text(read):
    """`encoding: latin-1` of a file in UTF-8: no row with accents is taken, and each says why."""
    reading = read("nom;n\nZoé;1\nAnne;2\n", encoding="latin-1")
    assert [row.cells["nom"] for row in reading.rows] == ["Anne"]
    assert "encodage" in reading.findings[0].message


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman", "cp1252"])
def test_indexes_of_old_machines_are_read(read, encoding):
    """DOS, old Macintoshes and Windows are told by the French letters that they give."""
    reading = read(
        "Matricule;Prénom;Type\nA1;Zoé;Arrêté de congé\nA2;Éloïse;Déjà noté à l’été\n".encode(encoding, "replace")
    )
    assert [row.cells["Prénom"] for row in reading.rows] == ["Zoé", "Éloïse"]
    assert reading.rows[0].cells["Type"] == "Arrêté de congé"


def test_a_row_of_json_that_no_database_holds_costs_only_itself(read):
    """Half a character or a zero, written as escapes."""
    reading = read(r'[{"n": "a\ud800"}, {"n": "b\u0000"}, {"n": "\ud83d\ude00"}]', "i.json")
    assert [row.cells["n"] for row in reading.rows] == ["\U0001f600"]
    assert len(reading.findings) == 2


def test_padding_and_repeated_columns_have_names_of_their_own(read):
    """A column without a name has its place as name, a repeated one a number; padding at the end is none."""
    (row,) = read("nom;;nom;;\nA;B;C;;\n;;;;\n").rows
    assert row.cells == {"nom": "A", "c2": "B", "nom.1": "C"}


@pytest.mark.parametrize(
    ("content", "name", "layout"),
    [
        (b"", "i.csv", {}),
        (b"\xff\xfe\x00", "i.csv", {}),
        (b"\0" * 99, "i.csv", {}),
        (b"{", "i.json", {}),
        (b"[" * 100_000, "i.json", {}),
        (b'{"a": 1}', "i.json", {"rows": "a"}),
        (b'[{"a": 1}]', "i.json", {"rows": "a.b"}),
        (b"<a>", "i.xml", {}),
        (b"<a>" * 5_000, "i.xml", {}),
        (b"<a><b>1</b></a>", "i.xml", {"rows": "a.c"}),
        (b"<a><b>" + b"<c/>" * 20_000 + b"</b></a>", "i.xml", {}),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a><b>&x;</b></a>', "i.xml", {}),
        (b'<!DOCTYPE a SYSTEM "http://exemple.invalid/a.dtd"><a><b>1</b></a>', "i.xml", {}),
    ],
)
def test_file_that_is_no_table_is_unreadable(read, content, name, layout):
    """Empty, binary, too deep, cut, with entities, or nothing where the profile says: told as such, nothing read."""
    with pytest.raises(UnreadableFile):
        read(content, name, **layout)


@FUNCTION_FIXTURE
@given(st.binary(max_size=300), st.sampled_from(["i.csv", "i.xml", "i.json", "i.jsonl"]), st.booleans())
def test_any_bytes_give_rows_or_are_unreadable(read, content, name, header):
    """Whatever the file holds, reading ends with rows and findings, or says that it cannot be read."""
    try:
        reading = read(content, name, header=header)
    except UnreadableFile:
        return
    assert all(row.line and row.cells for row in reading.rows)


def test_bad_entries_of_a_list_cost_only_themselves(read):
    """What is no object, too deep or too wide is told by its place in the list; the others are read."""
    deep = []
    for _ in range(50):
        deep = [deep, 1]
    rows = [{"a": "1"}, "texte", {"x": deep}, {f"k{n}": n for n in range(2_000)}, {"a": "2"}]
    reading = read(json.dumps(rows), "i.json")
    assert [row.cells for row in reading.rows] == [{"a": "1"}, {"a": "2"}]
    assert [finding.message.split(" :")[0] for finding in reading.findings] == ["entrée 2", "entrée 3", "entrée 4"]
    half = read('[{"a": "coup\\ud83d"}, {"a": "2"}]', "i.json")  # an emoji cut in two, which nothing can write
    assert (half.rows[0].cells, [finding.code for finding in half.findings]) == ({"a": "2"}, ["INDEX_ROW"])
    lines = read('{"a": "1"}\npas du JSON\n{"a": "2"}\n', "i.jsonl")
    assert (len(lines.rows), [finding.message.split(" :")[0] for finding in lines.findings]) == (2, ["ligne 2"])


def test_size_and_number_of_rows_are_bounded(read, monkeypatch):
    """An index beyond the limits is not read, and the message says how to go on."""
    monkeypatch.setattr(tables, "MAX_ROWS", 10)
    with pytest.raises(UnreadableFile, match="Découpez-le"):
        read("a;b\n" + "1;2\n" * 11)
    monkeypatch.setattr(tables, "MAX_BYTES", 10)
    with pytest.raises(UnreadableFile, match="Découpez-le"):
        read("a;b\n1;2\n3;4\n")


@pytest.mark.parametrize("encoding", ["klingon", "base64"])
def test_unknown_encoding_is_the_profile_s_fault(tmp_path, encoding):
    """The message lists what may be written."""
    path = tmp_path / "x"
    path.write_text("a;b\n1;2\n")
    with pytest.raises(ProfileError, match="latin-1"):
        read_table(path, "i.csv", TableLayout(encoding=encoding))
