"""Errors say to whom they belong: to a person, to time, to one document, or to us."""

from __future__ import annotations

import inspect
import re

import pytest

from versement.domain import errors
from versement.domain.errors import Defect, SetAside, ToCorrect, ToRetry, VersementError

GROUPS = (ToCorrect, ToRetry, SetAside, Defect)
CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, VersementError)]


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if kind is not VersementError])
def test_every_error_says_what_to_do_about_it_once(kind):
    """An error is to correct, to retry, to set aside or a defect: never two of them, never none."""
    assert sum(issubclass(kind, group) for group in GROUPS) == 1


def test_the_module_shows_the_tree_as_it_is():
    """The page that a reader opens first names every error, under its own parent."""
    shown: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"(?P<indent>[│├└─ ]*)(?P<name>[A-Z][A-Za-z]+)(?=\s{2,}|$)", line)
        if match:
            depth = len(match["indent"]) // 4
            del above[depth:]
            shown[match["name"]] = above[-1] if above else "Exception"
            above.append(match["name"])
    assert shown == {kind.__name__: kind.__base__.__name__ for kind in CLASSES}


@pytest.mark.parametrize("kind", CLASSES)
def test_the_french_message_is_what_is_shown(kind):
    """What people read is the French message; the English detail is for the log only."""
    error = kind("Message pour l’archiviste.", detail="for the log")
    assert str(error) == error.message == "Message pour l’archiviste."
    assert error.detail == "for the log"
    assert "for the log" not in str(error) + repr(error)
