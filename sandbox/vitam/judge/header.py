"""CHECK_HEADER: agencies, ingest contract, archival profile; names the operation after the SIP."""

from __future__ import annotations

import json

from lxml import etree

from sandbox.vitam import manifest
from sandbox.vitam.judge.ingest import Ingest, Json
from sandbox.vitam.outcome import Result, Status, composite, ko, ok
from sandbox.vitam.referentials import granted

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_CODE_LISTS = ("ReplyCodeListVersion", "MessageDigestAlgorithmCodeListVersion", "FileFormatCodeListVersion")


def check_header(ingest: Ingest) -> Result:
    ingest.state.header = _read_header(ingest)
    ingest.services.operations.describe(ingest.op.id, _master(ingest.state.header))
    parts: list[Result] = []
    for check in (_check_agent, _check_contract, _check_profile_relation, _check_archival_profile):
        part = check(ingest)
        if part is None:
            continue
        parts.append(part)
        if part.status >= Status.KO:
            break
    return composite("CHECK_HEADER", parts)


def _read_header(ingest: Ingest) -> Json:
    root = ingest.package.root
    metadata = ingest.package.management_metadata
    lists = manifest.child(root, "CodeListVersions")
    comments = [found for found in root if manifest.local(found) == "Comment"]
    return {
        "MessageIdentifier": manifest.text(root, "MessageIdentifier"),
        "Date": manifest.text(root, "Date"),
        "Comment": "_".join(found.text or "" for found in comments if not found.get(_XML_LANG)),
        "CommentByLanguage": {str(c.get(_XML_LANG)): c.text or "" for c in comments if c.get(_XML_LANG)},
        "ArchivalAgreement": manifest.text(root, "ArchivalAgreement"),
        "CodeListVersions": {name: manifest.text(lists, name) for name in _CODE_LISTS},
        "ArchivalAgency": manifest.text(root, "ArchivalAgency", "Identifier"),
        "TransferringAgency": manifest.text(root, "TransferringAgency", "Identifier"),
        **{
            name: manifest.text(metadata, name)
            for name in (
                "ArchivalProfile",
                "ServiceLevel",
                "AcquisitionInformation",
                "LegalStatus",
                "OriginatingAgencyIdentifier",
                "SubmissionAgencyIdentifier",
            )
        },
    }


def _master(header: Json) -> Json:
    """Master fields of the logbook operation, JSON values as strings, as Vitam keeps them."""
    detail = {
        "EvDetailReq": header["Comment"],
        "EvDateTimeReq": header["Date"],
        "ArchivalAgreement": header["ArchivalAgreement"] or None,
        "ServiceLevel": header["ServiceLevel"] or None,
    }
    detail.update({f"EvDetailReq_{lang}": text for lang, text in header["CommentByLanguage"].items()})
    for name in ("ArchivalProfile", "AcquisitionInformation", "LegalStatus"):
        if header[name]:
            detail[name] = header[name]
    agencies = {
        "originatingAgency": header["OriginatingAgencyIdentifier"] or None,
        "TransferringAgency": header["TransferringAgency"] or None,
        "ArchivalAgency": header["ArchivalAgency"] or None,
        "submissionAgency": header["SubmissionAgencyIdentifier"] or header["OriginatingAgencyIdentifier"] or None,
    }
    rights = {name: header[name] for name in ("ArchivalAgreement", "ArchivalProfile") if header[name]}
    return {
        "obIdIn": header["MessageIdentifier"],
        "evDetData": json.dumps(detail, ensure_ascii=False),
        "agIdExt": json.dumps({k: v for k, v in agencies.items() if v}, ensure_ascii=False),
        "rightsStatementIdentifier": json.dumps(rights, ensure_ascii=False),
    }


def _check_agent(ingest: Ingest) -> Result | None:
    if not ingest.op.workflow.agencies:
        return None
    header = ingest.state.header
    if not header["OriginatingAgencyIdentifier"]:
        return ko("CHECK_AGENT", "EMPTY_REQUIRED_FIELD", "OriginatingAgencyIdentifier est obligatoire")
    for name in ("OriginatingAgencyIdentifier", "SubmissionAgencyIdentifier"):
        identifier = header[name]
        if identifier and ingest.services.referentials.get(ingest.op.tenant, "agencies", identifier) is None:
            return ko("CHECK_AGENT", "UNKNOWN", f"{name} : service agent {identifier!r} inconnu")
    return ok("CHECK_AGENT")


def _check_contract(ingest: Ingest) -> Result:
    """The contract itself, its management contract, then its place in the caller's context."""
    error = _contract_error(ingest)
    return ko("CHECK_CONTRACT_INGEST", *error) if error else ok("CHECK_CONTRACT_INGEST")


def _contract_error(ingest: Ingest) -> tuple[str, str] | None:
    agreement, contract = ingest.state.header["ArchivalAgreement"], ingest.contract
    if not agreement:
        return "CONTRACT_NOT_IN_MANIFEST", "ArchivalAgreement est obligatoire"
    if not contract:
        return "CONTRACT_UNKNOWN", f"Contrat d’entrée {agreement!r} inconnu"
    if contract["Status"] != "ACTIVE":
        return "CONTRACT_INACTIVE", f"Contrat d’entrée {agreement!r} inactif"
    return _management_contract_error(ingest, contract) or _context_error(ingest, agreement)


def _management_contract_error(ingest: Ingest, contract: Json) -> tuple[str, str] | None:
    named = contract.get("ManagementContractId")
    if not named:
        return None
    found = ingest.services.referentials.get(ingest.op.tenant, "managementcontracts", named)
    if found is None:
        return "MANAGEMENT_CONTRACT_UNKNOWN", f"Contrat de gestion {named!r} inconnu"
    if found["Status"] != "ACTIVE":
        return "MANAGEMENT_CONTRACT_INACTIVE", f"Contrat de gestion {named!r} inactif"
    return None


def _context_error(ingest: Ingest, agreement: str) -> tuple[str, str] | None:
    """A caller without certificate has no context, and every contract."""
    named = ingest.op.security_context
    if not named:
        return None
    context = ingest.services.referentials.get(ingest.op.tenant, "contexts", named)
    if context is None:
        return "CONTEXT_UNKNOWN", f"Contexte {named!r} inconnu"
    if context["Status"] != "ACTIVE":
        return "CONTEXT_INACTIVE", f"Contexte {named!r} inactif"
    if context["EnableControl"] and agreement not in granted(context, ingest.op.tenant, "IngestContracts"):
        return "CONTRACT_NOT_IN_CONTEXT", f"Contrat d’entrée {agreement!r} hors du contexte {named!r}"
    return None


def _check_profile_relation(ingest: Ingest) -> Result | None:
    """Only a contract that lists profiles looks at the one that the manifest declares."""
    allowed = ingest.contract["ArchiveProfiles"]
    if not ingest.op.workflow.profiles or not allowed:
        return None
    declared = ingest.state.header["ArchivalProfile"]
    if declared not in allowed:
        return ko("CHECK_IC_AP_RELATION", "DIFF", f"Profil d’archivage {declared!r} étranger au contrat")
    profile = ingest.services.referentials.get(ingest.op.tenant, "profiles", declared)
    if profile is None:
        return ko("CHECK_IC_AP_RELATION", "UNKNOWN", f"Profil d’archivage {declared!r} inconnu")
    if profile["Status"] != "ACTIVE":
        return ko("CHECK_IC_AP_RELATION", "INACTIVE", f"Profil d’archivage {declared!r} inactif")
    return ok("CHECK_IC_AP_RELATION")


def _check_archival_profile(ingest: Ingest) -> Result | None:
    if not ingest.op.workflow.profiles or not ingest.contract["ArchiveProfiles"]:
        return None
    profile = ingest.services.referentials.get(ingest.op.tenant, "profiles", ingest.state.header["ArchivalProfile"])
    if profile is None or "content" not in profile:
        return ko("CHECK_ARCHIVEPROFILE", message="Profil d’archivage sans fichier")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        grammar = etree.fromstring(profile["content"].encode(), parser)
        schema = etree.RelaxNG(grammar) if profile["Format"] == "RNG" else etree.XMLSchema(grammar)
    except (etree.XMLSyntaxError, etree.RelaxNGParseError, etree.XMLSchemaParseError) as error:
        return ko("CHECK_ARCHIVEPROFILE", message=f"Profil d’archivage illisible : {error}")
    if schema.validate(ingest.package.root.getroottree()):
        return ok("CHECK_ARCHIVEPROFILE")
    return ko("CHECK_ARCHIVEPROFILE", message=f"Bordereau non conforme au profil : {str(schema.error_log)[:500]}")
