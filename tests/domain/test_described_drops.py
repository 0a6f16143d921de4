"""Drops of the tools: what their descriptions say, brought to the files of the listing."""

from __future__ import annotations

import pytest

from versement.domain.documents import Field, FileReference, Kind, Metadata, Role, Value, ValueSource
from versement.domain.drop import (
    ActesMessage,
    DescribedAct,
    DescribedFile,
    DescribedSeance,
    Description,
    Envelope,
)
from versement.domain.grouping import group
from versement.domain.identity import record_key, seance_key

ID = "095-219509908-20260312-2026_014-DE"
STEM = f"{ID}-1-1"
SEANCE = (
    (Field.SIREN, Value("219509908", ValueSource.METADATA)),
    (Field.DATE, Value("2026-03-12", ValueSource.METADATA)),
)


def grouped(paths, *, described=None, messages=None):
    """The grouping, and its documents by reference as `{path: role}`, missing files in parentheses."""
    listing = [FileReference(path, 10, 0) for path in paths]
    found = group(listing, {}, messages or {}, (), described or {})
    return found, {
        document.reference: {file.path if file.reference else f"({file.path})": file.role for file in document.files}
        for document in found.documents
    }


def act(*files, readings=()):
    return Description(acts=(DescribedAct(tuple(DescribedFile(role, *rest) for role, *rest in files), readings),))


def receipt(act_file="99_DE-034.pdf"):
    return ActesMessage(Kind.ACKNOWLEDGEMENT, act_file, (), ((Field.ID_ACTE, Value(ID, ValueSource.ACKNOWLEDGEMENT)),))


def test_folder_of_pastell_makes_one_act_with_all_that_proves_it():
    """Act, annex, signature, slip and description are one document; the ARActe is its own, and identifies the act."""
    described = {
        "d/metadata.xml": act(
            (Role.ACT, "acte.pdf"),
            (Role.ANNEX, "b.pdf"),
            (Role.SIGNATURE, "s.p7s"),
            (Role.PROOF, "bordereau.pdf"),
            (Role.ACKNOWLEDGEMENT, "ar.xml"),
        )
    }
    paths = [
        "d/acte.pdf",
        "d/b.pdf",
        "d/s.p7s",
        "d/bordereau.pdf",
        "d/ar.xml",
        "d/metadata.xml",
        "d/fichier_termine.txt",
    ]
    found, documents = grouped(paths, described=described, messages={"d/ar.xml": receipt()})
    assert documents == {
        "d/acte.pdf": {
            "d/acte.pdf": Role.ACT,
            "d/b.pdf": Role.ANNEX,
            "d/s.p7s": Role.SIGNATURE,
            "d/bordereau.pdf": Role.PROOF,
            "d/metadata.xml": Role.PROOF,
        },
        "d/ar.xml": {"d/ar.xml": Role.ACKNOWLEDGEMENT},
    }
    assert [file.path for file in found.waste] == ["d/fichier_termine.txt"]
    assert record_key(Kind.ACT, Metadata.settled(found.documents[0].readings)) == ID


@pytest.mark.parametrize(
    "real", ["abcdefg.yml_arrete_0", "abcdefg.yml_arrete_0.pdf", "Vœu _n_ 1_.pdf", "Vœu [n° 1].pdf"]
)
def test_file_is_found_under_the_name_that_the_tool_gave_it(real):
    """Pastell's own names, and names whose characters a tool replaced, are the files that the description means."""
    described = {"d/metadata.json": act((Role.ACT, "Vœu [n° 1].pdf", "arrete_0"))}
    _, documents = grouped([f"d/{real}", "d/metadata.json"], described=described)
    assert documents == {f"d/{real}": {f"d/{real}": Role.ACT, "d/metadata.json": Role.PROOF}}


def test_signed_original_is_the_act_beside_its_stamped_copy():
    """With both, the original is the act and the stamped copy is kept with it."""
    described = {"m.json": act((Role.STAMPED, "t.pdf"), (Role.ACT, "a.pdf"))}
    _, documents = grouped(["a.pdf", "t.pdf", "m.json"], described=described)
    assert documents == {"a.pdf": {"a.pdf": Role.ACT, "t.pdf": Role.STAMPED, "m.json": Role.PROOF}}


def test_stamped_copy_alone_is_the_act():
    """Without an original, the stamped copy stands for the act, and is told as what it is."""
    _, documents = grouped(["t.pdf", "m.json"], described={"m.json": act((Role.STAMPED, "t.pdf"))})
    assert documents == {"t.pdf": {"t.pdf": Role.STAMPED, "m.json": Role.PROOF}}


def test_described_file_that_is_not_there_is_announced_as_missing():
    """A description of an act whose file has not come makes a document that waits for it."""
    _, documents = grouped(["d/m.json"], described={"d/m.json": act((Role.ACT, "a.pdf"), (Role.ANNEX, "b.pdf"))})
    assert documents == {"d/m.json": {"(d/a.pdf)": Role.ACT, "(d/b.pdf)": Role.ANNEX, "d/m.json": Role.PROOF}}


def test_export_of_web_delib_makes_its_seance_and_its_acts():
    """Files of the zip are found under it, the signature too although its folder is written otherwise."""
    seance = DescribedSeance((DescribedFile(Role.SEANCE, "pv.pdf", piece="procès-verbal"),), SEANCE)
    acts = tuple(
        DescribedAct(
            (
                DescribedFile(Role.ACT, f"{n}.pdf"),
                DescribedFile(Role.SIGNATURE, f"Signatures/{n}-signature.zip"),
                DescribedFile(Role.ANNEX, f"Annexes/{n}.pdf"),
            ),
            SEANCE,
        )
        for n in (1, 2)
    )
    paths = [f"s/documents.zip/{folder}{n}{end}" for n in (1, 2) for folder, end in (
        ("", ".pdf"), ("Signature/", "-signature.zip"), ("Annexes/", ".pdf"))]  # fmt: skip
    found, documents = grouped(
        [*paths, "s/documents.zip/pv.pdf", "s/XML_DESC_7.xml"],
        described={"s/XML_DESC_7.xml": Description(acts, (seance,))},
    )
    assert documents["s/documents.zip/1.pdf"] == {
        "s/documents.zip/1.pdf": Role.ACT,
        "s/documents.zip/Annexes/1.pdf": Role.ANNEX,
        "s/documents.zip/Signature/1-signature.zip": Role.SIGNATURE,
    }
    pieces = {
        d.reference: record_key(d.kind, Metadata.settled(d.readings)) for d in found.documents if d.kind is Kind.SEANCE
    }
    assert pieces == {
        "s/documents.zip/pv.pdf": "219509908/seance/2026-03-12#proces-verbal",
        "s/XML_DESC_7.xml": "219509908/seance/2026-03-12#description-du-depot",
    }


def test_zip_of_idelibre_is_one_seance():
    """Convocation, projects, their annexes and other documents are pieces of the séance that the zip's name dates."""
    folder = "Conseil-Municipal_12_3_2026_18_30.zip"
    names = ["00__Convocation.pdf", "01__Budget.pdf", "01_01__Annexe.pdf", "DOC-01__Plan.pdf", "02__Voeu.pdf"]
    found, _ = grouped([f"{folder}/{name}" for name in names])
    told = [Metadata.settled(document.readings) for document in found.documents]
    assert {document.kind for document in found.documents} == {Kind.SEANCE}
    assert {metadata.text(Field.DATE) for metadata in told} == {"2026-03-12"}
    assert {metadata.text(Field.ASSEMBLY) for metadata in told} == {"Conseil Municipal"}
    assert sorted(metadata.text(Field.PIECE) for metadata in told) == [
        "annexe 01-01", "convocation", "document 01", "projet 01", "projet 02",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "piece"),
    [
        ("2026-03-12/PV.pdf", "procès-verbal"),
        ("Séance du 12-03-2026/Procès-verbal.odt", "procès-verbal"),
        ("Convocation 2026-03-12.pdf", "convocation"),
        ("20260312_Ordre du jour.pdf", "ordre du jour"),
        ("2026-03-12/Liste des délibérations.pdf", "liste des délibérations"),
        ("2026-03-12/CR.pdf", "procès-verbal"),
    ],
)
def test_loose_piece_of_a_seance_is_told_by_its_name_and_day(path, piece):
    """A file whose name begins with what it is, in a name or folder that carries the day, is a piece of that séance."""
    found, _ = grouped([path])
    metadata = Metadata.settled(found.documents[0].readings)
    assert found.documents[0].kind is Kind.SEANCE
    assert (metadata.text(Field.DATE), metadata.text(Field.PIECE)) == ("2026-03-12", piece)


@pytest.mark.parametrize(
    ("path", "seance"),
    [
        ("2026-03-12 Conseil/PV.pdf", "2026-03-12"),
        ("2026-03-12 Commission finances/PV.pdf", "2026-03-12/commission-finances"),
        ("Commission Finances/2026-03-12/PV.pdf", "2026-03-12/commission-finances"),
        ("PV commission finances 2026-03-12.pdf", "2026-03-12/commission-finances"),
        ("Convocation du comité social 2026-03-12.pdf", "2026-03-12/comite-social"),
        ("2026-03-12/Bureau communautaire/PV.pdf", "2026-03-12/bureau-communautaire"),
        ("Bureau/2026-03-12/PV.pdf", "2026-03-12"),
        ("Commissions/Conseil municipal/2026-03-12/PV.pdf", "2026-03-12"),
        ("2026-03-12/Ordre du jour - avis de la commission.pdf", "2026-03-12"),
        ("2026-03-12 Commission finances/00__Convocation.pdf", "2026-03-12/commission-finances"),
    ],
)
def test_piece_of_another_body_is_not_of_the_council(path, seance):
    """Minutes of a commission that sat on the council's own day are pieces of another séance."""
    found, _ = grouped([path])
    metadata = Metadata.settled((*found.documents[0].readings, (Field.SIREN, Value("219509908", ValueSource.PROFILE))))
    assert seance_key(metadata) == f"219509908/seance/{seance}"


@pytest.mark.parametrize(
    "path",
    [
        "PV.pdf",
        "2026-03-12/2026-010 Approbation du procès-verbal.pdf",
        "2026-03-12/Convention.pdf",
        "2026-03-12/Crèche.pdf",
    ],
)
def test_act_that_only_speaks_of_a_piece_stays_an_act(path):
    """An act about minutes is no minutes; minutes without a day are no séance's."""
    found, _ = grouped([path])
    assert found.documents[0].kind is Kind.ACT


def test_signatures_tokens_and_slips_go_with_what_they_name():
    """A detached signature, a time stamp, a slip and a stamped copy join the document of their file."""
    main = f"99_DE-{STEM}_1.pdf"
    paths = [main, f"{main}.p7s", f"99_DE-{STEM}_1.tsr", f"99_DE-{STEM}_1_tampon.pdf", "bordereau_acquittement.pdf"]
    _, documents = grouped(paths)
    assert documents == {
        main: {
            main: Role.ACT,
            f"99_DE-{STEM}_1_tampon.pdf": Role.STAMPED,
            f"{main}.p7s": Role.SIGNATURE,
            f"99_DE-{STEM}_1.tsr": Role.PROOF,
            "bordereau_acquittement.pdf": Role.PROOF,
        }
    }


def test_archive_that_was_opened_is_still_the_annex_that_it_was():
    """An annex or a signature that is a zip, opened as a folder, gives its files to the act under the same role."""
    described = {"d/m.json": act((Role.ACT, "a.pdf"), (Role.SIGNATURE, "s.zip"))}
    named_annex = ActesMessage(Kind.ACT, "b.pdf", ("plans.zip",), ())
    _, documents = grouped(
        ["d/a.pdf", "d/s.zip/1.p7s", "d/m.json", "b.pdf", "b.xml", "plans.zip/n/1.pdf", "c.pdf", "c_annexe.zip/x.pdf"],
        described=described,
        messages={"b.xml": named_annex},
    )
    assert documents == {
        "d/a.pdf": {"d/a.pdf": Role.ACT, "d/s.zip/1.p7s": Role.SIGNATURE, "d/m.json": Role.PROOF},
        "b.pdf": {"b.pdf": Role.ACT, "plans.zip/n/1.pdf": Role.ANNEX, "b.xml": Role.MESSAGE},
        "c.pdf": {"c.pdf": Role.ACT, "c_annexe.zip/x.pdf": Role.ANNEX},
    }


def test_letter_of_the_prefecture_is_a_document_with_its_message():
    """A letter of observations and its message are one document; the act is untouched, for it may have left already."""
    letter = ActesMessage(
        Kind.EXCHANGE, "", (), ((Field.ID_ACTE, Value(ID, ValueSource.MESSAGE)),), (), ("lettre.pdf",)
    )
    main = f"{STEM}_1.pdf"
    _, documents = grouped([main, "lettre.pdf", "m.xml"], messages={"m.xml": letter})
    assert documents == {
        main: {main: Role.ACT},
        "m.xml": {"m.xml": Role.MESSAGE, "lettre.pdf": Role.ANNEX},
    }


def test_anomaly_tells_the_act_and_takes_nothing_from_it():
    """An AnomalieActe names the act's file: the act keeps it, and knows of the anomaly."""
    anomaly = ActesMessage(Kind.EXCHANGE, "acte.pdf", (), ((Field.ANOMALY, Value("999", ValueSource.MESSAGE)),))
    found, documents = grouped(["acte.pdf", "ANO_m.xml"], messages={"ANO_m.xml": anomaly})
    assert documents == {"acte.pdf": {"acte.pdf": Role.ACT}, "ANO_m.xml": {"ANO_m.xml": Role.MESSAGE}}
    assert Metadata.settled(found.documents[1].readings).text(Field.ANOMALY) == "999"


def test_envelope_goes_with_the_messages_that_it_carries():
    """The envelope of an ARActe is kept with it, that of the transmission with the act; one of neither only serves."""
    sent = ActesMessage(Kind.ACT, "acte.pdf", (), ())
    envelopes = {
        "EACT--1.xml": Envelope("EnveloppeCLMISILL", ("acte.xml",)),
        "TACT--1.xml": Envelope("EnveloppeMISILLCL", ("ar.xml",)),
        "EACT--2.xml": Envelope("EnveloppeCLMISILL", ("perdu.xml",)),
    }
    found, documents = grouped(
        ["acte.pdf", "acte.xml", "ar.xml", *envelopes],
        described=envelopes,
        messages={"acte.xml": sent, "ar.xml": receipt("acte.pdf")},
    )
    assert documents == {
        "acte.pdf": {"acte.pdf": Role.ACT, "acte.xml": Role.MESSAGE, "EACT--1.xml": Role.PROOF},
        "ar.xml": {"ar.xml": Role.ACKNOWLEDGEMENT, "TACT--1.xml": Role.PROOF},
    }
    assert [file.path for file in found.indexes] == ["EACT--2.xml"]
