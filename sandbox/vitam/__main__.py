"""Command line of the sandbox Vitam: one process, plain HTTP for the loopback, or TLS with client certificates."""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn

from sandbox.vitam import load
from sandbox.vitam.database import StoreOutdated
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


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.vitam", description="Doublure locale de Vitam.")
    parser.add_argument("--port", type=int, default=0, help="port d’écoute, 0 pour un port libre")
    parser.add_argument("--host", default="127.0.0.1", help="adresse d’écoute")
    parser.add_argument("--store", type=Path, required=True, help="dossier où tout est conservé")
    parser.add_argument("--tenants", type=int, default=10, help="nombre de coffres, numérotés à partir de 0")
    parser.add_argument(
        "--master-tenant",
        type=int,
        action="append",
        default=[],
        help="coffre qui remplace les identifiants reçus par les siens (option répétable)",
    )
    parser.add_argument("--admin-tenant", type=int, default=1, help="coffre d’administration")
    parser.add_argument("--poll-purge-seconds", type=float, default=3600.0, help="oubli des processus achevés")
    parser.add_argument("--step-seconds", type=float, default=0.0, help="durée minimale d’une étape")
    parser.add_argument("--index-delay-seconds", type=float, default=0.3, help="délai avant qu’une recherche trouve")
    parser.add_argument("--ready-file", type=Path, help="fichier qui recevra « hôte:port » une fois le serveur prêt")
    parser.add_argument("--tls-cert", type=Path, help="certificat du serveur (PEM)")
    parser.add_argument("--tls-key", type=Path, help="clé privée du serveur (PEM)")
    parser.add_argument("--client-ca", type=Path, help="autorité dont les certificats clients sont admis (PEM)")
    parser.add_argument("--admin-certificate", type=Path, help="certificat client à qui tout est ouvert (PEM)")
    parser.add_argument(
        "--allow-ssl-client-header", action="store_true", help="admettre le certificat de l’en-tête X-SSL-CLIENT-CERT"
    )
    parser.add_argument("--base-upload-path", type=Path, help="dossier des SIP versés par leur chemin")
    parser.add_argument(
        "--file-action-after-upload",
        choices=("NONE", "MOVE", "DELETE"),
        default="NONE",
        help="ce que devient un SIP versé par son chemin",
    )
    parser.add_argument("--clamd", default="", help="« hôte:port » ou socket de clamd ; sinon, seul EICAR est reconnu")
    arguments = parser.parse_args(words)
    tls = (arguments.tls_cert, arguments.tls_key, arguments.client_ca)
    if any(tls) and not all(tls):
        parser.error("--tls-cert, --tls-key et --client-ca vont ensemble")
    return arguments


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(
        store=arguments.store,
        poll_purge_seconds=arguments.poll_purge_seconds,
        step_seconds=arguments.step_seconds,
        index_delay_seconds=arguments.index_delay_seconds,
        tenants=arguments.tenants,
        master_tenants=frozenset(arguments.master_tenant),
        admin_tenant=arguments.admin_tenant,
        certificates_demanded=arguments.client_ca is not None,
        certificate_header_allowed=arguments.allow_ssl_client_header,
        admin_certificate=arguments.admin_certificate,
        upload_path=arguments.base_upload_path,
        after_upload=arguments.file_action_after_upload,
        clamd=arguments.clamd,
    )
    app, parts = build(settings)
    listening = socket.create_server((arguments.host, arguments.port))
    # asyncio only does it for sockets that it made itself: without it, each answer on a kept connection waits 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    address = f"{arguments.host}:{listening.getsockname()[1]}"
    config = uvicorn.Config(
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
    server = _Announcing(config, lambda: _ready(parts.engine, arguments.ready_file, address))
    await server.serve(sockets=[listening])


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
        asyncio.run(_serve(_arguments(sys.argv[1:])))
    except (SchemasMissing, StoreOutdated) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
