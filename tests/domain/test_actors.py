"""Everything that waits says who can unblock it: no code of the chain is left to nobody by oversight."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from versement import steps
from versement.domain import files, qualification
from versement.domain.actors import ARCHIVIST, AUTHORITY, NOBODY, actor_for
from versement.domain.policies import DEFAULTS
from versement.steps.missing import PAGES

WAITS_FOR = {
    "ACCESS_OPEN": ARCHIVIST,
    "ACCESS_UNDETERMINED": ARCHIVIST,
    "ACKNOWLEDGEMENT_MISSING": AUTHORITY,
    "ACT_ANOMALY": AUTHORITY,
    "ARCHIVE_CLOSED": AUTHORITY,
    "BIRTH_CHANGED": AUTHORITY,
    "BIRTH_DIFFERS": AUTHORITY,
    "DATE_AHEAD": AUTHORITY,
    "DATE_MISSING": AUTHORITY,
    "DEPARTEMENT_FOREIGN": ARCHIVIST,
    "DESTROY_NOT_VALIDATED": ARCHIVIST,
    "EXPECTATION_UNFIT": ARCHIVIST,
    "EXTENSION_UNCHECKED": ARCHIVIST,
    "FILE_CHANGED": AUTHORITY,
    "FILE_EMPTY": AUTHORITY,
    "FILE_ENCRYPTED": AUTHORITY,
    "FILE_IMAGE_ONLY": AUTHORITY,
    "FILE_MISSING": AUTHORITY,
    "FIELD_MISSING": AUTHORITY,
    "FILE_PDFA_DOUBTFUL": AUTHORITY,
    "FILE_RESTRICTED": AUTHORITY,
    "FILE_SIZE_IMPOSSIBLE": AUTHORITY,
    "FILE_TOO_HEAVY": AUTHORITY,
    "FILE_TRUNCATED": AUTHORITY,
    "FILE_UNREADABLE": AUTHORITY,
    "FILE_VANISHED": AUTHORITY,
    "FILE_WITHOUT_PAGES": AUTHORITY,
    "FORMAT_AMBIGUOUS": AUTHORITY,
    "FORMAT_MISMATCH": AUTHORITY,
    "FORMAT_UNKNOWN": AUTHORITY,
    "IDENTITY_CONFLICT": ARCHIVIST,
    "IDENTITY_MISSING": AUTHORITY,
    "INDEX_FILE_UNNAMED": AUTHORITY,
    "INDEX_ROW_MISSING": AUTHORITY,
    "INDEX_SAME_FILE": AUTHORITY,
    "INFECTED": ARCHIVIST,
    "MIXED_DROP": AUTHORITY,
    "NAME_AMBIGUOUS": AUTHORITY,
    "NOT_SCANNED": ARCHIVIST,
    "PAGES_BEYOND": AUTHORITY,
    "PAGES_OVERLAP": AUTHORITY,
    "PAGES_UNCLAIMED": AUTHORITY,
    "PAGES_UNPROVEN": AUTHORITY,
    "PAGES_UNREADABLE": AUTHORITY,
    "PERSONAL_DATA_IN_METADATA": AUTHORITY,
    "PERSONAL_DATA_IN_NAME": AUTHORITY,
    "PERSONAL_DATA_IN_RUN": AUTHORITY,
    "PROFILE_DEPARTURE": ARCHIVIST,
    "REFUSED_BY_ARCHIVE": ARCHIVIST,
    "ROLE_UNKNOWN": AUTHORITY,
    "RUBRIQUE_NOT_KEPT": ARCHIVIST,
    "RUBRIQUE_UNKNOWN": ARCHIVIST,
    "SIREN_FOREIGN": ARCHIVIST,
    "SIREN_MISSING": AUTHORITY,
    "TITLE_MISSING": AUTHORITY,
    "VALUES_CONTRADICT": ARCHIVIST,
    "WAITS_FOR_ITS_ACT": AUTHORITY,
    "WAITS_FOR_ITS_PARENT": NOBODY,
    "WAITS_FOR_A_DECISION": ARCHIVIST,
}
"""By code of what holds one document up: who can do something."""
OF_THE_WHOLE = {
    *("INDEX_UNREADABLE", "OPERATION_STOPPED"),
    *("SENDING_CUT", "SEVERAL_OPERATIONS", "TRANSFER_REFUSED", "TRANSFER_TOO_LARGE"),
    *("OPERATION_CANCELLED", "REFUSED_BUT_HELD", "REPLY_CONTRADICTS"),
}
"""Codes of a drop or a transfer as a whole, which name no document."""
MAKERS = ("blocking", "_mismatch", "ColumnRule", "ruled")


def _codes_that_hold_up() -> set[str]:
    """First arguments of whatever makes a blocking finding, and every reason to wait, as the sources write them."""
    folder = Path(steps.__file__).parent
    trees = [
        ast.parse(path.read_text())
        for path in (*folder.rglob("*.py"), Path(qualification.__file__), Path(files.__file__))
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    made = {
        node.args[0].value
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in MAKERS
        and isinstance(node.args[0], ast.Constant)
    }
    strings = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return (
        made
        | set(DEFAULTS)
        | PAGES.keys()
        | {text for text in strings if text.startswith("WAITS_FOR_") and text.isupper()}
    )


def test_every_code_that_holds_a_document_up_has_its_actor():
    """A new reason to wait cannot be added without deciding who can unblock it."""
    of_reconciliation = {code for code in _codes_that_hold_up() if code.startswith(("REPLY_", "UNIT_", "OBJECT_"))}
    assert len(of_reconciliation) > 3
    assert _codes_that_hold_up() - of_reconciliation - OF_THE_WHOLE == WAITS_FOR.keys()


@pytest.mark.parametrize("code", WAITS_FOR)
def test_what_waits_waits_for_the_one_who_can_act(code):
    """The authority mends its own drop, the archivist decides, and the chain mends what is only a matter of time."""
    assert actor_for(code) == WAITS_FOR[code]
