"""Child process that identifies formats: JSON list of paths on stdin, Siegfried's result as JSON on stdout.

The Go runtime that pygfried brings hangs for ever in a process that forks; here it never meets one.
"""

from __future__ import annotations

import json
import sys

import pygfried


def main() -> None:
    sys.stdout.write(json.dumps(pygfried.identify_many(json.load(sys.stdin), workers=2)))


if __name__ == "__main__":
    main()
