"""Volumes and numbers as the report writes them."""

from __future__ import annotations

import pytest

from versement.pages.chart import volume
from versement.pages.run import decimal


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 octets"),
        (999, "999 octets"),
        (1000, "1 ko"),
        (999_499, "999 ko"),
        (1_234_567, "1,23 Mo"),
        (10**16, "10000 To"),
    ],
)
def test_volumes_are_short(size: int, said: str) -> None:
    """Three digits and a unit of 1000."""
    assert volume(size).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (0.0001, "moins de 0,001"), (0.0116, "0,0116"), (43.21, "43,2"), (12345.6, "12346")]
)
def test_numbers_are_written_as_in_french(value: float, said: str) -> None:
    """A comma, no exponent, no false precision."""
    assert decimal(value) == said
