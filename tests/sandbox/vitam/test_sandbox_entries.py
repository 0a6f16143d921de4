"""Imports of referentials, whatever is sent: taken or refused, never a failure."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.vitam import entries
from sandbox.vitam.database import Database
from sandbox.vitam.referentials import JSON_KINDS, Referentials
from sandbox.vitam.tables import ImportRefused

NAMES = (
    *sorted({name for kind in JSON_KINDS for name in entries.DEFAULTS[kind]}),
    "Identifier",
    "Name",
    "LinkParentId",
    "ManagementContractId",
    "SecurityProfile",
    "RootUnits",
    "Type",
    "Origin",
    "SedaField",
)
_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from(("A", "ACTIVE", "TEXT", "EXTERNAL", "RNG", "{", "<b>", ""))
)
_values = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(("tenant", "IngestContracts", "AccessContracts", "type")), inner, max_size=3),
    ),
    max_leaves=5,
)
_sound = {"Identifier": "A", "Name": "A"}
_entries = st.dictionaries(st.sampled_from(NAMES), _values, max_size=5).map(lambda drawn: {**_sound, **drawn})


@pytest.mark.parametrize("kind", JSON_KINDS)
@given(listed=st.lists(st.one_of(_entries, _leaves), max_size=3), update=_entries)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
def test_any_import_is_taken_or_refused(
    tmp_path_factory: pytest.TempPathFactory, kind: str, listed: list[object], update: dict[str, object]
):
    """Whatever JSON is sent, it is taken and read back, or refused with a reason: nothing in between."""
    referentials = Referentials(Database(tmp_path_factory.mktemp("import") / "vitam.db"), admin_tenant=1)
    try:
        referentials.import_json(0, kind, listed)
    except ImportRefused as error:
        taken, reasons = 0, error.args
    else:
        taken, reasons = len(listed), ()
    assert (len(referentials.all(0, kind)), all(reasons)) == (taken, True)
    assert taken or reasons
    for query in (update, {"$action": [{"$set": update}]}, {"$action": [{"$unset": ["Name", "Status"]}]}):
        before = json.dumps(referentials.get(0, kind, "A"))
        try:
            changed = referentials.update_json(0, kind, "A", query)
        except ImportRefused:
            changed = False
        assert changed or json.dumps(referentials.get(0, kind, "A")) == before
