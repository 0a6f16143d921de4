"""Tells whether a manifest is valid SEDA: official schema, and identifiers, which libxml2 leaves unchecked.

Schemas are data that the installation brings; nothing is ever fetched.
"""

from __future__ import annotations

import importlib.util
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from lxml import etree

from versement.domain.errors import SettingsError
from versement.seda.scan import Blanked, scan
from versement.seda.versions import wrong_root
from versement.seda.xml import MAX_BYTES, Unreadable, forget, reason

SETTING = "VERSEMENT_SEDA_XSD"
_PACKAGE = "cubicweb_seda"
_WITH_LINES = 32 << 20
"""Bytes of a manifest up to which what is wrong with it is told with its line."""
_NAMESPACE = re.compile(r"fr:gouv:culture:archivesdefrance:seda:v([0-9]\.[0-9])")


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a manifest is not valid.

    Attributes:
        line: in the manifest, from 1; 0 when it cannot be read at all.
        element: name of the element, empty likewise.
        message: French; names the element, never its value.
    """

    line: int
    element: str
    message: str


def validate(manifest: bytes | Path) -> tuple[Violation, ...]:
    """What is wrong with a manifest, one violation per element, by line; empty when it is valid.

    What the official schema does not know is left out of the comparison with it: Vitam's `UpdateOperation`, and the
    extensions at the end of a description.

    Raises:
        SettingsError: the schema of the manifest's version is not installed.
    """
    if isinstance(manifest, bytes):
        return _validated(io.BytesIO(manifest))
    if manifest.stat().st_size > MAX_BYTES:
        return (Violation(0, "", f"Le bordereau dépasse {MAX_BYTES >> 20} Mio : il n’est pas lu."),)
    with manifest.open("rb") as stream:
        return _validated(stream)


def _validated(stream: IO[bytes]) -> tuple[Violation, ...]:
    """In two passes, of which neither keeps the manifest."""
    try:
        found = scan(stream)
    except Unreadable as error:
        return (Violation(error.line, "", f"Le bordereau n’est pas lisible : {error}."),)
    space, name = found.root
    version = _NAMESPACE.fullmatch(space)
    if version is None:
        return (Violation(1, name, f"L’élément racine {wrong_root(space, name)}."),)
    violations = [Violation(line, element, f"L’élément « {element} » {what}.") for line, element, what in found.faults]
    violations += _schema_violations(stream, found.unknown, version.group(1))
    by_place = {(violation.line, violation.element): violation for violation in reversed(violations)}
    return tuple(by_place[place] for place in sorted(by_place))


def schema_folder(version: str) -> Path:
    """Folder of the official schemas of a SEDA version: named by VERSEMENT_SEDA_XSD, else in the installed package.

    The setting's folder may hold some versions only, flat or in one folder for each; the package brings 2.1 and 2.2.

    Raises:
        SettingsError: neither holds that version, or the setting's folder holds none at all.
    """
    folders = [*_set_folders(), *_package_folders()]
    for folder in folders:
        if (folder / _main_name(version)).is_file():
            return folder
    raise SettingsError(
        f"Schéma SEDA {version} : « {_main_name(version)} » n’est ni dans le dossier du réglage {SETTING}, ni dans le "
        f"paquet cubicweb-seda, qui apporte 2.1 et 2.2. Indiquez dans {SETTING} un dossier qui le contient, ou "
        "relancez l’installation : sans lui, aucun bordereau de cette version n’est déclaré conforme.",
        detail=f"{_main_name(version)} not found in {[str(folder) for folder in folders]}",
    )


def _set_folders() -> list[Path]:
    setting = os.environ.get(SETTING, "")
    if not setting:
        return []
    mains = sorted([*Path(setting).glob(_main_name("*")), *Path(setting).glob(f"*/{_main_name('*')}")])
    if not mains:
        raise SettingsError(
            f"Schémas SEDA : le réglage {SETTING} ne mène à aucun schéma (seda-2.3-main.xsd, par exemple). "
            "Corrigez-le, ou retirez-le : les versions 2.1 et 2.2 viennent alors du paquet installé.",
            detail=f"no seda-*-main.xsd under {setting}",
        )
    return list(dict.fromkeys(main.parent for main in mains))


def _package_folders() -> list[Path]:
    package = importlib.util.find_spec(_PACKAGE)
    return [Path(folder) / "xsd" for folder in (package.submodule_search_locations or () if package else ())]


def _main_name(version: str) -> str:
    return f"seda-{version}-main.xsd"


def _schema_violations(stream: IO[bytes], unknown: list[tuple[int, int]], version: str) -> list[Violation]:
    """What the schema complains of, the manifest being read and forgotten element by element."""
    wanted = schema(schema_folder(version), version)
    source: Any = Blanked(stream, unknown)
    reading = etree.iterparse(source, events=("end",), schema=wanted, resolve_entities=False, no_network=True)
    try:
        for _, element in reading:
            forget(element)
    except etree.XMLSyntaxError as error:
        log: Any = reading.error_log
        if not any(entry.domain == etree.ErrorDomains.SCHEMASV for entry in log):
            return [Violation(error.lineno or 0, "", f"Le bordereau n’est pas lisible : {reason(error)}.")]
        if stream.seek(0, io.SEEK_END) <= _WITH_LINES:
            # Only a tree knows the lines; an invalid manifest of ours is rare, and small enough here.
            wanted.validate(etree.fromstring(Blanked(stream, unknown).read()))
            log = wanted.error_log
        return list(schema_violations(log, version))
    return []


def schema_violations(log: Any, version: str) -> Iterator[Violation]:
    """What a schema's error log complains of, in French."""
    for entry in log:
        found = re.match(r"Element '(?:\{[^}]*\})?([^']+)'", entry.message)
        element = found.group(1) if found else ""
        yield Violation(entry.line, element, _french(entry.type_name, element, entry.message, version))


def _french(kind: str, element: str, message: str, version: str) -> str:
    """The schema's complaint in French, without the value, which may be personal."""
    subject = f"L’élément « {element} »"
    expected = re.search(r"Expected is (?:one of )?\( (.+?) \)", message)
    names = ", ".join(re.findall(r"(?:\{[^}]*\})([\w.]+)", expected.group(1))) if expected else ""
    if kind == "SCHEMAV_ELEMENT_CONTENT" and "Missing child" in message:
        return f"{subject} est incomplet ; attendu : {names or 'un élément de plus'}."
    if kind == "SCHEMAV_ELEMENT_CONTENT":
        return f"{subject} n’est pas permis à cet endroit" + (f" ; attendu : {names}." if names else ".")
    attribute = re.match(r"Element '[^']+'(?:, |: The )attribute '([^']+)'", message)
    if attribute:
        return f"{subject} n’a pas un attribut « {attribute.group(1)} » conforme au schéma SEDA {version}."
    if kind == "SCHEMAV_CVC_ELT_1":
        return f"{subject} n’est pas un message SEDA {version}."
    return f"{subject} a une valeur que le schéma SEDA {version} ne permet pas."


class _Offline(etree.Resolver):
    """Finds the two W3C schemas beside SEDA's; whatever else is on the network is empty."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folders = (folder, folder / "w3c", folder.parent / "w3c")

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        del public_id
        if "://" not in system_url or system_url.startswith("file://"):
            return None
        name = system_url.rpartition("/")[2]
        for folder in self._folders:
            if (folder / name).is_file():
                return self.resolve_filename(  # type: ignore[attr-defined]  # not in lxml's stubs
                    str(folder / name), context
                )
        return self.resolve_empty(context)  # type: ignore[attr-defined]  # not in lxml's stubs


@lru_cache(maxsize=8)
def schema(folder: Path, version: str) -> etree.XMLSchema:
    """The official schema of a version of SEDA, from the folder that `schema_folder` gives for it.

    Raises:
        SettingsError: it cannot be read.
    """
    main = folder / _main_name(version)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser.resolvers.add(_Offline(main.parent))
    try:
        return etree.XMLSchema(etree.parse(str(main), parser))
    except (etree.LxmlError, OSError) as error:
        raise SettingsError(
            f"Schéma SEDA {version} : les fichiers du dossier des schémas manquent ou ne forment pas un schéma "
            f"lisible. Relancez l’installation (`make -B .venv/installed`), ou corrigez le réglage {SETTING} : un "
            f"dossier qui contient {_main_name(version)}, les fichiers qu’il cite, xml.xsd et xlink.xsd.",
            detail=f"{main}: {error}",
        ) from error
