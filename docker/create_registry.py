"""Creates the registry's schema as its owner, and opens it to the role with which the chain works."""  # noqa: INP001 - a script

from __future__ import annotations

import os

from versement.adapters.registry import create_schema

if __name__ == "__main__":
    create_schema(os.environ["REGISTRY_OWNER_URL"], application_role="versement")
