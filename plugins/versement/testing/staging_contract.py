"""What every Staging must do; a test class inherits it and gives a `staging` fixture."""
# ruff: noqa: S101 -- a contract suite is made of tests

from __future__ import annotations

from collections.abc import Iterator

import pytest

from versement.domain.errors import Defect, FileChanged
from versement.domain.fixity import Digest
from versement.ports.staging import Staging
from versement.testing.builders import a_fixity, a_tenant


class StagingContract:
    """Tests of the Staging port."""

    def test_bytes_come_back_as_they_were_put(self, staging: Staging) -> None:
        """What is put by chunks is found entire under its digest, with its CRC-32 and size."""
        fixity = staging.put(a_tenant(), [b"con", b"", b"tenu"])
        assert fixity == a_fixity(b"contenu")
        assert staging.has(a_tenant(), fixity.digest)
        with staging.open(a_tenant(), fixity.digest) as stream:
            assert stream.read() == b"contenu"
        assert staging.path(a_tenant(), fixity.digest).read_bytes() == b"contenu"

    def test_nothing_is_something(self, staging: Staging) -> None:
        """An empty file is kept like any other."""
        fixity = staging.put(a_tenant(), [])
        assert fixity.size == 0
        assert staging.path(a_tenant(), fixity.digest).read_bytes() == b""

    def test_the_same_bytes_twice_are_one_object(self, staging: Staging) -> None:
        """Putting what is there already gives the same fixity and the same place."""
        first = staging.put(a_tenant(), [b"contenu"])
        place = staging.path(a_tenant(), first.digest)
        assert staging.put(a_tenant(), [b"cont", b"enu"]) == first
        assert staging.path(a_tenant(), first.digest) == place

    def test_a_stream_that_breaks_leaves_nothing(self, staging: Staging) -> None:
        """A file that changes while it is read is not there at all, and the error is the source's own."""

        def breaking() -> Iterator[bytes]:
            yield b"contenu"
            raise FileChanged("« a.pdf » a changé pendant sa lecture.")

        with pytest.raises(FileChanged):
            staging.put(a_tenant(), breaking())
        assert not staging.has(a_tenant(), a_fixity(b"contenu").digest)

    def test_a_tenant_never_sees_another_s_bytes(self, staging: Staging) -> None:
        """Bytes put by one coffre are unknown to the next, by whatever method it asks."""
        digest = staging.put(a_tenant("pontoise"), [b"contenu"]).digest
        other = a_tenant("osny")
        assert not staging.has(other, digest)
        with pytest.raises(Defect):
            staging.open(other, digest)
        with pytest.raises(Defect):
            staging.path(other, digest)

    @pytest.mark.parametrize(
        "digest",
        [
            Digest("SHA-512", "0" * 128),
            Digest("SHA-512", "../../pontoise.actes@essai/secret"),
            Digest("SHA-512", ""),
            Digest("MD5", "0" * 32),
        ],
    )
    def test_what_is_not_held_is_a_defect(self, staging: Staging, digest: Digest) -> None:
        """Asking for bytes never put, or by something that is no digest, is our fault and says so."""
        staging.put(a_tenant(), [b"contenu"])
        assert not staging.has(a_tenant(), digest)
        with pytest.raises(Defect):
            staging.open(a_tenant(), digest)
        with pytest.raises(Defect):
            staging.path(a_tenant(), digest)

    def test_what_is_removed_is_gone_for_this_coffre_alone(self, staging: Staging) -> None:
        """Removing is final, told, and never reaches another coffre's bytes; what is not there is no trouble."""
        digest = staging.put(a_tenant("pontoise"), [b"contenu"]).digest
        staging.put(a_tenant("osny"), [b"contenu"])
        assert staging.remove(a_tenant("pontoise"), digest)
        assert not staging.has(a_tenant("pontoise"), digest)
        assert not staging.remove(a_tenant("pontoise"), digest)
        assert staging.has(a_tenant("osny"), digest)
        assert not staging.remove(a_tenant("osny"), Digest("SHA-512", "../../pontoise"))
