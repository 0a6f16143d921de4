"""From which day a source that lists by time is read."""

from __future__ import annotations

from datetime import date, timedelta

from versement.domain.fixity import Digest
from versement.profiles.sources import PastellSource
from versement.steps.chain import Chain
from versement.steps.collect import Window

CHANGED = ("FILE_VANISHED", "FILE_CHANGED")
"""What sets a document aside that the source must show again."""


def since(chain: Chain) -> date | None:
    """The day from which to list: some days before the last collection of all that had arrived.

    None, for everything, when there was none, when it was under another profile, which takes other documents or judges
    them otherwise, or when a document of it must be read again.
    """
    source = chain.profile.connector.source
    if not isinstance(source, PastellSource):
        return None
    last = chain.registry.last_collection(chain.tenant, chain.connector, str(Window()))
    if last is None or any(item.code in CHANGED for item in chain.registry.waiting(chain.tenant, chain.connector)):
        return None
    latest = chain.registry.last_collection(chain.tenant, chain.connector) or last
    if {last.profile, latest.profile} != {Digest.of(chain.profile.frozen())}:
        return None
    return (last.started - timedelta(days=source.overlap)).date()
