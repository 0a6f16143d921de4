"""What the antivirus found clean, as one file of digests for each version of its signatures, one folder a tenant."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from pathlib import Path
from urllib.parse import quote

from versement.domain.fixity import Digest
from versement.domain.tenant import Tenant


class DiskScans:
    """The Scans port in a folder that all machines share. A line cut short, or a file lost, costs a scan."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def clean(self, tenant: Tenant, signatures: str, among: Collection[Digest]) -> set[Digest]:
        wanted = {str(digest): digest for digest in among}
        try:
            with self._place(tenant, signatures).open(encoding="ascii", errors="replace") as lines:
                return {wanted[line[:-1]] for line in lines if line[-1] == "\n" and line[:-1] in wanted}
        except FileNotFoundError:
            return set()

    def remember(self, tenant: Tenant, signatures: str, digests: Iterable[Digest]) -> None:
        place = self._place(tenant, signatures)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for other in place.parent.iterdir():
            if other != place:
                other.unlink(missing_ok=True)
        with place.open("a", encoding="ascii") as lines:
            lines.write("".join(f"\n{digest}\n" for digest in digests))  # a line cut before it stays alone

    def _place(self, tenant: Tenant, signatures: str) -> Path:
        name = hashlib.sha256(signatures.encode()).hexdigest()
        return self._folder / quote(tenant.key, safe="@") / name
