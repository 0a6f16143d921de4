"""ACTES messages métier (XML 1.1): `Acte`, `ARActe`, `ARAnnulation`. Any other XML is none of its business."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from versement.adapters.formats.text import clean, iso_date
from versement.domain.documents import Field, Kind, Value, ValueSource
from versement.domain.drop import ActesMessage
from versement.domain.errors import UnreadableFile
from versement.domain.identity import NATURES, IdActe, valid_siren

NAMESPACE = "http://www.interieur.gouv.fr/ACTES#v1.1-20040216"
MAX_BYTES = 4 << 20
"""Real messages take some kilobytes."""

_KINDS = {"Acte": Kind.ACT, "ARActe": Kind.ACKNOWLEDGEMENT, "ARAnnulation": Kind.CANCELLATION}
_ACTES_FILE = re.compile(r"(?:[0-9A-Z]{2}_[A-Z]{2}-)?\d[0-9AB]{2}-(?P<siren>\d{9})-\d{8}-")


def read_message(path: Path) -> ActesMessage | None:
    """See `Formats.message`."""
    kind = _kind(path)
    if kind is None:
        return None
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFile(
            f"Ce message ACTES dépasse {MAX_BYTES >> 20} Mio, alors qu’un message fait quelques kilo-octets : "
            "il n’est pas lu. Redéposez le message d’origine.",
            detail=f"ACTES message of {path.stat().st_size} bytes",
        )
    root = _parsed(path)
    act = _first(root, "ActeRecu") if kind is Kind.ACKNOWLEDGEMENT else root
    return ActesMessage(
        kind=kind,
        act_file=_file_name(None if act is None else _first(act, "Document")),
        annex_files=tuple(name for name in map(_file_name, _all(act, "Annexe")) if name),
        readings=tuple((name, value) for name, value in _readings(kind, root, act) if value.text),
    )


def _kind(path: Path) -> Kind | None:
    """What the root element says the message is; the rest is not read."""
    options: dict[str, bool] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    with path.open("rb") as stream:
        try:
            _, root = next(etree.iterparse(stream, events=("start",), **options))
        except etree.XMLSyntaxError as error:
            raise _not_xml(error) from error
    namespace, _, name = str(root.tag).rpartition("}")
    return _KINDS.get(name) if namespace == f"{{{NAMESPACE}" else None


def _parsed(path: Path) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise _not_xml(error) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableFile(
            "Ce message ACTES déclare une DTD, qui peut définir des entités : il n’est pas lu. "
            "Aucun message du ministère n’en a ; redéposez le message d’origine.",
            detail="ACTES message with a document type declaration",
        )
    return root


def _not_xml(error: etree.XMLSyntaxError) -> UnreadableFile:
    line = f" (ligne {error.lineno})" if error.lineno else ""
    return UnreadableFile(
        f"Ce fichier n’est pas du XML bien formé{line} : il est tronqué, abîmé, ou son encodage n’est pas "
        "celui qu’il déclare. Redéposez le message d’origine.",
        detail=str(error.msg),
    )


def _readings(kind: Kind, root: etree._Element, act: etree._Element | None) -> Iterator[tuple[Field, Value]]:
    source = ValueSource.MESSAGE if kind is Kind.ACT else ValueSource.ACKNOWLEDGEMENT
    identifier = IdActe.parse(_attribute(root, "IDActe"))
    received = iso_date(_attribute(root, "DateReception"))
    if identifier:
        yield Field.ID_ACTE, Value(str(identifier), source)
        yield Field.SIREN, Value(identifier.siren, source)
    elif act is not None:
        yield Field.SIREN, Value(_siren_of_name(_file_name(_first(act, "Document"))), source)
    if kind is Kind.CANCELLATION:
        yield Field.CANCELLED, Value(received, source)
        yield Field.DATE, Value(identifier.date.isoformat() if identifier else "", source)
        return
    for name, text in _described(act, identifier):
        yield name, Value(text, source)
    yield Field.RECEIVED, Value(received, source)


def _described(act: etree._Element | None, identifier: IdActe | None) -> Iterator[tuple[Field, str]]:
    """What the act's element says; its IDActe stands in for what it leaves out."""
    number = clean(_attribute(act, "NumeroInterne"))
    yield Field.NUMBER, number or (identifier.number if identifier else "")
    day = iso_date(_attribute(act, "Date"))
    yield Field.DATE, day or (identifier.date.isoformat() if identifier else "")
    nature = NATURES.get(_attribute(act, "CodeNatureActe"), "")
    yield Field.NATURE, nature or (identifier.nature if identifier else "")
    title = None if act is None else _first(act, "Objet")
    yield Field.TITLE, clean("".join(map(str, title.itertext()))) if title is not None else ""
    yield Field.MATTER, _matter(act)


def _matter(act: etree._Element | None) -> str:
    """The two national levels; the third is the préfecture's own."""
    levels = [_attribute(_first(act, f"CodeMatiere{level}"), "CodeMatiere") for level in (1, 2)]
    return ".".join(levels) if all(re.fullmatch(r"\d{1,2}", level) for level in levels) else ""


def _siren_of_name(name: str) -> str:
    """SIREN in an ACTES file name; the date there may be the sending's, so nothing else is taken from it."""
    match = _ACTES_FILE.match(name)
    return match["siren"] if match and valid_siren(match["siren"]) else ""


def _file_name(element: etree._Element | None) -> str:
    name = _first(element, "NomFichier")
    return (name.text or "").strip() if name is not None else ""


def _all(element: etree._Element | None, name: str) -> list[etree._Element]:
    if element is None:
        return []
    return list(element.iter("{*}" + name))


def _first(element: etree._Element | None, name: str) -> etree._Element | None:
    return next(iter(_all(element, name)), None)


def _attribute(element: etree._Element | None, name: str) -> str:
    """An attribute by its local name: qualified as the schema wants, or not as some tools write."""
    if element is None:
        return ""
    values = (str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name)
    return next(values, "").strip()
