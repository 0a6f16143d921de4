"""Airflow's pages name French as their language, and nothing else of an answer changes."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.middleware.gzip import GZipMiddleware

from versement.ui.french import CHOICE, FrenchByDefault

PAGE = "<!doctype html><html><head><title>Airflow</title></head><body>" + "é" * 2_000 + "</body></html>"
ASKED = {"accept": "text/html,*/*", "accept-encoding": "gzip"}


def answer(response: Response, asked: dict[str, str] = ASKED) -> httpx.Response:
    """What a browser gets of a page that the server answers, compressed as Airflow compresses it."""

    async def ask() -> httpx.Response:
        app = FastAPI()
        app.add_api_route("/", lambda: response)
        app.add_middleware(GZipMiddleware)
        app.add_middleware(FrenchByDefault)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://airflow") as client:
            return await client.get("/", headers=asked)

    return asyncio.run(ask())


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "in pieces"])
def test_a_page_names_french_before_anything_of_it_runs(*, streamed: bool) -> None:
    """The choice stands first in the head, and the rest of the page is as it was, to the byte."""
    pieces = (PAGE.encode()[at : at + 1_000] for at in range(0, len(PAGE.encode()), 1_000))
    response = StreamingResponse(pieces, media_type="text/html") if streamed else HTMLResponse(PAGE)
    said = answer(response)
    assert said.content == PAGE.encode().replace(b"<head>", b"<head>" + CHOICE)
    assert said.headers.get("content-length", str(len(said.content))) == str(len(said.content))


@pytest.mark.parametrize(
    ("response", "asked"),
    [
        (HTMLResponse(PAGE, headers={"Content-Security-Policy": "default-src 'none'"}), ASKED),
        (Response(PAGE, media_type="text/javascript"), ASKED),
        (HTMLResponse(PAGE), {"accept": "application/json"}),
    ],
    ids=["a page with its own policy", "a script", "not asked as a page"],
)
def test_whatever_is_not_a_page_of_airflow_passes_as_it_is(response: Response, asked: dict[str, str]) -> None:
    """Our own pages, scripts and data are not touched."""
    assert answer(response, asked).text == PAGE
