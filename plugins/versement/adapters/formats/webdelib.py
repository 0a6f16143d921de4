"""Web-delib's export to a GED, versions 2 and 3: `XML_DESC_<séance>.xml`, one séance and its acts."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from versement.adapters.formats.text import clean, iso_date
from versement.adapters.formats.xml import attribute, child, elements, first, text
from versement.domain.documents import Field, Readings, Role, Value, ValueSource
from versement.domain.drop import DescribedAct, DescribedFile, DescribedSeance, Description
from versement.domain.identity import NATURES, slug

_ROLES = {
    "texteacte": Role.ACT,
    "actetampon": Role.STAMPED,
    "rapport": Role.ANNEX,
    "annexe": Role.ANNEX,
    "signature": Role.SIGNATURE,
    "bordereau": Role.PROOF,
    "aracte": Role.ACKNOWLEDGEMENT,
}
_FOLDERS = {
    "rapport": "Rapports",
    "annexe": "Annexes",
    "actetampon": "ActeTampon",
    "signature": "Signature",
    "bordereau": "Bordereaux",
    "aracte": "ARacte",
}
"""Folder of the zip where each type stands, when the description gives no relative name."""
_PIECES = {
    "convocation": "convocation",
    "odj": "ordre du jour",
    "ordredujour": "ordre du jour",
    "pvsommaire": "procès-verbal sommaire",
    "pvcomplet": "procès-verbal",
    "pv": "procès-verbal",
}
_NATURES = {"deliberation": "DE", "arrete": "AR", "acte-individuel": "AI", "contrat": "CC", "autre": "AU"}
"""By how the words for a nature begin."""


def of_xml(root: etree._Element) -> Description:
    """What a `<depot>` describes."""
    seance = first(root, "seance")
    told = tuple(_seance_readings(seance))
    acts = tuple(_act(element, told) for element in elements(root, "dossierActe"))
    pieces = tuple(_pieces(seance))
    return Description(acts, (DescribedSeance(pieces, told),))


def _seance_readings(seance: etree._Element | None) -> Iterator[tuple[Field, Value]]:
    day = iso_date(text(child(seance, "dateSeance")))
    for name, said in ((Field.DATE, day), (Field.ASSEMBLY, clean(text(child(seance, "typeSeance"))))):
        if said:
            yield name, Value(said, ValueSource.METADATA)


def _pieces(seance: etree._Element | None) -> Iterator[DescribedFile]:
    for document in seance.iterfind("{*}document") if seance is not None else ():
        kind = slug(attribute(document, "type")).replace("-", "")
        name = attribute(document, "nom")
        if name:
            yield DescribedFile(Role.SEANCE, name, piece=_PIECES.get(kind, f"document {kind}".strip()))


def _act(element: etree._Element, seance: Readings) -> DescribedAct:
    number = clean(text(child(element, "numeroACTE")))
    day = iso_date(text(child(element, "dateACTE")))
    title = clean(text(child(element, "libelle"))) or clean(text(child(element, "titre")))
    said = ((Field.NUMBER, number), (Field.DATE, day), (Field.NATURE, _nature(element)), (Field.TITLE, title))
    readings = (*seance, *((name, Value(text_, ValueSource.METADATA)) for name, text_ in said if text_))
    return DescribedAct(tuple(_files(element)), readings)


def _nature(element: etree._Element) -> str:
    said = slug(text(child(element, "natureACTE")))
    known = said.upper() if said.upper() in NATURES.values() else NATURES.get(said, "")
    return known or next((code for words, code in _NATURES.items() if said.startswith(words)), "")


def _files(element: etree._Element) -> Iterator[DescribedFile]:
    for document in element.iterfind("{*}document"):
        kind = slug(attribute(document, "type")).replace("-", "")
        name = attribute(document, "nom")
        relative = attribute(document, "relname") or attribute(document, "relName")
        written = relative or ("/".join(filter(None, (_FOLDERS.get(kind, ""), name))))
        if written:
            yield DescribedFile(_ROLES.get(kind, Role.PROOF), written)
