"""Which version of a profile its sign-off stands for, and whether that is the one at hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from versement.profiles.families import records_of
from versement.profiles.models import Profile
from versement.profiles.named_files import ABSENT
from versement.profiles.strict import Strict
from versement.profiles.visas import Visa

OF_OPERATION = frozenset({"schedule", "verification_sample", "unit_cap", "byte_cap"})
"""Fields of a connector that change neither what is archived nor how it is described."""
OF_DISPOSAL = frozenset({"holds"})
"""What an organisation says of eliminations that keeps documents longer, and changes nothing of what is archived."""
OF_THE_WAY = frozenset({"connection", "arrivals", "overlap"})
"""Fields of a source that say how it is reached, not what it holds."""


def version_digest(profile: Profile) -> str:
    """SHA-256, in hexadecimal, of everything that decides what is archived, where and how it is described.

    Fields left at their default are not part of it, so that a release that adds one asks nobody for a new sign-off.
    """
    said = json.dumps(_meaning(profile), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def is_signed(profile: Profile) -> bool:
    """Whether this very version is signed off: without it nothing is deposited."""
    return profile.visa is not None and profile.visa.digest == version_digest(profile)


def why_unsigned(profile: Profile) -> str:
    """French, completes « fiche non signée : … »; empty when it is signed."""
    if is_signed(profile):
        return ""
    visa = profile.visa
    if visa is None:
        return "personne ne l’a encore signée"
    return f"{_what_changed(profile, visa)} depuis sa signature ({visa.name}, {visa.date})"


def _what_changed(profile: Profile, visa: Visa) -> str:
    """The files that it names, when nothing else did."""
    if version_digest(profile.model_copy(update={"files": visa.files})) != visa.digest:
        return "elle a changé"
    changed = sorted(name for name, digest in profile.files.items() if visa.files.get(name) != digest)
    names = ", ".join(f"« {name} »" for name in changed)
    gone = all(profile.files[name] == ABSENT for name in changed)
    return f"le fichier {names} qu’elle nomme {'manque ou ne se lit plus' if gone else 'a changé'}"


def signed(profile: Profile, name: str, date: str) -> Profile:
    """The profile with this version signed off.

    Args:
        profile: what is signed.
        name: who signs.
        date: `AAAA-MM-JJ`.
    """
    visa = Visa(name=name, date=date, digest=version_digest(profile), files=profile.files)
    return profile.model_copy(update={"visa": visa})


def _meaning(profile: Profile) -> Mapping[str, Any]:
    rules = [rule for rule in profile.organisation.management_rules if rule.family == profile.connector.family]
    organisation = _said(profile.organisation, but={"tenants", "management_rules"})
    disposal = {name: said for name, said in organisation.pop("disposal", {}).items() if name not in OF_DISPOSAL}
    if disposal:
        organisation["disposal"] = disposal
    connector = _said(profile.connector, but=OF_OPERATION | {"version"})
    if "classification" in organisation:  # where the file lies on this machine means nothing
        organisation["classification"] = organisation["classification"].replace("\\", "/").rpartition("/")[2]
    own_table = {"nomenclature": _said(profile.nomenclature)} if profile.nomenclature else {}
    files = {"files": profile.files} if profile.files else {}
    source = {name: value for name, value in connector["source"].items() if name not in OF_THE_WAY}
    tenant = profile.tenant
    return {
        "connector": {**connector, "source": source, "name": profile.connector_name},
        "organisation": {**organisation, "rules": [_said(rule) for rule in rules]},
        "records": {**_records(profile), **own_table},
        "tenant": {"name": tenant.name, "number": tenant.number, "target": tenant.target, "kind": tenant.kind},
        **files,
    }


def _records(profile: Profile) -> Mapping[str, Any]:
    """What the family and the profile make together: a family that is changed asks for a new sign-off."""
    records = records_of(profile.connector)
    return {
        "metadata": {name: _said(origin) for name, origin in records.metadata.items()},
        "identity": records.identity,
        "required": records.required,
        "tree": [_said(branch) for branch in records.tree],
        "unit": _said(records.unit),
    }


def _said(model: Strict, but: AbstractSet[str] = frozenset()) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_defaults=True, exclude=set(but))
