"""Command line of the sandbox Pastell: plain HTTP on the loopback, or TLS with a client certificate."""

from __future__ import annotations

import argparse
import socket
import ssl
from pathlib import Path

import uvicorn

from sandbox.pastell.server import build


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.pastell", description="Doublure locale de Pastell.")
    parser.add_argument("--port", type=int, default=0, help="port d’écoute, 0 pour un port libre")
    parser.add_argument("--login", default="collecte", help="identifiant admis")
    parser.add_argument("--password", default="mot-de-passe", help="mot de passe admis")
    parser.add_argument("--token", default="jeton", help="jeton admis")
    parser.add_argument("--tls-cert", help="certificat du serveur (PEM)")
    parser.add_argument("--tls-key", help="clé privée du serveur (PEM)")
    parser.add_argument("--client-ca", help="autorité des certificats clients, alors exigés et suffisants (PEM)")
    parser.add_argument("--ready-file", type=Path, help="fichier qui recevra « hôte:port » une fois le serveur prêt")
    options = parser.parse_args()
    listening = socket.create_server(("127.0.0.1", options.port))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if options.ready_file:
        part = options.ready_file.with_suffix(".part")
        part.write_text(f"127.0.0.1:{listening.getsockname()[1]}", encoding="utf-8")
        part.replace(options.ready_file)
    config = uvicorn.Config(
        build(options.login, options.password, options.token, certificate=bool(options.client_ca)),
        ws="none",
        lifespan="off",
        log_level="warning",
        ssl_certfile=options.tls_cert,
        ssl_keyfile=options.tls_key,
        ssl_ca_certs=options.client_ca,
        ssl_cert_reqs=ssl.CERT_REQUIRED if options.client_ca else ssl.CERT_NONE,
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
