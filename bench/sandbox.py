"""What a full archive costs: searches and ingests of the sandbox Vitam at 200 000 held units, against 10 000."""

from __future__ import annotations

import hashlib
import io
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from bench.measure import Measure
from sandbox.vitam import load

SMALL, LARGE = 10_000, 200_000
TENANT = 0
UNITS = 1000
SEARCHES = 30
INGESTS = 5
_BYTES = b"Deliberation.\n"


class Archive:
    """A sandbox with that many units held."""

    def __init__(self, folder: Path, held: int) -> None:
        store, ready = folder / str(held), folder / f"{held}.ready"
        load.fill(store, TENANT, held, "SERVICE")
        command = [sys.executable, "-m", "sandbox.vitam", "--store", str(store), "--ready-file", str(ready)]
        self.process = subprocess.Popen([*command, "--index-delay-seconds", "0"])
        while not ready.exists():
            if self.process.poll() is not None:
                raise RuntimeError("the sandbox does not start")
            time.sleep(0.05)
        self._client = httpx.Client(base_url=f"http://{ready.read_text()}", timeout=120)
        self._referentials()

    def close(self) -> None:
        self._client.close()
        self.process.terminate()
        self.process.wait()

    def search(self, path: str, query: object) -> int:
        """Number of documents found."""
        body = {"$query": query, "$filter": {}, "$projection": {}}
        answer = self._call("GET", f"/access-external/v1/{path}", json=body)
        return len(answer.json()["$results"])

    def ingest(self, sip: bytes) -> None:
        headers = {
            "Content-Type": "application/octet-stream",
            "X-Context-Id": "DEFAULT_WORKFLOW",
            "X-ACTION": "RESUME",
        }
        answer = self._call("POST", "/ingest-external/v1/ingests", content=sip, headers=headers)
        path = f"/admin-external/v1/operations/{answer.headers['X-Request-Id']}"
        while (state := self._call("HEAD", path).headers).get("X-Global-Execution-State") != "COMPLETED":
            time.sleep(0.01)
        if state["X-Global-Execution-Status"] != "OK":
            raise RuntimeError(f"the ingest ended {state['X-Global-Execution-Status']}")

    def _referentials(self) -> None:
        named = {"X-Filename": "a.csv"}
        agencies = "Identifier,Name,Description\nSERVICE,Service,\n"
        contract = {"Identifier": "CONTRAT", "Name": "Contrat", "Status": "ACTIVE"}
        access = {"Identifier": "ACCES", "Name": "Acces", "Status": "ACTIVE", "EveryOriginatingAgency": True}
        self._call("POST", "/admin-external/v1/agencies", content=agencies, headers=named)
        self._call("POST", "/admin-external/v1/ingestcontracts", json=[contract])
        self._call("POST", "/admin-external/v1/accesscontracts", json=[access])

    def _call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        sent = {"X-Tenant-Id": str(TENANT), "X-Access-Contract-Id": "ACCES", **(headers or {})}
        return self._client.request(method, path, headers=sent, **options).raise_for_status()


def measures() -> Iterator[Measure]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        small, large = (Archive(Path(folder), held) for held in (SMALL, LARGE))
        stack.callback(small.close)
        stack.callback(large.close)
        for what, path, query in _searches():
            if small.search(path, query) != large.search(path, query):
                raise RuntimeError(f"{what}: not the same number of documents")
            yield _ratio(what, small, large, lambda one, p=path, q=query: one.search(p, q), SEARCHES)  # type: ignore[misc]  # mypy cannot type a default in a lambda
        sips = iter(_sip(number) for number in range(2 * INGESTS))
        yield _ratio(f"ingest of {UNITS} units", small, large, lambda one: one.ingest(next(sips)), INGESTS)


def _searches() -> list[tuple[str, str, object]]:
    last = SMALL - 7
    return [
        ("search by key", "units", [{"$in": {"OriginatingSystemId": [f"charge-{TENANT}-{n}" for n in (3, last)]}}]),
        ("search of a title by its words", "units", [{"$eq": {"Title": f"délibération n{last}"}}]),
        ("search of an attempt", "logbookoperations", {"$eq": {"evIdAppSession": "chargement-9000"}}),
        ("search of a MessageIdentifier", "logbookoperations", {"$eq": {"obIdIn": "Chargement 9000"}}),
    ]


def _ratio(what: str, small: Archive, large: Archive, call: Callable[[Archive], object], times: int) -> Measure:
    """Both in turn, so that a slow moment of the machine strikes both."""
    seconds: dict[Archive, list[float]] = {small: [], large: []}
    for _ in range(times):
        for archive, spent in seconds.items():
            start = time.perf_counter()
            call(archive)
            spent.append(time.perf_counter() - start)
    of_small, of_large = (statistics.median(spent) for spent in seconds.values())
    named = f"{what}, {LARGE} units held against {SMALL} ({of_large * 1000:.3g} ms against {of_small * 1000:.3g} ms)"
    return Measure(named, of_large / of_small, "times", 2, at_most=True)


def _sip(number: int) -> bytes:
    digest = hashlib.sha512(_BYTES).hexdigest()
    group = "<DataObjectReference><DataObjectGroupReferenceId>G</DataObjectGroupReferenceId></DataObjectReference>"
    units = "".join(
        f'<ArchiveUnit id="U{n}"><Content><DescriptionLevel>Item</DescriptionLevel><Title>Acte {n}</Title>'
        f"<OriginatingSystemId>banc-{number}-{n}</OriginatingSystemId></Content>{group}</ArchiveUnit>"
        for n in range(UNITS)
    )
    manifest = (
        '<ArchiveTransfer xmlns="fr:gouv:culture:archivesdefrance:seda:v2.2"><Date>2024-03-01T10:00:00</Date>'
        f"<MessageIdentifier>Banc {number}</MessageIdentifier><ArchivalAgreement>CONTRAT</ArchivalAgreement>"
        "<CodeListVersions><ReplyCodeListVersion>R0</ReplyCodeListVersion></CodeListVersions><DataObjectPackage>"
        '<DataObjectGroup id="G"><BinaryDataObject id="O"><DataObjectVersion>BinaryMaster_1</DataObjectVersion>'
        f'<Uri>Content/O.txt</Uri><MessageDigest algorithm="SHA-512">{digest}</MessageDigest>'
        f"<Size>{len(_BYTES)}</Size><FormatIdentification><FormatId>x-fmt/111</FormatId></FormatIdentification>"
        "<FileInfo><Filename>O.txt</Filename></FileInfo></BinaryDataObject></DataObjectGroup>"
        f"<DescriptiveMetadata>{units}</DescriptiveMetadata><ManagementMetadata>"
        "<OriginatingAgencyIdentifier>SERVICE</OriginatingAgencyIdentifier></ManagementMetadata></DataObjectPackage>"
        "<ArchivalAgency><Identifier>A</Identifier></ArchivalAgency>"
        "<TransferringAgency><Identifier>T</Identifier></TransferringAgency></ArchiveTransfer>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.xml", manifest)
        archive.writestr("Content/O.txt", _BYTES)
    return buffer.getvalue()
