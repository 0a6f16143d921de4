"""`python -m sandbox.samples DIR [--many N]`: writes the sample drops, or one large drop."""

from __future__ import annotations

import argparse
from pathlib import Path

from sandbox.samples import write_drops, write_many, write_others


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.samples", description="Écrit les dépôts d’exemple.")
    parser.add_argument("folder", type=Path, metavar="DOSSIER", help="où écrire")
    parser.add_argument("--many", type=int, metavar="N", help="un seul grand dépôt de N délibérations")
    options = parser.parse_args(arguments)
    if options.many is not None:
        write_many(options.folder, options.many)
    else:
        write_drops(options.folder)
        write_others(options.folder)


if __name__ == "__main__":
    main()
