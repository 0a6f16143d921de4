"""What a profile's sign-off allows: transfers leave under a signed version, the others are packed anew."""

from __future__ import annotations

from versement.domain.documents import Finding
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DocumentState, TransferState
from versement.domain.qualification import remark
from versement.domain.transfers import Ending, Settlement, Transfer
from versement.profiles.models import Profile
from versement.profiles.sign_off import is_signed, version_digest
from versement.steps.chain import Chain, log


class Versions:
    """Under which version of the profile each transfer was packed; each frozen profile is read once."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._version = version_digest(chain.profile)
        self._signed = is_signed(chain.profile)
        self._known = {Digest.of(chain.profile.frozen()): True}

    def is_current(self, transfer: Transfer) -> bool:
        """Whether it says what the profile at hand says, or was signed off when it was packed."""
        if transfer.profile not in self._known:
            self._known[transfer.profile] = self._stands(transfer.profile)
        return self._known[transfer.profile]

    def _stands(self, frozen: Digest) -> bool:
        """One that an earlier release froze in a form that is no more does not."""
        with self._chain.staging.open(self._chain.tenant, frozen) as file:
            try:
                packed = Profile.thaw(file.read())
            except ValueError:
                return False
        return is_signed(packed) or version_digest(packed) == self._version

    def may_leave(self, transfer: Transfer) -> bool:
        """Whether somebody signed what it was packed under, and what the run goes by."""
        return self._signed and self.is_current(transfer)


def unpack_outdated(chain: Chain) -> None:
    """Give back the documents of transfers that were packed under a version that nobody signed, and is no more."""
    versions = Versions(chain)
    for transfer in chain.registry.transfers(chain.tenant, chain.connector, TransferState.READY):
        if not versions.is_current(transfer):
            back = {member: Ending(DocumentState.QUALIFIED) for member in transfer.members}
            told = (("", _outdated(transfer)),)
            chain.registry.settle(
                chain.tenant, transfer.id, Settlement(TransferState.REFUSED, documents=back, findings=told)
            )
            log.info("Versement %s : préparé sous une fiche qui a changé, il est refait.", transfer.id)


def _outdated(transfer: Transfer) -> Finding:
    return remark(
        "PACKED_UNSIGNED",
        f"Versement {transfer.id} : préparé sous une version de la fiche que personne n’avait signée, et qui a changé. "
        "Il n’est jamais parti ; ses documents repartent dans un autre.",
    )
