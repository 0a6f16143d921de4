"""The work of a trial's tasks: everything happens in a folder of its own, of which only the result is kept."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from versement.adapters.clock import SystemClock
from versement.adapters.conformity import BoundedProfileCheck
from versement.adapters.expectations import GreatExpectations
from versement.adapters.formats.formats import FileFormats
from versement.adapters.registry import SqlRegistry
from versement.adapters.staging import DiskStaging
from versement.domain.documents import FileReference
from versement.domain.errors import FileChanged, ProfileError, SettingsError, VersementError
from versement.domain.lifecycle import TransferState
from versement.domain.listing import Listing
from versement.domain.tenant import Tenant
from versement.orchestration.onboarding import BYTES, FILES, LONGEST_YAML, is_name
from versement.orchestration.ownership import check_source
from versement.orchestration.wiring import archive_of, source_of
from versement.ports.source import Source
from versement.profiles.load import TARGETS, VISAS, load_profile
from versement.profiles.models import Profile
from versement.profiles.named_files import digests_of
from versement.seda.validation import schema_folder
from versement.settings import Settings
from versement.steps.blank_test import blank_test as test_blankly
from versement.steps.chain import Chain, log
from versement.steps.collect import Window
from versement.steps.trial import attempt as try_on
from versement.steps.trial import trial_of, without_antivirus

KEPT_SECONDS = 30 * 86_400
"""How long a result can be read."""
RESULT = "resultat.json"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked in the form.

    Attributes:
        folder: of the organisation's profiles.
        run_key: names the run's own folder.
        text: the profile, as it was pasted.
        connection: in place of the one that the profile names, or empty.
    """

    folder: Path
    run_key: str
    name: str
    text: str
    connection: str
    window: Window

    @property
    def place(self) -> Path:
        return _root() / self.folder.name / self.run_key


def run_key(dag_id: str, run_id: str) -> str:
    """A name that any file system takes, the same for one run only."""
    return hashlib.sha256(f"{dag_id}\n{run_id}".encode()).hexdigest()[:40]


def result_of(organisation: str, key: str) -> Mapping[str, Any] | None:
    """What a trial came to so far; None when nothing of it is (or is still) known."""
    try:
        found: Mapping[str, Any] = json.loads((_root() / organisation / key / RESULT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def check(asked: Asked) -> None:
    """Read the profile as it would be read once installed, and refuse a source that is another's.

    Raises:
        ProfileError: everything that is wrong with it.
    """
    try:
        profile = _load(asked)
        schema_folder(profile.connector.seda_version)
    except (ProfileError, SettingsError) as error:
        _write(asked, {"name": asked.name, "faults": error.message.splitlines()})
        raise
    _write(asked, {"name": asked.name, "faults": []})
    log.info("Fiche correcte : %s, %s.", profile.connector.label, profile.organisation.label)


def attempt(asked: Asked) -> None:
    """Collect, qualify and pack aside, and write what of each document would be archived."""
    profile = _load(asked)
    source = Bounded(source_of(profile))
    formats = FileFormats()
    chain, guard = _chain(asked, profile), Settings.from_environment().guard()
    unscanned = guard is None and profile.connector.antivirus != "off"
    try:
        looking = without_antivirus(chain) if unscanned else chain
        record, transfers = try_on(looking, source, formats, GreatExpectations(), asked.window, guard)
        told = trial_of(chain, record, transfers).to_json()
    except VersementError as error:
        _add(asked, stopped=error.message)
        raise
    finally:
        formats.close()
        source.close()
    _add(asked, trial=told, left_unread=source.left_unread, window=str(asked.window), unscanned=unscanned)
    log.info("Essai : %d documents, %d SIP. Rien n’a été versé.", len(told["documents"]), len(transfers))


def blank_test(asked: Asked) -> None:
    """Have the platform judge each SIP; it keeps nothing.

    Raises:
        TargetInMaintenance: the platform is to be left alone now.
    """
    profile = _load(asked)
    chain, answers = _chain(asked, profile), []
    closed = Settings.from_environment().maintenance(profile)
    try:
        if closed is not None:
            raise closed
        archive = archive_of(profile)
        for transfer in chain.registry.transfers(chain.tenant, chain.connector, TransferState.READY):
            done = test_blankly(chain, archive, transfer, time.sleep)
            answers.append({"sip": transfer.id, **asdict(done), "accepted": done.accepted})
            log.info("SIP %s : %s, opération %s.", transfer.id, done.status, done.operation_id)
    except VersementError as error:
        _add(asked, stopped=error.message)
        raise
    finally:
        _add(asked, blank_tests=answers)


def clean(asked: Asked) -> None:
    """Take away the copies of this trial, and the results of old ones."""
    for name in ("fiches", "registre", "preparation"):
        shutil.rmtree(asked.place / name, ignore_errors=True)
    oldest = time.time() - KEPT_SECONDS
    for result in asked.place.parent.glob(f"*/{RESULT}"):
        if result.stat().st_mtime < oldest:
            shutil.rmtree(result.parent, ignore_errors=True)


STEPS: Mapping[str, Callable[[Asked], None]] = {
    "check": check,
    "attempt": attempt,
    "blank_test": blank_test,
    "clean": clean,
}


class Bounded:
    """A source of which only so much is listed, and read.

    Attributes:
        left_unread: files that were not taken.
    """

    def __init__(self, source: Source, files: int = FILES, size: int = BYTES) -> None:
        self._source = source
        self._files = files
        self._size = size
        self._read = 0
        self.left_unread = 0

    def listing(self, tenant: Tenant) -> Listing:
        whole, taken, size = self._source.listing(tenant), 0, 0
        for reference in whole.files[: self._files]:
            size += max(reference.size, 0)
            if size > self._size:
                break
            taken += 1
        self.left_unread = len(whole.files) - taken
        return replace(whole, files=whole.files[:taken], whole=whole.whole and not self.left_unread)

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        """Its bytes, while they are no more than a trial reads in all: some sources tell sizes only then."""
        for chunk in self._source.read(tenant, reference):
            self._read += len(chunk)
            if self._read > self._size:
                raise FileChanged(
                    f"« {reference.path} » : l’essai a déjà lu ce qu’il lit au plus ({self._size // 1_000_000} Mo). "
                    "Choisissez des dates, ou un dossier plus petit.",
                    detail="trial reads no more",
                )
            yield chunk

    def close(self) -> None:
        self._source.close()


def _root() -> Path:
    return Settings.from_environment().staging / ".essais"


def _load(asked: Asked) -> Profile:
    """The pasted profile beside copies of its organisation's file and of the targets', where nothing else is."""
    if not is_name(asked.name) or not asked.text.strip() or len(asked.text) > LONGEST_YAML:
        raise ProfileError(
            "Formulaire : attendu un nom en minuscules sans accent et une fiche de 200 000 caractères au plus, trouvé "
            "autre chose. Corrigez, puis relancez."
        )
    own = asked.place / "fiches" / asked.folder.name
    own.mkdir(parents=True, exist_ok=True, mode=0o700)
    _copy_shared(asked.folder, own)
    path = own / f"{asked.name}.yaml"
    path.write_bytes(asked.text.encode("utf-8", "replace"))
    profile = load_profile(path)
    profile = _with_its_own_files(profile, own, asked.folder)
    if asked.connection:
        source = profile.connector.source.model_copy(update={"connection": asked.connection})
        profile = profile.model_copy(update={"connector": profile.connector.model_copy(update={"source": source})})
    check_source(profile, asked.folder, Settings.from_environment().trial_folders)
    return profile


def _copy_shared(folder: Path, own: Path) -> None:
    """What the profiles of an organisation share, signatures aside: a trial is never signed."""
    shared = [path for path in folder.glob("_*.yaml") if path.name != VISAS]
    for path, copy in (*((path, own) for path in shared), (folder.parent / TARGETS, own.parent)):
        if path.is_file():  # else the profile is told to lack it
            shutil.copyfile(path, copy / path.name)


def _with_its_own_files(profile: Profile, copied: Path, folder: Path) -> Profile:
    """A file that the organisation names lies beside its own file, not beside the copy."""
    named = Path(profile.organisation.classification)
    if not profile.organisation.classification or not named.is_relative_to(copied):
        return profile
    there = {"classification": str(folder / named.relative_to(copied))}
    organisation = profile.organisation.model_copy(update=there)
    files = digests_of(organisation, profile.connector)
    return profile.model_copy(update={"organisation": organisation, "files": files})


def _chain(asked: Asked, profile: Profile) -> Chain:
    clock = SystemClock()
    registry = SqlRegistry(f"sqlite:///{asked.place / 'registre' / 'essai.db'}", clock)
    return Chain(profile, registry, DiskStaging(asked.place / "preparation"), clock, BoundedProfileCheck())


def _add(asked: Asked, **more: Any) -> None:
    _write(asked, {**(result_of(asked.folder.name, asked.run_key) or {}), **more})


def _write(asked: Asked, result: Mapping[str, Any]) -> None:
    asked.place.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = asked.place / f".{RESULT}.{os.getpid()}"
    beside.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
    beside.chmod(0o600)
    beside.replace(asked.place / RESULT)
