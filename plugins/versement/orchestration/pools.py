"""One pool per tenant, so that its archive is never asked for more than it can take.

`python -m versement.orchestration.pools | airflow pools import /dev/stdin` creates those that the profiles need.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from typing import Any

from versement.domain.errors import ProfileError
from versement.domain.tenant import Tenant
from versement.profiles.load import load_profile, profile_paths
from versement.profiles.models import Profile
from versement.settings import Settings


def pool_of(tenant: Tenant) -> str:
    """The pool's name; Airflow's metrics take no `@`."""
    return "vitam." + re.sub(r"[^A-Za-z0-9.-]", "_", tenant.key)


def pools(profiles: Iterable[Profile]) -> dict[str, dict[str, Any]]:
    """Every pool that these profiles need, as `airflow pools import` reads them.

    Its slots: deposits and reconciliations of one tenant at a time; a task that waits holds none.
    """
    return {
        pool_of(profile.tenant): {
            "slots": profile.target.tenant_slots,
            "description": f"Échanges avec Vitam pour le coffre {profile.tenant.key}",
            "include_deferred": False,
        }
        for profile in profiles
    }


def _readable() -> Iterable[Profile]:
    for path in profile_paths(Settings.from_environment().profiles):
        try:
            yield load_profile(path)
        except ProfileError as error:
            sys.stderr.write(f"{error.message}\n")


if __name__ == "__main__":
    json.dump(pools(_readable()), sys.stdout, ensure_ascii=False, indent=1, sort_keys=True)
    sys.stdout.write("\n")
