"""The lifecycle of a unit or an object group, told from its operation and from what that remarked of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.vitam import labels
from sandbox.vitam.guid import GuidType, new_guid
from sandbox.vitam.operations import Operation, moment

Json = dict[str, Any]
UNIT_STEPS = frozenset({"STP_UNIT_CHECK_AND_PROCESS", "STP_UNIT_METADATA", "STP_UNIT_STORING"})
GROUP_STEPS = frozenset({"STP_OG_CHECK_AND_TRANSFORME", "STP_OBJ_STORING", "STP_OG_STORING"})
_CREATION = "LFC.LFC_CREATION"


def lifecycle(
    element: str, op: Operation, events: Sequence[Json], remarks: Sequence[Json], steps: frozenset[str]
) -> Json:
    """The lifecycle of an element that an operation created.

    Args:
        element: system id.
        op: the operation that created it.
        events: all that this operation's logbook says.
        remarks: what was not OK of this element.
        steps: the steps that are run on elements of this kind.
    """
    of_steps = {event["evId"] for event in events if event["evType"] in steps}
    actions = [event for event in events if event["evParentId"] in of_steps and event["evType"] != "OBJECTS_LIST_EMPTY"]
    told: list[Json] = []
    for action in actions:
        code = f"LFC.{action['evType']}"
        mine = [remark for remark in remarks if remark["code"] == code or remark["code"].startswith(f"{code}.")]
        told.extend(_remark(element, op, remark) for remark in mine)
        if not mine:
            told.append(_event(element, op, code, f"{code}.OK", action["evDateTime"], "OK"))
    master = _event(element, op, _CREATION, f"{_CREATION}.OK", moment(op.created), "OK")
    return {"#id": element, "#tenant": op.tenant, **master, "events": told}


def _remark(element: str, op: Operation, remark: Json) -> Json:
    return _event(element, op, remark["code"], remark["detail"], remark["at"], remark["status"])


def _event(element: str, op: Operation, code: str, detail: str, at: str, outcome: str) -> Json:
    return {
        "evId": new_guid(GuidType.EVENT, op.tenant),
        "evParentId": None,
        "evType": code,
        "evDateTime": at,
        "evIdProc": op.id,
        "evTypeProc": op.workflow.type_proc,
        "outcome": outcome,
        "outDetail": detail,
        "outMessg": labels.name(code),
        "obId": element,
    }
