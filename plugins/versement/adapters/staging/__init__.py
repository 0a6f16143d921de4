"""Staging on disk."""

from versement.adapters.staging.disk import DiskStaging

__all__ = ["DiskStaging"]
