"""Small transfers that the SEDA tests share."""

from __future__ import annotations

import io
import zlib
from datetime import UTC, date, datetime

from hypothesis import strategies as st
from lxml import etree

from versement.domain.fixity import Digest, Fixity
from versement.seda.manifest import NAMESPACE, Numbering, write_manifest
from versement.seda.model import (
    ArchiveTransfer,
    ArchiveUnit,
    Attachment,
    BinaryObject,
    Event,
    Keyword,
    Rule,
)


def fixity(data: bytes) -> Fixity:
    return Fixity(Digest.of(data), zlib.crc32(data), len(data))


def binary(data: bytes, filename: str) -> BinaryObject:
    modified = datetime(2024, 3, 5, 8, 30, tzinfo=UTC)
    return BinaryObject(fixity(data), filename, modified, "fmt/95", "application/pdf", "Acrobat PDF/A 1a")


def transfer(*units: ArchiveUnit) -> ArchiveTransfer:
    return ArchiveTransfer(
        "VERS-0001",
        datetime(2024, 3, 5, 8, 30, tzinfo=UTC),
        "Délibérations de mars",
        "IC-000001",
        "CACP",
        "Osny",
        "Osny-assemblee",
        "Osny",
        "Versement",
        "Public Archive",
        units,
    )


def deliberation() -> ArchiveUnit:
    """A séance that holds one délibération with its act, an annex, and every metadata that the model has."""
    item = ArchiveUnit(
        "acte",
        "Item",
        "Acte",
        transacted_date=date(2024, 3, 4),
        object=binary(b"%PDF acte", "Délib n° 1 d'été.PDF"),
    )
    annex = ArchiveUnit("annexe", "Item", "Annexe", object=binary(b"%PDF annexe", "annexe"))
    reply = ArchiveUnit("aractes", "Item", "ARActe", received_date=date(2024, 3, 9))
    file = ArchiveUnit(
        "deliberation",
        "File",
        "Budget & compte <administratif>",
        originating_system_id="095-219504768-20240304-2024_01-DE",
        agency_identifier="2024/01",
        description="Adoption",
        document_type="Délibération",
        tags=("7.1", "Finances"),
        keywords=(Keyword("budget", "T1-1", "subject"), Keyword("Osny")),
        transacted_date=date(2024, 3, 4),
        sent_date=date(2024, 3, 6),
        received_date=date(2024, 3, 7),
        events=(
            Event("AR", "Accusé de réception", datetime(2024, 3, 7, 9, 0, tzinfo=UTC), "OK", "Préfecture"),
            Event("PUB", "Publication", date(2024, 3, 8)),
        ),
        rules=(
            Rule("AccessRule", "ACC-00001", date(2024, 3, 4)),
            Rule("AppraisalRule", "APP-00001", None, "Keep"),
            Rule("StorageRule", "STO-00001", date(2024, 3, 4), "Copy"),
            Rule("HoldRule", "HOL-00001", None),
        ),
        children=(item, annex, reply),
    )
    return ArchiveUnit("seance", "RecordGrp", "Séance du 4 mars 2024", children=(file,))


def attached() -> ArchiveUnit:
    """An ARActe that comes later, under a délibération that the archive already holds."""
    late = ArchiveUnit("ar", "Item", "ARActe", object=binary(b"<ar/>", "ar.xml"))
    return ArchiveUnit("parent", "File", "Délibération", attach_to=Attachment("095-2024_01-DE"), children=(late,))


def written(message: ArchiveTransfer) -> tuple[bytes, Numbering]:
    out = io.BytesIO()
    numbering = write_manifest(message, out)
    return out.getvalue(), numbering


def parsed(data: bytes) -> etree._Element:
    return etree.fromstring(data)


def texts(root: etree._Element, name: str) -> list[str]:
    return [element.text or "" for element in root.iter(f"{{{NAMESPACE}}}{name}")]


ANY_TEXT = st.text(
    st.characters(exclude_categories=()) | st.sampled_from("<>&;/!#'\"abx\r\n\t\x00\x0b\x85\ufffe�"), max_size=60
)
"""Any text at all, lone surrogates included, with what XML and HTML care about more often."""
