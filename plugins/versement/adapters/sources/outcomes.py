"""What every source says when a drop cannot be listed or a file cannot be read (French)."""

from __future__ import annotations

from versement.adapters.sources.names import MAX_DEPTH, MAX_FILES
from versement.domain.documents import FileReference, Finding
from versement.domain.errors import FileChanged, FileVanished, SettingsError
from versement.domain.qualification import remark

SYSTEM_FOLDERS = frozenset({"lost+found", "System Volume Information", "$RECYCLE.BIN"})
"""What a file system makes at its root, and lets only its administrator read."""


def vanished(reference: FileReference) -> FileVanished:
    return FileVanished(
        f"« {reference.path} » figurait dans le dépôt à l’annonce, mais n’y est plus. Redéposez-le s’il doit être "
        "versé.",
        detail="listed file is no longer there",
    )


def forbidden(reference: FileReference) -> FileVanished:
    return FileVanished(
        f"« {reference.path} » est dans le dépôt, mais le serveur refuse de le donner. Rendez-le lisible au compte "
        "de collecte.",
        detail="permission denied on a listed file",
    )


def changed(reference: FileReference, *, size: int, modified: int) -> FileChanged:
    return FileChanged(
        f"« {reference.path} » a changé depuis l’annonce (attendu : {reference.size} octets). Il sera repris quand son "
        "dépôt sera terminé.",
        detail=f"expected size {reference.size} mtime {reference.modified}, found size {size} mtime {modified}",
    )


def check_unchanged(reference: FileReference, *, size: int, modified: int) -> None:
    """Raise FileChanged when a file is not, or no longer, what was listed."""
    if (size, modified) != (reference.size, reference.modified):
        raise changed(reference, size=size, modified=modified)


def too_deep(folder: str) -> SettingsError:
    return SettingsError(
        f"Dépôt : attendu {MAX_DEPTH} niveaux de sous-dossiers au plus, trouvé davantage sous « {folder} ». Vérifiez "
        "le dossier de la fiche (source).",
        detail="drop nested too deep",
    )


def too_many() -> SettingsError:
    return SettingsError(
        f"Dépôt : attendu {MAX_FILES} fichiers au plus, trouvé davantage. Vérifiez le dossier de la fiche (source), "
        "ou partagez le dépôt entre plusieurs fiches.",
        detail="drop holds too many files",
    )


def unreadable_folder(folder: str) -> SettingsError:
    return SettingsError(
        f"Dépôt : le sous-dossier « {folder} » n’est pas lisible. Rendez-le lisible au compte de collecte.",
        detail="permission denied on a sub-folder",
    )


def of_system(folder: str) -> bool:
    """Whether a folder that cannot be read is a file system's own, whatever stands above it."""
    return folder.rpartition("/")[2] in SYSTEM_FOLDERS


def system_folder(folder: str) -> Finding:
    return remark(
        "FOLDER_OF_SYSTEM",
        f"« {folder} » est un dossier du système de fichiers, que le compte de collecte ne peut pas lire : il n’est "
        "pas du dépôt. Il n’y a rien à faire.",
        folder,
    )


def special(path: str, *, link: bool) -> Finding:
    """An entry that is neither a file nor a folder."""
    if link:
        return remark(
            "LINK_NOT_READ",
            f"« {path} » est un lien : un lien n’est jamais suivi. Déposez le fichier lui-même s’il doit être versé.",
            path,
        )
    return remark(
        "SPECIAL_NOT_READ",
        f"« {path} » n’est ni un fichier ni un dossier (tube, prise…) : il ne peut pas être lu. Retirez-le.",
        path,
    )


def no_receipt(folder: str, detail: str) -> SettingsError:
    return SettingsError(
        f"Dépôt : l’accusé ne peut pas être écrit dans « {folder} » (source.receipt). Ouvrez ce dossier en écriture au "
        "compte de collecte, ou retirez « receipt » de la fiche.",
        detail=detail,
    )
