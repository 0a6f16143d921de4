"""`profile doc`: the page that somebody signs for a connector."""

from __future__ import annotations

import argparse
import sys

from versement.cli.output import say, unwritable
from versement.pages.sheet import sheet
from versement.profiles.load import load_profile
from versement.profiles.sign_off import version_digest


def doc(arguments: argparse.Namespace) -> int:
    """Write the page to a file, else to standard output."""
    profile = load_profile(arguments.path.resolve())
    page = sheet(profile)
    if arguments.out is None:
        sys.stdout.write(page)
        return 0
    try:
        arguments.out.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise unwritable(arguments.out, error) from error
    say(f"Page à signer écrite : {arguments.out}. Empreinte de cette version : {version_digest(profile)}.")
    return 0
