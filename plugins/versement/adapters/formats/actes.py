"""ACTES messages métier (XML 1.1), every kind of them. Any other XML is none of its business."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from lxml import etree

from versement.adapters.formats.text import clean, iso_date
from versement.adapters.formats.xml import attribute, child, elements, first, parsed, parsed_bytes, root_name, text
from versement.domain.classification import Classification, matter_of
from versement.domain.documents import Field, Kind, Value, ValueSource
from versement.domain.drop import ActesMessage, Envelope
from versement.domain.identity import NATURES, IdActe, valid_siren

NAMESPACE = "http://www.interieur.gouv.fr/ACTES#v1.1-20040216"

EXCHANGES = (
    *("AnomalieActe", "Annulation", "CourrierSimple", "ReponseCourrierSimple", "DefereTA"),
    *("DemandePieceComplementaire", "ARDemandePieceComplementaire", "RefusPieceComplementaire"),
    *("PieceComplementaire", "ARPieceComplementaire", "LettreObservations", "ARLettreObservations"),
    *("RejetLettreObservations", "ReponseLettreObservations", "ARReponseRejetLettreObservations"),
)
"""Messages about one act other than its transmission, its acknowledgement and the acknowledged cancellation."""
SERVICE = (
    *("EnveloppeCLMISILL", "EnveloppeMISILLCL", "AnomalieEnveloppe"),
    *("DemandeClassification", "ReponseClassificationSansChangement"),
)
"""Messages about no act."""
_KINDS: Mapping[str, Kind] = MappingProxyType(
    {"Acte": Kind.ACT, "ARActe": Kind.ACKNOWLEDGEMENT, "ARAnnulation": Kind.CANCELLATION}
    | dict.fromkeys(EXCHANGES, Kind.EXCHANGE)
)
_ACTES_FILE = re.compile(r"(?:[0-9A-Z]{2}_[A-Z]{2}-)?\d[0-9AB]{2}-(?P<siren>\d{9})-\d{8}-")


def read_message(path: Path) -> ActesMessage | None:
    """See `Formats.message`."""
    namespace, name = root_name(path)
    kind = _KINDS.get(name) if namespace == NAMESPACE else None
    if kind is None:
        return None
    return _message(kind, parsed(path))


def message_within(content: bytes) -> ActesMessage | None:
    """The ACTES message about one act that these bytes are; None for any other XML.

    Raises:
        UnreadableFile: not XML, or XML that must not be read.
    """
    root = parsed_bytes(content)
    namespace, _, name = str(root.tag).removeprefix("{").rpartition("}")
    kind = _KINDS.get(name) if namespace == NAMESPACE else None
    return _message(kind, root) if kind is not None else None


def _message(kind: Kind, root: etree._Element) -> ActesMessage:
    act = _act_of(kind, root)
    exchanged = kind is Kind.EXCHANGE and act is None
    return ActesMessage(
        kind=kind,
        act_file="" if exchanged else _file_name(first(act, "Document")),
        annex_files=() if exchanged else _file_names(act, "Annexe"),
        readings=tuple((field, value) for field, value in _readings(kind, root, act) if value.text),
        signature_files=() if exchanged else _signatures(act),
        own_files=(*_file_names(root, "Document"), *_file_names(root, "PieceJointe")) if exchanged else (),
    )


def read_service_message(path: Path) -> Envelope | Classification | None:
    """An ACTES message that is about no act, or the préfecture's classification; None for any other XML."""
    namespace, name = root_name(path)
    if namespace != NAMESPACE:
        return None
    if name == "RetourClassification":
        return read_classification(path)
    if name not in SERVICE:
        return None
    return Envelope(name, _file_names(parsed(path), "Formulaire"))


def read_classification(path: Path) -> Classification:
    """A `RetourClassification`: its `DateClassification` and the labels of its five levels.

    Raises:
        UnreadableFile: not XML, or XML that must not be read.
    """
    root = parsed(path)
    labels = dict(_labels(first(root, "Matieres"), "", 1))
    return Classification(iso_date(text(first(root, "DateClassification"))), MappingProxyType(labels))


def _labels(parent: etree._Element | None, prefix: str, level: int) -> Iterator[tuple[str, str]]:
    for element in parent.iterfind(f"{{*}}Matiere{level}") if parent is not None else ():
        code = f"{prefix}{attribute(element, 'CodeMatiere')}"
        yield code, clean(attribute(element, "Libelle"))
        yield from _labels(element, f"{code}.", level + 1)


def _act_of(kind: Kind, root: etree._Element) -> etree._Element | None:
    """The element that describes the act; None when the message only names it."""
    return root if kind is Kind.ACT else first(root, "ActeRecu") if kind is not Kind.CANCELLATION else None


def _readings(kind: Kind, root: etree._Element, act: etree._Element | None) -> Iterator[tuple[Field, Value]]:
    source = ValueSource.ACKNOWLEDGEMENT if kind in (Kind.ACKNOWLEDGEMENT, Kind.CANCELLATION) else ValueSource.MESSAGE
    for name, said in _said(kind, root, act):
        yield name, Value(said, source)


def _said(kind: Kind, root: etree._Element, act: etree._Element | None) -> Iterator[tuple[Field, str]]:
    identifier = _identifier(root)
    received = iso_date(attribute(root, "DateReception"))
    if identifier:
        yield Field.ID_ACTE, str(identifier)
        yield Field.SIREN, identifier.siren
    elif act is not None:
        yield Field.SIREN, _siren_of_name(_file_name(first(act, "Document")))
    if kind is Kind.CANCELLATION:
        yield Field.CANCELLED, received
        yield Field.DATE, identifier.date.isoformat() if identifier else ""
        return
    if kind is Kind.EXCHANGE:
        yield from _exchanged(root)
        yield Field.DATE, iso_date(attribute(act, "Date")) or (identifier.date.isoformat() if identifier else "")
        yield Field.NUMBER, clean(attribute(act, "NumeroInterne")) or (identifier.number if identifier else "")
        return
    yield from _described(act, identifier)
    yield Field.RECEIVED, received


def _identifier(root: etree._Element) -> IdActe | None:
    """The act's IDActe: on the root, or on what an answer repeats of the préfecture's letter."""
    return IdActe.parse(attribute(root, "IDActe") or attribute(first(root, "InfosCourrierPref"), "IDActe"))


def _exchanged(root: etree._Element) -> Iterator[tuple[Field, str]]:
    name = str(root.tag).rpartition("}")[2]
    day = (
        attribute(root, "DateReception")
        or attribute(root, "DateCourrierPref")
        or text(child(root, "DateDepot"))
        or text(child(root, "Date"))
    )
    yield Field.PIECE, name
    yield Field.SENT, iso_date(day)
    if name == "AnomalieActe":
        # The code is told as it is: real messages bear codes that the schema does not have (999).
        code = text(child(root, "Nature"))
        yield Field.ANOMALY, code if re.fullmatch(r"\d{1,3}", code) else "sans code"


def _described(act: etree._Element | None, identifier: IdActe | None) -> Iterator[tuple[Field, str]]:
    """What the act's element says; its IDActe stands in for what it leaves out."""
    number = clean(attribute(act, "NumeroInterne"))
    yield Field.NUMBER, number or (identifier.number if identifier else "")
    day = iso_date(attribute(act, "Date"))
    yield Field.DATE, day or (identifier.date.isoformat() if identifier else "")
    nature = NATURES.get(attribute(act, "CodeNatureActe"), "")
    yield Field.NATURE, nature or (identifier.nature if identifier else "")
    yield Field.TITLE, clean(text(first(act, "Objet")))
    yield Field.MATTER, _matter(act)


def _matter(act: etree._Element | None) -> str:
    """The code of the matière, from its two national levels to the last of the préfecture's own."""
    levels = [attribute(first(act, f"CodeMatiere{level}"), "CodeMatiere") for level in range(1, 6)]
    given = levels[: levels.index("")] if "" in levels else levels
    return matter_of(".".join(given))[0]


def _siren_of_name(name: str) -> str:
    """SIREN in an ACTES file name; the date there may be the sending's, so nothing else is taken from it."""
    match = _ACTES_FILE.match(name)
    return match["siren"] if match and valid_siren(match["siren"]) else ""


def _file_names(element: etree._Element | None, name: str) -> tuple[str, ...]:
    return tuple(filter(None, map(_file_name, elements(element, name))))


def _signatures(act: etree._Element | None) -> tuple[str, ...]:
    signatures = elements(act, "Signature")
    return tuple(filter(None, (text(first(signature, "NomFichier")) for signature in signatures)))


def _file_name(element: etree._Element | None) -> str:
    return text(child(element, "NomFichier"))
