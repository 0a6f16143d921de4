"""Every error of the chain, grouped by what to do about it.

VersementError
├── ToCorrect               a person must change something: fail now, never retried
│   ├── ProfileError            a profile or organisation file is wrong
│   ├── SettingsError           a connection, setting or installed file is wrong or missing
│   │   ├── TenantDiffers           a coffre is no longer said to be where the registry knows it
│   │   └── ReceiptRefused          the source refuses to be told of this document alone
│   ├── StagingFull             no room left on the staging disk
│   ├── StagingDamaged          staging no longer holds the bytes that were collected
│   ├── ArrivalsUnusable        the archive's folder of arrivals is full, or cannot be used; nothing was asked of it
│   ├── NotReleasable           the transfer is not one that an operator may give back
│   ├── NotDecidable            the decision cannot be taken on this document, or not in these words
│   ├── NotStopped              the operation is not one that an operator may resume, cancel or adopt
│   ├── NotEliminable           an elimination is not justified, or not at this point
│   ├── NotExpressible          SEDA, or the version that was asked for, cannot say what the transfer holds
│   └── RequestRefused          the archive refuses the request itself (rights, contract, header)
│       └── TransferTooLarge        the archive refuses this SIP alone, for its size
├── ToRetry                 time will mend it: waited for or retried
│   ├── SourceUnavailable       the source does not answer
│   ├── ArchiveUnavailable      the archive does not answer; nothing was sent
│   │   └── TargetInMaintenance     its operators asked for it to be left alone; nothing was sent
│   ├── OutcomeUncertain        the archive may or may not have taken what was sent
│   │   └── SeveralOperations       it made several operations of one try
│   ├── AntivirusUnavailable    the antivirus does not answer; no file was judged
│   │   └── SignaturesStale         its signatures are too old to judge by
│   ├── StagingBusy             somebody is writing to staging; nothing was taken from it
│   └── NotYetAvailable         asked too early (a reply not written yet)
├── SetAside                this document only: recorded, the run goes on
│   ├── UnreadableFile          a file cannot be read as what it claims to be
│   ├── FileVanished            a listed file is no longer at the source
│   ├── FileChanged             a file changed while it was read
│   └── FixityMismatch          bytes are not those that were recorded
└── Defect                  our fault: an impossible state
"""

from __future__ import annotations

from collections.abc import Iterable


class VersementError(Exception):
    """Base of every error of the chain.

    Attributes:
        message: French, for the archivist or operator: where, what was expected, what was found, what to do.
            No secret, no personal data, no path of the server.
        detail: English, for the log.
    """

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class ToCorrect(VersementError):
    """A person must change something; trying again changes nothing."""


class ProfileError(ToCorrect):
    """A profile or organisation file is wrong."""


class SettingsError(ToCorrect):
    """A connection, a setting or an installed file is wrong or missing."""


class TenantDiffers(SettingsError):
    """A coffre is declared with another number, or on a target of another kind, than the registry knows it by."""


class ReceiptRefused(SettingsError):
    """The source refuses to be told of this document alone; it may be told of the others."""


class StagingFull(ToCorrect):
    """No room is left on the staging disk."""


class StagingDamaged(ToCorrect):
    """Staging no longer holds the bytes that were collected."""


class ArrivalsUnusable(ToCorrect):
    """The folder through which large SIPs come to the archive is full or cannot be used: it was asked nothing."""


class NotReleasable(ToCorrect):
    """The transfer is not one that an operator may give back to the chain."""


class NotDecidable(ToCorrect):
    """A decision cannot be taken on this document, not any more, or not in these words."""


class NotStopped(ToCorrect):
    """The operation is not one that an operator may resume, cancel or adopt."""


class NotEliminable(ToCorrect):
    """An elimination that nothing justifies, or a step of it that is not to be done now."""


class NotExpressible(ToCorrect):
    """SEDA, or the version of it that was asked for, cannot say what a transfer holds."""


class RequestRefused(ToCorrect):
    """The archive refuses the request itself: rights, contract, tenant, header."""


class TransferTooLarge(RequestRefused):
    """The archive refuses this SIP alone, for its size."""


class ToRetry(VersementError):
    """Time will mend it."""


class SourceUnavailable(ToRetry):
    """The source does not answer."""


class ArchiveUnavailable(ToRetry):
    """The archive does not answer, and certainly took nothing."""


class TargetInMaintenance(ArchiveUnavailable):
    """The target is under maintenance: it is neither sent nor asked anything."""


class OutcomeUncertain(ToRetry):
    """The archive may or may not have taken what was sent."""


class SeveralOperations(OutcomeUncertain):
    """The archive made several operations of one try.

    Attributes:
        operations: their ids, in a stable order.
    """

    def __init__(self, message: str, operations: Iterable[str] = (), *, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.operations = tuple(sorted(operations))


class AntivirusUnavailable(ToRetry):
    """The antivirus does not answer, in time, or not as an antivirus would: no file was judged."""


class SignaturesStale(AntivirusUnavailable):
    """The antivirus's signatures are older than what is allowed, or of unknown age: no file was judged."""


class StagingBusy(ToRetry):
    """Somebody is writing to staging: nothing is taken from it now."""


class NotYetAvailable(ToRetry):
    """What was asked for is not there yet."""


class SetAside(VersementError):
    """One document is concerned; the others go on."""


class UnreadableFile(SetAside):
    """A file cannot be read as what it claims to be."""


class FileVanished(SetAside):
    """A listed file is no longer at the source."""


class FileChanged(SetAside):
    """A file changed at the source while it was read."""


class FixityMismatch(SetAside):
    """Bytes are not those that were recorded."""


class Defect(VersementError):
    """An impossible state: our fault, never the user's."""
