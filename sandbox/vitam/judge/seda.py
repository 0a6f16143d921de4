"""CHECK_SEDA: layout of the archive, the manifest's XML, version and grammar."""

from __future__ import annotations

import re
from xml.parsers import expat

from lxml import etree

from sandbox.vitam import manifest
from sandbox.vitam.grammar import NAMESPACE
from sandbox.vitam.judge.ingest import Ingest
from sandbox.vitam.outcome import Result, ko, ok

_CODE = "CHECK_SEDA"
_ROOT = re.compile(r"(.*) ArchiveTransfer")


def check_seda(ingest: Ingest) -> Result:
    if not ingest.manifest_path.is_file():
        return ko(_CODE, message="Bordereau absent")
    layout = _layout_error(ingest)
    if layout is not None:
        return layout
    namespace = _root_namespace(ingest)
    matched = NAMESPACE.fullmatch(namespace or "")
    if namespace is None or not matched:
        return _not_seda(ingest)
    if not ingest.services.grammar.supports(matched.group(1)):
        return ko(_CODE, "UNSUPPORTED_SEDA_VERSION", f"Version {matched.group(1)} du SEDA non admise")
    ingest.state.version = matched.group(1)
    return _grammar(ingest)


def _layout_error(ingest: Ingest) -> Result | None:
    """The manifest must be alone at the root, beside folders called content."""
    if any("/" not in name for name in ingest.state.files):
        return ko(_CODE, "CONTAINER_FORMAT.FILE", "Plusieurs fichiers à la racine du SIP")
    if any(found.is_dir() and found.name.lower() != "content" for found in ingest.sip.iterdir()):
        return ko(_CODE, "CONTAINER_FORMAT.DIRECTORY", "Dossier inattendu à la racine du SIP")
    return None


def _grammar(ingest: Ingest) -> Result:
    try:
        tree = manifest.parse(ingest.manifest_path)
    except etree.XMLSyntaxError as error:
        return ko(_CODE, "NOT_XML_FILE", f"XML illisible : {error.msg}")
    errors = ingest.services.grammar.errors(tree, ingest.state.version)
    return ko(_CODE, "NOT_XSD_VALID", " ; ".join(errors)) if errors else ok(_CODE)


def _not_seda(ingest: Ingest) -> Result:
    """A file that is not XML says so; XML that does not begin as SEDA is refused without a sub-code."""
    try:
        manifest.parse(ingest.manifest_path, whole=False)
    except etree.XMLSyntaxError as error:
        return ko(_CODE, "NOT_XML_FILE", f"XML illisible : {error.msg}")
    return ko(_CODE, message="Espace de noms SEDA absent, ou contenu avant l’élément racine")


class _Found(Exception):
    """The first event of the document has been read."""


def _root_namespace(ingest: Ingest) -> str | None:
    """Namespace of the root when it is the document's first event; None for a comment, DTD or instruction."""
    names: list[str | None] = []

    def first(name: str | None) -> None:
        names.append(name)
        raise _Found

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _attributes: first(name)
    parser.CommentHandler = lambda _data: first(None)
    parser.ProcessingInstructionHandler = lambda _target, _data: first(None)
    parser.StartDoctypeDeclHandler = lambda *_declaration: first(None)
    try:
        with ingest.manifest_path.open("rb") as stream:
            parser.ParseFile(stream)
    except (_Found, expat.ExpatError):
        pass
    matched = _ROOT.fullmatch(names[0] or "") if names else None
    return matched.group(1) if matched else None
