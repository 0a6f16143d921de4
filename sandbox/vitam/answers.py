"""What the admin routes share: reading a JSON body, answering with the documents that a query selects."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse, Response

from sandbox.vitam import dsl
from sandbox.vitam.errors import results, vitam_error


async def json_body(request: Request) -> object:
    """The JSON body; None when there is none, a text when it is not JSON."""
    content = await request.body()
    if not content.strip():
        return None
    try:
        return json.loads(content)
    except ValueError:
        return "not JSON"


async def select(request: Request, found: list[dict[str, Any]], text_fields: frozenset[str]) -> Response:
    """Apply a single query to documents; no body asks for all."""
    query = await json_body(request)
    if query is None:
        query = {"$query": {}, "$filter": {}, "$projection": {}}
    try:
        page, hits = dsl.parse(query, text_fields=text_fields, multiple=False).apply(found)
    except dsl.InvalidQuery as error:
        return vitam_error(400, "GLOBAL_INVALID_DSL", str(error))
    return JSONResponse(results(page, query=query, hits=hits))
