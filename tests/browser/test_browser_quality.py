"""Scores of the story in a real browser: they come by themselves, say what is wrong and where, and
lead there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser_pages import Editor, serving
from flawed_engine import add_flawed_engine, write_flawed_story

pytestmark = pytest.mark.browser

GOOD, BAD = "shot-1>shot-2", "shot-2>shot-3"


@pytest.fixture
def flawed(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Editor]:
    """Serves a story with a bad transition and a drifting shot, not rendered."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    add_flawed_engine(monkeypatch)
    write_flawed_story(tmp_path / "story")
    with serving(browser, tmp_path, tmp_path / "story") as editor:
        yield editor


def open_quality(page: Page) -> Locator:
    page.get_by_role("button", name="Checks", exact=True).click()
    return page.locator(".sb-quality")


def chip(page: Page, name: str) -> Locator:
    return page.locator(f"[data-name='{name}'] .sb-link")


def test_a_render_brings_scores_that_say_what_is_wrong_and_lead_there(flawed: Editor) -> None:
    page = flawed.open(reduced_motion="reduce")
    quality = open_quality(page)
    expect(quality.locator(".sb-overall")).to_have_text("2 transitions not rendered")
    expect(quality.locator(".sb-part")).to_have_count(2)
    page.get_by_role("button", name="Render story").click()
    line = "1 of 2 transitions smooth; 1 seam jumps; 1 shot drifts in colour"
    expect(quality.locator(".sb-overall")).to_have_text(line)

    # The chip in the timeline is flagged, the good one is not.
    expect(chip(page, BAD).locator(".sb-fault")).to_be_visible()
    expect(chip(page, BAD)).to_have_attribute("title", re.compile("The brightness jumps where"))
    expect(chip(page, GOOD).locator(".sb-fault")).to_be_hidden()

    # A press selects and plays it, and the panel stays.
    page.get_by_role("button", name="Play transition 2 → 3").click()
    page.wait_for_function("() => storyboard.player.playing")
    assert page.evaluate("() => storyboard.ownerOf(storyboard.state.selected)") == BAD
    assert 1 <= page.evaluate("() => storyboard.player.time") < 3
    expect(quality).to_be_visible()
    more = quality.get_by_role("button", name="Scores of 2 → 3")
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(quality.get_by_text(re.compile(r"^Keeps \d+ % of the detail"))).to_be_visible()
    expect(quality.get_by_text("How sharp its softest frame is")).to_be_visible()
    expect(quality.locator(".sb-score-row[data-tone='plain']").first).to_be_visible()

    # The shot that drifts has its curve, with the place to cut.
    curve = quality.get_by_role("img", name=re.compile("^Colour drift over 3.0 s"))
    expect(curve).to_be_visible()
    expect(quality.locator(".sb-drift-of b:visible")).to_have_text(re.compile(r"^Cut at 1\.\d s"))

    # What is changed has no scores any more; undone, they are there again.
    page.evaluate(
        "() => storyboard.send('set_edge',"
        " {left: 'shot-2', right: 'shot-3', fields: {duration_s: 0.5}})"
    )
    expect(chip(page, BAD).locator(".sb-fault")).to_be_hidden()
    expect(quality.locator(".sb-part").nth(1)).to_contain_text("Not rendered")
    page.get_by_role("button", name="Undo").click()
    expect(chip(page, BAD).locator(".sb-fault")).to_be_visible()


@pytest.mark.parametrize("editor", ["sample"], indirect=True)
def test_the_samples_draft_is_scored_without_rendering(editor: Editor) -> None:
    page = editor.open(390, 844, reduced_motion="reduce")
    page.get_by_role("button", name="More", exact=True).click()
    quality = open_quality(page)
    expect(quality.locator(".sb-part")).to_have_count(5)
    expect(quality.locator(".sb-part[data-tone='good']").first).to_be_visible()
    expect(quality.locator(".sb-overall-note")).to_contain_text("draft")
    quality.get_by_role("button", name=re.compile("^Play transition 1 → 2: ")).click()
    expect(page.locator(".sb-stage")).to_be_in_viewport()
    page.reload()
    expect(page.locator(".sb-sum")).not_to_be_empty()
    page.wait_for_function("() => storyboard.state.scores.overall.includes('smooth')")
