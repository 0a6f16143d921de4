"""The page that each run leaves."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.repository.project import ROOT, text
from versement.pages.chart import BARS, HEIGHT, chart, volume
from versement.pages.explanations import FILE, explanations, read_from, rendered
from versement.pages.run import LONGEST, OF_A_REASON, WAITING, page
from versement.pages.templating import REMARKS, RULES

HOSTILE = (
    "<script>alert(1)</script>.pdf",
    '"><img src=x onerror=alert(1)>.txt',
    "' onmouseover='x",
    "javascript:alert(1)",
    "</style></svg></title><style>*{}</style>",
    "{{ facts }}{% raw %}",
    "&lt;b&gt;",
    "\u202egnp.exe\x00\x1b[31m",
    "\udcff.pdf",
)
COUNTS = dict.fromkeys(
    ("announced", "known", "collected", "accepted", "duplicates", "waste", "set_aside", "refused", "pending"), 0
)
BYTES = {"collected": 3_000_000, "doubled": 1_000_000, "waste": 500, "archived": 1_500_000, "eliminated": 0}


def waiting(number: int, code: str = "FILE_EMPTY", reference: str = "") -> dict[str, str]:
    return {
        "document_id": f"d{number}",
        "reference": reference or f"actes/{number}.pdf",
        "record": "",
        "state": "mis de côté",
        "code": code,
        "message": f"« {reference or number} » est vide : redéposez le fichier.",
        "actor": "collectivité",
    }


def facts(**changed: Any) -> dict[str, Any]:
    """A report, as read from its JSON."""
    balance = {"documents": COUNTS, "files": COUNTS}
    told = BYTES | {
        "avoided_go": 2000.0,
        "avoided_kgco2e_per_year": 43.2,
        "archived_kgco2e_per_year": 0.00003,
    }
    factor = {"kilograms": 0.0108, "unit": "Go", "copies": 2, "source": "mesure locale", "range": [0.0116, 0.28]}
    return {
        "organisation": "Commune",
        "connector": "Délibérations",
        "target": {"label": "Vitam", "kind": "production"},
        "unsigned": "",
        "run_id": "run-1",
        "collection": "deliberations:run-1",
        "window": "tout ce qui est arrivé",
        "started": "2026-06-01T12:00:00+00:00",
        "listing_paths": 3,
        "this_run": balance,
        "overall": balance,
        "waiting": [],
        "waste": [],
        "drop_findings": [],
        "completeness": [],
        "later_starts": [],
        "transfers": [],
        "expectations": None,
        "records": {},
        "formats": [],
        "alikes": [],
        "timings": [],
        "files": None,
        "footprint": {
            "factor": factor,
            "this_run": told,
            "connector": told,
            "organisation": told,
            "over_time": [{"started": "2026-06-01T12:00:00+00:00", **BYTES}],
        },
        "journal": {"number": 12, "chain": "ab" * 32},
    } | changed


def made(**changed: Any) -> str:
    return b"".join(page(facts(**changed))).decode()


class Marks(HTMLParser):
    """Every element of a page, with its attributes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all_of(self, attribute: str) -> list[str]:
        return [str(attributes[attribute]) for _, attributes in self.found if attribute in attributes]


def everywhere(name: str) -> dict[str, Any]:
    """A report where this name stands wherever a source can bring one."""
    said = {"code": "INDEX_ROW", "message": name, "path": name}
    rule = {
        "expectation_config": {"type": "a", "kwargs": {"column": name}, "meta": {"code": name, "message": name}},
        "result": {"element_count": 1, "unexpected_count": 1, "unexpected_index_list": [{"document": "x"}]},
    }
    transfer = {"id": name, "state": "prêt", "operation": name, "units": 1, "bytes": 1, "documents": 1, "follows": name}
    return {
        "organisation": name,
        "connector": name,
        "window": name,
        "run_id": name,
        "unsigned": name,
        "waiting": [waiting(1, name, name), waiting(2, "FILE_EMPTY", name)],
        "waste": [name],
        "drop_findings": [said],
        "completeness": [said],
        "later_starts": [dict.fromkeys(("unit", "key", "category", "rule", "since", "to"), name)],
        "transfers": [transfer | {"remarks": [said]}],
        "expectations": {"results": [rule], "unfit": [{"code": name, "column": name, "message": name}]},
        "records": {"x": name},
        "formats": [{"puid": name, "name": name, "files": 1, "size": 1}],
        "alikes": [{"code": "DUPLICATE", "reference": name, "other": name, "message": ""}],
    }


def check_harmless(source: str) -> None:
    """Nothing that runs, nothing that is fetched, no mark that the template does not write."""
    marks = Marks(source)
    tags = {tag for tag, _ in marks.found}
    assert not tags & {"script", "img", "link", "iframe", "object", "embed", "base", "form", "image", "use"}
    assert not marks.all_of("src")
    assert all(target.startswith("#") for target in marks.all_of("href"))
    assert not [name for _, attributes in marks.found for name in attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?://", source)
    assert source.count("<style>") == source.count("</style>") == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_ever_text(name: str) -> None:
    """Names come from drops: none becomes a mark, an attribute, a control or a change of the writing's direction."""
    source = made(**everywhere(name))
    check_harmless(source)
    assert len(Marks(source).found) == len(Marks(made(**everywhere("nom"))).found)
    assert not re.search("[\x00-\x08\x0e-\x1f\u202a-\u202e\u2066-\u2069]", source)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=40))
def test_no_name_at_all_makes_a_mark(name: str) -> None:
    """Whatever its characters, the page has the same elements and refers to nothing outside."""
    source = made(**everywhere(f"n{name}"))
    assert len(Marks(source).found) == len(Marks(made(**everywhere("nom"))).found)


def test_the_page_stands_alone() -> None:
    """It opens from disk on a closed network: no script, nothing to fetch, and its own policy forbids both."""
    source = made(waiting=[waiting(1)])
    check_harmless(source)
    (policy,) = [each["content"] for tag, each in Marks(source).found if each.get("http-equiv")]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    assert "@media print" in source


def test_equal_facts_give_equal_bytes() -> None:
    """The page can be made again of the JSON alone, whatever the order of its keys."""
    told = facts(**everywhere("acte.pdf"))
    again = json.loads(json.dumps(told, sort_keys=True))
    assert b"".join(page(told)) == b"".join(page(again))


def test_every_link_leads_to_a_place_of_the_page() -> None:
    """Reasons, documents and codes: each link has its target, once."""
    rule = {
        "expectation_config": {"type": "a", "kwargs": {}, "meta": {"code": "DATE_MISSING", "message": "m"}},
        "result": {"unexpected_count": 2, "unexpected_index_list": [{"document": "d1"}, {"document": "d9"}]},
    }
    source = made(
        waiting=[waiting(1), waiting(2, "DATE_MISSING"), waiting(3, "NOT_A_CODE")],
        expectations={"results": [rule]},
        records={"d1": "actes/1.pdf", "d9": "actes/9.pdf"},
    )
    marks = Marks(source)
    ids = Counter(marks.all_of("id"))
    assert max(ids.values()) == 1
    targets = {target[1:] for target in marks.all_of("href")}
    assert targets <= set(ids)
    assert {"constat-FILE_EMPTY", "constat-DATE_MISSING", "motif-1", "motif-2"} <= targets
    assert "constat-NOT_A_CODE" not in targets
    place = re.search(r'<tr id="(document-\d)"><td><bdi>actes/1.pdf', source)
    assert place is not None
    assert f'<a href="#{place[1]}"><bdi>actes/1.pdf</bdi></a>, <bdi>actes/9.pdf</bdi>' in source


def test_documents_stand_under_their_reason_with_who_must_act() -> None:
    """Each reason says how many, in what state, who acts, and what its code means."""
    source = made(waiting=[waiting(1), waiting(2), waiting(3, "DATE_MISSING")])
    shown = html.unescape(re.sub(r"<[^>]+>|\s+", " ", source))
    assert re.search(r"FILE_EMPTY\s+: 2 documents, mis de côté, à traiter par : collectivité", shown)
    assert re.search(r"DATE_MISSING\s+: 1 document, mis de côté", shown)
    assert explanations()["FILE_EMPTY"].cause in shown
    assert explanations()["DATE_MISSING"].remedy in shown
    assert explanations()["FILE_TRUNCATED"].cause not in shown


def test_rules_to_put_later_in_vitam_are_listed_with_both_days() -> None:
    """The unit in Vitam, its key, the rule, the day that was deposited and the day that it should be."""
    told = {
        "unit": "aeaq1",
        "key": "agents:1/A1/x",
        "category": "AccessRule",
        "rule": "ACC-00016",
        "since": "1990-01-04",
    }
    shown = html.unescape(re.sub(r"<[^>]+>|\s+", " ", made(later_starts=[told | {"to": "2023-11-02"}])))
    assert "aeaq1 agents:1/A1/x AccessRule ACC-00016 1990-01-04 2023-11-02" in re.sub(" +", " ", shown)


def test_a_hundred_thousand_waiting_documents_make_a_small_page() -> None:
    """Lists are shown in part, with how many are left out and where they are; long values are cut."""
    long = "x" * 5000
    many = [waiting(n, f"CODE_{n % 40}", long if n % 2 else "") for n in range(100_000)]
    source = made(waiting=many, waste=[long] * 100_000, completeness=[{"code": "A", "message": long}] * 100_000)
    assert len(source) < 6_000_000
    assert source.count('<tr id="document-') <= WAITING
    assert f"{'x' * LONGEST}…" in source
    assert "x" * (LONGEST + 1) not in source
    assert "… et 99\u202f500 autres : le JSON du bilan les donne toutes." in source
    assert f"… et {2500 - OF_A_REASON:_} autres".replace("_", "\u202f") in source


def test_remarks_and_rules_are_shown_in_part() -> None:
    """Of one transfer and of all rules the page shows the beginning and says how many are left; broken rules first."""
    said = [{"code": "REMARK", "message": f"remarque {n}", "path": ""} for n in range(1000)]
    transfer = {
        "id": "V-1",
        "state": "accepté",
        "operation": "op",
        "units": 1,
        "bytes": 2,
        "documents": 1,
        "follows": "",
        "remarks": said,
    }
    broken = {"element_count": 1, "unexpected_count": 1, "unexpected_index_list": []}
    results = [
        {
            "expectation_config": {
                "type": f"règle-{n}-",
                "kwargs": {"column": "titre"},
                "meta": {"code": "A", "message": "corrigez"},
            },
            "result": broken if n == 999 else {"element_count": 1, "unexpected_count": 0},
        }
        for n in range(1000)
    ]
    unfit = [{"code": "EXPECTATION_UNFIT", "column": f"colonne-{n}-", "message": "m"} for n in range(1000)]
    source = made(transfers=[transfer], expectations={"results": results, "unfit": unfit})
    assert source.count("Remarque : ") == REMARKS
    assert f"… et {1000 - REMARKS} autres remarques sur ce versement : le JSON du bilan les donne toutes." in source
    assert len(set(re.findall(r"règle-\d+-", source))) == len(set(re.findall(r"colonne-\d+-", source))) == RULES
    assert source.count(f"… et {1000 - RULES} autres : le JSON du bilan les donne toutes.") == 2
    assert "règle-999-" in source


def test_the_chart_has_words_and_numbers() -> None:
    """Whoever does not see it has its title, its description and the same numbers in a table."""
    points = [{"started": f"2026-05-{day:02}T12:00:00+00:00", **BYTES} for day in (1, 2)]
    told = facts()["footprint"] | {"over_time": points}
    source = made(footprint=told)
    marks = dict(Marks(source).found)
    assert marks["svg"]["role"] == "img"
    assert marks["svg"]["aria-labelledby"] == f"{marks['title']['id']} {marks['desc']['id']}"
    rows = re.findall(r'<tr><th scope="row">0\d/05/2026</th>(.*?)</tr>', source)
    assert [re.findall(r">([^<]+)</td>", row) for row in rows] == [
        [volume(n) for n in (1500000, 10**6, 0, 5 * 10**5, 500)]
    ] * 2


@given(st.lists(st.integers(0, 10**15), min_size=5, max_size=5))
def test_bars_are_as_high_as_volumes(sizes: list[int]) -> None:
    """Parts follow one another without gap, in proportion, within the canvas."""
    archived, doubled, eliminated, other, waste = sizes
    known = {"archived": archived, "doubled": doubled, "eliminated": eliminated, "waste": waste}
    point = known | {"collected": archived + doubled + eliminated + other}
    drawn = chart([{"started": "2026-05-01T12:00:00+00:00", **point}])
    (bar,) = drawn.bars
    assert list(bar.volumes.values()) == sizes
    assert all(0 <= y <= y + height <= HEIGHT for _, y, height in bar.parts)
    floor, ceiling = drawn.ticks[0][0], drawn.ticks[-1][0]
    assert floor - ceiling > 200
    assert sum(height for *_, height in bar.parts) <= floor - ceiling + 0.05


def test_only_the_last_collections_are_drawn() -> None:
    """A chart of years stays readable; how many are left out is said."""
    points = [{"started": "2026-05-01T12:00:00+00:00", **BYTES}] * (BARS + 3)
    assert (len(chart(points).bars), chart(points).left_out, chart([]).bars) == (BARS, 3, [])
    assert "3 collectes plus anciennes sont dans le JSON" in made(
        footprint=facts()["footprint"] | {"over_time": points}
    )


def test_the_footprint_names_its_factor_and_is_an_order_of_magnitude() -> None:
    """Factor, unit, copies and source stand with the result, and the range of what is published."""
    shown = re.sub(r"\s+", " ", made())
    assert "Facteur : 0,0108 kgCO2e par Go et par an, 2 copies. Source : mesure locale." in shown
    assert "de 0,0116 à 0,28 kgCO2e par Go et par an, soit pour l’organisation de 46,4 à 1120 kgCO2e" in shown
    assert ">43,2</td>" in shown
    assert ">moins de 0,001</td>" in shown


def test_an_essai_says_why_it_avoids_nothing() -> None:
    """On an essai the reader learns why doubles spare no storage; on a production nothing of it is said."""
    said = "rien ne compte comme évité"
    assert said in made(target={"label": "Essai", "kind": "essai"})
    assert said not in made(target={"label": "Vitam", "kind": "production"})


def test_files_are_told_with_their_health_and_the_antivirus() -> None:
    """Formats, pages, PDF/A, what is wrong, and what the antivirus said, or that there is none."""
    files = {
        "files": 4,
        "pronom": ["V125"],
        "antivirus": {"use": "required", "signatures": "ClamAV 1.4", "clean": 3, "infected": 1},
        "pages": 1234,
        "text_pages": 5,
        "pdfa": {"2b": 2},
        "troubles": {"FILE_ENCRYPTED": 1},
    }
    formats = [{"puid": "fmt/18", "name": "PDF 1.4", "files": 3, "size": 12_345}]
    shown = re.sub(r"\s+", " ", made(files=files, formats=formats))
    assert "Antivirus : ClamAV 1.4 ; sain : 3, infecté : 1, non analysé : 0." in shown
    assert "Pages de PDF : 1\u202f234, dont avec du texte : 5." in made(files=files)
    assert "PDF/A annoncé : 2b, 2." in shown
    assert explanations()["FILE_ENCRYPTED"].cause in shown
    assert "<td>PDF 1.4</td><td><code>fmt/18</code></td>" in shown
    off = files | {"antivirus": {"use": "off", "signatures": ""}}
    assert "Antivirus : aucun, comme le dit la fiche ; les fichiers n’ont pas été analysés." in made(files=off)


def test_times_of_each_step_are_told() -> None:
    """From the first to the last line of each step, and how long that is."""
    spans = [
        {"step": "collect", "lines": 3, "begun": "2026-06-01T12:00:00+00:00", "ended": "2026-06-01T13:02:05+00:00"},
        {"step": "deposit", "lines": 1, "begun": "2026-06-01T13:02:05+00:00", "ended": "2026-06-01T13:02:05+00:00"},
    ]
    shown = made(timings=spans)
    assert (
        '01/06/2026 à 14 h 00</td><td>01/06/2026 à 15 h 02</td><td class="n">1\u00a0h 2\u00a0min 5\u00a0s</td>' in shown
    )
    assert "moins d’une seconde" in shown


def test_the_head_of_the_journal_is_there_to_be_copied() -> None:
    """As `journal verify --head` takes it."""
    assert f"<code>12:{'ab' * 32}</code>" in made()


def test_codes_are_explained_as_the_reference_explains_them() -> None:
    """`make schema` writes the package's table from docs/reference/constats.md: they never differ."""
    found = read_from(text(ROOT / "docs/reference/constats.md"))
    assert text(FILE) == rendered(found)
    assert len(found) > 100
    assert not [told for told in found.values() if re.search(r"[`*]|\]\(", f"{told.cause}{told.remedy}{told.effect}")]
