"""Every status and every exception of the HTTP libraries comes to one decision."""

from __future__ import annotations

import inspect

import httpx
import pytest
import requests.exceptions
import urllib3.exceptions

from versement.adapters.vitam.errors import EXCEPTIONS, RULES, Call, Meaning, Said, answered, failed, meaning_of
from versement.domain.errors import (
    ArchiveUnavailable,
    NotYetAvailable,
    OutcomeUncertain,
    RequestRefused,
    SettingsError,
    VersementError,
)

OURS = (ArchiveUnavailable, NotYetAvailable, OutcomeUncertain, RequestRefused)


def classes() -> list[type[Exception]]:
    return sorted(
        {
            kind
            for module in (requests.exceptions, urllib3.exceptions, httpx)
            for kind in vars(module).values()
            if inspect.isclass(kind)
            and issubclass(kind, Exception)
            and not issubclass(kind, Warning)
            and kind.__module__.partition(".")[0] in {"requests", "urllib3", "httpx"}
        },
        key=lambda kind: f"{kind.__module__}.{kind.__name__}",
    )


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_exception_is_caught_and_mapped(kind: type[Exception]) -> None:
    """No exception of the libraries escapes; none, once bytes have left, passes for « nothing was sent »."""
    assert issubclass(kind, tuple(EXCEPTIONS))
    failure = bare(kind)
    for call in Call:
        assert isinstance(failed(call, failure), (*OURS, SettingsError))
    assert type(failed(Call.DEPOSIT, failure, started=True)) is OutcomeUncertain


def test_what_proves_that_nothing_was_sent() -> None:
    """Only a connection that was never made proves that nothing was sent."""
    never = {kind.__name__ for kind in classes() if meaning_of(bare(kind)) is Meaning.NEVER_CONNECTED}
    assert never == {
        "ConnectTimeout",
        "ConnectTimeoutError",
        "ConnectError",
        "NewConnectionError",
        "NameResolutionError",
        "PoolTimeout",
        "SSLError",
        "ProxyError",
    }
    assert type(failed(Call.DEPOSIT, requests.exceptions.ConnectTimeout())) is ArchiveUnavailable
    assert type(failed(Call.DEPOSIT, requests.exceptions.ReadTimeout())) is OutcomeUncertain


def test_wrapped_reason_counts() -> None:
    """The library wraps urllib3's reason: a refused connection is recognised inside."""
    refused = urllib3.exceptions.NewConnectionError(None, "refused")
    wrapped = requests.exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", refused))
    assert type(failed(Call.DEPOSIT, wrapped)) is ArchiveUnavailable
    cut = requests.exceptions.ConnectionError(urllib3.exceptions.ProtocolError("cut", ConnectionResetError()))
    assert type(failed(Call.DEPOSIT, cut)) is OutcomeUncertain


@pytest.mark.parametrize("call", list(Call))
def test_every_status_is_decided(call: Call) -> None:
    """Whatever the status, there is a decision: an answer, its absence, or one of the archive's errors in French."""
    for status in [*range(100, 600), 0, 600, 999]:
        error = raised(call, status)
        if error is not None:
            assert isinstance(error, OURS)
            assert str(status) in error.message
            assert call in error.message


def test_deposit_statuses() -> None:
    """A deposit is taken by 202 alone, refused by what refuses the request, and uncertain in every other case."""
    verdicts = {status: outcome(Call.DEPOSIT, status) for status in range(100, 600)}
    assert [status for status, name in verdicts.items() if name == "True"] == [202]
    assert {verdicts[status] for status in (400, 401, 403, 404, 412, 415)} == {"RequestRefused"}
    assert verdicts[413] == "TransferTooLarge"
    open_ones = {status for status, name in verdicts.items() if name == "OutcomeUncertain"}
    assert {100, 200, 204, 301, 303, 408, 409, 429, 500, 502, 503, 504} <= open_ones
    assert set(verdicts.values()) == {"True", "RequestRefused", "TransferTooLarge", "OutcomeUncertain"}


@pytest.mark.parametrize(
    ("call", "status", "expected"),
    [
        (Call.OPERATION, 200, "True"),
        (Call.OPERATION, 202, "True"),
        (Call.OPERATION, 204, "False"),
        (Call.OPERATION, 404, "RequestRefused"),
        (Call.OPERATION, 412, "RequestRefused"),
        (Call.OPERATION, 500, "ArchiveUnavailable"),
        (Call.CANCEL, 200, "True"),
        (Call.CANCEL, 409, "False"),
        (Call.REPLY, 404, "NotYetAvailable"),
        (Call.LOGBOOK, 404, "False"),
        (Call.SEARCH, 401, "RequestRefused"),
        (Call.SEARCH, 302, "RequestRefused"),
        (Call.SEARCH, 429, "ArchiveUnavailable"),
        (Call.SEARCH, 206, "ArchiveUnavailable"),
        (Call.ALIVE, 404, "True"),
        (Call.ALIVE, 503, "ArchiveUnavailable"),
    ],
)
def test_documented_statuses(call: Call, status: int, expected: str) -> None:
    """Vitam's documented answers mean what Vitam says they mean."""
    assert outcome(call, status) == expected


def test_message_carries_the_code() -> None:
    """A refusal gives Vitam's code and says what to check; Vitam's own text stays in the log's detail."""
    with pytest.raises(RequestRefused) as caught:
        answered(Call.SEARCH, 401, Said("000700", "Unauthorized context"))
    assert "000700" in caught.value.message
    assert "contrat d’accès" in caught.value.message
    assert "Unauthorized" not in caught.value.message
    assert "Unauthorized" in caught.value.detail


def test_no_call_is_forgotten() -> None:
    """Each call has its rule."""
    assert set(RULES) == set(Call)


def bare(kind: type[Exception]) -> Exception:
    """An instance, without what its constructor wants."""
    return type(kind.__name__, (kind,), {"__init__": lambda self: None, "__str__": lambda self: "bare"})()


def raised(call: Call, status: int) -> VersementError | None:
    try:
        answered(call, status)
    except VersementError as error:
        return error
    return None


def outcome(call: Call, status: int) -> str:
    error = raised(call, status)
    return type(error).__name__ if error else str(answered(call, status))
