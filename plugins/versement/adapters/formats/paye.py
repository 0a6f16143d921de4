"""Payroll and accounting files of the public sector: what their header says, how many records they hold, no more.

XHL (`DocumentPaye`, PES paye 1.1) and PES_Aller hold names, NIR, bank accounts: nothing below the header is kept. DSN
is recognised only. Values are read by place in the document, for real producers break the order of the elements.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lxml import etree

from versement.adapters.formats.text import clean
from versement.adapters.formats.xml_stream import forget, local_name, xml_events
from versement.domain.errors import UnreadableFile

MAX_BYTES = 1 << 30
MAX_VALUE = 256
"""Characters of a header value."""
_DSN_START = b"S10.G00.00.001,"
_XHL = {
    "Annee": "annee",
    "Mois": "mois",
    "Employeur.Siret": "siret",
}
_PES = {
    "EnTetePES.DteStr": "date",
    "EnTetePES.IdPost": "poste",
    "EnTetePES.IdColl": "siret",
    "EnTetePES.CodCol": "collectivite",
    "EnTetePES.CodBud": "budget",
}
_HEADERS = {"DocumentPaye": ("XHL", _XHL, "PayeIndivMensuel"), "PES_Aller": ("PES", _PES, "Bordereau")}
"""By root element: what the file is, header values by their place, and the element that is counted."""


def payroll_header(path: Path) -> Mapping[str, str] | None:
    """`type` (XHL, PES, DSN), the header's values, `periode` and `nombre` of records; None for any other file.

    Raises:
        UnreadableFile: such a file, but too large, not well formed or with a document type declaration.
    """
    with path.open("rb") as stream:
        head = stream.read(1 << 12)
    if head.lstrip(b"\xef\xbb\xbf").startswith(_DSN_START):
        return {"type": "DSN"}
    if not any(f"{root}".encode() in head for root in _HEADERS):
        return None
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFile(f"Ce fichier dépasse {MAX_BYTES >> 30} Gio : il n’est pas lu. Faites-le découper.")
    return _read(path)


def _read(path: Path) -> Mapping[str, str] | None:
    names: list[str] = []
    values: dict[str, str] = {}
    count = 0
    kind = counted = ""
    wanted: Mapping[str, str] = {}
    for event, element in xml_events(path):
        if event == "start":
            names.append(local_name(element))
            if len(names) == 1:
                if names[0] not in _HEADERS:
                    return None
                kind, wanted, counted = _HEADERS[names[0]]
            count += names[-1] == counted
            key = wanted.get(".".join(names[1:]))
            if key and key not in values:
                values[key] = _value(element)
        else:
            names.pop()
            forget(element)
    period = {"periode": f"{values['annee']}-{values['mois']:0>2}"} if {"annee", "mois"} <= values.keys() else {}
    return {"type": kind, **values, **period, "nombre": str(count)}


def _value(element: etree._Element) -> str:
    return clean(str(element.get("V", "")))[:MAX_VALUE]
