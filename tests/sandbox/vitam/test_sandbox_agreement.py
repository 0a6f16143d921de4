"""The sandbox Vitam and the check of SIPs judge alike, though neither knows the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.vitam.test_sandbox_judgement import ACCEPTED, REFUSED, WARNED, _body
from tests.sandbox.vitam.vitam_process import VitamServer
from tests.seda.check.test_check_container import ACCEPTED as CONTAINERS
from tests.seda.check.test_check_container import REFUSED as BAD_CONTAINERS
from tests.seda.check.test_check_hostile import REFUSED as HOSTILE
from tests.seda.check.test_check_hostile import with_manifest
from tests.seda.check.test_check_verdict import ACCEPTED as TAKEN
from tests.seda.check.test_check_verdict import REFUSED as SPOILT
from versement.seda.check import Verdict, check_sip

SIPS = {
    **{name: _body(sip) for name, sip in ACCEPTED.items()},
    **{name: sip if isinstance(sip, bytes) else sip.zipped() for name, (sip, _) in {**REFUSED, **WARNED}.items()},
    **{f"container: {name}": body for name, body in CONTAINERS.items()},
    **{f"container: {name}": body for name, (body, *_) in BAD_CONTAINERS.items()},
    **{f"taken: {name}": sip.zipped() for name, sip in TAKEN.items() if sip.version != "2.3"},
    **{f"spoilt: {name}": sip.zipped() for name, (sip, *_) in SPOILT.items() if sip.version != "2.3"},
    **{f"hostile: {name}": with_manifest(manifest) for name, (manifest, *_) in HOSTILE.items()},
}
REFERENTIALS = (
    "CHECK_HEADER.CHECK_AGENT.UNKNOWN.KO",
    "CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_UNKNOWN.KO",
    "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.NOT_FOUND_ATTACHMENT.KO",
    "OG_OBJECTS_FORMAT_CHECK.KO",
    "OG_OBJECTS_FORMAT_CHECK.WARNING",
    "CHECK_ARCHIVE_UNIT_PROFILE.NOT_FOUND.KO",
    "UNITS_RULES_COMPUTE.UNKNOWN.KO",
    "UNITS_RULES_COMPUTE.CONSISTENCY.KO",
    "UNITS_RULES_COMPUTE.REF_INCONSISTENCY.KO",
)
"""What only the platform's referentials, holdings or format identification tell."""


@pytest.fixture(scope="module")
def agreeing_tenant(_shared_server: VitamServer) -> int:
    _shared_server.import_referentials(998)
    return 998


@pytest.mark.parametrize("case", SIPS)
def test_the_sandbox_and_the_check_agree(vitam_server: VitamServer, agreeing_tenant: int, tmp_path: Path, case: str):
    """One SIP put to both gets one verdict and one code, but for what the platform alone knows."""
    path = tmp_path / "sip"
    path.write_bytes(SIPS[case])
    report = check_sip(path)
    operation, status = vitam_server.ingest(SIPS[case], tenant=agreeing_tenant)
    details = vitam_server.details(operation, tenant=agreeing_tenant)
    told = list(dict.fromkeys(event.code for event in report.events))
    if any(code in details for code in REFERENTIALS):
        assert status == "WARNING" or report.verdict in (Verdict.OK, status)
    elif report.official.valid is False and "CHECK_SEDA.NOT_XSD_VALID.KO" in details:
        assert status == "KO"  # the sandbox holds to the official schema, where Vitam's own takes more
    else:
        assert (report.verdict, told[:1]) == (status, [code for code in told[:1] if code in details])
