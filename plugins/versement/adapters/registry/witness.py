"""Notices a database server that came back without the last writes that this process saw."""

from __future__ import annotations

from versement.adapters.registry import journal
from versement.adapters.registry.database import Transaction
from versement.domain.errors import ToRetry

_CHECKED = "versement_checked"
"""In a connection's own dictionary: the tenants whose journal was looked at since it was opened."""


class Witness:
    """Remembers, by tenant, the last line of the journal that this process saw committed.

    A crash of PostgreSQL may take back the last REPEATABLE writes, and closes every connection. Who went on from
    what it read before would decide on what is no longer there: over each new connection that line must still stand.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, str]] = {}

    def check(self, tx: Transaction) -> None:
        """Look for the line, once per connection.

        Raises:
            ToRetry: it is gone, or another stands in its place.
        """
        checked = tx.connection.info.setdefault(_CHECKED, set())
        if tx.tenant in checked:
            return
        checked.add(tx.tenant)
        seen = self._seen.pop(tx.tenant, None)
        if seen is not None and not journal.has(tx, *seen):
            raise ToRetry(
                "La base du registre est revenue d’un arrêt brutal sans ses dernières écritures : rien n’est perdu, la "
                "chaîne refera ce qui manque. Si cela se répète, vérifiez le serveur de la base.",
                detail=f"journal line {seen[0]} is gone",
            )
        head = journal.head(tx)
        if head is not None:
            self._seen[tx.tenant] = (head.number, head.chain)

    def note(self, tenant: str, line: tuple[int, str] | None) -> None:
        """Remember the last line of a transaction that was committed, if it wrote one."""
        if line is not None:
            self._seen[tenant] = line
