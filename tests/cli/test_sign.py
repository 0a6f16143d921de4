"""`profile sign` and what `profile check` says of signatures."""

from __future__ import annotations

from pathlib import Path

import pytest

from versement.cli.main import main
from versement.profiles.load import VISAS, load_profile
from versement.profiles.sign_off import is_signed, version_digest

SIGNER = 'Claire « l’Archiviste » O\'Neil: "directrice" # & *'


@pytest.fixture
def fiche(profiles: Path) -> Path:
    """Maurecy's profile, which nobody signed."""
    (profiles / "maurecy" / VISAS).unlink()
    return profiles / "maurecy" / "deliberations.yaml"


def test_check_gives_the_digest_that_sign_writes(fiche, capsys) -> None:
    """An unsigned profile is right, says what is missing and gives its digest; signed, it says by whom."""
    digest = version_digest(load_profile(fiche))
    assert main(["profile", "check", str(fiche)]) == 0
    told = capsys.readouterr().out
    assert "Non signée (personne ne l’a encore signée) : essai à blanc seulement" in told
    assert digest in told
    signing = ["profile", "sign", str(fiche), "--name", SIGNER, "--date", "2026-11-20", "--digest", digest[:16]]
    assert main(signing) == 0
    assert digest in capsys.readouterr().out
    profile = load_profile(fiche)
    assert is_signed(profile)
    assert profile.visa
    assert (profile.visa.name, profile.visa.date) == (SIGNER, "2026-11-20")
    main(["profile", "check", str(fiche)])
    assert f"Signée par {SIGNER}, le 2026-11-20." in capsys.readouterr().out


def test_neighbours_keep_their_signatures(fiche, capsys) -> None:
    """Signing one profile of an organisation changes nothing of the others; signing again replaces."""
    other = fiche.with_name("autres.yaml")
    other.write_text(fiche.read_text(encoding="utf-8"), encoding="utf-8")
    for path, name in ((fiche, "Un"), (other, "Deux"), (fiche, "Trois")):
        assert main(["profile", "sign", str(path), "--name", name]) == 0
    visas = [load_profile(path).visa for path in (fiche, other)]
    assert [visa and visa.name for visa in visas] == ["Trois", "Deux"]
    capsys.readouterr()


def test_a_profile_that_changed_since_its_page_is_not_signed(fiche, capsys) -> None:
    """The digest on the page is that of another version: nothing is written."""
    digest = version_digest(load_profile(fiche))
    text = fiche.read_text(encoding="utf-8")
    fiche.write_text(text.replace("IC-MAURECY", "IC-AUTRE"), encoding="utf-8")
    assert main(["profile", "sign", str(fiche), "--name", "Un", "--digest", digest]) == 1
    assert "a changé depuis" in capsys.readouterr().err
    assert not fiche.with_name(VISAS).exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--name", "Un", "--date", "20/11/2026"], "--date : attendu un jour sous la forme AAAA-MM-JJ"),
        (["--name", "Un", "--date", "2026-02-30"], "--date : attendu un jour sous la forme AAAA-MM-JJ"),
        (["--name", "Un\nDeux"], "--name : attendu le nom de qui signe"),
        (["--name", ""], "--name : attendu le nom de qui signe"),
    ],
)
def test_what_is_no_signature_is_not_written(fiche, capsys, arguments, told) -> None:
    """A date that is none, a name that is none: told, and the file stays as it was."""
    assert main(["profile", "sign", str(fiche), *arguments]) == 1
    assert told in capsys.readouterr().err
    assert not fiche.with_name(VISAS).exists()


@pytest.mark.parametrize(
    ("visa", "told"),
    [
        ("{name: Un, date: 2026-11-20}", "maurecy/_visas.yaml, ligne 1, digest : attendu ce champ, trouvé rien"),
        (f"{{name: Un, date: hier, digest: {'0' * 64}}}", "date : attendu un jour sous la forme AAAA-MM-JJ"),
        ("{name: Un, date: 2026-11-20, digest: 0a1}", "digest : attendu l’empreinte que donne profile check"),
        (f"{{name: Un, date: 2026-11-20, digest: {'0' * 64}, par: moi}}", "par : attendu un champ connu"),
        ("oui", "_visas.yaml"),
    ],
)
def test_a_wrong_signature_is_told_with_its_place(fiche, capsys, visa, told) -> None:
    """A sign-off is read as strictly as the rest, and a wrong one stops its own profile only."""
    other = fiche.with_name("autres.yaml")
    other.write_text(fiche.read_text(encoding="utf-8"), encoding="utf-8")
    fiche.with_name(VISAS).write_text(f"deliberations: {visa}\n", encoding="utf-8")
    assert main(["profile", "check", str(fiche), str(other)]) == 1
    caught = capsys.readouterr()
    assert told in caught.err
    assert "maurecy.autres : fiche correcte" in caught.out


def test_sign_does_not_overwrite_what_it_cannot_read(fiche, capsys) -> None:
    """A file of sign-offs with a fault in it is left as it is."""
    fiche.with_name(VISAS).write_text("autres: &a {name: Un}\n", encoding="utf-8")
    assert main(["profile", "sign", str(fiche), "--name", "Un"]) == 1
    assert "visas" in capsys.readouterr().err
    assert fiche.with_name(VISAS).read_text(encoding="utf-8") == "autres: &a {name: Un}\n"


def test_a_sign_off_is_withdrawn(fiche, capsys) -> None:
    """Withdrawn, the profile is signed by nobody, its neighbours are still; what has no sign-off has none to lose."""
    other = fiche.with_name("autres.yaml")
    other.write_text(fiche.read_text(encoding="utf-8"), encoding="utf-8")
    for path in (fiche, other):
        assert main(["profile", "sign", str(path), "--name", "Un"]) == 0
    assert main(["profile", "sign", str(fiche), "--withdraw"]) == 0
    assert "visa retiré. Rien ne part plus" in capsys.readouterr().out
    assert (load_profile(fiche).visa, is_signed(load_profile(other))) == (None, True)
    assert main(["profile", "sign", str(fiche), "--withdraw"]) == 1
    assert "attendu un visa à retirer, trouvé aucun" in capsys.readouterr().err


def test_nobody_signs_without_a_name(fiche, capsys) -> None:
    """Neither a name nor a withdrawal: told, and nothing is written."""
    assert main(["profile", "sign", str(fiche)]) == 1
    assert "--name : attendu le nom de qui signe" in capsys.readouterr().err
    assert not fiche.with_name(VISAS).exists()
