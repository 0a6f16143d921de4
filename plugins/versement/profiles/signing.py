"""Writes sign-offs into `_visas.yaml`, beside those that are there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from versement.domain.errors import ProfileError
from versement.profiles.load import VISAS
from versement.profiles.models import Profile
from versement.profiles.sign_off import signed
from versement.profiles.text import parse

_HEAD = "# Visas des fiches : qui a signé quelle version. Écrit par « python -m versement profile sign ».\n"


def sign(path: Path, profile: Profile, *, name: str, date: str) -> Profile:
    """Write who signs the profile of this file, and when; an earlier sign-off of it is replaced.

    Args:
        path: of the connector's profile.
        profile: what was loaded from it.
        name: who signs.
        date: `AAAA-MM-JJ`.

    Raises:
        ProfileError: the file of sign-offs that is there cannot be read, or the name or the date will not do.
        OSError: it cannot be written.
    """
    place = path.parent / VISAS
    known = _known(place)
    done = signed(profile, name, date)
    if done.visa is not None:
        known[path.stem] = done.visa.model_dump(mode="json", exclude_defaults=True)
    _write(place, known)
    return done


def withdraw(path: Path) -> bool:
    """Take away the sign-off of the profile of this file; False when it had none. Errors as `sign`."""
    place = path.parent / VISAS
    known = _known(place)
    if known.pop(path.stem, None) is None:
        return False
    _write(place, known)
    return True


def _write(place: Path, known: Mapping[str, Any]) -> None:
    text = _HEAD + "".join(_entry(name, visa) for name, visa in sorted(known.items()))
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(place)


def _known(place: Path) -> dict[str, Any]:
    if not place.exists():
        return {}
    tree = parse(place.read_bytes())
    if tree.faults:
        raise ProfileError(
            f"{place.parent.name}/{place.name} : attendu un fichier de visas lisible, trouvé des fautes : "
            f"{tree.faults[0].message} Rien n’a été écrit."
        )
    return dict(tree.data)


def _entry(name: str, visa: Mapping[str, Any]) -> str:
    # JSON is YAML, and quotes whatever a name may hold.
    lines = (f"  {key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in visa.items())
    return f"{name}:\n{''.join(lines)}"
