"""DECP files, 2019 and 2022, JSON and XML, as real platforms write them. Any other file is none of its business."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from lxml import etree

from versement.adapters import json_text
from versement.adapters.formats.text import clean, iso_date
from versement.domain.errors import UnreadableFile
from versement.domain.identity import valid_siren
from versement.domain.marches import Defect, Holder, Modification, Notice

MAX_JSON = 64 << 20
"""Bytes of a JSON file, which is read whole; real ones take 5 MB for a platform's year."""
MAX_XML = 1 << 30
MAX_NOTICES = 500_000
_HEAD = 1 << 16
_NESTED = 8
_XML: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
_ABSENT = frozenset({"", "NC", "N/C", "NULL", "NONE", "NON RENSEIGNE", "NON RENSEIGNÉ", "INX NONE"})
_ENGLISH = re.compile(r"([A-Z][a-z]{2})[a-z]*,? +(\d{1,2}),? +(\d{4})(?!\d)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PLAIN_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MAX_DIGITS = 11
_LA_POSTE = "356000000"
"""Its SIRETs have another key."""

Record = Mapping[str, Any]


def is_notices(path: Path, name: str) -> bool:
    """See `Formats.is_notices`."""
    lower = name.lower()
    if not lower.endswith((".json", ".xml")):
        return False
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if lower.endswith(".json"):
        return re.match(rb'(?s)[\s\xef\xbb\xbf]*\{.*?"marches"\s*:\s*[\[{]', head) is not None
    found = re.search(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)", head)
    return found is not None and found[1] == b"marches"


def read_notices(path: Path) -> tuple[Notice, ...]:
    """See `Formats.notices`."""
    with path.open("rb") as stream:
        is_xml = stream.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    _check_size(path, MAX_XML if is_xml else MAX_JSON)
    notices: list[Notice] = []
    for record, concession in _xml_records(path) if is_xml else _json_records(path):
        if len(notices) == MAX_NOTICES:
            raise UnreadableFile(f"Ce fichier contient plus de {MAX_NOTICES} avis. Découpez-le, par année par exemple.")
        notices.append(_Reading(record, concession=concession).notice(len(notices) + 1))
    return tuple(notices)


def _check_size(path: Path, bound: int) -> None:
    if path.stat().st_size > bound:
        raise UnreadableFile(
            f"Ce fichier de données essentielles dépasse {bound >> 20} Mio : il n’est pas lu. Découpez-le, par année "
            "par exemple.",
            detail=f"DECP of {path.stat().st_size} bytes",
        )


def _json_records(path: Path) -> Iterator[tuple[Record, bool]]:
    try:
        # Numbers stay text: amounts are decimal, and no number is too long to be read.
        top = json_text.loads(path.read_bytes().decode("utf-8-sig"), parse_number=str)
    except (ValueError, RecursionError) as error:
        line = f" (ligne {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableFile(
            f"Ce fichier n’est pas du JSON bien formé, en UTF-8{line} : il est tronqué ou abîmé. Redéposez-le.",
            detail=type(error).__name__,
        ) from error
    marches = top.get("marches") if isinstance(top, dict) else top
    groups = marches if isinstance(marches, dict) else {"": marches}
    for name, group in groups.items():
        for record in group if isinstance(group, list) else [group]:
            if isinstance(record, dict):
                yield record, name == "contrat-concession" or "concession" in str(record.get("_type", "")).lower()


def _xml_records(path: Path) -> Iterator[tuple[Record, bool]]:
    with path.open("rb") as stream:
        try:
            for _, element in etree.iterparse(stream, events=("end",), **_XML):
                name = _local(element)
                if name in ("marche", "contrat-concession") and _depth(element) == 1:
                    yield _as_record(element), name == "contrat-concession"
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
        except (etree.XMLSyntaxError, RecursionError) as error:
            raise UnreadableFile(
                "Ce fichier n’est pas du XML bien formé : il est tronqué, abîmé, ou ce n’est pas l’export de la "
                "plateforme. Redéposez-le.",
                detail=type(error).__name__,
            ) from error


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _depth(element: etree._Element) -> int:
    return sum(1 for _ in element.iterancestors())


def _as_record(element: etree._Element) -> dict[str, Any]:
    """Children by name, in lists when repeated, as the JSON form has them."""
    record: dict[str, Any] = {}
    for child in element.iterchildren("*"):
        value = _as_record(child) if len(child) else "".join(map(str, child.itertext()))
        name = _local(child)
        if name in record:
            known = record[name]
            record[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            record[name] = value
    return record


class _Reading:
    """One record while it is read, and what is found wrong with it."""

    def __init__(self, record: Record, *, concession: bool) -> None:
        self.record = record
        self.concession = concession
        self.defects: set[Defect] = set()

    def notice(self, place: int) -> Notice:
        signed = "dateSignature" if self.concession else "dateNotification"
        notice = Notice(
            place=place,
            buyer=self._buyer(),
            identifier=self._required("id", Defect.IDENTIFIER),
            concession=self.concession,
            title=self._required("objet", Defect.TITLE),
            nature=self._text(self.record.get("nature")),
            procedure=self._text(self.record.get("procedure")),
            cpv=self._cpv(),
            framework=self._text(self.record.get("idAccordCadre")),
            techniques=tuple(self._texts(self.record.get("techniques"))),
            notified=self._date(self.record.get(signed), Defect.UNDATED),
            published=self._date(self.record.get("datePublicationDonnees"), Defect.UNPUBLISHED),
            amount=self._amount(self.record.get("valeurGlobale" if self.concession else "montant"), required=True),
            months=self._months(),
            holders=self._holders(),
            modifications=tuple(self._modifications()),
            content=hashlib.sha256(json.dumps(self.record, sort_keys=True).encode()).hexdigest(),
        )
        return replace(notice, defects=frozenset(self.defects))

    def _buyer(self) -> str:
        name = "autoriteConcedante" if self.concession else "acheteur"
        party: Any = next(
            (self.record[key] for key in (name, "acheteur", "autoriteConcedante") if self.record.get(key)), {}
        )
        if f"{name}.id" in self.record and not party:
            self.defects.add(Defect.SHAPE)
            party = {"id": self.record[f"{name}.id"], "nom": self.record.get(f"{name}.nom")}
        party = next(iter(party), {}) if isinstance(party, list) else party
        party = party if isinstance(party, dict) else {}
        self._text(party.get("nom"))  # for what is wrong with it: the organisation's own label is used
        siret = self._siret(self._text(party.get("id")))
        if not siret:
            self.defects.add(Defect.BUYER)
        return siret

    def _required(self, name: str, defect: Defect) -> str:
        text = self._text(self.record.get(name))
        if not text:
            self.defects.add(defect)
        return text

    def _text(self, value: object) -> str:
        """One line of text; empty for what stands for nothing, and for what is no text."""
        if not isinstance(value, str):
            return ""
        text = clean(value)
        if value != value.strip() or "  " in value.replace("\u00a0", " "):
            self.defects.add(Defect.BLANKS)
        if "\ufffd" in text:
            self.defects.add(Defect.TEXT)
        return "" if text.upper() in _ABSENT else text

    def _texts(self, value: object) -> Iterator[str]:
        """Texts of a list, whatever wraps it."""
        if isinstance(value, dict):
            for inner in value.values():
                yield from self._texts(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from self._texts(inner)
        elif text := self._text(value):
            yield text

    def _siret(self, text: str) -> str:
        bare = text.replace(" ", "")
        if not re.fullmatch(r"[0-9]{14}", bare):
            return ""
        if bare != text:
            self.defects.add(Defect.BLANKS)
        if not (valid_siren(bare[:9]) and (_right_key(bare) or bare.startswith(_LA_POSTE))):
            self.defects.add(Defect.SIRET_KEY)
        return bare

    def _cpv(self) -> str:
        match = re.fullmatch(r"([0-9]{8})(?:-[0-9])?", self._text(self.record.get("codeCPV")))
        if match is None and not self.concession:
            self.defects.add(Defect.CPV)
        return match[1] if match else ""

    def _date(self, value: object, absent: Defect | None) -> str:
        text = self._text(value)
        if not text:
            if absent:
                self.defects.add(absent)
            return ""
        day = iso_date(text) or _english_date(text)
        if not day or not _PLAIN_DATE.fullmatch(text):
            self.defects.add(Defect.DATE)
        return day

    def _amount(self, value: object, *, required: bool) -> Decimal | None:
        text = self._text(value).replace(" ", "").replace(",", ".")
        try:
            amount = Decimal(text)
        except InvalidOperation:
            amount = Decimal(0)
        if not amount.is_finite() or amount <= 0 or amount.adjusted() >= _MAX_DIGITS:
            if required or text:
                self.defects.add(Defect.AMOUNT)
            return None
        return amount

    def _months(self) -> int:
        text = self._text(self.record.get("dureeMois"))
        return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 0

    def _holders(self) -> tuple[Holder, ...]:
        found = []
        name = "concessionnaires" if self.concession else "titulaires"
        for record in self._records(self.record.get(name), ("typeIdentifiant", "id"), 0):
            kind, identifier = self._text(record.get("typeIdentifiant")), self._text(record.get("id"))
            if kind == "SIRET":
                identifier = self._siret(identifier)
                if not identifier:
                    self.defects.add(Defect.HOLDER_ID)
            if identifier:
                found.append(Holder(kind, identifier))
        if not found and Defect.HOLDER_ID not in self.defects:
            self.defects.add(Defect.HOLDERS)
        return tuple(dict.fromkeys(found))

    def _modifications(self) -> Iterator[Modification]:
        concession = self.concession
        keys = ("datePublicationDonneesModification", "dateNotificationModification", "dateSignatureModification")
        for rank, record in enumerate(self._records(self.record.get("modifications"), keys, 0), start=1):
            yield Modification(
                identifier=self._text(record.get("id")) or str(rank),
                notified=self._date(record.get(keys[2] if concession else keys[1]), None),
                published=self._date(record.get(keys[0]), None),
                amount=self._amount(record.get("valeurGlobale" if concession else "montant"), required=False),
            )

    def _records(self, value: object, keys: tuple[str, ...], depth: int) -> Iterator[Record]:
        """Records that have one of the keys, in order, whatever lists and wrappers they are in."""
        if depth > 2:
            self.defects.add(Defect.SHAPE)
        if depth > _NESTED:
            return
        if isinstance(value, dict):
            if any(key in value for key in keys):
                yield value
            else:
                for inner in value.values():
                    yield from self._records(inner, keys, depth + 1)
        elif isinstance(value, list):
            for inner in value:
                yield from self._records(inner, keys, depth + 1)


def _english_date(text: str) -> str:
    match = _ENGLISH.match(text)
    if match is None or match[1] not in _MONTHS:
        return ""
    return iso_date(f"{match[3]}-{_MONTHS.index(match[1]) + 1}-{match[2]}")


def _right_key(siret: str) -> bool:
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(siret))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
