"""What Vitam judges, action by action.

Each function takes an ingest and returns a result, or None when the action leaves no event.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.vitam.judge import attachments, header, objects, reception, rules, seda, storing, structure, units
from sandbox.vitam.judge.ingest import Ingest
from sandbox.vitam.outcome import Result, Status, ok

Action = Callable[[Ingest], Result | None]


def _nothing_to_check(code: str) -> Action:
    return lambda _ingest: ok(code)


ACTIONS: dict[str, Action] = {
    "SANITY_CHECK_SIP": reception.check_viruses,
    "CHECK_CONTAINER": reception.check_container,
    "MANIFEST_FILE_NAME_CHECK": reception.check_manifest_name,
    "MANIFEST_DIGEST_CHECK": reception.check_manifest_digest,
    "UPLOAD_SIP": reception.unpack,
    "CHECK_SEDA": seda.check_seda,
    "CHECK_HEADER": header.check_header,
    "PREPARE_STORAGE_INFO": _nothing_to_check("PREPARE_STORAGE_INFO"),
    "CHECK_DATAOBJECTPACKAGE": structure.check_package,
    "CHECK_ATTACHEMENT": attachments.check_attached_operations,
    "CHECK_DIGEST": objects.check_digest,
    "CHECK_OBJECT_SIZE": objects.check_size,
    "OG_OBJECTS_FORMAT_CHECK": objects.check_format,
    "CHECK_OBJECT_GROUP_SCHEMA": objects.check_schema,
    "CHECK_UNIT_SCHEMA": units.check_schema,
    "CHECK_ARCHIVE_UNIT_PROFILE": units.check_profile,
    "CHECK_CLASSIFICATION_LEVEL": units.check_classification,
    "UNITS_RULES_COMPUTE": rules.compute,
    "STORAGE_AVAILABILITY_CHECK": _nothing_to_check("STORAGE_AVAILABILITY_CHECK"),
    "OBJ_STORAGE": storing.store_objects,
    "OG_METADATA_INDEXATION": storing.index_groups,
    "UNIT_METADATA_INDEXATION": storing.index_units,
    "COMMIT_LIFE_CYCLE_OBJECT_GROUP": storing.commit_groups,
    "OG_METADATA_STORAGE": storing.each_group("OG_METADATA_STORAGE"),
    "COMMIT_LIFE_CYCLE_UNIT": storing.commit_units,
    "UNIT_METADATA_STORAGE": storing.each_unit("UNIT_METADATA_STORAGE"),
    "OBJECT_GROUP_UPDATE": storing.update_groups,
    "ACCESSION_REGISTRATION": storing.register,
    "ROLL_BACK": _nothing_to_check("ROLL_BACK"),
}
_DISTRIBUTED_STEPS = frozenset({"STP_OG_CHECK_AND_TRANSFORME", "STP_UNIT_CHECK_AND_PROCESS"})
_OBJECT_STEPS = frozenset({"STP_OG_CHECK_AND_TRANSFORME", "STP_OBJ_STORING", "STP_OG_STORING"})
_WARNED_WHEN_EMPTY = frozenset({"STP_OG_CHECK_AND_TRANSFORME", "STP_OBJ_STORING"})
_UPDATE_STEP = "STP_UPDATE_OBJECT_GROUP"


def run_step(ingest: Ingest, step: str, actions: tuple[str, ...]) -> Result:
    """Run the actions of a step; a refusal stops them, except where each element is judged by itself."""
    ingest.state.blocked = []
    ingest.state.events = [told for told in ingest.state.events if told["step"] != step]
    parts: list[Result] = []
    for code in _to_run(ingest, step, actions):
        result = ACTIONS[code](ingest)
        if result is None:
            continue
        parts.append(result)
        if result.status >= Status.KO and step not in _DISTRIBUTED_STEPS:
            break
    if step in _WARNED_WHEN_EMPTY and not ingest.package.groups:
        parts.append(Result("OBJECTS_LIST_EMPTY", Status.WARNING))
    return Result(step, max((part.status for part in parts), default=Status.OK), parts=tuple(parts))


def _to_run(ingest: Ingest, step: str, actions: tuple[str, ...]) -> tuple[str, ...]:
    """Actions of a step; none where the step has no element to be run on."""
    if step == _UPDATE_STEP:
        return actions if ingest.state.extended else ()
    return () if step in _OBJECT_STEPS and not ingest.package.groups else actions
