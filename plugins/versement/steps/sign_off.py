"""What a profile's sign-off allows: what was packed under a signed version leaves, the rest is packed anew or waits.

A version that was signed stays good for what it packed, until somebody withdraws the sign-off.
"""

from __future__ import annotations

from versement.domain.documents import Finding
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DocumentState, TransferState
from versement.domain.qualification import remark
from versement.domain.transfers import Ending, Settlement, Transfer
from versement.profiles.models import Profile
from versement.profiles.sign_off import is_signed, version_digest
from versement.profiles.visas import Visa
from versement.steps.chain import Chain, log

EARLIER = "PACKED_EARLIER"


class Versions:
    """Under which version of the profile each transfer was packed; each frozen profile is read once."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._version = version_digest(chain.profile)
        self._signed = is_signed(chain.profile)
        self._withdrawn = chain.profile.visa is None
        self._known: dict[Digest, Profile | None] = {Digest.of(chain.profile.frozen()): chain.profile}

    def is_current(self, transfer: Transfer) -> bool:
        """Whether it says what the profile at hand says, or was packed under a sign-off that nobody withdrew."""
        packed = self._packed(transfer)
        if packed is None:
            return False
        return version_digest(packed) == self._version or (is_signed(packed) and not self._withdrawn)

    def may_leave(self, transfer: Transfer) -> bool:
        """Whether somebody signed what it was packed under, or what the run goes by, which says the same."""
        packed = self._packed(transfer)
        if packed is None or self._withdrawn:
            return False
        return is_signed(packed) or (self._signed and version_digest(packed) == self._version)

    def earlier(self, transfer: Transfer) -> Visa | None:
        """The sign-off of the version that it was packed under, when the profile at hand says something else."""
        packed = self._packed(transfer)
        if packed is None or version_digest(packed) == self._version:
            return None
        return packed.visa

    def _packed(self, transfer: Transfer) -> Profile | None:
        """None for one that an earlier release froze in a form that is no more."""
        if transfer.profile not in self._known:
            with self._chain.staging.open(self._chain.tenant, transfer.profile) as file:
                try:
                    self._known[transfer.profile] = Profile.thaw(file.read())
                except ValueError:
                    self._known[transfer.profile] = None
        return self._known[transfer.profile]


def unpack_outdated(chain: Chain) -> None:
    """Give back the documents of transfers that were packed under another version, unless its sign-off stands."""
    versions = Versions(chain)
    for transfer in chain.registry.transfers(chain.tenant, chain.connector, TransferState.READY):
        if not versions.is_current(transfer):
            back = {member: Ending(DocumentState.QUALIFIED) for member in transfer.members}
            told = (("", _outdated(transfer)),)
            undone = Settlement(TransferState.REFUSED, documents=back, findings=told, only_from=TransferState.READY)
            chain.registry.settle(chain.tenant, transfer.id, undone)
            log.info("Versement %s : préparé sous une fiche qui a changé, il est refait.", transfer.id)


def tell_earlier(chain: Chain, versions: Versions, transfer: Transfer) -> None:
    """Keep with a transfer, once, that it leaves under a version that was signed and is no more the profile's."""
    visa = versions.earlier(transfer)
    said = chain.registry.transfer_remarks(chain.tenant, chain.connector).get(transfer.id, ()) if visa else ()
    if visa is None or any(one.code == EARLIER for one in said):
        return
    finding = remark(
        EARLIER,
        f"Versement {transfer.id} : préparé sous la version de la fiche signée par {visa.name} le {visa.date}, qui a "
        "changé depuis. Il part tel qu’il a été signé ; ce qui est préparé désormais suit la nouvelle version.",
    )
    chain.registry.settle(chain.tenant, transfer.id, Settlement(TransferState.READY, findings=(("", finding),)))
    log.info("%s", finding.message)


def _outdated(transfer: Transfer) -> Finding:
    return remark(
        "PACKED_UNSIGNED",
        f"Versement {transfer.id} : préparé sous une version de la fiche qui a changé, et que personne n’avait signée "
        "ou dont le visa a été retiré. La plateforme n’en garde rien ; ses documents repartent dans un autre.",
    )
