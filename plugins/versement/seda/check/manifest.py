"""One streaming pass over a manifest: XML, version, grammar, and what the later checks need of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any
from xml.parsers import expat

from lxml import etree

from versement.seda.check.bounds import Beyond
from versement.seda.check.extraction import Extraction
from versement.seda.check.follower import Follower, TooDeep
from versement.seda.check.models import VERSIONS
from versement.seda.check.package import Package
from versement.seda.check.verdict import Ruling
from versement.seda.versions import ROOT, wrong_root
from versement.seda.xml import TOO_DEEP, TOO_LONG, reason

_BLOCK = 64 << 10
_NAMESPACE = re.compile(r"\{fr:gouv:culture:archivesdefrance:seda:v([0-9]\.[0-9]+)\}")


@dataclass(slots=True)
class Reading:
    """A manifest as read.

    Attributes:
        rulings: of CHECK_SEDA; a refusal that leaves the package as far as it was read.
        whole: the manifest is well-formed SEDA of a known version, so that its package may be judged.
    """

    rulings: list[Ruling]
    package: Package
    whole: bool


class _Stop(Exception):
    """Nothing more is to be read."""


class _Target:
    """Called by the parser. Before the root, Vitam takes nothing but the XML declaration."""

    def __init__(self) -> None:
        self.version: str | None = None
        self.refusal = ""
        self.follower: Follower | None = None
        self.extraction = Extraction("")
        self._begun = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not self._begun:
            self._begin(tag)
        if self.follower is not None:
            self.follower.start(tag, attributes)

    def _begin(self, tag: str) -> None:
        self._begun = True
        found = _NAMESPACE.match(tag)
        if self.refusal:
            return
        if found is None or tag[found.end() :] != ROOT:
            self.refusal = _wrong_root(tag)
            return
        self.version = found[1]
        if self.version in VERSIONS:
            self.extraction = Extraction(self.version)
            self.follower = Follower(self.version, self.extraction)

    def end(self, tag: str) -> None:
        del tag
        if self.follower is not None:
            self.follower.end()

    def data(self, text: str) -> None:
        if self.follower is not None:
            self.follower.data(text)

    def comment(self, text: str) -> None:
        del text
        self._before_root("un commentaire")

    def pi(self, target: str, text: str | None = None) -> None:
        del target, text
        self._before_root("une instruction de traitement")

    def doctype(self, *declaration: str | None) -> None:
        del declaration
        self._before_root("une DTD")
        raise _Stop

    def _before_root(self, what: str) -> None:
        if not self._begun and not self.refusal:
            self.refusal = f"Le bordereau contient {what} avant son élément racine : rien ne doit le précéder."

    def close(self) -> None:
        if self.follower is not None:
            self.follower.finish()


def _wrong_root(tag: str) -> str:
    space, _, name = tag.rpartition("}")
    return f"L’élément racine {wrong_root(space[1:], name)}."


def read_manifest(stream: IO[bytes]) -> Reading:
    """Read a manifest, from its beginning.

    Raises:
        Beyond: it passes a bound of the check.
    """
    target = _Target()
    fault = _parse(stream, target)
    package = target.extraction.package
    if fault is not None:
        return Reading([fault], package, whole=False)
    if target.refusal:
        return Reading([Ruling("CHECK_SEDA.KO", "", target.refusal)], package, whole=False)
    if target.follower is None:
        message = f"Vitam ne connaît du SEDA que les versions {', '.join(VERSIONS)} ; trouvée : {target.version}."
        return Reading([Ruling("CHECK_SEDA.UNSUPPORTED_SEDA_VERSION.KO", ROOT, message)], package, whole=False)
    package.extensions = target.follower.extensions
    code = "CHECK_SEDA.NOT_XSD_VALID.KO"
    return Reading([Ruling(code, "", message) for message in target.follower.violations], package, whole=True)


def _parse(stream: IO[bytes], target: _Target) -> Ruling | None:
    calls: Any = target  # its texts are never bytes, whatever the stubs say
    parser = etree.XMLParser(target=calls, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    stream.seek(0)
    try:
        while block := stream.read(_BLOCK):
            parser.feed(block)
        parser.close()
    except _Stop:
        return None
    except TooDeep as error:
        raise Beyond(f"le bordereau n’est pas lu : {TOO_DEEP}") from error
    except etree.XMLSyntaxError as error:
        if reason(error) == TOO_LONG:
            raise Beyond(f"le bordereau n’est pas lu : {TOO_LONG}") from error
        line = f" (ligne {error.lineno})" if error.lineno else ""
        return Ruling("CHECK_SEDA.NOT_XML_FILE.KO", "", f"Le bordereau n’est pas du XML bien formé{line}.")
    return None if target.refusal else _undeclared_prefix(stream)


def _undeclared_prefix(stream: IO[bytes]) -> Ruling | None:
    """A prefix that is not declared: libxml2 lets it through and drops it, Vitam's parser refuses it.

    The manifest is well-formed, without DTD.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    stream.seek(0)
    try:
        while block := stream.read(_BLOCK):
            parser.Parse(block, False)
    except expat.ExpatError as error:
        if expat.errors.messages[error.code] != expat.errors.XML_ERROR_UNBOUND_PREFIX:
            return None  # what libxml2 took for well-formed is judged as it read it
        message = f"Le bordereau emploie un préfixe d’espace de noms qu’il ne déclare pas (ligne {error.lineno})."
        return Ruling("CHECK_SEDA.NOT_XML_FILE.KO", "", message)
    return None
