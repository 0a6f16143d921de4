"""Command line of the sandbox Vitam: one process, plain HTTP, meant for the loopback."""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn

from sandbox.vitam.grammar import SchemasMissing
from sandbox.vitam.server import build
from sandbox.vitam.settings import Settings
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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.vitam", description="Doublure locale de Vitam.")
    parser.add_argument("--port", type=int, default=0, help="port d’écoute, 0 pour un port libre")
    parser.add_argument("--host", default="127.0.0.1", help="adresse d’écoute")
    parser.add_argument("--store", type=Path, required=True, help="dossier où tout est conservé")
    parser.add_argument("--tenants", type=int, default=10, help="nombre de coffres, numérotés à partir de 0")
    parser.add_argument("--poll-purge-seconds", type=float, default=3600.0, help="oubli des processus achevés")
    parser.add_argument("--step-seconds", type=float, default=0.0, help="durée minimale d’une étape")
    parser.add_argument("--index-delay-seconds", type=float, default=0.3, help="délai avant qu’une recherche trouve")
    parser.add_argument("--ready-file", type=Path, help="fichier qui recevra « hôte:port » une fois le serveur prêt")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(
        store=arguments.store,
        poll_purge_seconds=arguments.poll_purge_seconds,
        step_seconds=arguments.step_seconds,
        index_delay_seconds=arguments.index_delay_seconds,
        tenants=arguments.tenants,
    )
    app, parts = build(settings)
    listening = socket.create_server((arguments.host, arguments.port))
    address = f"{arguments.host}:{listening.getsockname()[1]}"
    config = uvicorn.Config(
        app,
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )
    server = _Announcing(config, lambda: _ready(parts.engine, arguments.ready_file, address))
    await server.serve(sockets=[listening])


def _ready(engine: Engine, ready_file: Path | None, address: str) -> None:
    engine.start()
    if ready_file is not None:
        part = ready_file.with_suffix(".part")
        part.write_text(address, encoding="utf-8")
        part.replace(ready_file)
    logging.getLogger("sandbox.vitam").info("à l’écoute sur http://%s", address)


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        asyncio.run(_serve(_arguments()))
    except SchemasMissing as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
