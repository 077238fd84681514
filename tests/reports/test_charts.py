"""Charts in pages: the same every time, in the page's colours, and names are text."""

import sys
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from seine_core.errors import BadInput
from seine_core.evaluate.datasets import Data
from seine_core.evaluate.evaluation import evaluate
from seine_core.evaluate.plots import dot_plot
from seine_core.evaluate.statistics import estimate
from seine_core.evaluate.trial import Settings
from seine_core.reports.pages import template
from seine_core.study.material import Material
from seine_core.study.plot import ranking_plot
from seine_core.study.preference import Rank, preference
from seine_core.study.server import build
from seine_core.study.votes import FILE, begin_votes
from seine_core.train import curve
from study_material import vote

VALUES = {"one": [0.25, 0.5, 1.0], "two": [0.75]}
MEANS = {"one": estimate([0.25, 0.5, 1.0])}  # of the other there is none


def plot(values: dict[str, list[float]] = VALUES) -> str:
    return dot_plot("Detail ↑", values, MEANS, "one 0.58")


def number(element: ET.Element, name: str) -> float:
    return float(element.attrib[name])


def test_a_dot_for_each_clip_and_a_mean_with_its_interval() -> None:
    root = ET.fromstring(plot())
    assert [root.findtext("title"), root.findtext("desc")] == ["Detail ↑", "one 0.58"]
    dots = list(root.iter("use"))
    assert len(dots) == 4 and {dot.attrib["fill"] for dot in dots} == {"var(--accent)"}
    first, second, third, other = (number(dot, "x") for dot in dots)
    assert second - first == pytest.approx((third - second) / 2, rel=1e-3)
    assert other == pytest.approx((second + third) / 2, rel=1e-3)
    wide = [path for path in root.iter("path") if path.attrib.get("stroke-width") == "5"]
    assert len(wide) == 1, "the interval of the only mean"


def test_many_clips_are_thinned_out_evenly() -> None:
    dots = list(ET.fromstring(plot({"one": [float(n) for n in range(5000)]})).iter("use"))
    places = sorted(number(dot, "x") for dot in dots)
    assert len(places) == 300
    steps = [after - before for before, after in pairwise(places)]
    assert max(steps) < 1.2 * min(steps)


def test_the_same_figures_give_the_same_text_whatever_was_drawn_before() -> None:
    before = plot()
    other = dot_plot("Motion ↑", VALUES, MEANS, "one 0.58")
    assert plot() == before
    ids = [
        {element.attrib["id"] for element in ET.fromstring(text).iter() if "id" in element.attrib}
        for text in (before, other)
    ]
    assert ids[0] and not ids[0] & ids[1], "two charts of a page have no id in common"


@pytest.mark.parametrize(
    "name", ["</svg><script>alert(1)</script>", "$\\frac$", '" onload="x', "日本", "&amp;", "a–b"]
)
def test_a_name_from_outside_is_text(name: str) -> None:
    """Short ones, as they are cut; none is a formula, none has a sign that is not measured."""
    ranking = preference([vote(name, "b", "left"), vote(name, "b", "left", 2)]).ranking
    for text in (ranking_plot(ranking), dot_plot(name, {name[:12]: [1.0, 2.0]}, {}, name)):
        root = ET.fromstring(text)
        shown = [element.text for element in root.iter("text")]
        assert name in shown or name[:12] in shown
        assert {element.tag for element in root.iter()} <= {
            *("svg", "title", "desc", "g", "path", "defs", "use", "text")
        }
        assert not [key for e in root.iter() for key in e.attrib if key.startswith("on")]
        # The study's page allows no styles but those of its own files.
        assert not [e for e in root.iter() if "style" in e.attrib]


def test_the_ranking_has_a_scale_of_doublings_with_the_average_in_it() -> None:
    ranks = [
        Rank(method="far", strength=900.0, low=0.4, high=2000.0),
        Rank(method="x" * 60, strength=1 / 900, low=1 / 2000, high=2.5),
    ]
    texts = [element.text for element in ET.fromstring(ranking_plot(ranks)).iter("text")]
    assert {"far", "x" * 39 + "…", "1"} <= set(texts)
    assert any(text and text.startswith("1/") for text in texts) and len(texts) <= 12
    assert ranking_plot([]) == ""


def test_a_template_escapes_and_misses_nothing() -> None:
    page = template("seine_core.study", "results.html")
    filled: dict[str, Any] = {"question": "<b>", "overview": "&", "key": '"', "methods": []}
    assert '<p class="question">&lt;b&gt;</p>' in page.render(filled)
    assert 'href="&#34;/votes.csv"' in page.render(filled)
    with pytest.raises(UndefinedError, match="'overview' is undefined"):
        page.render({name: value for name, value in filled.items() if name != "overview"})


def test_without_matplotlib_one_line_says_what_to_do_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    votes = begin_votes(tmp_path / FILE)
    losses = curve.Losses(series={"loss": [(1, 1)]}, ends=[1])
    for work in (
        lambda: evaluate(Data((), ()), ["layers"], Settings(), tmp_path / "run", asked={}),
        lambda: build(Material(clips={}, prompts={}, scenes={}, notes=()), votes),
        lambda: curve.draw(losses, tmp_path / "curve.png"),
        plot,
    ):
        with pytest.raises(BadInput, match=r"pip install -r requirements-charts\.txt$"):
            work()
    votes.close()
    assert [path.name for path in tmp_path.iterdir() if FILE not in path.name] == []
