"""The few questions that triggers ask while a task waits, without blocking their event loop."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

import httpx

from versement.adapters.vitam import reading, wire
from versement.adapters.vitam.asking import Asking
from versement.adapters.vitam.errors import FAILURES, Call, failed, unintelligible
from versement.adapters.vitam.settings import VitamSettings
from versement.adapters.vitam.tls import tls_context
from versement.domain.errors import ArchiveUnavailable
from versement.domain.tenant import Tenant
from versement.ports.archive import Operation


class VitamWatch:
    """Asks one Vitam, asynchronously, with `VitamArchive`'s requests, limits and errors.

    Use it in `async with`.
    """

    def __init__(self, settings: VitamSettings) -> None:
        self._settings = settings
        self._asking = Asking(settings)
        limits = settings.timeouts
        self._client = httpx.AsyncClient(
            verify=tls_context(settings) if settings.encrypted else False,
            timeout=httpx.Timeout(limits.read, connect=limits.connect, write=limits.send),
            headers={"User-Agent": "versement", "Accept-Encoding": "identity"},
            trust_env=False,
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, traceback)

    async def operation_state(self, tenant: Tenant, operation_id: str) -> Operation | None:
        """As `Archive.operation`: None when the process engine does not know it (any more)."""
        return reading.operation(operation_id, await self._ask(self._asking.operation(tenant, operation_id)))

    async def alive(self, tenant: Tenant) -> bool:
        """As `Archive.alive`."""
        try:
            return wire.judged(Call.ALIVE, await self._ask(self._asking.alive(tenant)))
        except ArchiveUnavailable:
            return False

    async def _ask(self, request: wire.Request) -> wire.Answer:
        """Status and headers; no body is read."""
        wire.check_headers(request.headers)
        try:
            built = self._client.build_request(request.method, request.url, headers=dict(request.headers))
            async with asyncio.timeout(self._settings.timeouts.answer):
                response = await self._client.send(built, stream=True)
                await response.aclose()
        except TimeoutError as failure:
            raise unintelligible(request.call, "answer too slow") from failure
        except FAILURES as failure:
            raise failed(request.call, failure) from failure
        return wire.Answer(response.status_code, response.headers)
