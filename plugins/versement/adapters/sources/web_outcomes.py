"""What answers and failures of a web application mean: something to correct, or something that time will mend."""

from __future__ import annotations

import requests
import urllib3

from versement.domain.errors import SettingsError, SourceUnavailable, VersementError


def of_failure(error: Exception, server: str) -> VersementError:
    """Meaning of a request that got no whole answer. The text of the error may hold an address: it is not shown."""
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return SettingsError(
            f"Application {server} : son certificat n’est pas signé par une autorité de confiance, ou le certificat "
            "client est refusé. Rien n’a été envoyé. Donnez l’autorité dans le champ « ca » de la connexion.",
            detail=type(error).__name__,
        )
    return unavailable(server, type(error).__name__)


def of_status(status: int, server: str) -> VersementError:
    """Meaning of an answer that is no success."""
    detail = f"HTTP {status}"
    if status == 401:
        return SettingsError(
            f"Application {server} : l’accès est refusé (401). Vérifiez l’identifiant et le mot de passe, ou le jeton, "
            "de la connexion.",
            detail=detail,
        )
    if status == 403:
        return SettingsError(
            f"Application {server} : ce compte n’a pas le droit de lire ces documents (403). Faites-lui donner ce "
            "droit, ou corrigez la fiche.",
            detail=detail,
        )
    if status == 404:
        return not_found(server)
    if status == 429 or status >= 500:
        return unavailable(server, detail)
    return SettingsError(
        f"Application {server} : elle refuse la demande ({status}). Vérifiez les champs « source » de la fiche.",
        detail=detail,
    )


def unavailable(server: str, detail: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"Application {server} : elle ne répond pas, ou demande d’attendre. La collecte reprendra d’elle-même ; si "
        "cela dure, vérifiez la connexion et prévenez le service qui tient l’application.",
        detail=detail,
    )


def not_found(server: str) -> SettingsError:
    return SettingsError(
        f"Application {server} : la liste demandée est introuvable (404). Corrigez le chemin ou l’entité de la fiche.",
        detail="HTTP 404",
    )


def elsewhere(server: str) -> SettingsError:
    return SettingsError(
        f"Application {server} : elle renvoie vers un autre serveur, qui n’est jamais contacté. Si les fichiers y sont "
        "vraiment, déclarez-le par une connexion et une fiche à lui.",
        detail="link or redirection to another origin",
    )


def bad_address(server: str) -> SettingsError:
    return SettingsError(
        f"Connexion HTTP : attendu dans host une adresse comme https://actes.exemple.fr, trouvé « {server} ». "
        "Corrigez la connexion.",
        detail="no scheme or no host",
    )


def not_encrypted(server: str) -> SettingsError:
    return SettingsError(
        f"Application {server} : attendu une adresse en https, trouvé http, où les mots de passe se lisent. Corrigez "
        "la connexion.",
        detail="plain http beyond the loopback",
    )


def bad_header() -> SettingsError:
    return SettingsError(
        "Connexion HTTP : attendu des en-têtes et un jeton sans accent ni retour à la ligne. Corrigez la connexion.",
        detail="header value is not printable ASCII",
    )


def bad_certificate() -> SettingsError:
    return SettingsError(
        "Connexion HTTP : l’autorité (ca), le certificat client ou sa clé ne peut pas être lu (fichiers PEM attendus), "
        "ou la phrase secrète n’est pas la bonne. Corrigez la connexion.",
        detail="TLS files",
    )


def no_json(server: str) -> SettingsError:
    return SettingsError(
        f"Application {server} : attendu une réponse en JSON, trouvé autre chose. Vérifiez l’adresse de la connexion "
        "et le chemin de la fiche.",
        detail="answer is not JSON",
    )


def unexpected(server: str, expected: str) -> SettingsError:
    return SettingsError(
        f"Application {server} : attendu {expected}, trouvé autre chose. Corrigez les chemins de la fiche (source).",
        detail="shape of the answer",
    )


def too_big(server: str) -> SettingsError:
    return SettingsError(
        f"Application {server} : une page de la liste dépasse 64 Mio. Demandez des pages plus petites (paging.size).",
        detail="page too big",
    )


def moving(server: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"Application {server} : la liste change plus vite qu’elle ne se lit, ou ses pages se contredisent. La "
        "collecte reprendra d’elle-même ; si cela dure, prévenez le service qui tient l’application.",
        detail="set moves faster than it is read, or is ordered otherwise for each page",
    )
