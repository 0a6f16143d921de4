"""Notices of public contracts as real platforms publish them, defects and all."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versement.adapters.formats.decp import is_notices, read_notices
from versement.domain.errors import UnreadableFile
from versement.domain.marches import Defect, Holder, sort

BUYER = "21950990800014"
HOLDER = "55204599900869"
NOTICE: dict[str, Any] = {
    "id": "2024M01200",
    "acheteur": {"id": BUYER, "nom": "Commune"},
    "nature": "Marché",
    "objet": "Travaux de voirie",
    "codeCPV": "45000000-7",
    "procedure": "Procédure adaptée",
    "dureeMois": 12,
    "dateNotification": "2024-05-15",
    "datePublicationDonnees": "2024-05-25",
    "montant": 575000,
    "titulaires": [{"typeIdentifiant": "SIRET", "id": HOLDER, "denominationSociale": "M. Martin"}],
}


def write(path: Path, *records: object, wrap: str = "") -> Path:
    path.write_text(json.dumps({"marches": {wrap: list(records)} if wrap else list(records)}))
    return path


def one(tmp_path: Path, **changes: Any):
    (notice,) = read_notices(write(tmp_path / "decp.json", {**NOTICE, **changes}))
    return notice


def xml(path: Path, body: str) -> Path:
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- export -->\n<marches>{body}</marches>')
    return path


def test_a_notice_of_2019_is_read_whole(tmp_path):
    """Every field that the chain uses, and nothing of the holder but its identifier."""
    notice = one(tmp_path)
    assert (notice.buyer, notice.identifier, notice.title) == (BUYER, "2024M01200", "Travaux de voirie")
    assert (notice.notified, notice.published, notice.cpv) == ("2024-05-15", "2024-05-25", "45000000")
    assert (notice.amount, notice.months, notice.holders) == (Decimal(575000), 12, (Holder("SIRET", HOLDER),))
    assert "Martin" not in repr(notice)
    assert notice.usable


def test_the_four_writings_of_one_contract_say_the_same(tmp_path):
    """2019 or 2022, JSON or XML: one notice."""
    wrapped = {**NOTICE, "titulaires": [{"titulaire": NOTICE["titulaires"][0]}]}
    tags = "".join(f"<{name}>{NOTICE[name]}</{name}>" for name in NOTICE if not isinstance(NOTICE[name], dict | list))
    holder = f"<id>{HOLDER}</id><typeIdentifiant>SIRET</typeIdentifiant>"
    body = f"<acheteur><id>{BUYER}</id></acheteur>{tags}<titulaires><titulaire>{holder}</titulaire></titulaires>"
    files = [
        write(tmp_path / "a.json", NOTICE),
        write(tmp_path / "b.json", wrapped, wrap="marche"),
        xml(tmp_path / "c.xml", f"<marche>{body}</marche>"),
        xml(tmp_path / "d.xml", f'<marche xmlns="urn:x">{body}</marche>'),
    ]
    assert all(is_notices(path, path.name) for path in files)
    (first, *others) = [read_notices(path)[0] for path in files]
    for other in others:
        assert (other.key, other.title, other.amount, other.notified) == (
            first.key, first.title, first.amount, first.notified,
        )  # fmt: skip
        assert other.defects == first.defects


def test_a_concession_is_read_by_its_own_names(tmp_path):
    """autoriteConcedante, concessionnaires, dateSignature, valeurGlobale stand for the contract's."""
    record = {
        "_type": "Contrat de concession",
        "id": "1",
        "objet": "Parc",
        "autoriteConcedante": {"id": BUYER},
        "dateSignature": "2024-04-02",
        "datePublicationDonnees": "2024-04-12",
        "valeurGlobale": "10.3",
        "concessionnaires": [{"concessionnaire": {"typeIdentifiant": "SIRET", "id": HOLDER}}],
        "modifications": [{"modification": {"id": 1, "dateSignatureModification": "2024-05-01", "valeurGlobale": 25}}],
    }
    (plain,) = read_notices(write(tmp_path / "a.json", record))
    (wrapped,) = read_notices(write(tmp_path / "b.json", record, wrap="contrat-concession"))
    assert plain == wrapped
    assert (plain.concession, plain.buyer, plain.notified, plain.amount) == (True, BUYER, "2024-04-02", Decimal("10.3"))
    assert plain.holders == (Holder("SIRET", HOLDER),)
    assert [(item.notified, item.amount) for item in plain.modifications] == [("2024-05-01", Decimal(25))]


DATES = {
    "2018-01-20+01:00": "2018-01-20",
    "September, 16 2021 00:00:00": "2021-09-16",
    "20/01/2018": "2018-01-20",
    "0222-04-29": "",
    "2021-02-30": "",
    "bientôt": "",
}


@pytest.mark.parametrize(("written", "day"), DATES.items())
def test_a_date_out_of_form_is_read_when_it_can_only_mean_one_day(tmp_path, written, day):
    """Time zones and English dates are read; an impossible year is never corrected by guess."""
    notice = one(tmp_path, dateNotification=written)
    assert notice.notified == day
    assert Defect.DATE in notice.defects
    assert notice.usable


DEFECTS = [
    ({"acheteur": {"id": "123"}}, Defect.BUYER),
    ({"acheteur": None}, Defect.BUYER),
    ({"id": ""}, Defect.IDENTIFIER),
    ({"objet": "NC"}, Defect.TITLE),
    ({"dateNotification": None}, Defect.UNDATED),
    ({"datePublicationDonnees": ""}, Defect.UNPUBLISHED),
    ({"titulaires": []}, Defect.HOLDERS),
    ({"titulaires": None}, Defect.HOLDERS),
    ({"titulaires": [{"typeIdentifiant": "SIRET", "id": "552 045 999"}]}, Defect.HOLDER_ID),
    ({"titulaires": [{"typeIdentifiant": "SIRET", "id": "55204599900868"}]}, Defect.SIRET_KEY),
    ({"codeCPV": None}, Defect.CPV),
    ({"codeCPV": "9132100"}, Defect.CPV),
    ({"montant": 0}, Defect.AMOUNT),
    ({"montant": 0.0}, Defect.AMOUNT),
    ({"montant": "NC"}, Defect.AMOUNT),
    ({"montant": 123456789012}, Defect.AMOUNT),
    ({"acheteur": {"id": BUYER, "nom": " Commune "}}, Defect.BLANKS),
    ({"objet": "R\ufffdfection"}, Defect.TEXT),
    ({"titulaires": [[[NOTICE["titulaires"]]]]}, Defect.SHAPE),
    ({"acheteur": None, "acheteur.id": BUYER}, Defect.SHAPE),
]


@pytest.mark.parametrize(("changes", "defect"), DEFECTS)
def test_each_real_defect_is_told_and_costs_no_more_than_itself(tmp_path, changes, defect):
    """What is sound in the notice is still read."""
    assert one(tmp_path).defects == frozenset()
    notice = one(tmp_path, **changes)
    assert notice.defects == {defect}
    assert notice.usable == (defect not in {Defect.BUYER, Defect.IDENTIFIER, Defect.TITLE})


def test_flat_keys_blanks_and_nested_lists_are_read_through(tmp_path):
    """`acheteur.id`, a SIRET with blanks, lists in lists: the value is there, so it is taken."""
    spaced = "552 045 999 00869 "
    notice = one(
        tmp_path,
        **{"acheteur": None, "acheteur.id": BUYER, "titulaires": [[[[{"typeIdentifiant": "SIRET", "id": spaced}]]]]},
    )
    assert (notice.buyer, notice.holders) == (BUYER, (Holder("SIRET", HOLDER),))
    assert one(tmp_path, titulaires={"titulaire": NOTICE["titulaires"][0]}).holders == (Holder("SIRET", HOLDER),)


def test_a_framework_and_what_comes_under_it(tmp_path):
    """By nature in 2019, by technique and idAccordCadre in 2022."""
    assert one(tmp_path, nature="Accord-cadre").is_framework
    assert one(tmp_path, techniques={"technique": ["Concours", "Accord-cadre"]}).is_framework
    subsequent = one(tmp_path, idAccordCadre="2023AC01")
    assert (subsequent.is_framework, subsequent.framework) == (False, "2023AC01")


def test_other_files_are_none_of_its_business(tmp_path):
    """An ACTES message, another JSON, a CSV are not notices."""
    for name, text in {"a.xml": "<actes/>", "b.json": '{"metadata": {}}', "c.csv": "marches;objet"}.items():
        (tmp_path / name).write_text(text)
        assert not is_notices(tmp_path / name, name)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NOTICE, "_type", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.sampled_from([*NOTICE, "idAccordCadre", "modifications"]), json_values), max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_json_gives_notices_without_a_crash(tmp_path_factory, records):
    """One notice for each record, whatever is in it; a bad one never costs its neighbours."""
    path = write(tmp_path_factory.mktemp("decp") / "a.json", NOTICE, *records)
    notices = read_notices(path)
    assert len(notices) == len(records) + 1
    assert notices[0].usable


@given(st.binary(max_size=200), st.sampled_from([b'{"marches":[', b"<marches><marche>", b"\xff\xfe<"]))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_said_unreadable(tmp_path_factory, data, head):
    """Nothing but UnreadableFile comes out of a file that is cut or spoilt."""
    path = tmp_path_factory.mktemp("decp") / "a"
    path.write_bytes(head + data)
    with suppress(UnreadableFile):
        read_notices(path)


def test_hostile_files_are_refused_in_bounded_time(tmp_path):
    """Deep nesting and entities that multiply."""
    (tmp_path / "deep.json").write_text('{"marches":' + "[" * 200_000)
    with pytest.raises(UnreadableFile):
        read_notices(tmp_path / "deep.json")
    entities = "".join(f'<!ENTITY e{rank} "{f"&e{rank - 1};" * 10}">' for rank in range(1, 10))
    doctype = f'<!DOCTYPE marches [<!ENTITY e0 "x">{entities}]>'
    (tmp_path / "laughs.xml").write_text(f"{doctype}<marches><marche><objet>&e9;</objet></marche></marches>")
    with suppress(UnreadableFile):
        assert read_notices(tmp_path / "laughs.xml")[0].title == ""


MEASURED = {
    "aife_2019.json": {
        "notices": 4530, "kept": 4267, "exact": 164, "superseded": 73, "unusable": 26,
        Defect.BUYER: 1, Defect.IDENTIFIER: 7, Defect.TITLE: 26, Defect.UNDATED: 2511,
        Defect.HOLDERS: 6, Defect.AMOUNT: 21,
    },
    "marches-publics.info_2019.json": {
        "notices": 4509, "kept": 4499, "exact": 0, "superseded": 10, "unusable": 0,
        Defect.DATE: 175, Defect.HOLDER_ID: 65, Defect.CPV: 7, Defect.AMOUNT: 57,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", MEASURED)
def test_real_files_of_2019_give_the_counts_measured(shared, name):
    """The 9 039 notices of two platforms: how many are usable, with which defects, how many are duplicates."""
    if shared is None:
        pytest.skip("real samples are not there")
    notices = read_notices(shared / "samples" / "marches" / "decp_2019" / name)
    found = sort(notices)
    counts: dict[Any, int] = {defect: sum(defect in notice.defects for notice in notices) for defect in Defect}
    counts |= {"notices": len(notices), "kept": len(found.kept), "exact": len(found.exact)}
    counts |= {"superseded": len(found.superseded), "unusable": len(found.unusable)}
    assert {key: counts[key] for key in MEASURED[name]} == MEASURED[name]


def test_official_examples_of_2022_are_all_usable(shared):
    """Every example that the ministry publishes is read, JSON and XML, contracts and concessions."""
    if shared is None:
        pytest.skip("real samples are not there")
    folder = shared / "samples" / "marches" / "decp_2022_exemples"
    files = [path for path in folder.rglob("*") if path.suffix in {".json", ".xml"}]
    assert len(files) == 7
    for path in files:
        assert all(notice.usable and notice.holders and notice.notified for notice in read_notices(path))
