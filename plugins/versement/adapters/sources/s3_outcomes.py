"""What failures of an S3 server mean: something to correct, or something that time will mend."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError, SSLError

from versement.adapters.sources import outcomes
from versement.domain.documents import FileReference
from versement.domain.errors import FileChanged, SettingsError, SourceUnavailable, VersementError


def of_listing(error: Exception, bucket: str) -> VersementError:
    """Meaning of a failure while the bucket is listed."""
    status = _status(error)
    if status == 404:
        return SettingsError(
            f"Compartiment S3 « {bucket} » : il est introuvable. Créez-le, ou corrigez source.bucket dans la fiche.",
            detail=_detail(error),
        )
    if status in (401, 403):
        return SettingsError(
            f"Compartiment S3 « {bucket} » : l’accès est refusé. Vérifiez les clés (login, password) "
            "de la connexion et le droit de lister et de lire ce compartiment.",
            detail=_detail(error),
        )
    if isinstance(error, SSLError):
        return SettingsError(
            f"Compartiment S3 « {bucket} » : le certificat du serveur n’est pas signé par une autorité de confiance. "
            "Rien n’a été envoyé. Donnez l’autorité dans le champ « ca » de la connexion.",
            detail=_detail(error),
        )
    if isinstance(error, ParamValidationError) or status in (301, 307, 400):
        return SettingsError(
            f"Compartiment S3 « {bucket} » : le serveur refuse la demande. Vérifiez la région et l’adresse "
            "(region_name, endpoint_url) de la connexion, et source.bucket dans la fiche.",
            detail=_detail(error),
        )
    return SourceUnavailable(
        f"Compartiment S3 « {bucket} » : le serveur ne répond pas, ou la liaison est coupée. La collecte reprendra "
        "d’elle-même ; si cela dure, vérifiez endpoint_url et prévenez le service qui tient le serveur.",
        detail=_detail(error),
    )


def of_file(error: Exception, bucket: str, reference: FileReference) -> VersementError:
    """Meaning of a failure while an object is read."""
    status = _status(error)
    if status == 404 and _code(error) != "NoSuchBucket":
        return outcomes.vanished(reference)
    if status == 403:
        return outcomes.forbidden(reference)
    if status == 412:
        return FileChanged(
            f"« {reference.path} » a changé depuis l’annonce. Il sera repris à la prochaine collecte.",
            detail="ETag is not the listing's",
        )
    return of_listing(error, bucket)


def not_encrypted(endpoint: str) -> SettingsError:
    return SettingsError(
        f"Connexion S3 : attendu dans endpoint_url une adresse en https, trouvé « {endpoint} ». Corrigez la connexion.",
        detail="plain http beyond the loopback",
    )


def no_credentials() -> SettingsError:
    return SettingsError(
        "Connexion S3 : attendu une clé d’accès (login) et sa clé secrète (password), trouvé une valeur vide. "
        "Complétez la connexion.",
        detail="missing S3 credentials",
    )


def bad_settings(error: Exception) -> SettingsError:
    return SettingsError(
        "Connexion S3 : l’adresse (endpoint_url), la région (region_name) ou l’autorité (ca) ne convient pas. Corrigez "
        "la connexion.",
        detail=type(error).__name__,
    )


def _status(error: Exception) -> int:
    said = getattr(error, "response", {}) if isinstance(error, ClientError) else {}
    return int(said.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _code(error: Exception) -> str:
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def _detail(error: Exception) -> str:
    # The text may hold an object's name or an address.
    kind = "botocore " if isinstance(error, BotoCoreError) else ""
    return f"{kind}{type(error).__name__} {_status(error) or ''} {_code(error)}".strip()
