"""Options of the server's command line, and the settings that they make."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from sandbox.vitam.settings import Settings


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the options; what is wrong is told on standard error, and ends the program."""
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
    _add_security(parser)
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


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"fichier introuvable : {text}")
    return path


def _add_security(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tls-cert", type=_file, help="certificat du serveur (PEM)")
    parser.add_argument("--tls-key", type=_file, help="clé privée du serveur (PEM)")
    parser.add_argument("--client-ca", type=_file, help="autorité dont les certificats clients sont admis (PEM)")
    parser.add_argument("--admin-certificate", type=_file, help="certificat client à qui tout est ouvert (PEM)")
    parser.add_argument(
        "--allow-ssl-client-header", action="store_true", help="admettre le certificat de l’en-tête X-SSL-CLIENT-CERT"
    )


def settings(arguments: argparse.Namespace) -> Settings:
    return Settings(
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
