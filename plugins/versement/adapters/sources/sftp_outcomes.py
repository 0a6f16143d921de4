"""What failures of an SFTP server mean: something to correct, or something that time will mend."""

from __future__ import annotations

import socket

import asyncssh

from versement.adapters.sources import outcomes
from versement.domain.documents import FileReference
from versement.domain.errors import SettingsError, SourceUnavailable, VersementError

_UNREADABLE = (asyncssh.SFTPPermissionDenied,)
_ABSENT = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPNotADirectory)


def of_connection(error: Exception, server: str) -> VersementError:
    """Meaning of a failure to connect or to keep a connection."""
    detail = _detail(error)
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return SettingsError(
            f"Serveur SFTP {server} : la clé que présente le serveur n’est pas celle de la connexion (host_key). "
            "Rien n’a été envoyé. Demandez au service qui tient le serveur si elle a changé ; corrigez alors host_key.",
            detail=detail,
        )
    if isinstance(error, asyncssh.KeyExchangeFailed):
        return SettingsError(
            f"Serveur SFTP {server} : le serveur n’offre aucun chiffrement ni aucun type de clé encore sûr. Faites "
            "mettre à jour ce serveur par le service qui le tient.",
            detail=detail,
        )
    if isinstance(error, asyncssh.PermissionDenied):
        return SettingsError(
            f"Serveur SFTP {server} : l’accès est refusé. Vérifiez l’identifiant (login) et le mot de passe (password) "
            "ou la clé (private_key) de la connexion.",
            detail=detail,
        )
    if isinstance(error, asyncssh.ChannelOpenError):
        return SettingsError(
            f"Serveur SFTP {server} : le serveur n’offre pas de service SFTP à ce compte. Faites-le ouvrir.",
            detail=detail,
        )
    if isinstance(error, socket.gaierror):
        return SourceUnavailable(
            f"Serveur SFTP {server} : le nom du serveur (host) est introuvable. La collecte reprendra d’elle-même ; "
            "vérifiez host si cela dure.",
            detail=detail,
        )
    return SourceUnavailable(
        f"Serveur SFTP {server} : il ne répond pas, ou la liaison est coupée. La collecte reprendra d’elle-même ; si "
        "cela dure, vérifiez host et port, et prévenez le service qui tient le serveur.",
        detail=detail,
    )


def of_file(error: Exception, server: str, reference: FileReference) -> VersementError:
    """Meaning of a failure while a file is read."""
    if isinstance(error, _ABSENT):
        return outcomes.vanished(reference)
    if isinstance(error, _UNREADABLE):
        return outcomes.forbidden(reference)
    return of_connection(error, server)


def of_folder(error: Exception, server: str, folder: str) -> VersementError:
    """Meaning of a failure while a folder is listed; an empty name is the drop's root."""
    if isinstance(error, _ABSENT):
        return no_folder(server, error)
    if isinstance(error, _UNREADABLE):
        return outcomes.unreadable_folder(folder or "racine")
    return of_connection(error, server)


def no_folder(server: str, error: Exception) -> SettingsError:
    return SettingsError(
        f"Serveur SFTP {server} : le dossier du dépôt (source.folder de la fiche) est introuvable. Créez-le, ou "
        "corrigez la fiche.",
        detail=_detail(error),
    )


def no_sizes(server: str) -> SettingsError:
    return SettingsError(
        f"Serveur SFTP {server} : le serveur ne donne ni la taille ni la date des fichiers, sans lesquelles un fichier "
        "en cours de dépôt ne se reconnaît pas. Faites corriger le réglage du serveur.",
        detail="attributes without size or mtime",
    )


def bad_key(field: str) -> SettingsError:
    """A key of the connection that cannot be read; its content is never shown."""
    expected = {
        "host_key": "« type base64 » sur une ligne, comme « ssh-ed25519 AAAA… »",
        "private_key": "une clé privée au format PEM ou OpenSSH, avec sa phrase secrète (passphrase) si elle en a une",
    }[field]
    return SettingsError(
        f"Connexion SFTP : attendu dans {field} {expected}, trouvé autre chose. Corrigez la connexion.",
        detail=f"{field} cannot be imported",
    )


def _detail(error: Exception) -> str:
    # The text of asyncssh's errors may hold the login or a file's name.
    code = getattr(error, "code", getattr(error, "errno", ""))
    return f"{type(error).__name__} {code}".strip()
