"""Great Expectations on a collection's table."""

from versement.adapters.expectations.great import GreatExpectations

__all__ = ["GreatExpectations"]
