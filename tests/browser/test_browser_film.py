"""The finished film on the stage: its poster, and the editor's own transport and keys."""

import pytest
from playwright.sync_api import expect

from app_stories import Gated
from browser_pages import Editor

pytestmark = pytest.mark.browser

TIME = "document.querySelector('.sb-video').currentTime"


def test_a_finished_film_is_played_by_the_transport(editor: Editor) -> None:
    Gated.gate.set()
    page = editor.open(reduced_motion="reduce")
    page.get_by_role("button", name="Render story").click()
    poster = page.get_by_role("group", name="The finished video")
    expect(poster).to_be_visible()
    expect(poster.get_by_role("link", name="Download MP4")).to_be_visible()
    expect(page.locator(".sb-timecode")).to_have_text("00:00 + 00 f / 00:02 + 04 f")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => {TIME} > 0.1 && {TIME} < 0.2")
    page.keyboard.press("End")
    page.wait_for_function(f"() => {TIME} > 2.4")
    page.keyboard.press("Home")
    page.wait_for_function(f"() => {TIME} === 0")
    page.keyboard.press("Shift+L")
    page.keyboard.press("L")
    page.wait_for_function(f"() => {TIME} > 0")
    expect(poster).to_be_hidden()
    page.keyboard.press("Shift+R")  # nothing plays on behind a dialog
    expect(page.get_by_role("dialog", name="Renders")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.sb-video').paused")
    page.keyboard.press("Escape")
    expect(poster).to_be_visible()
    poster.get_by_role("button", name="Export again").click()
    expect(page.get_by_role("dialog", name="Export")).to_be_visible()
