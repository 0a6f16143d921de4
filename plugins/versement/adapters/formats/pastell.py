"""Descriptions by Pastell and by the GED of Mégalis: the fields of one `dossier`, as XML, JSON or YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from lxml import etree

from versement.adapters.formats.text import clean, iso_date
from versement.adapters.formats.xml import attribute, elements
from versement.domain.classification import matter_of
from versement.domain.documents import Field, Readings, Role, Value, ValueSource
from versement.domain.drop import DescribedAct, DescribedFile, DescribedSeance, Description
from versement.domain.identity import NATURES

Fields: TypeAlias = Mapping[str, Sequence[str]]
"""Texts of each field, or names of its files in order."""

_ROLES = {
    "arrete": Role.ACT,
    "acte": Role.ACT,
    "acte_tamponne": Role.STAMPED,
    "autre_document_attache": Role.ANNEX,
    "annexe": Role.ANNEX,
    "annexes_tamponnees": Role.PROOF,
    "signature": Role.SIGNATURE,
    "bordereau_signature": Role.PROOF,
    "iparapheur_historique": Role.PROOF,
    "document_original": Role.PROOF,
    "bordereau": Role.PROOF,
    "aractes": Role.ACKNOWLEDGEMENT,
    "aractes_annulation": Role.CANCELLATION,
    "enveloppe_metier": Role.MESSAGE,
    "journal": Role.PROOF,
    "sae_bordereau": Role.PROOF,
    "sae_archive": Role.PROOF,
    "ar_sae": Role.PROOF,
    "reply_sae": Role.PROOF,
}
"""Fields of files of an act (`ls-actes`, `actes-generique`, préversement), and what they are."""
_TOLD = {
    "numero_de_lacte": Field.NUMBER,
    "date_de_lacte": Field.DATE,
    "acte_nature": Field.NATURE,
    "objet": Field.TITLE,
    "siren": Field.SIREN,
    "date_ar": Field.RECEIVED,
    "acte_publication_date": Field.PUBLISHED,
    "date_ar_annulation": Field.CANCELLED,
}
_DAYS = (Field.DATE, Field.RECEIVED, Field.PUBLISHED, Field.CANCELLED)
_OF_AN_ACT = {"numero_de_lacte", "acte_nature", "arrete", "aractes"}
"""A description with two of these is an act's."""


def of_xml(root: etree._Element) -> Description | None:
    """Pastell's `<flux>`: `data` with a name and a value, `files` with their `file`."""
    fields: dict[str, list[str]] = {}
    for data in elements(root, "data"):
        fields.setdefault(attribute(data, "name"), []).append(attribute(data, "value"))
    for files in elements(root, "files"):
        names = [attribute(file, "content") for file in elements(files, "file")]
        fields.setdefault(attribute(files, "name"), []).extend(filter(None, names))
    return of_fields(fields)


def of_mapping(data: object) -> Description | None:
    """JSON or YAML: each field with its text, or with the list of its files."""
    if not isinstance(data, dict):
        return None
    return of_fields({str(name): tuple(_texts(value)) for name, value in data.items()})


def of_fields(fields: Fields) -> Description | None:
    """What these fields describe; None when they are no act's and no séance's."""
    if len(_OF_AN_ACT & fields.keys()) >= 2:
        return Description(acts=(DescribedAct(tuple(_files(fields)), readings(fields)),))
    if "dossier" in fields and "metadonnees" in fields:
        return Description(seances=(_seance(fields),))
    return None


def _files(fields: Fields) -> Iterator[DescribedFile]:
    for field, role in _ROLES.items():
        for rank, name in enumerate(fields.get(field, ())):
            if name:
                yield DescribedFile(role, name, alias=f"{field}_{rank}")


def readings(fields: Fields) -> Readings:
    """What the fields say of the act."""
    said = [(told, _value(told, fields[field][0])) for field, told in _TOLD.items() if fields.get(field)]
    code, name = matter_of(_one(fields, "classification"))
    said += [(Field.MATTER, code), (Field.MATTER_NAME, clean(name))]
    return tuple((told, Value(text, ValueSource.METADATA)) for told, text in said if text)


def _value(name: Field, raw: str) -> str:
    if name in _DAYS:
        return iso_date(raw)
    if name is Field.NATURE:
        return NATURES.get(raw.strip(), "")
    if name is Field.SIREN:
        return raw.strip() if re.fullmatch(r"\d{9}", raw.strip()) else ""
    return clean(raw)


def _seance(fields: Fields) -> DescribedSeance:
    """A `ls-dossier-seance`: a zip of the séance's pieces, and a file of metadata."""
    names = [("metadonnees", name) for name in fields["metadonnees"] if name]
    files = [DescribedFile(Role.SEANCE, name, f"{field}_0", "métadonnées") for field, name in names]
    day = next((iso_date(texts[0]) for field, texts in fields.items() if "date" in field and "seance" in field), "")
    said = ((Field.DATE, day), (Field.ASSEMBLY, clean(_one(fields, "assemblee"))))
    return DescribedSeance(
        files=tuple(files),
        readings=tuple((name, Value(text, ValueSource.METADATA)) for name, text in said if text),
        folder=_one(fields, "dossier"),
    )


def _one(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "").strip()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield from (text for item in value for text in _texts(item))
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in _texts(item))
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
