"""What is left out of the comparison with the official schema is exactly what SEDA itself does not know."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from versement.seda.scan import Blanked, scan

SPACE = "fr:gouv:culture:archivesdefrance:seda:v2.2"
KNOWN = (
    "<Title>a</Title>",
    "<Title>é &amp; <!-- UpdateOperation --></Title>",
    "<Tag/>",
    "\n texte \n",
    "<!-- rien -->",
)
FOREIGN = ("<Autre>x</Autre>", '<x:Title xmlns:x="urn:x"><Title>b</Title></x:Title>', "<Autre/>")
VITAM = ("<UpdateOperation/>", "<UpdateOperation>\n<SystemId>é</SystemId>\n</UpdateOperation>", "<UpdateOperation />")
MANAGED = st.lists(st.sampled_from(("<AccessRule/>", "\n", "<!-- -->", "<?x y?>", *VITAM)), max_size=5)
CONTENTS = st.lists(st.sampled_from((*KNOWN, *FOREIGN)), max_size=6)


def manifest(units: list[tuple[list[str], list[str]]]) -> bytes:
    told = "".join(
        f"<ArchiveUnit><Management>{''.join(managed)}</Management>\n<Content>{''.join(content)}</Content></ArchiveUnit>"
        for managed, content in units
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ArchiveTransfer xmlns="{SPACE}">{told}\n</ArchiveTransfer>'.encode()
    )


def stripped(root: etree._Element) -> etree._Element:
    """The same by a tree: every UpdateOperation, and what no element of SEDA follows in a Content."""
    etree.strip_elements(root, "{*}UpdateOperation", with_tail=False)
    for content in root.iter(f"{{{SPACE}}}Content"):
        for child in reversed(content.findall("*")):
            if child.tag in (f"{{{SPACE}}}Title", f"{{{SPACE}}}Tag"):
                break
            content.remove(child)
    return root


def told(root: etree._Element) -> list[tuple[object, str, object]]:
    """Elements with their text and line."""
    return [(item.tag, "".join((item.text or "").split()), item.sourceline) for item in root.iter(etree.Element)]


@given(st.lists(st.tuples(MANAGED, CONTENTS), max_size=4), st.integers(1, 80))
def test_what_seda_does_not_know_is_blanked_and_nothing_else(units: list[tuple[list[str], list[str]]], size: int):
    """Read by blocks of any size, the manifest keeps its length, its lines and every element of SEDA."""
    data = manifest(units)
    source = Blanked(io.BytesIO(data), scan(io.BytesIO(data)).unknown)
    blanked = b"".join(iter(lambda: source.read(size), b""))
    assert len(blanked) == len(data)
    assert told(etree.fromstring(blanked)) == told(stripped(etree.fromstring(data)))
