"""Layout `files`: one document per file, with its signatures and proofs, described by its path and by notices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from versement.domain.companions import companions, is_proof
from versement.domain.documents import (
    AnnouncedDocument,
    AnnouncedFile,
    Field,
    FileReference,
    Finding,
    Kind,
    Metadata,
    Readings,
    Role,
)
from versement.domain.grouping import Grouping, parted
from versement.domain.market_copies import copies
from versement.ports.formats import Formats
from versement.profiles.drops import FilesDrop
from versement.steps.layouts.described import Describing
from versement.steps.layouts.markets import MarketIndex, Markets, market_index, registers_compared
from versement.steps.layouts.payroll import payroll_headers
from versement.steps.reading import Reader


def files_of(reader: Reader, formats: Formats, drop: FilesDrop, listing: Sequence[FileReference]) -> Grouping:
    """One document for each file of the listing that is no waste, no index, and goes with no other file."""
    profile = reader.chain.profile
    waste, rest = parted(listing, profile.connector.waste)
    index = market_index(reader, formats, rest) if drop.notices == "decp" else MarketIndex()
    files = {file.path: file for file in rest if file not in index.files}
    headers = payroll_headers(reader, formats, files.values()) if profile.connector.family == "paie" else {}
    documents, findings = _described(files, drop, Describing(profile, drop), index, headers)
    if profile.connector.family == "marches":
        findings += registers_compared(reader, formats, documents, index)
    return Grouping(tuple(documents), waste, index.files, (*index.findings, *findings))


def _described(
    files: Mapping[str, FileReference],
    drop: FilesDrop,
    describing: Describing,
    index: MarketIndex,
    headers: Mapping[str, Mapping[str, str]],
) -> tuple[list[AnnouncedDocument], list[Finding]]:
    goes_with = companions(files, drop.companions)
    beside: dict[str, list[str]] = {}
    for path, main in sorted(goes_with.items()):
        beside.setdefault(main, []).append(path)
    copied = copies(files.values()) if describing.profile.connector.family == "marches" else {}
    told = {path: _as_original(path, copied) for path in files if path not in goes_with}
    first = {path: describing.readings(shown, files[path])[0] for path, shown in told.items()}
    markets = Markets(filter(None, map(_market, first.values())))
    documents: list[AnnouncedDocument] = []
    findings: list[Finding] = [*index.doubts(_siren(first.values()), markets)]
    for path, known in first.items():
        said = {**index.beside(known, markets), "metadata": headers.get(path, {})}
        readings, unusable = describing.readings(told[path], files[path], said)
        findings += unusable
        pieces = [AnnouncedFile(path, Role.MAIN, files[path])]
        pieces += [AnnouncedFile(other, _role(other), files[other]) for other in beside.get(path, ())]
        documents.append(AnnouncedDocument(path, Kind.RECORD, tuple(pieces), readings))
    return documents, findings


def _as_original(path: str, copied: Mapping[str, str]) -> str:
    """The path that a file of a copied market has in the market itself, of which it is the same record."""
    head, mark, within = path.partition("/")
    return copied.get(head, head) + mark + within


def _market(readings: Readings) -> str:
    return Metadata.settled(readings).text(Field.MARKET)


def _siren(found: Iterable[Readings]) -> str:
    return next((siren for one in found if (siren := Metadata.settled(one).text(Field.SIREN))), "")


def _role(path: str) -> Role:
    return Role.PROOF if is_proof(path) else Role.SIGNATURE
