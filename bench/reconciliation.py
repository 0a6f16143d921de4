"""Comparing what an archive says it holds with what was sent: linear in the units, up to Vitam's limit."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.measure import Measure, peak_mib
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.settings import VitamSettings
from versement.domain.fixity import Digest, Fixity
from versement.domain.transfers import PlannedUnit, Transfer
from versement.profiles.load import load_profile
from versement.seda.reply import ArchiveTransferReply, UnitReply
from versement.steps.chain import Chain
from versement.steps.holdings import holding_mismatches

OPERATION = "aeeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaq"
FEW, MANY = 9_999, 99_999
PROFILE = Path(__file__).resolve().parents[1] / "include/profiles/maurecy/deliberations.yaml"


def measures() -> Iterator[Measure]:
    profile = load_profile(PROFILE)
    connector = profile.connector.model_copy(update={"verification_sample": 0})
    chain = Chain(profile.model_copy(update={"connector": connector}), None, None, None)  # type: ignore[arg-type]  # searches only
    few = min(_seconds(chain, FEW) for _ in range(5))
    many = min(_seconds(chain, MANY) for _ in range(2))
    yield Measure(f"comparing {MANY} units with the archive's", MANY / many, "units/s")
    yield Measure(f"time per unit, {MANY} units against {FEW}", (many / MANY) / (few / FEW), "×", 2, at_most=True)
    yield Measure(f"resident memory, {MANY} units and the server that shows them", peak_mib(), "MiB")


def _seconds(chain: Chain, number: int) -> float:
    transfer, reply = _deposited(number)
    with _vitam(number) as url:
        archive = VitamArchive(VitamSettings(url, url, url, "Contrat", "essai", sandbox=True))
        start = time.monotonic()
        found = list(holding_mismatches(chain, archive, transfer, reply))
    if found:
        raise AssertionError(found[0].message)
    return time.monotonic() - start


def _deposited(number: int) -> tuple[Transfer, ArchiveTransferReply]:
    nothing = Digest.of(b"")
    units = tuple(PlannedUnit(f"key-{n}", f"U{n}") for n in range(number))
    transfer = Transfer(
        *("versement", "connecteur", "run", "essai", "Contrat", nothing, Fixity(nothing, 0, 0), 0, number),
        members=(),
        units=units,
        entries=(),
        operation_id=OPERATION,
    )
    told = tuple(UnitReply(unit.xml_id, f"aeaq{n:032d}", ()) for n, unit in enumerate(units))
    return transfer, ArchiveTransferReply(OPERATION, "OK", transfer.id, None, None, told, (), ())


@contextmanager
def _vitam(number: int) -> Iterator[str]:
    """A server that shows so many units of one operation, as Vitam's searches do."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["$query"]
            body = json.dumps(_found(query, number)).encode()
            self.send_response_only(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _found(query: object, number: int) -> dict[str, object]:
    if isinstance(query, dict):
        totals = {"TotalUnits": number, "TotalObjectGroups": 0, "TotalObjects": 0}
        detail = {"Opi": OPERATION} | {name: {"ingested": total} for name, total in totals.items()}
        return {"$hits": {"total": 1}, "$results": [detail]}
    ((field, values),) = query[0]["$in"].items()  # type: ignore[index]  # as the client asks
    if field == "#opi":
        return {"$hits": {"total": min(number, 10_000)}, "$results": [{"#id": "aeaq"}]}
    units = [{"#id": v, "#opi": OPERATION, "OriginatingSystemId": [f"key-{int(v[4:])}"], "Title": "T"} for v in values]
    return {"$hits": {"total": len(units)}, "$results": units}
