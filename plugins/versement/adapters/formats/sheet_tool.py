"""Child process that reads a spreadsheet (xls, xlsx, ods): hostile files may take it down, and only it.

Run as `python -m versement.adapters.formats.sheet_tool PATH BYTES ROWS COLUMNS`.
"""

from __future__ import annotations

import json
import resource
import sys
from itertools import islice

import python_calamine


def main() -> None:
    path, memory, rows, columns = sys.argv[1], *map(int, sys.argv[2:5])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    workbook = python_calamine.CalamineWorkbook.from_path(path)
    read = (workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names)
    cells = [
        [str(cell)[:1000] for cell in row[:columns]] for row in islice((row for sheet in read for row in sheet), rows)
    ]
    sys.stdout.write(json.dumps(cells))


if __name__ == "__main__":
    main()
