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

    def test_what_is_put_together_is_there_once_all_is(self, staging: Staging) -> None:
        """Objects of a batch count as there once it ends, each entire; the same bytes twice are one."""
        contents = [b"un", b"deux", b"", b"un"]
        with staging.batch(a_tenant()) as batch:
            fixities = [batch.put([content]) for content in contents]
            assert not any(staging.has(a_tenant(), fixity.digest) for fixity in fixities)
        assert fixities == [a_fixity(content) for content in contents]
        assert [staging.path(a_tenant(), one.digest).read_bytes() for one in fixities] == contents

    def test_a_stream_that_breaks_does_no_harm_to_the_others(self, staging: Staging) -> None:
        """Of a batch, only the file that changes while it is read is missing."""

        def breaking() -> Iterator[bytes]:
            yield b"cass"
            raise FileChanged("« b.pdf » a changé pendant sa lecture.")

        with staging.batch(a_tenant()) as batch:
            before = batch.put([b"avant"])
            with pytest.raises(FileChanged):
                batch.put(breaking())
            after = batch.put([b"apr", b"\xc3\xa8s"])
        assert [staging.has(a_tenant(), one.digest) for one in (before, after)] == [True, True]
        assert not staging.has(a_tenant(), a_fixity(b"cass").digest)

    def test_a_batch_that_is_given_up_leaves_nothing(self, staging: Staging) -> None:
        """An error among the caller's own leaves none of a batch's objects."""
        with pytest.raises(FileChanged), staging.batch(a_tenant()) as batch:  # noqa: PT012
            digest = batch.put([b"contenu"]).digest
            raise FileChanged("« b.pdf » a changé pendant sa lecture.")
        assert not staging.has(a_tenant(), digest)

    def test_nothing_together_is_nothing(self, staging: Staging) -> None:
        """A batch may be empty."""
        with staging.batch(a_tenant()):
            pass

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
