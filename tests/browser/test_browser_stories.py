"""Stories in several tabs, found and opened, in a real headless Chromium."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from app_stories import write_image
from browser_pages import Editor, card, drag_files, has_shots, settle

pytestmark = pytest.mark.browser


def open_stories(page: Page) -> None:
    page.keyboard.press("Control+o")
    expect(page.locator(".sb-book").first).to_be_visible()


def rename(page: Page, title: str) -> None:
    field = page.get_by_label("Title of the story")
    field.fill(title)
    field.press("Enter")
    settle(page)


@pytest.mark.parametrize("editor", ["sample"], indirect=True)
def test_two_stories_in_two_tabs(editor: Editor) -> None:
    page = editor.open()
    rename(page, "First")
    first = page.url
    assert "?story=" in first
    open_stories(page)
    page.get_by_role("button", name="New story").click()
    page.get_by_role("button", name="Empty story").click()
    expect(page.locator(".sb-sum")).to_have_text("No shots yet")
    rename(page, "Second")
    assert page.url != first
    other = page.context.new_page()
    other.goto(first)
    expect(other.locator(".sb-card")).to_have_count(6)
    rename(other, "First of two")
    card(other, 2).click()
    page.bring_to_front()
    settle(page)
    expect(page).to_have_title("Second · SEINE Storyboard")
    page.go_back()
    expect(page.locator(".sb-card")).to_have_count(6)
    expect(page.get_by_label("Title of the story")).to_have_value("First of two")
    page.go_forward()
    expect(page.locator(".sb-sum")).to_have_text("No shots yet")
    page.reload()
    expect(page.get_by_label("Title of the story")).to_have_value("Second")
    # Sought and sorted; a card is a link, for a tab of its own.
    open_stories(page)
    words = page.locator(".sb-book b")
    expect(words).to_have_count(2)
    page.get_by_label("Sort").select_option("title")
    expect(words).to_have_text(["First of two", "Second"])
    page.get_by_label("Search stories").fill("seco")
    expect(words).to_have_text(["Second"])
    page.get_by_label("Search stories").fill("")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open First of two").click(modifiers=["Control"])
    expect(opened.value.locator(".sb-card")).to_have_count(6)
    for each in (other, opened.value):
        each.close()


def test_files_do_what_they_are_for_wherever_they_are_dropped(
    editor: Editor, tmp_path: Path
) -> None:
    page = editor.open()
    captions = tmp_path / "words.srt"
    captions.write_text("1\n00:00:00,000 --> 00:00:00,400\nHello there\n")
    notes = tmp_path / "notes.txt"
    notes.write_text("nothing")
    drag_files(page, ".sb-header", [write_image(tmp_path / "new.png", 90), captions, notes])
    has_shots(page, 4)
    expect(page.locator(".sb-notes")).to_contain_text("notes.txt: not an image, a video or a sound")
    page.wait_for_function("() => storyboard.state.story.shots[0].captions.length")
    # Files that come before the story is there wait for it.
    held: list[Route] = []
    page.route("**/gradio_api/queue/join*", lambda route: held.append(route))
    page.reload()
    page.wait_for_selector(".sb-header")
    page.wait_for_function("() => window.storyboard && storyboard.state.catalogue")
    drag_files(page, ".sb-header", [write_image(tmp_path / "early.png", 40)])
    for route in held:
        route.continue_()
    page.unroute("**/gradio_api/queue/join*")
    has_shots(page, 5)


@pytest.mark.parametrize("editor", ["sample"], indirect=True)
def test_several_exports_at_once_seen_from_another_story(editor: Editor) -> None:
    page = editor.open()
    rename(page, "Balloon")
    page.get_by_role("button", name="Export options").click()
    dialog = page.get_by_role("dialog", name="Export")
    for place in ("Reels, TikTok, Shorts", "Small GIF", "Review draft"):
        dialog.get_by_text(place, exact=True).click()
    made = dialog.get_by_role("list", name="What is made").locator("li")
    expect(made).to_have_count(3)
    expect(made.nth(0)).to_contain_text(re.compile("MP4 · 1080 × 1920 · Roughly [0-9.]+ MB"))
    expect(made.nth(1)).to_contain_text(re.compile("GIF · [0-9]+ px, [0-9]+ fps"))
    dialog.get_by_role("button", name="Export 3 files").click()
    settle(page)
    open_stories(page)
    page.get_by_role("button", name="New story").click()
    page.get_by_role("button", name="Empty story").click()
    expect(page.locator(".sb-doing")).to_have_text("“Balloon” is being rendered")
    page.get_by_title("Open the renders").click()
    others = page.get_by_role("dialog", name="Renders").locator(".sb-others > li")
    expect(others).to_have_count(3)
    for _ in range(3):
        count = others.count()
        others.last.get_by_role("button", name="Cancel: Balloon").click()
        expect(others).to_have_count(count - 1)


def test_a_version_is_kept_and_brought_back(editor: Editor) -> None:
    page = editor.open()
    page.get_by_role("button", name="Earlier versions").click()
    dialog = page.get_by_role("dialog", name="Earlier versions")
    expect(dialog).to_contain_text("None is kept yet")
    dialog.get_by_label("Name of this version").fill("Whole")
    dialog.get_by_label("Name of this version").press("Enter")
    kept = dialog.get_by_role("list", name="Versions").locator("> li")
    expect(kept).to_have_count(1)
    expect(kept).to_contain_text("As it is now")
    page.keyboard.press("Escape")
    card(page, 2).click()
    page.keyboard.press("Delete")
    expect(page.locator(".sb-card")).to_have_count(2)
    page.get_by_role("button", name="Earlier versions").click()
    expect(kept).to_contain_text("Only then: “Scene 2”")
    kept.get_by_role("button", name="Restore Whole").click()
    expect(page.locator(".sb-card")).to_have_count(3)


@pytest.mark.parametrize("editor", ["sample"], indirect=True)
def test_rendered_clips_are_freed_and_made_again(editor: Editor) -> None:
    page = editor.open()
    page.evaluate("() => storyboard.send('set_shot', {id: 'shot-1', fields: {seed: 7}})")
    settle(page)
    page.evaluate("() => storyboard.send('preview', {owner: 'shot-1'})")
    drafted = "() => storyboard.state.progress.states?.['shot-1']?.state === 'draft'"
    page.wait_for_function(drafted)
    open_stories(page)
    page.get_by_role("button", name="Disk use").click()
    dialog = page.get_by_role("dialog", name="Disk use")
    expect(dialog.locator(".sb-disk-sum")).to_contain_text("in all")
    free = dialog.get_by_role("button", name="Free: Rendered clips").first
    free.click()
    dialog.get_by_role("button", name="No").click()
    expect(free).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Free it").first.click()
    expect(free).to_have_count(0)
    page.wait_for_function("() => storyboard.state.progress.states['shot-1'].state === 'stale'")
