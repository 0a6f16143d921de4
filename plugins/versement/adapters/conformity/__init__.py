"""Checks of manifests that are too heavy for the chain's own process."""

from versement.adapters.conformity.check import BoundedProfileCheck

__all__ = ["BoundedProfileCheck"]
