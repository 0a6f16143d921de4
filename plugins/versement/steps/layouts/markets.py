"""What the notices, registers and lists of a drop say of its markets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from versement.domain.documents import AnnouncedDocument, Field, FileReference, Finding, Metadata
from versement.domain.errors import UnreadableFile
from versement.domain.marches import Notice, Notices, sort, tell, told_twice
from versement.domain.paths import plain
from versement.domain.qualification import is_sealed, remark
from versement.domain.registers import Envelopes, compare, missing_markets
from versement.ports.formats import Formats
from versement.steps.reading import Reader

CONCLUDED = "conclu"
"""In the name of a list of concluded markets."""


@dataclass(slots=True)
class MarketIndex:
    """Notices of a drop, by market.

    Attributes:
        files: those that are notices, or a list of concluded markets; they are no documents.
        findings: what is wrong with them.
    """

    files: tuple[FileReference, ...] = ()
    findings: tuple[Finding, ...] = ()
    concluded: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _notices: Notices = field(default_factory=lambda: Notices(()))

    def beside(self, readings: Iterable[tuple[Field, Any]], markets: Markets) -> Mapping[str, Any]:
        """What the notices say of the market that these readings name, as the root `notice`; nothing when none does.

        Args:
            readings: of one document.
            markets: of the drop.
        """
        known = Metadata.settled(tuple(readings))
        market = known.text(Field.MARKET)
        found = self._notices.of(known.text(Field.SIREN), market, exactly=markets.alike(market))
        return {"notice": _said(found, market, markets)} if found else {}

    def doubts(self, siren: str, markets: Markets) -> Iterable[Finding]:
        """Markets of which it is not known which notice is theirs."""
        for market in markets:
            if self._notices.doubtful(siren, market, exactly=markets.alike(market)):
                yield remark(
                    "NOTICE_AMBIGUOUS",
                    f"Marché « {market} » : des avis de marchés différents peuvent être le sien, aucun n’est pris. "
                    "Nommez son dossier ou son archive par l’identifiant entier de son avis.",
                )


class Markets:
    """Markets of a drop, as their folders write them."""

    def __init__(self, written: Iterable[str]) -> None:
        self._by_number: dict[str, dict[str, str]] = {}
        for market in written:
            self._by_number.setdefault(number(market), {}).setdefault(market.upper(), market)

    def __iter__(self) -> Iterator[str]:
        return (market for alike in self._by_number.values() for market in alike.values())

    def alike(self, market: str) -> bool:
        """Whether another one has the same letters and digits, parted otherwise."""
        return len(self._by_number.get(number(market), ())) > 1

    def written(self, market: str) -> str:
        """A market that a notice names, as its folder writes it when there is one."""
        alike = self._by_number.get(number(market), {})
        return alike.get(market.upper(), next(iter(alike.values())) if len(alike) == 1 else market)


def number(market: str) -> str:
    """A market's number without case, accents and punctuation."""
    return "".join(character for character in plain(market) if character.isalnum())


def market_index(reader: Reader, formats: Formats, listing: Sequence[FileReference]) -> MarketIndex:
    """Read whatever at the drop's root is DECP notices, or a list of concluded markets.

    Deeper ones are pieces like any other: a tenderer's own file must neither describe a market nor go unarchived.
    """
    files: list[FileReference] = []
    findings: list[Finding] = []
    notices: list[Notice] = []
    concluded: dict[str, Sequence[str]] = {}
    for file in listing:
        named = file.name.lower().endswith((".json", ".xml")) or CONCLUDED in plain(file.name)
        if file.folder or not named:
            continue
        path = reader.index_path(file)
        try:
            if formats.is_notices(path, file.name):
                read = formats.notices(path)
                findings += tell(read, file.path)
                notices += read
                files.append(file)
            elif CONCLUDED in plain(file.name) and (numbers := formats.concluded(path, file.name)) is not None:
                concluded[file.path] = numbers
                files.append(file)
        except UnreadableFile as error:
            findings.append(remark("NOTICES_UNREADABLE", f"« {file.path} » : {error.message}", file.path))
    found = sort(notices)
    return MarketIndex(tuple(files), (*findings, *told_twice(found)), concluded, Notices(found.kept))


def registers_compared(
    reader: Reader, formats: Formats, documents: Sequence[AnnouncedDocument], index: MarketIndex
) -> tuple[Finding, ...]:
    """Remarks where registers and lists announce what the drop does not hold."""
    found: dict[str, list[tuple[AnnouncedDocument, Metadata]]] = {}
    for document in documents:
        known = Metadata.settled(document.readings)
        found.setdefault(known.text(Field.MARKET), []).append((document, known))
    findings: list[Finding] = []
    for market in sorted(filter(None, found)):
        envelopes = _envelopes(found[market])
        for document, _ in found[market]:
            findings += _compared(reader, formats, document, envelopes)
    for path, numbers in index.concluded.items():
        findings += missing_markets(path, numbers, found)
    return tuple(findings)


def _compared(reader: Reader, formats: Formats, document: AnnouncedDocument, envelopes: Envelopes) -> Iterable[Finding]:
    file = document.files[0].reference
    if file is None or not formats.is_register(file.name):
        return ()
    try:
        register = formats.register(reader.index_path(file), file.name)
    except UnreadableFile as error:
        return (remark("DEPOSITS_UNREADABLE", f"« {file.path} » : {error.message}", file.path),)
    return compare(file.path, register, envelopes)


def _envelopes(documents: Sequence[tuple[AnnouncedDocument, Metadata]]) -> Envelopes:
    offers = [(document, known) for document, known in documents if known.text(Field.PHASE) == "3"]
    sealed = [document.reference for document, _ in offers if is_sealed(document.reference)]
    opened = {known.text(Field.TENDERER) for document, known in offers if document.reference not in sealed}
    return Envelopes(sealed, len(opened - {""}))


def _said(notices: Sequence[Notice], market: str, markets: Markets) -> Mapping[str, Any]:
    """One market's notices as dotted paths find them; of several contracts, the latest speaks, with all holders."""
    last = max(notices, key=lambda notice: (notice.published, notice.place))
    holders = dict.fromkeys(holder.identifier for notice in notices for holder in sorted(notice.holders))
    framework = market if last.is_framework else markets.written(last.framework)
    return {
        "id": last.identifier,
        "objet": last.title,
        "nature": last.nature,
        "procedure": last.procedure,
        "cpv": last.cpv,
        "framework": framework,
        "notified": last.notified,
        "signed": last.notified if last.concession else "",
        "published": last.published,
        "amount": str(last.amount) if last.amount is not None and len(notices) == 1 else "",
        "months": str(last.months or ""),
        "holders": list(holders),
        "buyer": last.buyer,
        "modifications": [item.notified for item in last.modifications if item.notified],
    }
