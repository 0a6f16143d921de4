"""Child process that identifies formats: one JSON list of paths a line, Siegfried's result as one JSON line each.

The Go runtime that pygfried brings hangs for ever in a process that forks; here it never meets one.
"""

from __future__ import annotations

import json
import sys

import pygfried


def main() -> None:
    for request in sys.stdin.buffer:
        sys.stdout.write(json.dumps(pygfried.identify_many(json.loads(request), workers=2)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
