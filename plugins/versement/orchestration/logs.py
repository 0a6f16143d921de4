"""What an operator reads in a task's log: our French lines, and of the libraries only what is wrong."""

from __future__ import annotations

import logging

from versement.domain.personal import MASKING

TALKATIVE = ("asyncssh", "great_expectations", "httpcore", "httpx", "paramiko", "urllib3")


def quiet() -> None:
    """Let our lines through and keep the libraries' chatter out; called when a task or a trigger begins."""
    logging.getLogger("versement").setLevel(logging.INFO)
    for name in ("versement", "versement.sources"):  # a logger's filters do not hold for those below it
        logging.getLogger(name).addFilter(MASKING)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # One of its modules sets its own level when it is loaded; what is serious still gets to the standard error.
    logging.getLogger("great_expectations").propagate = False
