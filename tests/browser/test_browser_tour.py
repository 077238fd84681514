"""The tour of the sample: by doing, by buttons and by keys, and never over what it is about."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from test_browser_accessibility import EVERYTHING, FINDINGS

from app_stories import use_sample
from browser_pages import Editor, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def sampled(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Editor]:
    """An editor for visitors' own stories, which begin with a sample."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    use_sample(monkeypatch, tmp_path / "sample", engine="auto")
    with serving(browser, tmp_path) as editor:
        yield editor


def tour(page: Page) -> Locator:
    return page.locator(".sb-tour")


def at_step(page: Page, step: int) -> None:
    """It is at this step, in the window, and does not cover what it points at."""
    expect(tour(page)).to_contain_text(f"{step} of 4")
    page.wait_for_function("""() => {
      const words = document.querySelector('.sb-tour').getBoundingClientRect();
      const part = document.querySelector('.sb-tour-ring').getBoundingClientRect();
      const apart = words.right <= part.left || part.right <= words.left
        || words.bottom <= part.top || part.bottom <= words.top;
      return part.width && apart && words.left >= 0 && words.top >= 0
        && words.right <= innerWidth && words.bottom <= innerHeight;
    }""")


def test_the_tour_on_the_sample(sampled: Editor) -> None:
    page = sampled.open(tour=True)
    at_step(page, 1)
    expect(tour(page)).to_be_focused()
    page.evaluate(Axe().axe_script)
    assert page.evaluate(FINDINGS, EVERYTHING) == []
    page.keyboard.press("Space")  # plays, as it does elsewhere
    at_step(page, 2)
    page.locator(".sb-link").first.click()
    at_step(page, 3)
    page.locator(".sb-option", has=page.get_by_role("radio", name="Push")).click()
    at_step(page, 4)
    tour(page).get_by_role("button", name="Back").click()
    at_step(page, 3)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(tour(page)).to_be_hidden()

    page.reload()
    expect(page.locator(".sb-sum")).not_to_be_empty()
    expect(tour(page)).to_be_hidden()
    page.keyboard.press("?")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Take the tour").click()
    for step in (1, 2, 3):
        at_step(page, step)
        tour(page).get_by_role("button", name="Next").click()
    at_step(page, 4)
    tour(page).get_by_role("button", name="Done").click()
    expect(tour(page)).to_be_hidden()
