"""An archive whose answers tests alter, to see that nobody believes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from versement.adapters.vitam.exchange import BytesBody
from versement.domain.errors import OutcomeUncertain, SeveralOperations
from versement.testing.memory_archive import MemoryArchive
from versement.testing.memory_reply import Judgement


class DoubtfulArchive(MemoryArchive):
    """An archive whose answers are altered on their way; what it holds is what was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.altered: dict[str, Callable[[Any], Any]] = {}
        self.read_back = 0
        self.warns_of = ""
        self.judgement: Judgement | None = None

    def _alter(self, what: str, answer: Any) -> Any:
        return self.altered.get(what, lambda unchanged: unchanged)(answer)

    def reply(self, tenant, operation_id):
        return self._alter("reply", super().reply(tenant, operation_id))

    def logbook(self, tenant, operation_id):
        return self._alter("logbook", super().logbook(tenant, operation_id))

    def units_of(self, tenant, operation_id):
        return self._alter("units", super().units_of(tenant, operation_id))

    def units(self, tenant, system_ids):
        units = self._alter("units", tuple(super().units(tenant, system_ids)))
        return (unit for unit in units if unit.system_id in system_ids)

    def count_units(self, tenant, operation_id):
        return len(self._alter("units", super().units_of(tenant, operation_id)))

    def register(self, tenant, operation_id):
        return self._alter("register", super().register(tenant, operation_id))

    def object_bytes(self, tenant, system_id):
        self.read_back += 1
        yield self._alter("bytes", b"".join(super().object_bytes(tenant, system_id)))

    def _judge(self, sip, found):
        judgement = self.judgement or super()._judge(sip, found)
        named = {item.xml_id: "LFC.OG_OBJECTS_FORMAT_CHECK.WARNING" for item in sip.objects}
        chosen = {item.xml_id for item in sip.objects if self.warns_of and item.filename == self.warns_of}
        if judgement.status != "OK" or not chosen:
            return judgement
        return Judgement("WARNING", ("OG_OBJECTS_FORMAT_CHECK.WARNING",), {key: named[key] for key in chosen})


class RepeatingArchive(MemoryArchive):
    """Something on the way posts the first SIP twice, and its answer is lost."""

    repeats = True

    def _take(self, tenant, attempt, body, context, manifest):
        if not self.repeats:
            return super()._take(tenant, attempt, body, context, manifest)
        self.repeats = False
        received = BytesBody(b"".join(body))
        for _ in range(2):
            super()._take(tenant, attempt, received, context, manifest)
        raise OutcomeUncertain("La réponse s’est perdue.")

    def operations_of(self, tenant, attempt):
        return [name for (n, name), kept in self._operations.items() if (n, kept.attempt) == (tenant.number, attempt)]

    def find_attempt(self, tenant, attempt):
        found = self.operations_of(tenant, attempt)
        if len(found) > 1:
            raise SeveralOperations("Plusieurs opérations portent la même tentative.", found)
        return super().find_attempt(tenant, attempt)
