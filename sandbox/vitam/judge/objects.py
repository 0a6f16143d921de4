"""STP_OG_CHECK_AND_TRANSFORME: digest, size, format of every object, group by group."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from sandbox.vitam import siegfried
from sandbox.vitam.judge.ingest import Ingest
from sandbox.vitam.manifest import DataObject
from sandbox.vitam.outcome import ElementResult, Result, Status

_BLOCK = 1 << 20
_NAMES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_Verdict = tuple[str, Status, str]


def _judge_groups(ingest: Ingest, code: str, judge: Callable[[DataObject], _Verdict | None]) -> Result | None:
    """Apply a judgement to the binary objects of every group that is not refused yet."""
    results: list[ElementResult] = []
    for group in ingest.open_groups:
        verdicts: list[tuple[str, str, Status]] = []
        subcode = message = ""
        for name in ingest.package.groups[group]:
            found = ingest.package.objects[name]
            verdict = None if found.physical else judge(found)
            if verdict is not None:
                suffix, status, subcode = verdict
                verdicts.append((name, suffix, status))
                message = f"Objet {name} : {suffix.rpartition('/')[2] or code}"
        worst = max((status for _, _, status in verdicts), default=Status.OK)
        results.append(ElementResult(group, worst, subcode, message, tuple(verdicts)))
    return ingest.distribute(code, results) if results else None


def check_digest(ingest: Ingest) -> Result | None:
    def judge(found: DataObject) -> _Verdict | None:
        declared = hashlib.new(_NAMES[found.algorithm], usedforsecurity=False)
        kept = hashlib.sha512()
        size = 0
        with (ingest.sip / found.uri).open("rb") as stream:
            while block := stream.read(_BLOCK):
                size += len(block)
                kept.update(block)
                declared.update(block)
        ingest.state.digests[found.id] = kept.hexdigest()
        ingest.state.sizes[found.id] = size
        if declared.hexdigest() == found.digest:
            return None
        return f"CALC_CHECK/{'INVALID' if found.digest else 'EMPTY'}", Status.KO, ""

    return _judge_groups(ingest, "CHECK_DIGEST", judge)


def check_size(ingest: Ingest) -> Result | None:
    def judge(found: DataObject) -> _Verdict | None:
        if found.size is None or found.size == ingest.state.sizes[found.id]:
            return None
        return "", Status.WARNING, ""

    return _judge_groups(ingest, "CHECK_OBJECT_SIZE", judge)


def check_format(ingest: Ingest) -> Result | None:
    _identify(ingest)
    contract = ingest.contract
    charted = {entry["PUID"] for entry in ingest.services.referentials.all(ingest.op.tenant, "formats")}

    def judge(found: DataObject) -> _Verdict | None:
        puid = ingest.state.formats[found.id][0]
        if not puid:
            tolerated = bool(contract.get("FormatUnidentifiedAuthorized"))
            return "FILE_FORMAT/UNKNOWN", Status.WARNING if tolerated else Status.KO, ""
        if charted and puid not in charted:
            return "FILE_FORMAT/UNCHARTED", Status.KO, ""
        if not contract.get("EveryFormatType", True) and puid not in contract["FormatType"]:
            return "FILE_FORMAT/REJECTED", Status.KO, "REJECTED_FORMAT"
        if found.puid and found.puid != puid:
            return "FILE_FORMAT/PUID", Status.WARNING, ""
        return None

    return _judge_groups(ingest, "OG_OBJECTS_FORMAT_CHECK", judge)


def check_schema(ingest: Ingest) -> Result | None:
    return _judge_groups(ingest, "CHECK_OBJECT_GROUP_SCHEMA", lambda _found: None)


def _identify(ingest: Ingest) -> None:
    package = ingest.package
    names = [name for group in ingest.open_groups for name in package.groups[group]]
    binaries = [package.objects[name] for name in names if not package.objects[name].physical]
    said = siegfried.identify(sorted({ingest.sip / found.uri for found in binaries}))
    for found in binaries:
        identified = said[ingest.sip / found.uri]
        ingest.state.formats[found.id] = [identified.puid, identified.mime, identified.name]
