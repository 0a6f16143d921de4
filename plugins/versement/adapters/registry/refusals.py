"""What a database's refusals mean to the chain. Values of rows and passwords never get into a message."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

from versement.domain.errors import Defect, SettingsError, StagingFull, ToRetry, VersementError

_SQLITE_WAITS = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_POSTGRESQL_WAITS = ("08", "40", "53", "55", "57")
_POSTGRESQL_SETTINGS = ("28", "3D", "3F", "42")


def translated(error: DBAPIError) -> VersementError:
    """The chain's error for a driver's."""
    detail = f"{type(error.orig).__module__}.{type(error.orig).__name__} {_code(error)}".strip()
    if isinstance(error, IntegrityError):
        return Defect(
            "Le registre refuse une écriture incohérente : rien n’a été écrit. Signalez-le aux développeurs.",
            detail=detail,
        )
    if _is_full(error):
        return StagingFull(
            "Plus de place sur le disque du registre : rien n’est perdu. Libérez de la place, puis relancez.",
            detail=detail,
        )
    if _waits(error):
        return ToRetry(
            "La base du registre ne répond pas, ou elle est occupée : rien n’est perdu, la chaîne reprendra où "
            "elle en était. Si cela dure, vérifiez le serveur et la connexion du registre.",
            detail=detail,
        )
    if _is_a_setting(error):
        return SettingsError(
            "La base du registre est inutilisable telle qu’elle est déclarée (droits, emplacement, schéma ou fichier "
            "abîmé) : vérifiez la connexion du registre, et que son schéma a été créé.",
            detail=detail,
        )
    return Defect("Le registre refuse une demande : signalez-le aux développeurs.", detail=detail)


def _code(error: DBAPIError) -> str:
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return str(getattr(original, "sqlite_errorname", ""))
    return str(getattr(original, "sqlstate", None) or getattr(original, "pgcode", None) or "")


def _sqlite_code(error: DBAPIError) -> int | None:
    """Primary result code; None when the driver is another one or tells none."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def _is_full(error: DBAPIError) -> bool:
    return _sqlite_code(error) == sqlite3.SQLITE_FULL or _code(error) == "53100"


def _waits(error: DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_code(error) in _SQLITE_WAITS
    code = _code(error)
    # psycopg2 says of a connection that breaks at a COMMIT nothing more than DatabaseError.
    lost = error.connection_invalidated or (isinstance(error, OperationalError | InterfaceError) and not code)
    return lost or code.startswith(_POSTGRESQL_WAITS)


def _is_a_setting(error: DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_code(error) in {
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_CORRUPT,
            sqlite3.SQLITE_IOERR,
            sqlite3.SQLITE_NOTADB,
            sqlite3.SQLITE_PERM,
            sqlite3.SQLITE_READONLY,
        }
    return _code(error).startswith(_POSTGRESQL_SETTINGS)
