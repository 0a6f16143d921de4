"""What each HTTP status and each library exception means for us: tables, and the French message that follows."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

import httpx
import requests.exceptions
import urllib3.exceptions

from versement.adapters.vitam.tls import ServerNotPinned
from versement.domain.errors import (
    ArchiveUnavailable,
    NotYetAvailable,
    OutcomeUncertain,
    RequestRefused,
    SettingsError,
    TransferTooLarge,
    VersementError,
)


class Call(StrEnum):
    """What is asked of Vitam, as messages name it."""

    ALIVE = "disponibilité"
    DEPOSIT = "dépôt d’un versement"
    OPERATION = "état d’une opération"
    DETAILS = "détail d’une opération"
    CANCEL = "annulation d’une opération"
    RESUME = "reprise d’une opération"
    SEARCH = "recherche"
    LOGBOOK = "journal d’une opération"
    REPLY = "réponse (ATR)"
    MANIFEST = "bordereau conservé"
    OBJECT = "lecture d’un objet"
    IMPORT = "import d’un référentiel"
    PROFILE = "lecture d’un profil d’archivage"


class Verdict(Enum):
    """What an answer's status comes to."""

    ANSWERED = "the answer is there to be read"
    ABSENT = "there is no such thing, or it may not be done: the caller knows what that means"
    NOT_YET = "asked too early"
    REFUSED = "refused, and nothing was kept"
    UNAVAILABLE = "no use of this answer; ask again later"
    UNCERTAIN = "the archive may have taken it"


@dataclass(frozen=True, slots=True)
class Rule:
    """Statuses decided one by one, then by hundreds, then the rest."""

    statuses: Mapping[int, Verdict]
    hundreds: Mapping[int, Verdict]
    otherwise: Verdict = Verdict.UNAVAILABLE

    def verdict(self, status: int) -> Verdict:
        by_hundred = self.hundreds.get(status // 100, self.otherwise)
        return self.statuses.get(status, by_hundred)


_V = Verdict
_LATER = {408: _V.UNAVAILABLE, 425: _V.UNAVAILABLE, 429: _V.UNAVAILABLE}
_ASKING = {3: _V.REFUSED, 4: _V.REFUSED}

RULES: Mapping[Call, Rule] = {
    Call.ALIVE: Rule({}, {1: _V.ANSWERED, 2: _V.ANSWERED, 3: _V.ANSWERED, 4: _V.ANSWERED}),
    Call.DEPOSIT: Rule(
        {202: _V.ANSWERED, 408: _V.UNCERTAIN, 409: _V.UNCERTAIN, 425: _V.UNCERTAIN, 429: _V.UNCERTAIN},
        {4: _V.REFUSED},
        otherwise=_V.UNCERTAIN,
    ),
    Call.OPERATION: Rule({200: _V.ANSWERED, 202: _V.ANSWERED, 204: _V.ABSENT} | _LATER, _ASKING),
    Call.DETAILS: Rule({200: _V.ANSWERED, 202: _V.ANSWERED, 404: _V.ABSENT} | _LATER, _ASKING),
    Call.CANCEL: Rule({200: _V.ANSWERED, 202: _V.ANSWERED, 404: _V.ABSENT, 409: _V.ABSENT} | _LATER, _ASKING),
    Call.RESUME: Rule({200: _V.ANSWERED, 202: _V.ANSWERED, 404: _V.ABSENT, 409: _V.ABSENT} | _LATER, _ASKING),
    Call.SEARCH: Rule({200: _V.ANSWERED} | _LATER, _ASKING),
    Call.LOGBOOK: Rule({200: _V.ANSWERED, 404: _V.ABSENT} | _LATER, _ASKING),
    Call.REPLY: Rule({200: _V.ANSWERED, 404: _V.NOT_YET} | _LATER, _ASKING),
    Call.MANIFEST: Rule({200: _V.ANSWERED, 404: _V.NOT_YET} | _LATER, _ASKING),
    Call.OBJECT: Rule({200: _V.ANSWERED, 404: _V.NOT_YET} | _LATER, _ASKING),
    Call.PROFILE: Rule({200: _V.ANSWERED, 404: _V.ABSENT} | _LATER, _ASKING),
    Call.IMPORT: Rule({200: _V.ANSWERED, 201: _V.ANSWERED, 202: _V.ANSWERED, 204: _V.ANSWERED} | _LATER, _ASKING),
}


class Meaning(Enum):
    """What a library's exception says of the exchange."""

    NEVER_CONNECTED = "no connection was made"
    BROKEN = "something went wrong at an unknown point"
    MISUSED = "the address cannot be used at all"


EXCEPTIONS: Mapping[type[Exception], Meaning] = {
    requests.exceptions.ConnectTimeout: Meaning.NEVER_CONNECTED,
    requests.exceptions.SSLError: Meaning.NEVER_CONNECTED,
    requests.exceptions.ProxyError: Meaning.NEVER_CONNECTED,
    requests.exceptions.MissingSchema: Meaning.MISUSED,
    requests.exceptions.InvalidSchema: Meaning.MISUSED,
    requests.exceptions.InvalidURL: Meaning.MISUSED,
    requests.exceptions.URLRequired: Meaning.MISUSED,
    requests.exceptions.RequestException: Meaning.BROKEN,
    urllib3.exceptions.ConnectTimeoutError: Meaning.NEVER_CONNECTED,
    urllib3.exceptions.NewConnectionError: Meaning.NEVER_CONNECTED,
    urllib3.exceptions.SSLError: Meaning.NEVER_CONNECTED,
    urllib3.exceptions.ProxyError: Meaning.NEVER_CONNECTED,
    urllib3.exceptions.LocationValueError: Meaning.MISUSED,
    urllib3.exceptions.ProxySchemeUnsupported: Meaning.MISUSED,
    urllib3.exceptions.HTTPError: Meaning.BROKEN,
    httpx.ConnectError: Meaning.NEVER_CONNECTED,
    httpx.ConnectTimeout: Meaning.NEVER_CONNECTED,
    httpx.PoolTimeout: Meaning.NEVER_CONNECTED,
    httpx.ProxyError: Meaning.NEVER_CONNECTED,
    httpx.UnsupportedProtocol: Meaning.MISUSED,
    httpx.InvalidURL: Meaning.MISUSED,
    httpx.HTTPError: Meaning.BROKEN,
    httpx.StreamError: Meaning.BROKEN,
    httpx.CookieConflict: Meaning.BROKEN,
    OSError: Meaning.BROKEN,
}
"""By class, the nearest ancestor deciding; NEVER_CONNECTED holds only while no byte of a body has left."""

_UNTRUSTED: Mapping[int, str] = {
    0: "l’autorité de certification de la connexion ne reconnaît pas le certificat du serveur",
    9: "le certificat du serveur n’est pas encore valable",
    10: "le certificat du serveur a expiré : l’exploitant de Vitam doit le renouveler",
    62: "le certificat du serveur n’est pas au nom de son adresse (« server_pins » dit les noms admis)",
    64: "le certificat du serveur n’est pas au nom de son adresse (« server_pins » dit les noms admis)",
}
"""By OpenSSL's verification code (X509_V_ERR_…), the first for all others."""
_REFUSING_US = re.compile(r"ALERT_(?:.*CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)")
"""Alerts by which a server refuses a client."""

FAILURES = tuple(EXCEPTIONS)
"""What to catch around an exchange."""

_ERRORS: Mapping[Verdict, type[VersementError]] = {
    Verdict.NOT_YET: NotYetAvailable,
    Verdict.REFUSED: RequestRefused,
    Verdict.UNAVAILABLE: ArchiveUnavailable,
    Verdict.UNCERTAIN: OutcomeUncertain,
}

_ADVICE: Mapping[Verdict, str] = {
    Verdict.NOT_YET: "Ce qui est demandé n’y est pas (encore) : la chaîne redemandera.",
    Verdict.REFUSED: "L’archive n’a rien gardé de la demande.",
    Verdict.UNAVAILABLE: "La chaîne attend et redemandera ; si cela dure, prévenez l’exploitant de la plateforme.",
    Verdict.UNCERTAIN: "On ne sait pas si l’archive a pris le versement : ne le renvoyez pas, la chaîne le "
    "recherche d’abord dans le journal des opérations.",
}

_CHECKS: Mapping[int, str] = {
    400: "La demande est jugée mal formée : vérifiez les identifiants et les données envoyées.",
    401: "Vérifiez le certificat client et son contexte applicatif, le contrat d’accès et le numéro de coffre.",
    403: "Un serveur intermédiaire interdit la demande : vérifiez le certificat client et les droits.",
    404: "L’adresse n’existe pas sur ce serveur : vérifiez l’adresse du service.",
    405: "L’adresse n’accepte pas ce type de demande : vérifiez l’adresse du service.",
    412: "Vérifiez le numéro de coffre, l’identifiant demandé et les caractères des en-têtes (sans accent ni "
    "guillemet).",
    413: "L’envoi dépasse la taille admise : réduisez la taille des versements ou faites relever la limite.",
    415: "Le type de contenu n’est pas admis : vérifiez l’adresse du service et la version de Vitam.",
}
_TENANT = "Cette plateforme ne connaît pas ce coffre : vérifiez son numéro dans la fiche de l’organisation."
_REDIRECTED = "L’adresse renvoie ailleurs : indiquez l’adresse définitive du service."


@dataclass(frozen=True, slots=True)
class Said:
    """What a VitamError says, shortened; empty when the answer carried none."""

    code: str = ""
    text: str = ""


NOTHING_SAID = Said()


def answered(call: Call, status: int, said: Said = NOTHING_SAID) -> bool:
    """True when the answer can be read, False for ABSENT.

    Raises:
        VersementError: any other verdict, as the class and message that go with it.
    """
    verdict = RULES[call].verdict(status)
    if verdict in {Verdict.ANSWERED, Verdict.ABSENT}:
        return verdict is Verdict.ANSWERED
    code = f", code Vitam {said.code}" if said.code else ""
    check = _check(status, said) if status < 500 else ""
    message = f"Archive électronique, {call} : réponse HTTP {status}{code}. {_ADVICE[verdict]} {check}".rstrip()
    kind = TransferTooLarge if (call, status) == (Call.DEPOSIT, 413) else _ERRORS[verdict]
    raise kind(message, detail=f"{call.name} -> HTTP {status} {said.code} {said.text}".rstrip())


def _check(status: int, said: Said) -> str:
    if said.text.startswith("X-Tenant-Id"):
        return _TENANT
    return _REDIRECTED if status // 100 == 3 else _CHECKS.get(status, "")


def failed(call: Call, failure: Exception, *, started: bool = False) -> VersementError:
    """The error that stands for a library's exception.

    Args:
        call: what was asked.
        failure: an exception of FAILURES.
        started: bytes of a body may have left.
    """
    detail = f"{call.name}: {type(failure).__name__}: {failure}"[:500]
    meaning = meaning_of(failure)
    if call is Call.DEPOSIT and (started or meaning is Meaning.BROKEN):
        return OutcomeUncertain(
            f"Archive électronique, {call} : l’échange s’est interrompu. {_ADVICE[Verdict.UNCERTAIN]}",
            detail=detail,
        )
    wrong = "l’adresse du service est inutilisable" if meaning is Meaning.MISUSED else distrust(failure)
    if wrong:
        return SettingsError(f"Archive électronique, {call} : {wrong}. Corrigez la connexion.", detail=detail)
    return ArchiveUnavailable(
        f"Archive électronique, {call} : {_cause(meaning, failure)}. {_ADVICE[Verdict.UNAVAILABLE]}",
        detail=detail,
    )


def unintelligible(call: Call, detail: str) -> ArchiveUnavailable:
    """An answer that is not Vitam's: a maintenance page, a cut or oversized body."""
    return ArchiveUnavailable(
        f"Archive électronique, {call} : la réponse reçue n’est pas celle d’un Vitam (page de maintenance, "
        f"serveur intermédiaire ?). {_ADVICE[Verdict.UNAVAILABLE]}",
        detail=f"{call.name}: {detail}"[:500],
    )


def meaning_of(failure: BaseException) -> Meaning:
    """What an exception, or one that it wraps, says; the surest of them wins."""
    found = [_meaning(inner) for inner in _chain(failure)]
    return Meaning.NEVER_CONNECTED if Meaning.NEVER_CONNECTED in found else found[0]


def _meaning(failure: BaseException) -> Meaning:
    known = (EXCEPTIONS[kind] for kind in type(failure).__mro__ if kind in EXCEPTIONS)
    return next(known, Meaning.BROKEN)


def distrust(failure: BaseException) -> str:
    """Why one side does not take the other's certificate, which no time mends; empty when it is something else."""
    for inner in _chain(failure):
        if isinstance(inner, ServerNotPinned):
            return (
                "le certificat du serveur n’est pas de ceux que la connexion admet (« server_pins ») ; rien n’a été "
                "envoyé. Vérifiez auprès de l’exploitant de Vitam, par un autre canal, avant de changer cette liste"
            )
        if isinstance(inner, ssl.SSLCertVerificationError):
            return _UNTRUSTED.get(inner.verify_code, _UNTRUSTED[0])
        if isinstance(inner, ssl.SSLError) and _REFUSING_US.search(inner.reason or ""):
            return (
                "le serveur refuse notre certificat client (absent, expiré, révoqué ou d’une autorité qu’il ne connaît "
                "pas)"
            )
    return ""


def _chain(failure: BaseException) -> Iterator[BaseException]:
    """An exception and those inside: urllib3 keeps its own in `reason`, others in their arguments or as their cause."""
    inner: object = failure
    for _ in range(10):
        if not isinstance(inner, BaseException):
            return
        yield inner
        held = (getattr(inner, "reason", None), next(iter(inner.args), None), inner.__cause__)
        inner = next((one for one in held if isinstance(one, BaseException)), None)


def _cause(meaning: Meaning, failure: BaseException) -> str:
    if meaning is Meaning.BROKEN:
        return "l’échange s’est interrompu ou la réponse tarde trop"
    if any(isinstance(inner, urllib3.exceptions.SSLError) for inner in _chain(failure)):
        return "la connexion chiffrée n’aboutit pas (vérifiez l’autorité de certification et le certificat client)"
    return "le serveur ne répond pas"
