"""The report's figures by hand, and that nothing from outside becomes part of its page."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from letter_clips import numbered, write_numbered
from seine_core.evaluate.datasets import Data, Fault
from seine_core.evaluate.film_strips import film_strip
from seine_core.evaluate.measures import find_measure
from seine_core.evaluate.pairs import Pair, Scene
from seine_core.evaluate.published import PUBLISHED
from seine_core.evaluate.report import Record, as_html
from seine_core.evaluate.statistics import Estimate, Wins, estimate, paired_wins
from seine_core.evaluate.summary import Summary, as_csv, as_markdown
from seine_core.evaluate.trial import Result
from seine_core.media.encode import write_clip

HOSTILE = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;"

# --- statistics ---


def test_an_interval_by_hand() -> None:
    assert estimate([3.0]) == Estimate(mean=3.0, low=3.0, high=3.0, n=1)
    assert estimate([2.0] * 9) == Estimate(mean=2.0, low=2.0, high=2.0, n=9)
    # Of two values the samples' means are 0, 1/2, 1/2 and 1, a quarter each.
    assert estimate([0.0, 1.0]) == Estimate(mean=0.5, low=0.0, high=1.0, n=2)


def test_an_interval_is_that_of_the_normal_law_for_many_values() -> None:
    values = np.random.default_rng(1).normal(5, 2, 400)
    found = estimate(list(values))
    half = 1.96 * values.std() / 20
    assert found.low == pytest.approx(values.mean() - half, abs=0.03)
    assert found.high == pytest.approx(values.mean() + half, abs=0.03)
    assert estimate(list(values)) == found != estimate(list(values), seed=1)


def test_wins_by_hand() -> None:
    ours, theirs = [1.0, 2.0, 3.0, 5.0], [0.0, 2.0, 4.0, 4.0]
    assert paired_wins(ours, theirs, "higher") == Wins(wins=2, ties=1, losses=1)
    assert paired_wins(ours, theirs, "lower") == Wins(wins=1, ties=1, losses=2)
    assert paired_wins(ours, theirs, "higher").rate == 2.5 / 4
    assert Wins(wins=0, ties=0, losses=0).rate == 0.5
    for wins, losses, decided in ((7, 0, True), (5, 2, False), (60, 40, True), (59, 41, False)):
        assert Wins(wins=wins, ties=3, losses=losses).decided == decided
        assert Wins(wins=losses, ties=3, losses=wins).decided == decided
    assert not Wins(wins=0, ties=3, losses=0).decided


# --- tables ---


def result(engine: str, item: str, failure: str = "", **figures: float | None) -> Result:
    return Result(
        engine=engine,
        id=item,
        key="k",
        figures=figures,
        failure=failure,
        kind="engine failed" if failure else "",
        seconds=1.5,
        peak_bytes=2_000_000_000,
    )


@pytest.fixture
def summary() -> Summary:
    return Summary(
        ("one", "two"),
        (
            result("one", "0001-a", detail=0.5, jump=1.0, clipsim_text=0.25),
            result("one", "0002-b", detail=0.7, jump=3.0),
            result("two", "0001-a", detail=0.6, jump=1.5),
            result("two", "0002-b", failure="ran out of luck"),
        ),
    )


def test_what_the_results_come_to(summary: Summary) -> None:
    detail, jump = find_measure("detail"), find_measure("jump")
    assert [m.name for m in summary.measures] == ["clipsim_text", "jump", "detail"]
    assert summary.estimates["one", "detail"].mean == pytest.approx(0.6)
    assert summary.best(detail) == frozenset() and summary.judged == summary.measures[:2]
    assert summary.best(jump) == {"two"}  # lower is better
    assert summary.wins("one", "two", jump) == Wins(wins=1, ties=0, losses=0)
    assert summary.worst("one", jump) == ("0002-b", 3.0)
    assert [summary.count(engine) for engine in summary.engines] == [2, 1]
    assert summary.failures() == {("two", "engine failed"): 1}


def test_decimals_follow_the_largest_mean() -> None:
    for value, shown in ((0.00123, "0.00123"), (0.5, "0.500"), (12.3456, "12.3"), (0.0, "0.00")):
        of = Summary(("one",), (result("one", "1", motion_ratio=value, clipsim_text=0.25),))
        assert of.formatted(value, find_measure("motion_ratio")) == shown
        assert of.formatted(0.25, find_measure("clipsim_text")) == "0.2500"


def test_the_table_as_text(summary: Summary) -> None:
    lines = as_markdown(summary).splitlines()
    assert lines[0] == "| Engine | Clips | CLIPSIM-text ↑ | Jump ↓ | Detail |"
    assert lines[2] == "| one | 2 | 0.2500 | 2.00 (1.00–3.00) | 0.600 (0.500–0.700) |"
    assert lines[3] == "| two | 1 | – | **1.50** | 0.600 |"
    assert as_csv(summary).splitlines() == [
        "engine,id,failure,clipsim_text,jump,detail",
        "one,0001-a,,0.25,1.0,0.5",
        "one,0002-b,,,3.0,0.7",
        "two,0001-a,,,1.5,0.6",
        "two,0002-b,engine failed,,,",
    ]


# --- the page ---


class Page(HTMLParser):
    """The elements, the attributes and the text of a page; void ones must not be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, name, attributes):
        self.found.append(name)
        self.attributes += [(key, value or "") for key, value in attributes]
        if name not in ("meta", "img", "br"):
            self.open.append(name)

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, data):
        self.text += data


def record(**more) -> Record:
    told = {
        "settings": {"frames": 4, "fps": 8, "clip": HOSTILE},
        "asked": {"folders": HOSTILE},
        "engines": {"one": 1, "two": 1},
        "left_out": {"three": HOSTILE},
        "versions": {"numpy": "1"},
        "machine": {"processor": HOSTILE},
        "command": HOSTILE,
        "date": "2026-01-01",
    }
    return Record(**{**told, **more})


def pair(item: str) -> Pair:
    scene = Scene(path=Path("x"))
    return Pair(id=item, number=1, prompt=HOSTILE, source=HOSTILE, first=scene, last=scene)


@pytest.fixture
def page(summary: Summary, tmp_path: Path) -> str:
    for engine in ("one", "two"):
        (tmp_path / f"clips/{engine}").mkdir(parents=True)
        write_numbered(tmp_path / f"clips/{engine}/0001-a.mp4", range(4), fps=8)
    (tmp_path / "clips/one/0002-b.mp4").write_bytes(b"damaged since")
    data = Data((pair("0001-a"), pair("0002-b")), (Fault("no caption", HOSTILE),) * 300)
    failed = result("two", "0002-b", failure=HOSTILE)
    of = Summary(summary.engines, (*summary.results[:3], failed))
    return as_html(record(), data, of, tmp_path)


def test_nothing_from_outside_is_markup(page: str) -> None:
    parsed = Page(page)
    assert parsed.open == []
    assert not {"script", "link", "iframe", "object"} & set(parsed.found)
    assert not [key for key, _ in parsed.attributes if key.startswith("on")]
    # Prompt, source, fault, failure, left out, folders, machine, command: as text, each of them.
    assert parsed.text.count(HOSTILE) >= 10


def test_the_page_needs_nothing_else(page: str) -> None:
    attributes = Page(page).attributes
    sources = [value for key, value in attributes if key in ("src", "href", "action")]
    pictures = [source for source in sources if not source.startswith("#")]
    assert len(pictures) == 2 and all(s.startswith("data:image/jpeg;base64,") for s in pictures)
    ids = [value for key, value in attributes if key == "id"]
    assert len(set(ids)) == len(ids)
    assert {source[1:] for source in sources if source.startswith("#")} <= set(ids)
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)
    assert style and "url(" not in style[1] and "@import" not in style[1]
    assert "<" not in style[1]
    assert len(page) < 300_000


def test_the_page_tells_the_table(page: str) -> None:
    text = Page(page).text
    for words in (
        *("0.600", "0.500–0.700", "1.50 (best)", "Jump ↓", "1 · 0 · 0", "100%"),
        *("no caption: 300", "and 102 more", "engine failed: 1", "1.50 s", "2.00 GB"),
        *(row.method for row in PUBLISHED),
        *("0.7740", "arXiv 2310.20700", "2,990 videos"),
    ):
        assert words in text, words
    pair_by_pair = page[page.index("Pair by pair") : page.index("All clips")]
    assert "Jump" in pair_by_pair and "Detail" not in pair_by_pair, "a fact wins nothing"


def test_every_table_can_be_read_aloud(page: str) -> None:
    tables = re.findall("<table.*?</table>", page, re.DOTALL)
    assert len(tables) >= 6
    for table in tables:
        assert "<caption>" in table
        rows = re.findall("<tr>(.*?)</tr>", table, re.DOTALL)
        assert all(' scope="col"' in cell for cell in re.findall("<th[^>]*>", rows[0]))
        assert all(row.startswith('<th scope="row">') for row in rows[1:])
    plots = re.findall("<svg.*?</svg>", page, re.DOTALL)
    assert len(plots) == 2 and all('role="img"' in p and "<title>" in p for p in plots)
    assert all("means: one" in re.findall("<desc>(.*?)</desc>", p)[0] for p in plots)


def test_without_clip_the_report_says_what_to_do(summary: Summary, tmp_path: Path) -> None:
    data = Data((pair("0001-a"), pair("0002-b")), ())
    bare = Summary(("one",), (result("one", "0001-a", detail=0.5),))
    assert "models download clip" in as_html(record(left_out={}), data, bare, tmp_path)
    assert "models download clip" not in as_html(record(), data, summary, tmp_path)


def test_a_run_in_which_all_failed_has_a_report(tmp_path: Path) -> None:
    failed = Summary(("one",), (result("one", "0001-a", failure="no luck"),))
    text = Page(as_html(record(), Data((pair("0001-a"),), ()), failed, tmp_path)).text
    assert "engine failed: 1" in text and "0001-a: no luck" in text


def test_a_film_strip_shows_the_ends_of_the_clip(tmp_path: Path) -> None:
    stills = [numbered(0xFFFF * (i in (0, 15)), 160, 96) for i in range(16)]
    write_clip(stills, tmp_path / "a.mp4", width=160, height=96, fps=8)
    uri = film_strip(tmp_path / "a.mp4", 16, 8)
    assert uri is not None
    strip = np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))))
    assert strip.shape == (96, 6 * 160, 3)
    brightness = strip.reshape(96, 6, 160, 3).mean((0, 2, 3))
    assert [value > 128 for value in brightness] == [True, False, False, False, False, True]
    assert film_strip(tmp_path / "none.mp4", 16, 8) is None
