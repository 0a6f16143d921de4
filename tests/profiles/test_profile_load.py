"""Connector profiles: what loads, and what is said of what does not."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.profiles.mistakes import INVALID, ORGANISATION, PROFILE, TARGETS
from versement.domain.errors import ProfileError, SettingsError
from versement.domain.tenant import Tenant
from versement.profiles.forms import _spares_acts
from versement.profiles.load import load_profile, maintenance_of, profile_paths
from versement.profiles.models import WASTE, Profile
from versement.profiles.text import parse

SHIPPED = Path(__file__).resolve().parents[2] / "include" / "profiles"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "fiches"))


def change(folder: Path, file: str, before: str, after: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def refused(folder: Path, file: str = PROFILE) -> str:
    with pytest.raises(ProfileError) as caught:
        load_profile(folder / file)
    assert str(folder) not in caught.value.message + caught.value.detail
    return caught.value.message


def loaded_or_told(folder: Path) -> Profile | str:
    try:
        return load_profile(folder / PROFILE)
    except ProfileError as error:
        return error.message


@pytest.mark.parametrize("pattern", ["*.pdf", "*.PDF", "*2026*", "99_DE*", "*_1.pdf", "*ANNEXE*", "?*"])
def test_no_waste_pattern_takes_acts_for_waste(pattern):
    """Waste is compared whatever its case: so is the guard that spares acts, their annexes and their messages."""
    assert not _spares_acts(pattern)


@pytest.mark.parametrize("pattern", WASTE)
def test_the_usual_residue_is_waste(pattern):
    """What every profile sets aside as residue passes the guard."""
    assert _spares_acts(pattern)


@pytest.mark.parametrize("path", profile_paths([SHIPPED]), ids=lambda path: path.parent.name)
def test_every_shipped_profile_loads(path: Path) -> None:
    """Every profile that ships is right, and its DAG is named after its place."""
    assert load_profile(path).dag_id == f"{path.parent.name}.{path.stem}"


def test_profile_says_where_everything_goes() -> None:
    """A profile brings its organisation's tenant, its target and its source together."""
    profile = load_profile(SHIPPED / PROFILE)
    assert profile.tenant == Tenant("saint-aubin", "actes", 2, "demo", "essai")
    assert profile.target.kind == "essai"
    assert profile.connector.source.type == "sftp"
    assert profile.connector.formats["pdf"] == ("application/pdf",)


def test_codes_stay_the_text_that_was_written(folder: Path) -> None:
    """INSEE codes keep their zeros, « no » stays a word, a date stays what was typed."""
    change(folder, PROFILE, "series: Délibérations du conseil municipal", "series: 01004")
    change(folder, PROFILE, "label: Délibérations de Saint-Aubin-sur-Viosne", "label: no")
    text = (folder / PROFILE).read_text(encoding="utf-8")
    text = re.sub(r"description: .*", "description: 2026-03-12", text)
    (folder / PROFILE).write_text(text, encoding="utf-8")
    connector = load_profile(folder / PROFILE).connector
    assert (connector.series, connector.label, connector.description) == ("01004", "no", "2026-03-12")


def test_numbers_are_numbers_where_the_field_says_so(folder: Path) -> None:
    """A field that counts is read as a number, and only there."""
    numbers = "unit_cap: 500\nbyte_cap: 20000000000\n"
    change(folder, PROFILE, "version: 2\n", f"version: 2\n{numbers}schedule: 30 6 * * 1-5\n")
    connector = load_profile(folder / PROFILE).connector
    assert (connector.unit_cap, connector.byte_cap, connector.schedule) == (500, 20_000_000_000, "30 6 * * 1-5")


def test_a_profile_that_says_nothing_of_size_is_cut_as_vitam_advises() -> None:
    """Ten thousand units, one gigabyte, rules mixed: what the archive takes best."""
    connector = load_profile(SHIPPED / PROFILE).connector
    assert (connector.unit_cap, connector.byte_cap, connector.split_by) == (10_000, 1_000_000_000, "none")


def test_frozen_profile_thaws_to_itself() -> None:
    """What later steps read is exactly what was loaded, byte for byte the same each time."""
    for path in profile_paths([SHIPPED]):
        profile = load_profile(path)
        frozen = profile.frozen()
        assert Profile.thaw(frozen) == profile
        assert Profile.thaw(frozen).frozen() == frozen


def test_frozen_profile_does_not_depend_on_the_order_of_lines(folder: Path) -> None:
    """Moving a line of a profile changes nothing to what is frozen."""
    before = load_profile(folder / PROFILE).frozen()
    change(folder, PROFILE, "tenant: actes\n", "")
    with (folder / PROFILE).open("a", encoding="utf-8") as file:
        file.write("tenant: actes\n")
    assert load_profile(folder / PROFILE).frozen() == before


@pytest.mark.parametrize(("file", "before", "after", "expected"), INVALID)
def test_what_is_wrong_is_said_with_its_place(folder: Path, file: str, before: str, after: str, expected: str) -> None:
    """Each mistake is named: file, line, field, what was expected, what was found, what to do."""
    change(folder, file, before, after)
    message = refused(folder)
    assert expected in message
    assert "secret-à-taire" not in message


def test_all_mistakes_are_said_at_once(folder: Path) -> None:
    """A partner corrects everything in one go: the three files' mistakes come in one message."""
    change(folder, PROFILE, "series: ", "serie: ")
    change(folder, ORGANISATION, "      validated: false", "      validated: bof")
    change(folder, TARGETS, "kind: essai", "kind: test")
    lines = refused(folder).splitlines()
    assert [line.split(",")[0] for line in lines] == [ORGANISATION, PROFILE, PROFILE]
    change(folder, PROFILE, "serie: ", "series: ")
    change(folder, ORGANISATION, "validated: bof", "validated: false")
    assert refused(folder).startswith("_targets.yaml, ligne 4, kind")


def test_a_wrong_item_is_said_once(folder: Path) -> None:
    """A list whose only item is wrong is not called empty besides."""
    change(folder, ORGANISATION, "natures: [AR]", "natures: [AT]")
    assert [line.split(" : ")[0] for line in refused(folder).splitlines()] == [
        f"{ORGANISATION}, ligne 65, management_rules[3].natures[1]"
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "attendu une fiche, trouvé un fichier vide."),
        (b"# rien\n", "attendu une fiche, trouvé un fichier vide."),
        (b"- a\n- b\n", "ligne 1 : attendu des champs"),
        ("version: 1\nlabel: Délibérations\n".encode("latin-1"), "ligne 2 : attendu un texte en UTF-8"),
        (b"a: b\n" * 300_000, "attendu un fichier de 1 Mio au plus"),
        (b"a: " + b"[" * 1000, "trouvé trop de niveaux"),
        (b"\x00\x01\x02", "trouvé un caractère de contrôle (U+0000)"),
        (b'label: "a\\0b"', "label : attendu un texte d’une ligne"),
    ],
)
def test_unreadable_profile_is_said(folder: Path, content: bytes, expected: str) -> None:
    """A file that is no profile at all gives one clear message, never a crash."""
    (folder / PROFILE).write_bytes(content)
    assert expected in refused(folder)


def test_profile_in_a_bad_state_never_takes_its_neighbour_down(folder: Path) -> None:
    """One organisation's unreadable files leave the others' connectors working."""
    (folder / ORGANISATION).write_bytes(b"\xff\xfe[")
    (folder / PROFILE).write_bytes(b"]")
    assert load_profile(folder / "maurecy/deliberations.yaml").dag_id == "maurecy.deliberations"


def test_missing_files_are_said(folder: Path) -> None:
    """A profile without its organisation's file says which file to create."""
    (folder / ORGANISATION).unlink()
    assert "saint-aubin/_organisation.yaml : attendu un fichier lisible, trouvé aucun." in refused(folder)
    assert "saint-aubin/absent.yaml : attendu un fichier lisible" in refused(folder, "saint-aubin/absent.yaml")


def test_fifo_named_like_a_profile_does_not_block(folder: Path) -> None:
    """Something that is not a regular file is refused at once."""
    os.mkfifo(folder / "saint-aubin" / "tube.yaml")
    assert "attendu un fichier lisible" in refused(folder, "saint-aubin/tube.yaml")


def test_names_that_cannot_name_a_dag_are_refused(folder: Path) -> None:
    """A folder or file name with capitals, accents or spaces is refused under its own name."""
    shutil.copy(folder / PROFILE, folder / "saint-aubin" / "Délib été.yml")
    message = refused(folder, "saint-aubin/Délib été.yml")
    assert "trouvé « Délib été ». Renommez ce fichier." in message
    assert "attendu l’extension .yaml, trouvé « .yml »." in message


def test_profiles_are_found_in_every_folder(folder: Path, tmp_path: Path) -> None:
    """Connectors of all folders are listed in a fixed order; organisations' files are not connectors."""
    shipped = [path.relative_to(folder).as_posix() for path in folder.glob("*/[a-z]*.yaml")]
    (folder / "maurecy" / "autre.yml").touch()
    (folder / "_modeles").mkdir()
    (folder / "_modeles" / "modele.yaml").touch()
    (folder / "maurecy" / ".brouillon.yaml").touch()
    found = [path.relative_to(folder).as_posix() for path in profile_paths([folder])]
    assert PROFILE in shipped
    assert found == sorted(["maurecy/autre.yml", *shipped])
    with pytest.raises(SettingsError, match="le dossier n° 2"):
        profile_paths([folder, tmp_path / "absent"])


def test_two_hundred_profiles_load_in_three_seconds(folder: Path) -> None:
    """Parsing keeps up with the number of partners and sources."""
    for number in range(200):
        shutil.copy(folder / PROFILE, folder / "saint-aubin" / f"source-{number}.yaml")
    started = time.process_time()
    for path in profile_paths([folder]):
        load_profile(path)
    assert time.process_time() - started < 3


YAML_SIGNS = [": ", "\n", "- ", "{", "[", "'", '"', "&a ", "*a", "!!int ", "~", "1e5", "no", "#", "<<: "]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_loads_or_is_refused_in_french(folder: Path, data: st.DataObject) -> None:
    """Whatever is typed into a profile, it loads or is refused with a place: nothing else ever comes out."""
    file = data.draw(st.sampled_from([PROFILE, ORGANISATION, TARGETS]))
    original = (SHIPPED / file).read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(original)))
    end = min(len(original), start + data.draw(st.integers(0, 30)))
    typed = data.draw(
        st.one_of(
            st.text(max_size=20),
            st.sampled_from(
                [": ", "\n", "- ", "{", "[", "'", '"', "&a ", "*a", "!!int ", "~", "1e5", "no", "#", "<<: "]
            ),
        )
    )
    (folder / file).write_text(
        original[:start] + typed + original[end:], encoding="utf-8", errors="replace", newline=""
    )
    outcome = loaded_or_told(folder)
    shutil.copy(SHIPPED / file, folder / file)
    if isinstance(outcome, Profile):
        assert Profile.thaw(outcome.frozen()) == outcome
    else:
        assert all(" : attendu " in line for line in outcome.splitlines())


VALUES = st.recursive(
    st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), value=VALUES)
def test_any_value_anywhere_loads_or_is_refused(folder: Path, data: st.DataObject, value: object) -> None:
    """A list where a text is due, a field where a list is due: refused by name, never a crash."""
    file = data.draw(st.sampled_from([PROFILE, ORGANISATION, TARGETS]))
    content = json.loads(json.dumps(parse((SHIPPED / file).read_bytes()).data))
    where = content
    while True:
        keys = range(len(where)) if isinstance(where, list) else sorted(where)
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(where[key], dict | list) or data.draw(st.booleans()):
            break
        where = where[key]
    where[key] = value
    (folder / file).write_text(json.dumps(content), encoding="utf-8")
    outcome = loaded_or_told(folder)
    shutil.copy(SHIPPED / file, folder / file)
    if not isinstance(outcome, Profile):
        assert all(" : attendu " in line for line in outcome.splitlines())
        assert "une autre valeur" not in outcome


def test_maintenance_is_what_the_file_says_now(folder: Path) -> None:
    """A reason written in the targets' file counts at once, is never frozen with a run, and ends with its line."""
    before = load_profile(folder / PROFILE)
    assert maintenance_of([folder], before.dag_id, "demo") == ""
    change(folder, TARGETS, "  kind: essai", '  kind: essai\n  maintenance: "montée de version, jusqu’à lundi"')
    during = load_profile(folder / PROFILE)
    assert during.target.maintenance == "montée de version, jusqu’à lundi"
    assert maintenance_of([folder], before.dag_id, "demo") == during.target.maintenance
    assert during.frozen() == before.frozen()
    assert Profile.thaw(during.frozen()).target.maintenance == ""


@pytest.mark.parametrize("content", ["demo: [", "autre: {}", "- demo"])
def test_targets_that_can_no_longer_be_read_count_as_a_maintenance(folder: Path, content: str) -> None:
    """A slip in the line that announces a maintenance must not let the chain send: it waits, and says why."""
    (folder / TARGETS).write_text(content)
    assert "profile check" in maintenance_of([folder], "saint-aubin.deliberations", "demo")


def _second_name(folder: Path, connection: str) -> None:
    """Declare the platform once more, as « reelle », and give Maurecy's coffre to it under Saint-Aubin's number."""
    targets = (folder / TARGETS).read_text(encoding="utf-8")
    again = targets.partition("\n")[2].replace("demo:", "reelle:").replace("vitam_demo", connection)
    (folder / TARGETS).write_text(targets + again, encoding="utf-8")
    change(folder, "maurecy/_organisation.yaml", "{number: 3, target: demo}", "{number: 2, target: reelle}")


def test_a_platform_has_one_name(folder: Path) -> None:
    """Two targets on one connection are refused, and so two organisations in one coffre, whatever they call it."""
    _second_name(folder, "vitam_demo")
    for file, target, other, commune in (
        (PROFILE, "demo", "reelle", "maurecy"),
        ("maurecy/deliberations.yaml", "reelle", "demo", "saint-aubin"),
    ):
        told = refused(folder, file)
        assert "connection : attendu une connexion qui ne soit qu’à cette plateforme, trouvé « vitam_demo »" in told
        assert f"déclarée aussi par « {other} »" in told
        assert f"le n° 2 de la plateforme « {target} », déclaré aussi par « {commune} »" in told


def test_two_platforms_have_coffres_of_the_same_number(folder: Path) -> None:
    """Numbers are each platform's own: the same one on another connection is another coffre."""
    _second_name(folder, "vitam_reelle")
    assert {load_profile(folder / file).tenant.number for file in (PROFILE, "maurecy/deliberations.yaml")} == {2}


def test_antivirus_may_be_off_only_on_a_trial_target(folder: Path) -> None:
    """Nothing goes to a production archive unscanned, whatever its profile says."""
    change(folder, TARGETS, "kind: essai", "kind: production")
    message = refused(folder)
    assert "antivirus : attendu required, car la plateforme « demo » est de production, trouvé « off »" in message
    change(folder, PROFILE, "antivirus: off", "antivirus: required")
    assert load_profile(folder / PROFILE).connector.antivirus == "required"
