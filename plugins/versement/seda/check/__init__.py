"""Check of a SIP before it is sent: what Vitam would say of it, as far as the SIP alone tells."""

from versement.seda.check.sip import check_sip
from versement.seda.check.verdict import Report, Ruling, Verdict

__all__ = ["Report", "Ruling", "Verdict", "check_sip"]
