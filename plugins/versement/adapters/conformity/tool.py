"""Child process that compares a manifest with its archival profile: RELAX NG on stdin, JSON on stdout.

Run as `python -m versement.adapters.conformity.tool MANIFEST BYTES`.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from versement.domain.errors import Defect
from versement.seda.departures import departures


def main() -> None:
    manifest, memory = Path(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer: dict[str, object]
    try:
        found = departures(manifest, sys.stdin.buffer.read())
        answer = {"departures": [[one.within, one.element, one.kind.value, one.line] for one in found]}
    except Defect as error:
        answer = {"defect": error.message, "detail": error.detail}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
