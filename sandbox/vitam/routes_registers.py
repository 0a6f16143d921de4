"""/admin-external/v1: the accession register and its details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sandbox.vitam import endpoints
from sandbox.vitam.answers import select

if TYPE_CHECKING:
    from sandbox.vitam.server import Parts

router = APIRouter(prefix=endpoints.ADMIN)
_REGISTER_TEXT = frozenset({"obIdIn", "Comment"})
_TOTALS = ("TotalUnits", "TotalObjectGroups", "TotalObjects", "ObjectSize")


@router.get("/accessionregisterdetails")
async def register_details(request: Request) -> Response:
    return await _register(request, "")


@router.get("/accessionregisters/{agency}/accessionregisterdetails")
async def register_details_of_agency(request: Request, agency: str) -> Response:
    return await _register(request, agency)


@router.get("/accessionregisters")
async def registers(request: Request) -> Response:
    """One register per originating agency: the sums of its details."""
    found: dict[str, dict[str, Any]] = {}
    for detail in await _details(request, ""):
        agency = detail["OriginatingAgency"]
        summed = found.setdefault(agency, {"OriginatingAgency": agency, "CreationDate": detail["StartDate"]})
        for name in _TOTALS:
            total = summed.setdefault(name, dict.fromkeys(detail[name], 0))
            summed[name] = {part: total[part] + number for part, number in detail[name].items()}
    return await select(request, list(found.values()), frozenset())


async def _register(request: Request, agency: str) -> Response:
    return await select(request, await _details(request, agency), _REGISTER_TEXT)


async def _details(request: Request, agency: str) -> list[dict[str, Any]]:
    parts: Parts = request.app.state.parts
    tenant = request.state.tenant
    until = parts.indexed_until(tenant)
    return await run_in_threadpool(parts.services.holdings.register_details, tenant, until=until, agency=agency)
