"""The parts of an archival profile that do not depend on what is transferred: header, objects, management.

SEDA 2.1 to 2.3, in the order of its elements; what a profile leaves open stays as SEDA has it.
"""

from __future__ import annotations

from collections.abc import Sequence

from versement.seda.relaxng import (
    XSI,
    Pattern,
    any_elements,
    any_number,
    at_least_one,
    attribute,
    choice,
    data,
    define,
    element,
    grammar,
    optional,
    reference,
    value,
    values,
)

DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
"""Pattern of a day as Vitam takes it: no year alone, no time zone."""
UNITS = "unites"
"""Name of the pattern of the units at the root of DescriptiveMetadata, which the caller defines."""


def text(name: str, *, but: str = "") -> Pattern:
    """An element whose text is not blank, and not the one that is refused."""
    return element(name, data("token", but=but, filled=True))


def token(name: str, pattern: str) -> Pattern:
    return element(name, data("token", pattern))


def day(name: str) -> Pattern:
    return element(name, data("date", DAY))


def moment() -> Pattern:
    return choice(data("date", DAY), data("dateTime", rf"{DAY}T.+"))


def identifier() -> Pattern:
    """The xml id of an element. Vitam holds it unique in the manifest."""
    return attribute("id", data("NCName"))


def fixed(name: str, *texts: str) -> Pattern:
    return element(name, values(*texts))


def archival_profile(
    version: str,
    told: str,
    *,
    message_identifier: str,
    archival_agreement: str,
    agencies: tuple[str, str],
    management: Sequence[Pattern],
    units: Sequence[Pattern],
) -> bytes:
    """The RELAX NG grammar of an ArchiveTransfer.

    Args:
        version: of SEDA, `2.2`.
        told: what the profile is for, in French.
        message_identifier: XML Schema pattern of the MessageIdentifier.
        archival_agreement: identifier of the ingest contract.
        agencies: identifiers of ArchivalAgency and TransferringAgency.
        management: content of ManagementMetadata.
        units: named patterns; the one named `UNITS` is the content of DescriptiveMetadata.
    """
    package = element(
        "DataObjectPackage",
        at_least_one(reference("objet")),
        element("DescriptiveMetadata", reference(UNITS)),
        element("ManagementMetadata", *management),
    )
    archival, transferring = agencies
    start = element(
        "ArchiveTransfer",
        optional(attribute("schemaLocation", data("string"), namespace=XSI)),
        any_number(text("Comment")),
        element("Date", data("dateTime", rf"{DAY}T.+")),
        token("MessageIdentifier", message_identifier),
        fixed("ArchivalAgreement", archival_agreement),
        element("CodeListVersions", any_elements()),
        package,
        any_number(text("RelatedTransferReference")),
        optional(text("TransferRequestReplyIdentifier")),
        element("ArchivalAgency", fixed("Identifier", archival)),
        element("TransferringAgency", fixed("Identifier", transferring)),
    )
    namespace = f"fr:gouv:culture:archivesdefrance:seda:v{version}"
    return grammar(namespace, start, [_object_group(), *units], told)


def _object_group() -> Pattern:
    binary = element(
        "BinaryDataObject",
        identifier(),
        fixed("DataObjectVersion", "BinaryMaster_1"),
        optional(text("DataObjectUse")),
        optional(text("DataObjectNumber")),
        token("Uri", r"content/[0-9A-Za-z_.\-]+"),
        element("MessageDigest", attribute("algorithm", value("SHA-512")), data("token", "[0-9a-f]{128}")),
        optional(element("Size", data("positiveInteger"))),
        optional(
            element(
                "FormatIdentification",
                *(optional(text(name)) for name in ("FormatLitteral", "MimeType", "FormatId", "Encoding")),
            )
        ),
        element("FileInfo", text("Filename"), any_elements()),
    )
    told = "Un fichier : un groupe d’objets, sous une empreinte SHA-512."
    return define("objet", told, element("DataObjectGroup", identifier(), binary))


def attached(key: str) -> Pattern:
    """UpdateOperation of a unit that the archive holds, found by its OriginatingSystemId.

    Args:
        key: XML Schema pattern of that identifier.
    """
    return element(
        "UpdateOperation",
        element("ArchiveUnitIdentifierKey", fixed("MetadataName", "OriginatingSystemId"), token("MetadataValue", key)),
    )


def rule(category: str, identifier_: str, *, dated: bool, final_action: str = "") -> Pattern:
    """A management rule of this category.

    Args:
        category: SEDA element, `AppraisalRule`.
        identifier_: of the rule in the archive's referential.
        dated: its start is always known; else it may be left out.
        final_action: `Keep` or `Destroy`, where the category has one.
    """
    start = day("StartDate")
    content = [fixed("Rule", identifier_), start if dated else optional(start)]
    if final_action:
        content.append(fixed("FinalAction", final_action))
    return element(category, *content)
