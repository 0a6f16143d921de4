"""STP_SANITY_CHECK_SIP and STP_UPLOAD_SIP: the container, the names in it, the manifest's name and digest."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import PurePosixPath

from sandbox.vitam import container, siegfried
from sandbox.vitam.judge.ingest import Ingest
from sandbox.vitam.outcome import Result, ko, ok

MANIFEST_NAME = re.compile(r"([a-zA-Z0-9_\-]{0,56}[_-]{1}){0,1}(manifest.xml)")
_PATH_COMPONENT = re.compile(r"[a-zA-Z0-9\-_@]+(\.[a-zA-Z0-9\-_@]+)*")
_LONGEST_COMPONENT = 255
_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def check_viruses(ingest: Ingest) -> Result:
    """A virus refuses the SIP; an antivirus that does not answer is a technical failure."""
    found = ingest.services.antivirus.virus(ingest.body)
    return ko("SANITY_CHECK_SIP", message=f"Virus trouvé : {found}") if found else ok("SANITY_CHECK_SIP")


def check_container(ingest: Ingest) -> Result:
    mime = siegfried.identify([ingest.body])[ingest.body].mime
    found = next((kind.strip() for kind in mime.split(",") if kind.strip() in container.CONTAINER_MIMES), "")
    if not found:
        return ko("CHECK_CONTAINER", message=f"Format de conteneur non admis : {mime or 'inconnu'}")
    ingest.state.mime = found
    return ok("CHECK_CONTAINER")


def check_manifest_name(ingest: Ingest) -> Result:
    """The first root-level file whose name is a manifest's."""
    code = "MANIFEST_FILE_NAME_CHECK"
    try:
        for entry in container.entries(ingest.body, ingest.state.mime):
            if not entry.directory and "/" not in entry.name and MANIFEST_NAME.fullmatch(entry.name):
                ingest.state.manifest = entry.name
                return ok(code)
    except container.Corrupt as error:
        return ko(code, message=str(error))
    return ko(code, message="Aucun bordereau à la racine du SIP")


def check_manifest_digest(ingest: Ingest) -> Result | None:
    """Compare with the digest that the request announced; silent unless it is wrong."""
    algorithm, value = ingest.op.digest_algorithm, ingest.op.digest_value
    if not algorithm and not value:
        return None
    if algorithm not in _ALGORITHMS or not value:
        return ko("MANIFEST_DIGEST_CHECK", message="Algorithme et empreinte vont ensemble")
    hasher = hashlib.new(_ALGORITHMS[algorithm], usedforsecurity=False)
    try:
        for entry in container.entries(ingest.body, ingest.state.mime):
            if entry.name == ingest.state.manifest:
                for block in entry.blocks:
                    hasher.update(block)
                break
    except container.Corrupt as error:
        return ko("MANIFEST_DIGEST_CHECK", message=str(error))
    if hasher.hexdigest() == value:
        return None
    return ko("MANIFEST_DIGEST_CHECK", message="Empreinte du bordereau différente de celle annoncée")


def unpack(ingest: Ingest) -> Result:
    """Unpack into the workspace; one bad name refuses the whole archive."""
    shutil.rmtree(ingest.sip, ignore_errors=True)
    ingest.sip.mkdir()
    files: list[str] = []
    try:
        for entry in container.entries(ingest.body, ingest.state.mime):
            if not all(_is_admitted(part) for part in entry.name.split("/")):
                return ko("UPLOAD_SIP", message="Nom d’entrée interdit dans le SIP")
            path = ingest.sip / PurePosixPath(entry.name)
            if entry.directory:
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as copy:
                for block in entry.blocks:
                    copy.write(block)
            files.append(entry.name)
    except (container.Corrupt, NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        return ko("UPLOAD_SIP", message=f"Archive illisible : {error}")
    ingest.state.files = [name for name in dict.fromkeys(files) if name != ingest.state.manifest]
    return ok("UPLOAD_SIP")


def _is_admitted(component: str) -> bool:
    """Whether a part of a path has the characters that Vitam admits, and no more than its file system takes."""
    return len(component) <= _LONGEST_COMPONENT and _PATH_COMPONENT.fullmatch(component) is not None
