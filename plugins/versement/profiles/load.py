"""Finds profiles and loads them whole; everything that is wrong is said at once, in French."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from versement.domain.errors import ProfileError, SettingsError
from versement.profiles.messages import choice, faults, line_of, show
from versement.profiles.migrations import current
from versement.profiles.models import Connector, Organisation, Profile, Target
from versement.profiles.named_files import digests_of
from versement.profiles.nomenclature import FILE as NOMENCLATURE
from versement.profiles.nomenclature import SHIPPED, Nomenclature
from versement.profiles.strict import Strict
from versement.profiles.text import MAX_BYTES, Fault, Tree, parse
from versement.profiles.text import Path as TreePath
from versement.profiles.visas import Visa

ORGANISATION = "_organisation.yaml"
TARGETS = "_targets.yaml"
VISAS = "_visas.yaml"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Model = TypeVar("Model", bound=Strict)


def profile_paths(folders: Sequence[Path]) -> list[Path]:
    """Every connector profile of these folders, sorted. Names that start with `_` or `.` are no connectors.

    Raises:
        SettingsError: one of the folders is not there.
    """
    for place, folder in enumerate(folders, start=1):
        if not folder.is_dir():
            raise SettingsError(
                f"Dossiers de fiches : le dossier n° {place} (« {folder.name} ») est introuvable. Vérifiez le "
                "réglage VERSEMENT_PROFILES.",
                detail=f"profiles folder {place} is not a directory",
            )
    return sorted(
        path
        for folder in folders
        for path in folder.glob("*/*.y*ml")
        if path.suffix in (".yaml", ".yml") and not {path.name[0], path.parent.name[0]} & {"_", "."}
    )


def load_profile(path: Path) -> Profile:
    """Load `<folder>/<organisation>/<connector>.yaml` with its organisation and its target.

    Raises:
        ProfileError: one line for each thing that is wrong in the three files.
    """
    loading = _Loading(path)
    if path.name.startswith("_") or path.is_dir():
        found = "un dossier" if path.is_dir() else "un fichier que plusieurs fiches partagent"
        raise ProfileError(
            f"{loading.file(path)} : attendu une fiche de connecteur (<organisation>/<connecteur>.yaml), trouvé "
            f"{found}. Donnez une fiche : ce qu’elle partage est contrôlé avec elle."
        )
    profile = loading.profile()
    if profile is None:
        raise ProfileError(
            "\n".join(loading.told()), detail=f"{len(loading.wrong)} faults in profile {loading.file(path)}"
        )
    return profile


def organisation_folders(folders: Sequence[Path]) -> list[Path]:
    """Every folder of an organisation, sorted by name."""
    found = [path.parent for folder in folders for path in folder.glob(f"*/{ORGANISATION}")]
    return sorted((path for path in found if path.name[0] not in "_."), key=lambda path: path.name)


def load_organisation(path: Path) -> Organisation:
    """An organisation's file alone.

    Raises:
        ProfileError: one line for each thing that is wrong in it.
    """
    loading = _Loading(path)
    organisation = loading.organisation()
    if organisation is None or loading.wrong:
        raise ProfileError("\n".join(loading.told()))
    return organisation


def raw_connector(path: Path) -> Mapping[str, Any]:
    """What a connector's file says, as far as it can be read, unchecked."""
    return parse(_content(path) or b"").data


def is_withdrawn(folders: Sequence[Path], dag_id: str) -> bool:
    """Whether the file of sign-offs bears none for a connector now; one that cannot be read bears none.

    Of a connector whose file is not in these folders, nothing is known: False.
    """
    organisation, _, name = dag_id.partition(".")
    place = next((each / organisation for each in folders if (each / organisation / f"{name}.yaml").is_file()), None)
    if place is None:
        return False
    tree = parse(_content(place / VISAS) or b"")
    return bool(tree.faults) or not isinstance(tree.data, dict) or name not in tree.data


def maintenance_of(folders: Sequence[Path], dag_id: str, target: str) -> str:
    """Why a connector's target is under maintenance, as its file of targets says now; empty when it is not.

    A file that no longer says anything readable of the target counts as a maintenance: waiting harms nobody.
    """
    own = f"{dag_id.replace('.', '/')}.yaml"
    path = next((folder / TARGETS for folder in folders if (folder / own).is_file()), None)
    content = _content(path) if path else None
    if content is None:
        return ""
    tree = parse(content)
    declared = tree.data.get(target) if isinstance(tree.data, dict) else None
    said = declared.get("maintenance", "") if isinstance(declared, dict) else None
    if tree.faults or not isinstance(said, str):
        return (
            f"le fichier {TARGETS} ne dit plus rien de lisible d’elle. Vérifiez-le : python -m versement profile check"
        )
    return said


class _Loading:
    """One profile being loaded, and what was found wrong so far, by file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.parent.parent
        self.wrong: list[tuple[Path, Fault]] = []

    def file(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def told(self) -> Iterator[str]:
        ordered = sorted(self.wrong, key=lambda item: (self.file(item[0]), item[1].line))
        return (show(fault, self.file(path)) for path, fault in ordered)

    def profile(self) -> Profile | None:
        self._check_names()
        connector = self._connector()
        organisation = self.organisation()
        if connector is None or organisation is None:
            return None
        target, visa = self._target(organisation, connector), self._visa()
        if target is not None and target.kind == "production" and connector.antivirus == "off":
            tree = self._tree(self.path)
            self._add(
                self.path,
                f"attendu required, car la plateforme « {target.name} » est de production, trouvé « off ». Retirez la "
                "ligne.",
                ("antivirus",),
                tree,
            )
        nomenclature = self._nomenclature() if connector.family == "agents" else None
        if target is None or self.wrong:
            return None
        return Profile(
            organisation=organisation,
            connector=connector,
            connector_name=self.path.stem,
            target=target,
            nomenclature=nomenclature,
            files=digests_of(organisation, connector),
            visa=visa,
        )

    def _nomenclature(self) -> Nomenclature | None:
        """The organisation's own table of rubriques, or the one that is shipped."""
        own = self.path.parent / NOMENCLATURE
        path = own if own.is_file() else SHIPPED
        tree = parse(_content(path) or b"")
        if tree.faults:
            self.wrong.extend((own, fault) for fault in tree.faults)
            return None
        return self._model(Nomenclature, own, tree)

    def _check_names(self) -> None:
        expected = "un nom en minuscules sans accent, chiffres et tirets"
        for what, name in (("dossier", self.path.parent.name), ("fichier", self.path.stem)):
            if _NAME.fullmatch(name) is None:
                self._add(self.path, f"attendu {expected}, trouvé « {name} ». Renommez ce {what}.")
        if self.path.suffix != ".yaml":
            self._add(self.path, f"attendu l’extension .yaml, trouvé « {self.path.suffix} ». Renommez ce fichier.")

    def _connector(self) -> Connector | None:
        tree = self._tree(self.path)
        return None if tree is None else self._model(Connector, self.path, current(tree))

    def organisation(self) -> Organisation | None:
        path = self.path.parent / ORGANISATION
        tree = self._tree(path)
        if tree is None:
            return None
        organisation = self._named(Organisation, path, tree, self.path.parent.name)
        if organisation is None:
            return None
        self._check_others(organisation, path, tree)
        self._check_holds(organisation, path, tree)
        if not organisation.classification:
            return organisation
        return organisation.model_copy(update={"classification": str(path.parent / organisation.classification)})

    def _visa(self) -> Visa | None:
        """The sign-off of this connector; those of its neighbours are theirs to answer for."""
        path, name = self.path.parent / VISAS, self.path.stem
        if not path.exists():
            return None
        tree = self._tree(path)
        if tree is None or name not in tree.data:
            return None
        return self._model(Visa, path, _subtree(tree, name))

    def _target(self, organisation: Organisation, connector: Connector) -> Target | None:
        declared = organisation.tenants.get(connector.tenant)
        if declared is None:
            self._add_choice(self.path, "un coffre de l’organisation", ("tenant",), organisation.tenants)
            return None
        path = self.folder / TARGETS
        tree = self._tree(path)
        if tree is None:
            return None
        if declared.target not in tree.data:
            place = ("tenants", connector.tenant, "target")
            self._add_choice(self.path.parent / ORGANISATION, "une plateforme déclarée", place, tree.data)
            return None
        self._check_connection(declared.target, path, tree)
        return self._named(Target, path, _subtree(tree, declared.target), declared.target)

    def _check_connection(self, target: str, path: Path, tree: Tree) -> None:
        """One platform under two names would be deposited to twice, and its coffres held to be others."""
        connections = _connections_of(tree)
        for other in sorted(connections.keys() - {target}):
            if connections[other] == connections.get(target):
                self._add(
                    path,
                    f"attendu une connexion qui ne soit qu’à cette plateforme, trouvé « {connections[other]} », "
                    f"déclarée aussi par « {other} ». Une plateforme n’a qu’un nom : gardez-en un, ou donnez à "
                    "chacune sa connexion.",
                    (target, "connection"),
                    tree,
                )

    def _check_others(self, organisation: Organisation, path: Path, tree: Tree) -> None:
        """Two organisations in one tenant would see each other's holdings, by whatever name they call the target."""
        connections = _connections_of(parse(_content(self.folder / TARGETS) or b""))
        own = {
            (connections.get(tenant.target, tenant.target), tenant.number): name
            for name, tenant in organisation.tenants.items()
        }
        for other in sorted(self.folder.glob(f"*/{ORGANISATION}")):
            if other == path:
                continue
            held_there = {(connections.get(target, target), number) for target, number in _tenants_of(other)}
            for held in sorted(held_there & own.keys()):
                place = ("tenants", own[held], "number")
                target = organisation.tenants[own[held]].target
                self._add(
                    path,
                    f"attendu un coffre qui ne soit qu’à cette organisation, trouvé le n° {held[1]} de la "
                    f"plateforme « {target} », déclaré aussi par « {other.parent.name} ». Corrigez celui des "
                    "deux numéros qui est faux.",
                    place,
                    tree,
                )

    def _check_holds(self, organisation: Organisation, path: Path, tree: Tree) -> None:
        """A hold of a rule or a connector that does not exist would hold nothing, and nobody would know."""
        rules = [rule.name for rule in organisation.management_rules]
        connectors = sorted(found.stem for found in path.parent.glob("[!_]*.yaml"))
        for number, hold in enumerate(organisation.disposal.holds):
            for field, said, known in (("rules", hold.rules, rules), ("connectors", hold.connectors, connectors)):
                for place, name in enumerate(said):
                    if name not in known:
                        where = ("disposal", "holds", number, field, place)
                        self._add(path, choice("un nom connu de l’organisation", name, known), where, tree)

    def _named(self, model: type[Model], path: Path, tree: Tree, name: str) -> Model | None:
        """A model whose name is not in the file but comes from where it stands."""
        if isinstance(tree.data, dict) and "name" in tree.data:
            self._add(
                path,
                f"attendu aucun champ « name », car le nom est déjà « {name} », trouvé « name ». Retirez la ligne.",
                ("name",),
                tree,
            )
        named = {**tree.data, "name": name} if isinstance(tree.data, dict) else tree.data
        return self._model(model, path, Tree(named, tree.lines))

    def _model(self, model: type[Model], path: Path, tree: Tree) -> Model | None:
        try:
            return model.model_validate_json(json.dumps(tree.data))
        except ValidationError as error:
            self.wrong.extend((path, fault) for fault in faults(model, tree, error))
            return None

    def _tree(self, path: Path) -> Tree | None:
        content = _content(path)
        if content is None:
            self._add(path, "attendu un fichier lisible, trouvé aucun. Créez-le, ou rendez-le lisible.")
            return None
        tree = parse(content)
        self.wrong.extend((path, fault) for fault in tree.faults)
        return tree if tree.data or not tree.faults else None

    def _add(self, path: Path, message: str, place: TreePath = (), tree: Tree | None = None) -> None:
        self.wrong.append((path, Fault(line_of(tree, place) if tree else 0, place, message)))

    def _add_choice(self, path: Path, expected: str, place: tuple[str, ...], known: Mapping[str, object]) -> None:
        tree = parse(_content(path) or b"")
        found: Any = tree.data
        for part in place:
            found = found[part]
        self._add(path, choice(expected, found, known), place, tree)


def _content(path: Path) -> bytes | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError:
        return None


def _subtree(tree: Tree, key: str) -> Tree:
    """One entry of a file of several, lines kept."""
    lines = {path[1:]: line for path, line in tree.lines.items() if path[:1] == (key,)}
    return Tree(tree.data[key], lines)


def _connections_of(targets: Tree) -> dict[str, str]:
    """By target, its connection, as far as the file can be read."""
    declared = targets.data.items() if isinstance(targets.data, dict) else ()
    return {
        name: str(target["connection"])
        for name, target in declared
        if isinstance(target, dict) and "connection" in target
    }


def _tenants_of(path: Path) -> set[tuple[str, int]]:
    """Tenants that another organisation's file declares, as far as it can be read."""
    tenants = parse(_content(path) or b"").data.get("tenants")
    declared = tenants.values() if isinstance(tenants, dict) else ()
    return {
        (str(tenant.get("target")), int(tenant["number"]))
        for tenant in declared
        if isinstance(tenant, dict) and re.fullmatch(r"[0-9]{1,5}", str(tenant.get("number", "")))
    }
