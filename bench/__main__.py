"""`python -m bench [name…]` runs each module of this folder that has a `measures()`, in a process of its own."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

HELPERS = ("__init__", "__main__", "measure", "near_saved")


def main(names: list[str]) -> int:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    known = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in HELPERS)
    if unknown := [name for name in names if name not in known]:
        print(f"no such measure: {', '.join(unknown)}; known: {', '.join(known)}", file=sys.stderr)
        return 2
    missed = 0
    for name in names or known:
        print(f"\n{name}", flush=True)
        code = f"import sys, bench.{name} as b, bench.measure as m; sys.exit(not m.show(b.measures()))"
        missed += subprocess.run([sys.executable, "-c", code], check=False).returncode != 0
    return 1 if missed else 0


sys.exit(main(sys.argv[1:]))
