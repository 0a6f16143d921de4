"""Creates the registry's schema as its owner, and lists the pools that the shipped profiles need."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from versement.adapters.registry import create_schema
from versement.profiles.load import load_profile, profile_paths
from versement.settings import Settings

APPLICATION_ROLE = "versement"
SLOTS = 2
"""Tasks of one coffre that may speak to its Vitam at the same time."""


def main(pools: Path) -> None:
    """Write the pools, one per coffre, as `airflow pools import` reads them."""
    create_schema(os.environ["REGISTRY_OWNER_URL"], APPLICATION_ROLE)
    profiles = [load_profile(path) for path in profile_paths(Settings.from_environment().profiles)]
    wanted = {
        profile.tenant.key: {
            "slots": SLOTS,
            "description": f"Coffre de {profile.organisation.label}",
            "include_deferred": False,
        }
        for profile in profiles
    }
    pools.write_text(json.dumps(wanted, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
