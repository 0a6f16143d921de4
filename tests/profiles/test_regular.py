"""A partner's regular expression can never hang the qualification."""

from __future__ import annotations

import re

import pytest

from versement.profiles.regular import is_bounded


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        r"[A-Z0-9_]{1,15}",
        r"\d{4}-\d{3}",
        r"(?:DE|AR)-\d+",
        r"20\d\d_\d+(?:bis)?",
        r"[^;]+;[^;]+",
        r"(\d{3}){2}",
        "(?i:x)-1",
    ],
)
def test_what_partners_need_is_taken(pattern: str) -> None:
    """Numbers, codes and simple shapes."""
    assert is_bounded(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a|aa)+b",
        "(?:(x*)y?)*",
        "(a*)*",
        r"(\w+\s?)*$",
        ".*.*.*.*.*b",
        "((a{1,9}){1,9}){1,9}",
        "[",
        "(a)\\1+b(",
    ],
)
def test_what_could_take_for_ever_is_refused(pattern: str) -> None:
    """Some of these take more than the age of the universe on forty letters; some are no expressions."""
    assert not is_bounded(pattern)


@pytest.mark.parametrize("pattern", ["(?i)de-.*", "(?x)de # nature", "(?s).*"])
def test_what_is_an_expression_only_by_itself_is_refused(pattern: str) -> None:
    """A value must match the whole of it: it would never be applied, better said when the profile is checked."""
    assert not is_bounded(pattern)


def test_a_long_value_is_answered() -> None:
    """The worst that is taken is answered on the longest value that matters."""
    pattern = ".*.*.*b"
    assert is_bounded(pattern)
    assert re.fullmatch(pattern, "a" * 300) is None
