"""Official SEDA schemas and the identifiers' rules that libxml2 does not check. Judges no content."""

from __future__ import annotations

import importlib.util
import os
import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

NAMESPACE = re.compile(r"fr:gouv:culture:archivesdefrance:seda:v([0-9]\.[0-9]+)")
_VERSIONS = ("2.1", "2.2", "2.3")
_REQUIRED = ("2.1", "2.2")
_REFERENCES = frozenset({"DataObjectGroupReferenceId", "DataObjectReferenceId", "ArchiveUnitRefId"})
_NOT_OFFICIAL = {"2.1": ("UpdateOperation", "HoldRule")}
_NAME = re.compile(r"[^\W\d][\w.\-·]*")


class SchemasMissing(Exception):
    """The server cannot judge without the official schemas."""


class _Resolver(etree.Resolver):
    """Finds every schema by its file name in our folder, whatever address the import gives; never the network."""

    def __init__(self, files: dict[str, Path]) -> None:
        self._files = files

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]  # stubs forget it
        del public_id
        found = self._files.get(Path(urlsplit(system_url).path).name)
        if found is None:
            return self.resolve_string("", context, base_url=None)
        return self.resolve_filename(str(found), context)  # type: ignore[attr-defined]  # stubs forget it


def schema_folder() -> Path:
    """Folder of the official schemas: VERSEMENT_SEDA_XSD, else the installed cubicweb-seda package's.

    Raises:
        SchemasMissing: neither is there.
    """
    named = os.environ.get("VERSEMENT_SEDA_XSD")
    if named:
        return Path(named)
    packaged = _packaged()
    if packaged is None:
        raise SchemasMissing(
            "Schémas SEDA introuvables : le paquet cubicweb-seda n’est pas installé et VERSEMENT_SEDA_XSD "
            "n’est pas renseignée. Installez les dépendances, ou donnez le dossier des schémas officiels "
            "dans VERSEMENT_SEDA_XSD."
        )
    return packaged


def _packaged() -> Path | None:
    found = importlib.util.find_spec("cubicweb_seda")
    locations = found.submodule_search_locations if found else None
    return Path(next(iter(locations))) / "xsd" if locations else None


def _files(folder: Path | None) -> dict[str, Path]:
    return {path.name: path for path in sorted(folder.rglob("*.xsd"))} if folder else {}


class Grammar:
    """The schemas of the versions of SEDA that Vitam takes, loaded once.

    A folder with some versions is completed by the installed package; one that holds none is a mistake.
    """

    def __init__(self, folder: Path) -> None:
        files = _files(folder)
        if any(f"seda-{version}-main.xsd" in files for version in _VERSIONS):
            files = _files(_packaged()) | files
        missing = [version for version in _REQUIRED if f"seda-{version}-main.xsd" not in files]
        if missing:
            raise SchemasMissing(
                f"Schémas SEDA incomplets dans {folder} : attendu seda-2.1-main.xsd et seda-2.2-main.xsd, "
                f"absent pour {', '.join(missing)}. Corrigez VERSEMENT_SEDA_XSD ou réinstallez cubicweb-seda."
            )
        self._lock = threading.Lock()
        self._schemas = {
            version: _load(files[f"seda-{version}-main.xsd"], files)
            for version in _VERSIONS
            if f"seda-{version}-main.xsd" in files
        }

    def supports(self, version: str) -> bool:
        return version in self._schemas

    def errors(self, tree: etree._ElementTree, version: str) -> list[str]:
        """What makes a manifest invalid (first errors only); the tree is left as it was."""
        stripped = _without(tree, ("UpdateOperation", *_NOT_OFFICIAL.get(version, ())))
        schema = self._schemas[version]
        with self._lock:
            valid = schema.validate(stripped)
            found = [] if valid else [str(schema.error_log)[:2000]]
        return found or identifier_errors(tree)


def _load(main: Path, files: dict[str, Path]) -> etree.XMLSchema:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    parser.resolvers.add(_Resolver(files))
    try:
        return etree.XMLSchema(etree.parse(main, parser))
    except (etree.XMLSchemaParseError, etree.XMLSyntaxError, OSError) as error:
        raise SchemasMissing(
            f"Schéma SEDA illisible : {main} ({error}). Réinstallez cubicweb-seda ou corrigez VERSEMENT_SEDA_XSD."
        ) from error


def _without(tree: etree._ElementTree, names: tuple[str, ...]) -> etree._ElementTree:
    root = tree.getroot()
    namespace = etree.QName(root).namespace
    tags = [f"{{{namespace}}}{name}" for name in names]
    if next(root.iter(*tags), None) is None:
        return tree
    copied = etree.ElementTree(etree.fromstring(etree.tostring(root), _parser()))
    for element in list(copied.getroot().iter(*tags)):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    return copied


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def identifier_errors(tree: etree._ElementTree) -> list[str]:
    """Duplicate identifiers, identifiers that are no NCName, references to nothing (xs:ID, xs:IDREF)."""
    declared: set[str] = set()
    referenced: list[str] = []
    errors: list[str] = []
    for element in tree.getroot().iter(etree.Element):
        name = etree.QName(element).localname
        text = (element.text or "").strip()
        identifiers = [value.strip() for value in (element.get("id"),) if value is not None]
        if name == "DataObjectGroupId":
            identifiers.append(text)
        elif name in _REFERENCES:
            referenced.append(text)
        elif name == "Relationship" and element.get("target"):
            referenced.append(str(element.get("target")).strip())
        for identifier in identifiers:
            if not _NAME.fullmatch(identifier):
                errors.append(f"{element.sourceline}: {identifier!r} is not an NCName")
            elif identifier in declared:
                errors.append(f"{element.sourceline}: identifier {identifier} is declared twice")
            declared.add(identifier)
    errors.extend(f"reference to {name}, which is not declared" for name in referenced if name not in declared)
    return errors[:5]
