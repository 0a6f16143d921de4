"""ACTES messages: `Acte`, `ARActe` and `ARAnnulation` of the protocol v1.1, in the encodings that tools use."""

from __future__ import annotations

import io
from datetime import date, timedelta

from lxml import etree

from sandbox.samples.model import NATURE_CODE, Act, Commune, Receipt, act_id, act_path, file_name

ACTES = "http://www.interieur.gouv.fr/ACTES#v1.1-20040216"
PREFIXES = {"actes": ACTES}
CLASSIFICATION = date(2025, 9, 1)
MESSAGE_ENCODING = "ISO-8859-1"
CANCELLED_AFTER = timedelta(days=1)


def message(commune: Commune, act: Act) -> bytes:
    """The `Acte` message that the commune sent."""
    root = etree.Element(_name("Acte"), nsmap=PREFIXES)
    _describe(root, commune, act, act.seance.day)
    return _serialised(root, act.message)


def receipt(commune: Commune, act: Act, given: Receipt) -> bytes:
    """The préfecture's ARActe, which repeats what it received."""
    day = given.wrong_date or act.seance.day
    root = etree.Element(_name("ARActe"), nsmap=PREFIXES)
    root.set(_name("DateReception"), act.seance.sent.isoformat())
    root.set(_name("IDActe"), act_id(commune, act, day))
    _describe(etree.SubElement(root, _name("ActeRecu")), commune, act, day)
    _text(root, "ClassificationDateVersionEnCours", CLASSIFICATION.isoformat())
    return _serialised(root, given.encoding)


def cancellation(commune: Commune, act: Act, day: date) -> bytes:
    """The préfecture's ARAnnulation."""
    root = etree.Element(_name("ARAnnulation"), nsmap=PREFIXES)
    root.set(_name("DateReception"), (day + CANCELLED_AFTER).isoformat())
    root.set(_name("IDActe"), act_id(commune, act))
    return _serialised(root, MESSAGE_ENCODING)


def _describe(parent: etree._Element, commune: Commune, act: Act, day: date) -> None:
    parent.set(_name("Date"), day.isoformat())
    parent.set(_name("NumeroInterne"), act.number)
    parent.set(_name("CodeNatureActe"), NATURE_CODE)
    for rank, code in enumerate(act.matter.split("."), 1):
        matter = etree.SubElement(parent, _name(f"CodeMatiere{rank}"))
        matter.set(_name("CodeMatiere"), code)
    _text(parent, "Objet", act.title)
    _text(parent, "ClassificationDateVersion", CLASSIFICATION.isoformat())
    document = etree.SubElement(parent, _name("Document"))
    _text(document, "NomFichier", file_name(act_path(commune, act)))
    annexes = etree.SubElement(parent, _name("Annexes"))
    annexes.set(_name("Nombre"), str(len(act.annexes)))
    for item in act.annexes:
        _text(etree.SubElement(annexes, _name("Annexe")), "NomFichier", file_name(item.path))
    _text(parent, "DocumentPapier", "N")


def _name(local: str) -> str:
    return f"{{{ACTES}}}{local}"


def _text(parent: etree._Element, local: str, text: str) -> None:
    etree.SubElement(parent, _name(local)).text = text


def _serialised(root: etree._Element, encoding: str) -> bytes:
    target = io.BytesIO()
    etree.ElementTree(root).write(target, encoding=encoding, xml_declaration=True, pretty_print=True)
    return target.getvalue()
