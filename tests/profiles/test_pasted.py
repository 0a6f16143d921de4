"""A profile pasted from Word, Teams or Outlook: mended where that is certain, else explained with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.steps.world import SHIPPED
from versement.profiles.load import load_profile
from versement.profiles.text import parse

PROFILE = SHIPPED / "saint-aubin" / "deliberations.yaml"
TEXT = PROFILE.read_text(encoding="utf-8")
NBSP = "\u00a0"


def said(text: str | bytes) -> list[tuple[int, str]]:
    content = text if isinstance(text, bytes) else text.encode()
    return [(fault.line, fault.message) for fault in parse(content).faults]


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param("\ufeff" + TEXT, id="byte order mark"),
        pytest.param(TEXT.replace("\n", "\r\n"), id="Windows ends of line"),
        pytest.param(TEXT.replace("\n", "\r"), id="old Mac ends of line"),
        pytest.param(TEXT.encode("utf-16"), id="UTF-16, as Notepad’s « Unicode »"),
        pytest.param(f"```yaml\n{TEXT}```\n", id="fence with its language"),
        pytest.param(f"\n```\n{TEXT}\n```\n\n", id="fence among empty lines"),
        pytest.param(TEXT.replace("  ", NBSP * 2), id="indented by non-breaking spaces"),
        pytest.param(TEXT.replace("  ", f" {NBSP}"), id="indented by both"),
        pytest.param(TEXT.replace("  ", "\u202f\u2007"), id="indented by other fixed spaces"),
        pytest.param(TEXT.replace(": ", f"{NBSP}:{NBSP}"), id="French spaces around colons"),
        pytest.param(TEXT.replace("\n", f"{NBSP}\n"), id="ends of line padded"),
    ],
)
def test_what_is_certainly_not_meant_is_mended(pasted: str | bytes) -> None:
    """The same fields with the same values, to the letter."""
    content = pasted if isinstance(pasted, bytes) else pasted.encode()
    tree = parse(content)
    assert not tree.faults
    assert tree.data == parse(TEXT.encode()).data


LINES = "version: 2\nlabel: Actes\nsource:\n  type: sftp\n"


@pytest.mark.parametrize(
    ("before", "after", "line", "found", "advice"),
    [
        ("label: Actes", "label: “Actes”", 2, "guillemet typographique « “ »", 'par le guillemet du clavier (")'),
        ("label: Actes", "label: ‘Actes: un’", 2, "guillemet typographique « ‘ »", "par l’apostrophe du clavier (')"),
        ("label", "“label”", 2, "guillemet typographique « “ »", 'par le guillemet du clavier (")'),
        (
            "sftp",
            "sftp\nwaste: [“*.tmp”, “*.bak”]",
            5,
            "guillemet typographique « “ »",
            'par le guillemet du clavier (")',
        ),
        ("  type", "\ttype", 4, "une tabulation", "par deux espaces"),
        ("source:", "waste:\n  – a.tmp\nsource:", 4, "« – »", "Remplacez-le par -"),
        ("source:", "waste:\n  • a.tmp\nsource:", 4, "« • »", "Remplacez-le par -"),
        ("label", "> label", 2, "un message cité", "Retirez-la"),
        ("source:", "```\nsource:", 3, "une clôture de code", "Ne collez que la fiche"),
        ("label", "lab\u200bel", 2, "un caractère invisible (U+200B)", "Retapez"),
        ("Actes", "Actes\ufeff", 2, "un caractère invisible (U+FEFF)", "Retapez"),
        ("Actes", "Actes\x0bdu conseil", 2, "un caractère de contrôle (U+000B)", "Retapez"),
    ],
)
def test_what_only_its_author_can_mend_is_explained(before, after, line, found, advice) -> None:
    """The line of what was pasted, what was found there and what to do; nothing vaguer is said beside."""
    faults = said(LINES.replace(before, after, 1))
    place, message = faults[0]
    assert place == line
    assert f"trouvé {found}" in message.replace("un guillemet", "guillemet").replace("« > » en tête : la marque d’", "")
    assert advice in message
    assert not [one for _, one in faults if "ligne illisible" in one]


def test_lines_keep_their_numbers_below_a_fence() -> None:
    """What is said of a value names the line on which it was pasted."""
    assert said(f"```yaml\n{LINES}label: Autre\n```")[0][0] == 6


def test_every_trace_is_told_at_once() -> None:
    """One fault for each line, and those of the values beside."""
    text = LINES.replace("label: Actes", "label: “Actes”").replace("  type: sftp", "  type: sftp\u200b")
    assert [line for line, _ in said(text)] == [2, 4]
    assert [line for line, _ in said(text.replace("version: 2", "version: 2 : 3"))] == [2, 4, 1]


@pytest.mark.parametrize(
    "value",
    [
        "« Actes » de l’année",
        "Actes dits “courants” de 2024",
        "L’état – définitif",
        f'"Séance n°{NBSP}12{NBSP}: budget"',
        '"“tel quel”"',
        "Actes  # “commentaire”",
    ],
)
def test_typography_inside_a_value_stays_as_it_is(value: str) -> None:
    """A label may have any quotes, dashes and spaces of good French."""
    tree = parse(f"label: {value}\n".encode())
    assert not tree.faults
    assert tree.data["label"] == value.partition("  #")[0].strip('"')


def test_a_colon_inside_a_value_is_explained() -> None:
    """The commonest slip of French typography: two colons on a line, and what to do of the second."""
    ((line, message),) = said(LINES.replace("Actes", "Séance : budget"))
    assert line == 2
    assert 'entre guillemets droits : "Séance : budget"' in message


def test_another_encoding_is_told(tmp_path) -> None:
    """What Notepad saves as « ANSI » says where and what to do."""
    ((line, message),) = said("version: 2\nlabel: Délibérations\n".encode("cp1252"))
    assert line == 2
    assert "Enregistrez-le en UTF-8" in message


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_ships_has_no_trace(path) -> None:
    """Nothing in a right file is taken for a trace."""
    assert not parse(path.read_bytes()).faults


@given(st.text(alphabet="-:#[]{}“”’ \t\u00a0ab\n\r>`", max_size=60))
def test_no_text_is_fatal(text: str) -> None:
    """Whatever is pasted is read, or explained: mended twice, it is no other."""
    tree = parse(text.encode())
    assert tree.faults or tree.data is not None


def test_a_long_line_costs_nothing() -> None:
    """A megabyte on one line is answered at once: it is looked at by nobody."""
    assert said("a: " + "“ : " * 200_000)


def test_a_mended_file_is_a_profile(tmp_path) -> None:
    """A file saved by Notepad and padded by Word loads as if it had been typed."""
    place = tmp_path / "saint-aubin"
    place.mkdir()
    for path in (PROFILE.parent.parent / "_targets.yaml", PROFILE.with_name("_organisation.yaml")):
        content = path.read_text(encoding="utf-8").replace("\n", "\r\n").encode("utf-8-sig")
        (tmp_path / path.relative_to(PROFILE.parent.parent)).write_bytes(content)
    (place / PROFILE.name).write_bytes(f"```yaml\r\n{TEXT.replace('  ', NBSP * 2)}```".encode("utf-8-sig"))
    assert load_profile(place / PROFILE.name).connector == load_profile(PROFILE).connector
