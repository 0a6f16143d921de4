"""S2LOW's answers in plain text: `OK`, the state of the transaction, then the préfecture's ARActe when there is one."""

from __future__ import annotations

import re
from pathlib import Path

from versement.adapters.formats.actes import message_within
from versement.domain.drop import OperatorAnswer

_OK = re.compile(rb"(?:\xef\xbb\xbf)?OK[ \t]*\r?\n[ \t]*(?P<state>-?[0-9]{1,2})[ \t]*(?:\r?\n|\Z)")
_KO = re.compile(rb"(?:\xef\xbb\xbf)?KO[ \t]*(?:\r?\n|\Z)")


def read_answer(path: Path) -> OperatorAnswer | None:
    """An answer of `actes_transac_get_status.php`; None for any other text.

    Raises:
        UnreadableFile: what follows the state begins as XML and is none, or must not be read.
    """
    content = path.read_bytes()
    if _KO.match(content):
        return OperatorAnswer(None)
    match = _OK.match(content)
    if match is None:
        return None
    rest = content[match.end() :].strip()
    return OperatorAnswer(int(match["state"]), message_within(rest) if rest.startswith(b"<") else None)
