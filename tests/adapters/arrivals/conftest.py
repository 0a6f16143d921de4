"""Profiles that a test may change."""

from tests.cli.conftest import profiles

__all__ = ["profiles"]
