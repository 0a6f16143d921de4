"""Setting a Vitam up, once or several times."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.adapters.vitam.bad_server import BadServer, answer, read_body
from versement.adapters.vitam.admin import VitamAdministration
from versement.domain.errors import ArchiveUnavailable, RequestRefused

AGENCY = {"Identifier": "MAUR", "Name": "Mairie de Maurecy", "Description": "Commune"}
RULE = {
    "RuleId": "APP-DEL",
    "RuleType": "AppraisalRule",
    "RuleValue": "Délibérations, dites « actes »",
    "RuleDescription": "Conservation définitive",
    "RuleDuration": "10",
    "RuleMeasurement": "Year",
}


class Referentials:
    """A Vitam reduced to its referentials; imports of CSV replace, imports of JSON refuse doubles."""

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}
        self.imports = 0

    def __call__(self, handler) -> None:
        name = handler.path.rpartition("/")[2]
        if "/profiles/" in handler.path:
            return self.file(handler, name)
        held = self.lists.setdefault(name, [])
        if handler.command == "GET":
            body = json.dumps({"$hits": {"total": len(held)}, "$results": held}).encode()
            return answer(handler, 200, body)
        self.imports += 1
        content = read_body(handler)
        if handler.headers["Content-Type"] == "application/json":
            return self.add(handler, held, json.loads(content))
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        for row in rows:
            if "RuleMeasurement" in row:
                row["RuleMeasurement"] = row["RuleMeasurement"].upper()
        self.lists[name] = rows
        return answer(handler, 201)

    def file(self, handler, identifier: str) -> None:
        if handler.command == "PUT":
            self.imports += 1
            self.files[identifier] = read_body(handler)
            return answer(handler, 200)
        if identifier not in self.files:
            return answer(handler, 404)
        return answer(handler, 200, self.files[identifier])

    def add(self, handler, held, contracts) -> None:
        if {contract["Name"] for contract in contracts} & {contract["Name"] for contract in held}:
            return answer(handler, 400, b'{"httpCode":400,"code":"CONTRACT_VALIDATION_ERROR"}')
        held.extend(contract | {"Identifier": f"IC-{len(held) + 1:06d}"} for contract in contracts)
        return answer(handler, 201, b"Successfully imported")


@pytest.fixture
def vitam(server) -> Referentials:
    server.behave = Referentials()
    return server.behave


@pytest.fixture
def administration(server: BadServer) -> VitamAdministration:
    return VitamAdministration(server.settings())


def test_agencies_and_rules(vitam, administration, tenant) -> None:
    """What is imported can be read back, accents and quotes included."""
    administration.import_agencies(tenant, [AGENCY])
    administration.import_rules(tenant, [RULE])
    assert list(administration.agencies(tenant)) == [AGENCY]
    (rule,) = administration.rules(tenant)
    assert rule["RuleValue"] == RULE["RuleValue"]


def test_import_twice(vitam, administration, tenant) -> None:
    """Importing what is already there changes nothing and is no error."""
    for _ in range(2):
        administration.import_agencies(tenant, [AGENCY])
        administration.import_rules(tenant, [RULE])
        contracts = administration.import_ingest_contracts(tenant, [{"Name": "Délibérations", "Status": "ACTIVE"}])
    assert vitam.imports == 3
    assert [contract["Identifier"] for contract in contracts] == ["IC-000001"]


def test_import_keeps_the_others(vitam, administration, tenant) -> None:
    """An import adds to the list, though Vitam itself would replace it whole."""
    administration.import_agencies(tenant, [AGENCY])
    other = AGENCY | {"Identifier": "AUTRE", "Name": "Autre commune"}
    changed = AGENCY | {"Description": "Commune, Val-d’Oise"}
    administration.import_agencies(tenant, [other, changed])
    assert list(administration.agencies(tenant)) == [other, changed]


def test_contract_identifier_is_read_back(vitam, administration, tenant) -> None:
    """Vitam may number contracts itself: the identifier that counts is the one that it gives back."""
    first = administration.import_ingest_contracts(tenant, [{"Name": "Un", "Identifier": "UN"}])
    both = administration.import_ingest_contracts(tenant, [{"Name": "Un"}, {"Name": "Deux"}])
    assert [(contract["Name"], contract["Identifier"]) for contract in both] == [
        ("Un", first[0]["Identifier"]),
        ("Deux", "IC-000002"),
    ]
    (access,) = administration.import_access_contracts(tenant, [{"Name": "Accès"}])
    assert access["Name"] == "Accès"
    assert len(administration.access_contracts(tenant)) == 1
    assert len(administration.ingest_contracts(tenant)) == 2


def test_refused_import(server, administration, tenant) -> None:
    """An import that Vitam refuses says so with its code."""

    def behave(handler) -> None:
        if handler.command == "GET":
            answer(handler, 200, b'{"$hits": {"total": 0}, "$results": []}')
        else:
            read_body(handler)
            answer(handler, 400, b'{"httpCode":400,"code":"CONTRACT_VALIDATION_ERROR"}')

    server.behave = behave
    with pytest.raises(RequestRefused, match="CONTRACT_VALIDATION_ERROR"):
        administration.import_access_contracts(tenant, [{"Name": "Accès"}])


def test_unavailable(server, administration, tenant) -> None:
    """A set-up whose archive fails says that it may be tried again."""
    server.behave = lambda handler: answer(handler, 503)
    with pytest.raises(ArchiveUnavailable):
        administration.import_agencies(tenant, [AGENCY])


def test_filing_scheme(server, administration, tenant) -> None:
    """The plan de classement goes by its own workflow, with an attempt of its own."""

    def behave(handler) -> None:
        server.seen(handler, read_body(handler))
        answer(handler, 202, X_Request_Id="aeeaaaaaaghduohdabkogamdgezb2taaaaaq")

    server.behave = behave
    sip = b"zip" * 1_000_000
    operation_id = administration.ingest_filing_scheme(tenant, sip, "plan-1")
    assert operation_id == "aeeaaaaaaghduohdabkogamdgezb2taaaaaq"
    (request,) = server.received
    assert request.body == sip
    assert request.headers["X-Context-Id"] == "FILING_SCHEME"
    assert request.headers["X-Application-Id"] == "plan-1"


def test_holding_scheme(server, administration, tenant) -> None:
    """The arbre de positionnement goes by its own workflow."""

    def behave(handler) -> None:
        server.seen(handler, read_body(handler))
        answer(handler, 202, X_Request_Id="aeeaaaaaaghduohdabkogamdgezb2taaaaaq")

    server.behave = behave
    administration.ingest_holding_scheme(tenant, b"zip", "arbre-1")
    assert server.received[0].headers["X-Context-Id"] == "HOLDING_SCHEME"


def test_contexts(vitam, administration, tenant) -> None:
    """Contexts of applications are read and created like contracts."""
    context = {"Name": "Versement", "Status": "ACTIVE", "Permissions": [{"tenant": 3, "IngestContracts": ["IC-1"]}]}
    for _ in range(2):
        (held,) = administration.import_contexts(tenant, [context])
    assert held["Permissions"] == context["Permissions"]
    assert administration.contexts(tenant) == (held,)
    assert vitam.imports == 1


def test_profile_with_its_file(vitam, administration, tenant) -> None:
    """A profile's notice is created, then its file sent under the identifier that Vitam gave; twice is once."""
    profile = {"Name": "Délibérations", "Format": "RNG", "Status": "ACTIVE"}
    assert administration.profile_file(tenant, "IC-000001") is None
    for _ in range(2):
        identifier = administration.import_profile(tenant, profile, b"<grammar/>")
    assert identifier == "IC-000001"
    assert administration.profile_file(tenant, identifier) == b"<grammar/>"
    assert [held["Name"] for held in administration.profiles(tenant)] == ["Délibérations"]
    assert vitam.imports == 2
    administration.import_profile(tenant, profile, b"<grammar>changed</grammar>")
    assert administration.profile_file(tenant, identifier) == b"<grammar>changed</grammar>"
    assert vitam.imports == 3
