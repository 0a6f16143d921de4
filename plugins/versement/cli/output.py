"""What is said on a terminal or to a script, whatever characters it takes."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from versement.adapters.durably import synchronise
from versement.domain.errors import SettingsError
from versement.domain.fixity import Digest, Meter

_PLAIN = str.maketrans({"’": "'", "‘": "'", "«": '"', "»": '"', "–": "-", "…": "...", "œ": "oe", "Œ": "OE", "→": "->"})
_HANDLER = "versement.plain"


def say(text: str = "") -> None:
    """Write a line on standard output."""
    sys.stdout.write(f"{text}\n")


def write_whole(path: Path, chunks: Iterable[bytes]) -> Digest:
    """Write a file, and its folder, entire or not at all; its digest.

    Raises:
        SettingsError: it cannot be written there.
    """
    meter, beside = Meter(), path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            for chunk in chunks:
                meter.update(chunk)
                file.write(chunk)
        beside.replace(path)
        synchronise(path.parent)
    except OSError as error:
        raise SettingsError(
            f"« {path} » ne peut pas être écrit ({error.strerror}) : choisissez un autre lieu."
        ) from error
    return meter.fixity().digest


def degrade() -> None:
    """Make standard output and error write without its accents what their encoding does not have, and never fail."""
    codecs.register_error(_HANDLER, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def takes_all() -> bool:
    """Whether standard output takes every character."""
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") in ("utf8", "utf16", "utf32")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    plain = unicodedata.normalize("NFKD", found.translate(_PLAIN)).encode("ascii", "ignore").decode()
    return plain or "?", error.end


def unwritable(path: Path, error: OSError) -> SettingsError:
    """What is said when a file or folder that was asked for cannot be made."""
    return SettingsError(
        f"« {path} » ne peut pas être écrit : vérifiez que son dossier existe, vous est ouvert et a de la place.",
        detail=str(error),
    )
