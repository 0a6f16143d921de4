"""`make demo DROP=…`: whose délibérations are these? Makes the profile of their organisation."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from demo.drops import FOLDER, files_of
from demo.places import ROOT, Places, write_once
from versement.adapters.formats.formats import FileFormats
from versement.domain.documents import Field, Metadata
from versement.domain.errors import UnreadableFile
from versement.domain.identity import IdActe, valid_siren
from versement.profiles.load import load_profile
from versement.profiles.signing import sign

SHIPPED = ROOT / "include" / "profiles"
TENANT_NUMBER = 9
MAX_FILES_READ = 20_000


class Unanswered(Exception):
    """The organisation is neither in the acts nor given; the message is for the user."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose drop it is.

    Attributes:
        siren: of most acts, or as the user said.
        departement: from an IDActe; `000` when none tells.
        sirens: every SIREN found, with how many times; a file may give several, an index one per row.
    """

    siren: str
    departement: str
    sirens: dict[str, int]


def owner_of(folder: Path) -> Owner:
    """Find the SIREN in the acts, or ask for it (variable SIREN, then the terminal).

    Raises:
        Unanswered: nobody says, or there is nothing to read.
    """
    sirens: Counter[str] = Counter()
    departements: dict[str, str] = {}
    for siren, departement in _sirens(_files(folder)):
        sirens[siren] += 1
        departements[siren] = departements.get(siren) or departement
    given = "".join(os.environ.get("SIREN", "").split())
    if not given and sirens:
        given = min(sirens, key=lambda siren: (-sirens[siren], siren))
    if not given and sys.stdin.isatty():
        given = input("Aucun acte ne porte de SIREN. SIREN de la collectivité (9 chiffres) : ")
        given = "".join(given.split())
    if not valid_siren(given):
        raise Unanswered(
            "Aucun SIREN n’a été trouvé dans les actes (ni index, ni ARActe, ni tampon). Donnez-le : "
            "make demo DROP=… SIREN=123456789."
            if not given
            else f"« {given} » n’est pas un SIREN (9 chiffres, dont un de contrôle)."
        )
    return Owner(given, departements.get(given) or "000", dict(sorted(sirens.items())))


def _files(folder: Path) -> list[Path]:
    try:
        files = files_of(folder)
    except PermissionError as error:
        raise Unanswered(
            f"« {error.filename} » ne peut pas être lu : ses fichiers manqueraient aux comptes. Rendez-le lisible, ou "
            "retirez-le, puis relancez."
        ) from error
    if not files:
        raise Unanswered(f"« {folder} » ne contient aucun fichier : donnez le dossier de vos délibérations.")
    return files


def _sirens(files: Sequence[Path]) -> Iterator[tuple[str, str]]:
    formats = FileFormats()
    try:
        for path in files[:MAX_FILES_READ]:
            for metadata in _read(formats, path):
                id_acte = IdActe.parse(metadata.text(Field.ID_ACTE))
                siren = metadata.text(Field.SIREN)
                if valid_siren(siren):
                    yield siren, id_acte.departement if id_acte else ""
    finally:
        formats.close()


def _read(formats: FileFormats, path: Path) -> list[Metadata]:
    try:
        if path.suffix.lower() == ".pdf":
            return [Metadata.settled(formats.stamp(path))]
        if path.suffix.lower() == ".xml":
            message = formats.message(path)
            return [Metadata.settled(message.readings)] if message else []
        if path.suffix.lower() == ".csv" and formats.is_index(path, path.name):
            return [Metadata.settled(row.readings) for row in formats.index(path).rows]
    except (UnreadableFile, PermissionError):
        return []  # the chain will say it, on the document
    return []


def write_profile(places: Places, owner: Owner) -> None:
    """The organisation's files, made after the shipped ones: same rules, same target, its own SIREN."""
    folder = places.profiles / f"siren-{owner.siren}"
    folder.mkdir(parents=True, exist_ok=True)
    organisation = _shipped("saint-aubin/_organisation.yaml")
    name = f"SIREN_{owner.siren}"
    organisation |= {
        "label": f"Collectivité {owner.siren}",
        "sirens": [owner.siren],
        "departement": owner.departement,
        "prefecture": f"PREF{owner.departement}",
        "archives_departementales": {"label": f"Archives départementales ({owner.departement})"},
        "tenants": {"actes": {"number": str(TENANT_NUMBER), "target": "demo"}},
        "agencies": dict.fromkeys(("archival", "transferring", "originating", "submission"), name),
    }
    connector = _shipped("saint-aubin/deliberations.yaml")
    connector |= {
        "label": f"Délibérations du SIREN {owner.siren}",
        "description": "Dépôt donné à la démonstration (make demo DROP=…).",
        "source": {"type": "sftp", "connection": f"sftp_siren_{owner.siren}", "folder": f"/{FOLDER}"},
        "archival_agreement": f"IC-{owner.siren}",
        "mixed_drop": "set_aside_all",
    }
    _write(folder / "_organisation.yaml", organisation)
    _write(folder / "deliberations.yaml", connector)
    write_once(places.profiles / "_targets.yaml", (SHIPPED / "_targets.yaml").read_text(encoding="utf-8"))
    path = folder / "deliberations.yaml"
    sign(path, load_profile(path), name="Qui lance la démonstration", date="2026-01-01")


def _shipped(name: str) -> dict[str, Any]:
    # Text stays text, as when profiles are loaded.
    loaded: dict[str, Any] = yaml.load((SHIPPED / name).read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
    return loaded


def _write(path: Path, content: dict[str, Any]) -> None:
    # JSON is YAML, and quotes every text.
    write_once(path, json.dumps(content, ensure_ascii=False, indent=1))
