"""Names in a SIP: those that Vitam takes, none in the way of another."""

from __future__ import annotations

import io
from contextlib import nullcontext

import pytest

from tests.seda.builders import fixity
from versement.domain.errors import Defect
from versement.seda.sip import SipEntry, SipStream

MANIFEST = b"<ArchiveTransfer/>"


@pytest.mark.parametrize(
    "name",
    [
        *("content/a b", "content/é", "../x", "content/../x", "content/.x", "content/x.", "/x", "content//x"),
        *("manifest.xml", "bordereau.xml", "objets/x", "content", f"content/{'x' * 256}"),
    ],
)
def test_a_name_that_vitam_refuses_is_our_fault(name):
    """A name with a space, an accent or a way out of the folder, or a second file at the root, never leaves."""
    with pytest.raises(Defect, match="nom d’entrée"):
        named(name)


@pytest.mark.parametrize("names", [("a/b", "a/b"), ("a", "a/b"), ("a/b", "a")])
def test_two_files_never_get_in_each_other_s_way(names):
    """A name used twice, or used for a file and for a folder, cannot be unzipped: it never leaves."""
    with pytest.raises(Defect, match="donné deux fois"):
        named(*(f"content/{name}" for name in names))


@pytest.mark.parametrize(
    ("name", "accepted"),
    [("manifest.xml", True), ("2026-x_manifest.xml", True), ("bordereau.xml", False), ("content/manifest.xml", False)],
)
def test_the_manifest_bears_a_name_that_vitam_looks_for(name, accepted):
    """Vitam looks for the manifest at the root, under that name with a prefix at most."""
    with nullcontext() if accepted else pytest.raises(Defect):
        assert named(manifest=name)


def named(*names, manifest="manifest.xml"):
    """A SIP whose files, all empty, have these names."""
    entries = [SipEntry(name, fixity(b"")) for name in names]
    return SipStream(SipEntry(manifest, fixity(MANIFEST)), entries, lambda _: io.BytesIO())
