"""What the official schema says of a manifest: told apart, since Vitam accepts what it refuses."""

from __future__ import annotations

from typing import IO

from lxml import etree

from versement.domain.errors import SettingsError
from versement.seda.check.verdict import Official
from versement.seda.validation import schema, schema_folder, schema_violations
from versement.seda.xml import MAX_TEXT, TOO_LONG, reason

_SHOWN = 20
_OF_VITAM = "UpdateOperation"


def official_validity(stream: IO[bytes], version: str, longest: int) -> Official:
    """Compare a well-formed manifest with the official schema of its version, without keeping it in memory.

    A schema that is not installed is said, and stops nothing: `valid` is then None. So it is for a longest text, in
    bytes, that cannot be compared.
    """
    if longest > MAX_TEXT:
        return Official(None, (f"non comparé : {TOO_LONG}.",))
    try:
        wanted = schema(schema_folder(version), version)
    except SettingsError as error:
        return Official(None, (error.message,))
    stream.seek(0)
    reading = etree.iterparse(
        stream, events=("end",), schema=wanted, resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        for _, element in reading:
            _forget(element)
    except etree.XMLSyntaxError as error:
        found = list(schema_violations(reading.error_log, version))
        messages = tuple(dict.fromkeys(violation.message for violation in found))
        elements = {violation.element for violation in found}
        if not elements - {""}:
            return Official(None, (f"non comparé : {reason(error)}.",))
        if elements <= {_OF_VITAM}:
            messages = ("UpdateOperation, propre à Vitam, n’est pas dans le schéma officiel.",)
        return Official(False, messages[:_SHOWN])
    return Official(True)


def _forget(element: etree._Element) -> None:
    element.clear(keep_tail=True)  # type: ignore[call-arg]  # stubs forget it
    before = element.getprevious()
    parent = element.getparent()
    if before is not None and parent is not None:
        parent.remove(before)
