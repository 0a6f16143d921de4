"""Command line of the sandbox Vitam: one process, plain HTTP for the loopback, or TLS with client certificates."""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
import ssl
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from sandbox.vitam import load, options
from sandbox.vitam.database import StoreOutdated
from sandbox.vitam.grammar import SchemasMissing
from sandbox.vitam.security import CertificateUnreadable
from sandbox.vitam.server import build
from sandbox.vitam.wire import CuttableProtocol
from sandbox.vitam.workflow import Engine


class _Announcing(uvicorn.Server):
    """Calls back once it accepts connections."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._when_ready()


async def _serve(arguments: argparse.Namespace) -> None:
    app, parts = build(options.settings(arguments))
    listening = socket.create_server((arguments.host, arguments.port))
    # asyncio only does it for sockets that it made itself: without it, each answer on a kept connection waits 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    address = f"{arguments.host}:{listening.getsockname()[1]}"
    server = _Announcing(_config(app, arguments), lambda: _ready(parts.engine, arguments.ready_file, address))
    await server.serve(sockets=[listening])


def _config(app: FastAPI, arguments: argparse.Namespace) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
        ssl_certfile=arguments.tls_cert,
        ssl_keyfile=arguments.tls_key,
        ssl_ca_certs=arguments.client_ca and str(arguments.client_ca),
        ssl_cert_reqs=ssl.CERT_OPTIONAL if arguments.allow_ssl_client_header else ssl.CERT_REQUIRED,
    )


def _ready(engine: Engine, ready_file: Path | None, address: str) -> None:
    engine.start()
    if ready_file is not None:
        part = ready_file.with_suffix(".part")
        part.write_text(address, encoding="utf-8")
        part.replace(ready_file)
    logging.getLogger("sandbox.vitam").info("à l’écoute sur %s", address)


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        if sys.argv[1:2] == ["load"]:
            return load.main(sys.argv[2:])
        asyncio.run(_serve(options.parse(sys.argv[1:])))
    except (SchemasMissing, StoreOutdated) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except CertificateUnreadable:
        sys.stderr.write("--admin-certificate : attendu un certificat en PEM.\n")
        return 2
    except ssl.SSLError:
        sys.stderr.write(
            "--tls-cert, --tls-key, --client-ca : attendu un certificat, sa clé et une autorité, en PEM.\n"
        )
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
