"""What is read in the text of acts, on generated layouts and on real délibérations."""

from __future__ import annotations

import csv
import time

import pytest

from tests.adapters.formats.pdf_samples import BODY, BOLD, PLAIN, SMALL, TITLE, drawn, pdf
from versement.adapters.formats.pdf import PdfReader
from versement.adapters.formats.stamp import PdfText, readings
from versement.adapters.formats.text import clean, iso_date
from versement.domain.documents import Field, Metadata, ValueSource

ID = "095-219509908-20260312-2026_014-DE"
CENTRED = "Foncier – déclassement du domaine public communal de la parcelle EW 562, rue de l’Église, et autres"
OTHER = "095-219509908-20260312-2026_999-DE"


@pytest.fixture(scope="module")
def reader():
    with PdfReader(seconds=30, memory=1 << 30) as opened:
        yield opened


@pytest.fixture
def said(reader):
    """What a PDF's text says, by field."""
    return lambda path: {name: value.text for name, value in readings(reader.read(path))}


def test_register_extract_with_stamp_on_its_first_page(said, tmp_path):
    """Title above « … rapporte : », number, stamp with both labels before both dates, publication on the last page."""
    path = pdf(
        tmp_path / "a.pdf",
        [
            ("Extrait du registre des délibérations", BOLD),
            ("n° 2026 / 014", BOLD),
            ("Présents :", BOLD),
            ("Anne Durand, Paul Petit", SMALL),
            ("Absents :", BOLD),
            ("Luc Martin", SMALL),
            (
                CENTRED,
                TITLE,
            ),
            ("Madame la Maire, Anne Durand, rapporte :", PLAIN),
            (BODY + "La délibération n°2014/131 du 5 avril 2014 est modifiée.", PLAIN),
            ("Accusé de réception – Ministère de l’intérieur", SMALL),
            ("Acte Certifié exécutoire", SMALL),
            ("Envoi Préfecture :", SMALL),
            ("Réception en Préfecture :", SMALL),
            ("13/03/2026 16/03/2026 " + ID, SMALL),
            None,
            ("Pour extrait conforme", BOLD),
            ("Publiée le : 17 mars 2026", BOLD),
        ],
    )
    assert said(path) == {
        Field.ID_ACTE: ID,
        Field.SIREN: "219509908",
        Field.DATE: "2026-03-12",
        Field.NATURE: "DE",
        Field.NUMBER: "2026/014",
        Field.TITLE: CENTRED,
        Field.SENT: "2026-03-13",
        Field.RECEIVED: "2026-03-16",
        Field.PUBLISHED: "2026-03-17",
    }


def test_objet_and_stamp_with_each_date_beside_its_label(said, tmp_path):
    """« Objet : » over two lines, labels with their own dates, the IDActe above them."""
    title = (
        'Convention avec l’association « Les Amis du Moulin » & tarifs "été" < 2027 – autorisation donnée à la '
        "maire de la signer et de demander les subventions"
    )
    path = pdf(
        tmp_path / "a.pdf",
        [
            ("DÉLIBÉRATION N° DCM-2026-014 du 12 mars 2026", BOLD),
            (f"Objet : {title}", PLAIN),
            ("Le conseil municipal, après en avoir délibéré, décide.", PLAIN),
            (BODY, PLAIN),
            ("Accusé de réception en préfecture", SMALL),
            (ID, SMALL),
            ("Date de télétransmission : 13/03/2026", SMALL),
            ("Date de réception préfecture : 16/03/2026", SMALL),
        ],
    )
    found = said(path)
    assert found[Field.TITLE] == title
    assert found[Field.NUMBER] == "DCM-2026-014"
    assert (found[Field.SENT], found[Field.RECEIVED]) == ("2026-03-13", "2026-03-16")
    assert Field.PUBLISHED not in found


def test_stamp_on_every_page_with_publication_left_blank(said, tmp_path):
    """A stamp repeated on each page, its « Publié le » blank: no date slips into the blank."""
    stamp = [
        (380, 820, 7, "Envoyé en préfecture le 13/03/2026"),
        (380, 810, 7, "Reçu en préfecture le 16/03/2026"),
        (380, 800, 7, "Publié le"),
        (380, 790, 7, f"ID : {ID}"),
    ]
    found = said(drawn(tmp_path / "a.pdf", [[(60, 700, 11, "Page"), *stamp] for _ in range(3)]))
    assert found[Field.ID_ACTE] == ID
    assert (found[Field.SENT], found[Field.RECEIVED]) == ("2026-03-13", "2026-03-16")
    assert Field.PUBLISHED not in found
    assert found[Field.NUMBER] == "2026_014"


def test_stamp_on_the_last_page_of_a_long_act(said, tmp_path):
    """A stamp after hundreds of pages is found."""
    pages = [[(60, 700, 11, f"Page {n}")] for n in range(250)]
    pages[-1].append((60, 100, 8, f"ID : {ID}"))
    assert said(drawn(tmp_path / "a.pdf", pages))[Field.ID_ACTE] == ID


def test_sentences_about_other_acts_give_no_dates(said, tmp_path):
    """Dates that the text cites within sentences are not this act's."""
    path = pdf(
        tmp_path / "a.pdf",
        [
            ("Vu la délibération reçue en préfecture le 3 avril 2014 et publiée le 5 avril 2014,", PLAIN),
            ("publié le 7 avril 2014 au recueil des actes,", PLAIN),
            ("n° 2007-23 du 5 janvier 2007 relatif aux frais", PLAIN),
        ],
    )
    assert said(path) == {}


def test_names_of_people_are_never_taken_for_a_title(said, tmp_path):
    """Where nothing stands out above « … rapporte : », no title is given rather than the list of the absent."""
    for style in (SMALL, PLAIN):
        path = pdf(tmp_path / "a.pdf", [("Absents : Luc Martin", style), ("Le maire rapporte :", PLAIN), (BODY, PLAIN)])
        assert Field.TITLE not in said(path)


def test_words_cut_at_the_end_of_a_line_stay_whole(said, tmp_path):
    """A hyphen at the end of a title's line joins the two halves, in the title and in the IDActe."""
    lines = [
        (60, 700, 11, "Objet : tarifs des services de la région Languedoc-"),
        (60, 686, 11, "Roussillon pour 2026"),
        (60, 600, 8, "ID : 095-219509908-20260312-2026_014-"),
        (60, 590, 8, "DE"),
    ]
    found = said(drawn(tmp_path / "a.pdf", [lines]))
    assert found[Field.TITLE] == "tarifs des services de la région Languedoc-Roussillon pour 2026"
    assert found[Field.ID_ACTE] == ID


def test_two_stamps_are_both_told_and_the_first_counts(reader, tmp_path):
    """A file that was stamped twice says both IDActes; the first of its text is the one that counts."""
    path = drawn(tmp_path / "a.pdf", [[(60, 700, 8, f"ID : {ID}"), (60, 680, 8, f"ID : {OTHER}")]])
    found = readings(reader.read(path))
    assert {value.text for name, value in found if name is Field.ID_ACTE} == {ID, OTHER}
    assert Metadata.settled(found).text(Field.ID_ACTE) == ID
    assert Metadata.settled(found).text(Field.NUMBER) == "2026_014"
    assert {value.source for _, value in found} == {ValueSource.STAMP}


STAMPS = {
    "boxed": "Accusé de réception – Ministère de l’intérieur\nActe Certifié exécutoire\nEnvoi Préfecture :\n"
    "Réception en Préfecture :\n13/03/2026 16/03/2026 {}",
    "in capitals, without accents": "AR PREFECTURE\n\n{}\nRecu le 16/03/2026",
    "banner": "Envoyé en préfecture le 13/03/2026 Reçu en préfecture le 16/03/2026 Publié le ID : {}",
    "sous-préfecture": "Accusé de réception en sous-préfecture\n{}\nDate de télétransmission : 13/03/2026",
    "labelled": "Identifiant de télétransmission : {}",
}
QUOTES = {
    "visa": "Vu la délibération {} du 1er janvier,",
    "neighbour's": "Vu la convention de la commune voisine, {},",
    "sentence about a préfecture": "transmise en préfecture le 3 mars 2026 et reçue en préfecture, {},",
    "sentence that starts a line": "Réception en préfecture de la délibération {} le 3 mars,",
    "alone": "{}",
}


@pytest.mark.parametrize("stamp", STAMPS)
def test_the_stamp_names_the_act_and_the_text_names_others(stamp):
    """Whatever the acts that its text quotes, before or after, a stamped act has its own stamp's identity."""
    own = STAMPS[stamp].format(ID)
    for quote in (text.format(OTHER) for text in QUOTES.values()):
        for text in (f"{own}\n{quote}", f"Le maire\n{quote}\n{own}"):
            assert Metadata.settled(readings(PdfText((text,)))).text(Field.ID_ACTE) == ID, text


@pytest.mark.parametrize("quote", QUOTES)
def test_an_act_that_only_quotes_others_has_no_identity(quote):
    """An act without stamp never takes the identity of an act that its text mentions."""
    text = "Préambule de l’acte.\n" + QUOTES[quote].format(OTHER)
    assert not {Field.ID_ACTE, Field.SIREN, Field.NATURE}.intersection(dict(readings(PdfText((text,)))))


@pytest.mark.parametrize("day", ["02020312", "21620312"])
def test_a_year_out_of_reach_makes_no_identifier(day):
    """A slip of the keyboard in the year gives no identity rather than a wrong one."""
    assert readings(PdfText((f"ID : 095-219509908-{day}-2026_014-DE",))) == ()


def test_act_without_stamp_still_says_its_title_and_number(said, tmp_path):
    """A project without stamp gives what stands on it, and no identity."""
    path = pdf(tmp_path / "a.pdf", [("Délibération n° 7", BOLD), ("OBJET : Vœu", BOLD), (BODY, PLAIN)])
    assert said(path) == {Field.NUMBER: "7", Field.TITLE: "Vœu"}


def test_title_too_long_to_be_one_is_not_taken(said, tmp_path):
    """More than an objet's 500 characters is no objet."""
    assert Field.TITLE not in said(pdf(tmp_path / "a.pdf", [("Objet : " + "mot " * 200, PLAIN)]))


def test_real_deliberations_are_read_whole(reader, shared):
    """All 70 real délibérations of Montpellier give IDActe, number, dates and objet as read by hand, in seconds."""
    if shared is None:
        pytest.skip("real samples are not on this machine")
    folder = shared / "samples" / "deliberations" / "montpellier"
    with (folder / "index.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    started = time.monotonic()
    wrong = {}
    for row in rows:
        metadata = Metadata.settled(readings(reader.read(folder / "pdf" / row["fichier"])))
        expected = {
            Field.ID_ACTE: row["id_acte"],
            Field.SIREN: "213401722",
            Field.NATURE: "DE",
            Field.NUMBER: row["numero"],
            Field.DATE: row["date_seance"],
            Field.SENT: iso_date(row["date_envoi_prefecture"]),
            Field.RECEIVED: iso_date(row["date_reception_prefecture"]),
            Field.PUBLISHED: iso_date(row["publiee_le"]),
            Field.TITLE: clean(row["objet_brut"]),
        }
        wrong |= {(row["fichier"], n): (metadata.text(n), t) for n, t in expected.items() if metadata.text(n) != t}
    assert len(rows) == 70
    assert wrong == {}
    assert time.monotonic() - started < 30
