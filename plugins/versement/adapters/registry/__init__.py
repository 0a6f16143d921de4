"""The registry in a database."""

from versement.adapters.registry.schema import create_schema
from versement.adapters.registry.sql import SqlRegistry

__all__ = ["SqlRegistry", "create_schema"]
