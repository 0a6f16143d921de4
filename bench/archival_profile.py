"""A manifest of 10 000 units against its archival profile, in the child process: time and memory, right and wrong."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import Measure
from versement.adapters.conformity import BoundedProfileCheck
from versement.domain.documents import CollectedFile, Field, Kind, Role, SourceDocument, Value, ValueSource
from versement.domain.fixity import Digest, Fixity
from versement.profiles.load import load_profile
from versement.profiles.models import Profile
from versement.seda.manifest import write_manifest
from versement.seda.model import ArchiveTransfer, ArchiveUnit
from versement.seda.validation import validate
from versement.steps.archival_profile import archival_profile_of
from versement.steps.placing import rooted
from versement.steps.tree import placed_act

FICHE = Path(__file__).resolve().parent.parent / "include" / "profiles" / "saint-aubin" / "deliberations.yaml"
SEANCES, ACTS, ANNEXES = 100, 33, 1
UNITS = SEANCES * (1 + ACTS * (2 + ANNEXES))


def _act(day: date, number: int) -> SourceDocument:
    key = f"095-219509908-{day:%Y%m%d}-{number}-DE"
    said = {Field.TITLE: "Objet", Field.DATE: day.isoformat(), Field.SIREN: "219509908", Field.NATURE: "DE"}
    roles = (Role.ACT, *(Role.ANNEX,) * ANNEXES)
    files = tuple(
        CollectedFile(f"{key}-{rank}.pdf", role, Fixity(Digest.of(f"{key}-{rank}".encode()), 0, 1), None)
        for rank, role in enumerate(roles)
    )
    readings = tuple((name, Value(text, ValueSource.INDEX)) for name, text in said.items())
    return SourceDocument(key, "deliberations", "", key, Kind.ACT, files, readings, record_key=key)


def _seances(profile: Profile) -> Iterator[ArchiveUnit]:
    for rank in range(SEANCES):
        day = date(2020, 1, 1) + timedelta(days=rank)
        acts = [placed_act(profile, _act(day, number), ()) for number in range(ACTS)]
        yield from rooted(acts, lambda _: False)


def _transfer(profile: Profile) -> ArchiveTransfer:
    organisation, connector = profile.organisation, profile.connector
    return ArchiveTransfer(
        message_identifier=f"{organisation.name}_{profile.connector_name}_{'0' * 32}",
        date=date(2024, 1, 1),
        comment="Mesure",
        archival_agreement=connector.archival_agreement,
        archival_agency=organisation.agencies.archival,
        transferring_agency=organisation.agencies.transferring,
        originating_agency=organisation.agencies.originating,
        submission_agency=organisation.agencies.submission,
        acquisition_information=connector.acquisition_information,
        legal_status=connector.legal_status,
        units=tuple(_seances(profile)),
    )


def measures() -> Iterator[Measure]:
    profile = load_profile(FICHE)
    grammar, check = archival_profile_of(profile), BoundedProfileCheck()
    with TemporaryDirectory() as folder:
        manifest = Path(folder) / "manifest.xml"
        with manifest.open("wb") as out:
            write_manifest(_transfer(profile), out)
        start = time.perf_counter()
        violations = validate(manifest)
        baseline = time.perf_counter() - start
        start = time.perf_counter()
        right = check(manifest, grammar)
        taken = time.perf_counter() - start
        if violations or right:
            raise SystemExit(f"the manifest is wrong: {violations[:1]} {right[:1]}")
        yield Measure(
            f"{UNITS} units, child started, against our validation by XSD", taken / baseline, "times", 2, at_most=True
        )
        manifest.write_bytes(manifest.read_bytes().replace(b"<Title>Objet</Title>", b"", 100))
        start = time.perf_counter()
        wrong = check(manifest, grammar)
        yield Measure(f"departures told of {UNITS} units, 100 of them wrong", len(wrong), "units", 100)
        yield Measure("the same, against our validation by XSD", (time.perf_counter() - start) / baseline, "times")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        yield Measure("resident memory of the child", peak, "MiB", 700, at_most=True)
