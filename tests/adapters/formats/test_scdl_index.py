"""SCDL indexes as communes really publish them."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from versement.adapters.formats.scdl import is_index, read_index
from versement.domain.documents import Field, Metadata, Severity, ValueSource
from versement.domain.errors import UnreadableFile

HEADER = (
    "COLL_NOM", "COLL_SIRET", "DELIB_ID", "DELIB_DATE", "DELIB_MATIERE_CODE", "DELIB_MATIERE_NOM", "DELIB_OBJET",
    "PREF_DATE", "DELIB_URL",
)  # fmt: skip
ROW = (
    "Commune d’Évry", "21950990800014", "2026-014", "2026-03-12", "5.2", "Fonctionnement des assemblées",
    "Élection de l’adjoint à l’été", "2026-03-16", "https://x.fr/d/D%C3%A9lib%20n%C2%B0%2014.pdf?v=2#page",
)  # fmt: skip


def table(*rows, delimiter=",", quoting=csv.QUOTE_MINIMAL, header=HEADER):
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter, quoting=quoting).writerows([header, *rows])
    return target.getvalue()


@pytest.fixture
def read(tmp_path):
    """Writes a table and reads it as an index."""

    def write_and_read(text, encoding="utf-8"):
        path = tmp_path / "0123abcd"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        assert is_index(path, "index.csv")
        return read_index(path)

    return write_and_read


def said(row):
    return {name: value.text for name, value in row.readings}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_row_is_read_whatever_the_encoding_and_delimiter(read, delimiter, quoting, encoding):
    """UTF-8 with or without mark, UTF-16, Windows; commas or semicolons: the same row comes out."""
    reading = read(table(ROW, delimiter=delimiter, quoting=quoting), encoding)
    assert reading.findings == ()
    (row,) = reading.rows
    assert (row.line, row.identifier, row.file_name) == (2, "2026-014", "Délib n° 14.pdf")
    assert {value.source for _, value in row.readings} == {ValueSource.INDEX}
    assert said(row) == {
        Field.SIREN: "219509908",
        Field.NUMBER: "2026-014",
        Field.DATE: "2026-03-12",
        Field.TITLE: "Élection de l’adjoint à l’été",
        Field.MATTER: "5.2",
        Field.MATTER_NAME: "Fonctionnement des assemblées",
        Field.RECEIVED: "2026-03-16",
    }


def test_latin_1_index_is_read(read):
    """An export in ISO-8859-1 keeps its accents."""
    (row,) = read(table([cell.replace("’", "'") for cell in ROW], delimiter=";"), "latin-1").rows
    assert said(row)[Field.TITLE] == "Élection de l'adjoint à l'été"


def test_one_bad_byte_does_not_garble_the_other_rows(read):
    """In a UTF-8 file, the one row with an unreadable byte is set aside; accents elsewhere stay right."""
    lines = table(ROW, ROW, ROW).encode().splitlines(keepends=True)
    lines[2] = lines[2].replace("à".encode(), b"\xe0")
    reading = read(b"".join(lines))
    assert [row.line for row in reading.rows] == [2, 4]
    assert said(reading.rows[1])[Field.TITLE] == "Élection de l’adjoint à l’été"
    assert [(finding.code, finding.severity) for finding in reading.findings] == [("INDEX_ROW", Severity.SET_ASIDE)]
    assert "ligne 3" in reading.findings[0].message


@pytest.mark.parametrize(
    "broken",
    [
        "à;peine;trois",
        'Commune;"21950990800014;X;2026-03-12;5.2;nom;objet;;url',
        'Commune;21950990800014;X;2026-03-12;5.2;nom;objet "coupé\nen deux;;url',
        "Commune;21950990800014;;2026-03-12;5.2;nom;objet;;url",
        "Commune;21950990800014;X;2026-03-12;5.2;nom;objet;;url;de trop",
        '"""',
        "x" * 200_000,
    ],
)
def test_broken_row_is_said_with_its_line_and_the_others_go_on(read, broken):
    """Too few or too many cells, a quote never closed, a cut line: one row is lost, told by its line, and no other."""
    good = table(ROW, ROW, ROW, delimiter=";", quoting=csv.QUOTE_ALL).splitlines()
    reading = read("\r\n".join([*good[:2], broken, *good[2:]]))
    assert len(reading.rows) == 3
    assert {finding.code for finding in reading.findings} == {"INDEX_ROW"}
    assert "ligne 3 " in reading.findings[0].message
    assert "redéposez l’index" in reading.findings[0].message


def test_title_on_several_lines_is_one_title(read):
    """A quoted objet with line breaks is one row, and the next rows keep their line numbers."""
    first = (*ROW[:6], "Élection\nde l’adjoint\n\nà l’été", *ROW[7:])
    reading = read(table(first, ROW))
    assert [(row.line, said(row)[Field.TITLE]) for row in reading.rows] == [
        (2, "Élection de l’adjoint à l’été"),
        (6, "Élection de l’adjoint à l’été"),
    ]


def test_quotes_delimiters_and_inner_quotes_stay_in_titles(read):
    """An objet keeps its commas, semicolons and quotes, also where a tool forgot to double them."""
    (row,) = read(table((*ROW[:6], 'Fête ; "été", fin', *ROW[7:]))).rows
    assert said(row)[Field.TITLE] == 'Fête ; "été", fin'
    loose = table(ROW, delimiter=";").replace("Élection de l’adjoint", 'Salle "Les Ormes"')
    assert said(read(loose).rows[0])[Field.TITLE] == 'Salle "Les Ormes" à l’été'


def test_export_dates_and_escapes_are_put_right(read):
    """`2021/07/02 00:00:00+00`, `02/07/2021` and `_x0001_` come out as a date and a title."""
    odd = (*ROW[:3], "2021/07/02 00:00:00+00", *ROW[4:6], "Voirie_x0001_ communale", "05/07/2021", ROW[8])
    (row,) = read(table(odd)).rows
    assert said(row)[Field.DATE] == "2021-07-02"
    assert said(row)[Field.RECEIVED] == "2021-07-05"
    assert said(row)[Field.TITLE] == "Voirie communale"


def test_padding_columns_and_empty_lines_change_nothing(read):
    """Empty columns and lines that a spreadsheet adds at the end are no rows and no error."""
    padded = table((*ROW, "", ""), header=(*HEADER, "", "")) + "\r\n;;;\r\n,,,,,,,,\r\n"
    reading = read(padded.replace(";;;\r\n", ""))
    assert (len(reading.rows), reading.findings) == (1, ())


def test_additional_columns_of_other_publishers_are_read(read):
    """PUBLICATION_DATE and NATURE_ACTE, which some add, are used; unknown columns are not."""
    more = table((*ROW, "2026-03-17", "1", "x"), header=(*HEADER, "PUBLICATION_DATE", "NATURE_ACTE", "AUTRE"))
    metadata = Metadata.settled(read(more).rows[0].readings)
    assert metadata.text(Field.PUBLISHED) == "2026-03-17"
    assert metadata.text(Field.NATURE) == "DE"


def test_identifier_column_may_hold_an_idacte(read):
    """A DELIB_ID that is an IDActe is known as one, and its number is the number."""
    (row,) = read(table((*ROW[:2], "095-219509908-20260312-2026_014-DE", *ROW[3:]))).rows
    assert said(row)[Field.ID_ACTE] == row.identifier
    assert said(row)[Field.NUMBER] == "2026_014"


def test_values_that_cannot_be_read_are_said_and_left_out(read):
    """A SIRET turned into a float or an impossible date is remarked on; the row is kept without it."""
    reading = read(table((ROW[0], "2,19E+13", ROW[2], "31/02/2026", *ROW[4:])))
    assert Field.SIREN not in said(reading.rows[0])
    assert Field.DATE not in said(reading.rows[0])
    assert [(finding.code, finding.severity) for finding in reading.findings] == [("INDEX_VALUE", Severity.REMARK)] * 2
    assert "SIRET" in reading.findings[0].message


def test_no_cell_is_ever_quoted(read):
    """A cell may hold a name that slipped into the wrong column: messages say which column, never what it holds."""
    reading = read(table((ROW[0], "Mme Dupont", ROW[2], "Secours à Mme Dupont", *ROW[4:])))
    assert len(reading.findings) == 2
    assert not [finding for finding in reading.findings if "Dupont" in finding.message]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("", ""),
        ("https://x.fr/d/", ""),
        ("https://x.fr/a%2Fb.pdf", "b.pdf"),
        ("https://x.fr/De%CC%81lib.pdf", "Délib.pdf"),
        ("Délib n° 3 #2.pdf", "Délib n° 3 #2.pdf"),
        ("http://[x/a.pdf", ""),
    ],
)
def test_file_name_comes_from_the_url(read, url, name):
    """DELIB_URL names the file by its last segment, decoded and composed; a bad URL names none."""
    assert read(table((*ROW[:8], url))).rows[0].file_name == name


def test_only_a_csv_with_the_index_columns_is_an_index(tmp_path):
    """A CSV of something else, or an index under another extension, is no index."""
    path = tmp_path / "x"
    path.write_text(table(ROW))
    assert is_index(path, "INDEX.CSV")
    assert not is_index(path, "index.txt")
    for text in ("", "a;b;c\n1;2;3\n", "COLL_SIRET;DELIB_ID\n", "\0" * 50, ";" * 10):
        path.write_text(text)
        assert not is_index(path, "index.csv")
    with pytest.raises(UnreadableFile, match="n’est pas un index SCDL"):
        read_index(path)


def test_large_index_is_read_in_linear_time(read):
    """Twenty thousand rows, one in two with a quote never closed, are read within seconds."""
    good = table(ROW, delimiter=";", quoting=csv.QUOTE_ALL).splitlines()[1]
    bad = 'Commune;"21950990800014;X;2026-03-12;5.2;nom;objet;;url'
    text = "\r\n".join([";".join(HEADER), *[good, bad] * 10_000])
    started = time.process_time()
    reading = read(text)
    assert time.process_time() - started < 30
    assert (len(reading.rows), len(reading.findings)) == (10_000, 10_000)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(alphabet='a;"\n\r é', max_size=20), max_size=8))
def test_nothing_between_good_rows_can_hide_them(read, junk):
    """Whatever lines stand between them, whole rows that are quoted are read, or told as lost by their line."""
    good = table(ROW, delimiter=";", quoting=csv.QUOTE_ALL).splitlines()[1]
    lines = [";".join(HEADER), *(line for text in junk for line in (text, good))]
    reading = read("\n".join(lines))
    identifiers = [row.identifier for row in reading.rows]
    assert identifiers.count("2026-014") + len(reading.findings) >= len(junk)


def test_column_that_stands_twice_says_one_thing_or_nothing(read):
    """A second DELIB_URL that is empty, or the same, changes nothing; another one makes its row unusable."""
    header = (*HEADER, "DELIB_URL", "COMMENTAIRE", "COMMENTAIRE")
    rows = [(*ROW, url, "a", "b") for url in ("", ROW[-1], "https://x.fr/d/autre.pdf")]
    reading = read(table(*rows, header=header))
    assert [(row.line, row.file_name) for row in reading.rows] == [(2, "Délib n° 14.pdf"), (3, "Délib n° 14.pdf")]
    assert [finding.code for finding in reading.findings] == ["INDEX_ROW"]
    assert "ligne 4" in reading.findings[0].message
    assert "DELIB_URL" in reading.findings[0].message
