"""The archive in memory behind real HTTP: what `profile try --blank-test` and the client need of a Vitam."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler

from tests.adapters.vitam.bad_server import BadServer, answer, read_body
from versement.domain.errors import NotYetAvailable
from versement.domain.fixity import Digest
from versement.domain.tenant import Tenant
from versement.ports.archive import Context
from versement.testing.archive_contract import BytesBody
from versement.testing.memory_archive import MemoryArchive


class MemoryVitam:
    """Answers for one tenant as Vitam does, from an archive in memory."""

    def __init__(self, server: BadServer, tenant: Tenant) -> None:
        self.server, self.tenant = server, tenant
        self.archive = MemoryArchive()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.headers["X-Tenant-Id"] != str(self.tenant.number):
            return answer(handler, 401, b'{"Error":"X-Tenant-Id check failed!"}')
        if handler.command == "POST":
            return self._deposit(handler)
        self.server.seen(handler)
        operation_id = handler.path.split("/")[4]
        if handler.command == "HEAD":
            operation = self.archive.operation(self.tenant, operation_id)
            assert operation
            headers = {"X_Global_Execution_State": operation.state, "X_Global_Execution_Status": operation.status}
            return answer(handler, 200 if operation.completed else 202, **headers)
        try:
            return answer(handler, 200, self.archive.reply(self.tenant, operation_id))
        except NotYetAvailable:
            return answer(handler, 404)

    def _deposit(self, handler: BaseHTTPRequestHandler) -> None:
        body = read_body(handler)
        self.server.seen(handler, body)
        said = handler.headers
        algorithm, value = said["X-Manifest-Digest-Algo"], said["X-Manifest-Digest-Value"]
        operation_id = self.archive.deposit(
            self.tenant,
            said["X-Application-Id"],
            BytesBody(body, 1 << 20),
            context=Context(said["X-Context-Id"]),
            manifest=Digest(algorithm, value) if algorithm else None,
        )
        answer(handler, 202, X_Request_Id=operation_id)
