"""Pauses that an operator forces on the processes of a tenant, of a type, or on all."""

from __future__ import annotations

from sandbox.vitam.database import Database

_ANY_TENANT, _ANY_TYPE = -1, ""


class ForcedPauses:
    """Where a pause is forced, an operation stops after each step. Kept in the store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def force(self, tenant: int | None, type_proc: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO forced_pauses (tenant, type) VALUES (?,?)", *_key(tenant, type_proc))

    def remove(self, tenant: int | None, type_proc: str) -> None:
        """Take back what the same words forced; without tenant nor type, all of it."""
        if tenant is None and not type_proc:
            self._db.execute("DELETE FROM forced_pauses")
        else:
            self._db.execute("DELETE FROM forced_pauses WHERE tenant = ? AND type = ?", *_key(tenant, type_proc))

    def forced(self, tenant: int, type_proc: str) -> bool:
        found = self._db.row(
            "SELECT 1 FROM forced_pauses WHERE tenant IN (?, ?) AND type IN (?, ?)",
            tenant,
            _ANY_TENANT,
            type_proc,
            _ANY_TYPE,
        )
        return found is not None


def _key(tenant: int | None, type_proc: str) -> tuple[int, str]:
    return (_ANY_TENANT if tenant is None else tenant, type_proc)
